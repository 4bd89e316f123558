/**
 * What goes out after the commit in which it was offered: through the very inbox that it was offered to, and not if
 * that took too long.
 */
import type { Home } from '../../home/home.ts'
import type { Xui } from '../../names.ts'
import { LARGE_BYTES, othersFirst } from '../../rounds.ts'
import { eventOf } from './event.ts'
import type { StoredRecord } from '../state/message-record.ts'
import { queueOf, type Entry } from '../state/queue.ts'
import type { Adapted, Content } from '../contracts/adaptation.ts'
import { cutBody } from '../decision/cut.ts'
import type { AdaptedOffers } from './adapted.ts'
import type { Inboxes } from './inboxes.ts'
import { targetsPresent, isInFlight, reachOf, sizeOf, type NewAttempt } from '../decision/attempts.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import type { InboxEvent } from '../contracts/inbox.ts'
import type { Records } from './records.ts'
import type { ParticipatingRooms } from './contract.ts'

export interface Sending {
  readonly offer: NewAttempt
  readonly inbox: string
  readonly event: InboxEvent
}

/**
 * The bodies are read before the commit, so that between commit and sending there is nothing to wait for. What several
 * devices get in the same attempt is one event, so that it is read, written as text and kept once however many they
 * are.
 */
export async function sendingsOf(
  rooms: ParticipatingRooms,
  records: Records,
  { open }: Evaluation,
  offers: readonly NewAttempt[],
  adapted: AdaptedOffers,
): Promise<readonly Sending[]> {
  const sendings: Sending[] = []
  const events = new Map<string, InboxEvent>()
  for (const offer of offers) {
    const { entry, device, attempt } = offer
    const record = await records.get(entry.id)
    const own = adapted.of(offer)
    const key = own === undefined ? `${attempt} ${entry.id}` : `${attempt} ${entry.id} ${device}`
    const isDeferred = entry.kind === 'message' && entry.toDeliver !== true
    let event = events.get(key)
    if (event === undefined) {
      event = eventFor(record, await keptContent(records, record, entry, own), attempt, isDeferred)
      events.set(key, event)
      await othersFirst(sizeOf(entry))
    }
    if (record.end !== undefined && !record.offered.includes(device)) {
      // Who was offered a copy may acknowledge it whenever he likes, so that is known behind the entry's time.
      const sweepAt = Math.max(record.end.at + rooms.settings.keptAfterEnd, entry.expires)
      records.put({ ...record, offered: [...record.offered, device] }, sweepAt)
    }
    sendings.push({ offer, inbox: open.get(device) ?? '', event })
  }
  return sendings
}

/** X9, X10: what is kept of it, as the device gets it; a report has none. */
export async function keptContent(
  records: Records,
  record: StoredRecord,
  entry: Entry,
  own: Adapted | undefined,
): Promise<Content | undefined> {
  if (own !== undefined || record.kind !== 'message' || entry.kind !== 'message') return own
  const { contentType } = record
  return { contentType, body: cutBody(contentType, await records.body(entry.id), entry.cut) }
}

export function eventFor(
  record: StoredRecord,
  content: Content | undefined,
  attempt: number,
  waited: boolean,
): InboxEvent {
  const as =
    record.kind === 'message' && content !== undefined ? { ...record, contentType: content.contentType } : record
  return eventOf(as, content?.body, attempt, waited)
}

/** INV-4: what another server was told of do-not-disturb holds everywhere within a second. */
export const ASKED_AGAIN_AFTER_MS = 1000

export interface SendingRooms extends Pick<ParticipatingRooms, 'homes' | 'clock' | 'log'> {
  readonly inboxes: Inboxes
  readonly evaluate: (home: Home) => Promise<Evaluation>
}

/** The last parameter is the evaluation in which the offers were made. */
export async function send(
  rooms: SendingRooms,
  owner: Xui,
  sendings: readonly Sending[],
  { snapshot }: Evaluation,
): Promise<void> {
  const { clock, inboxes } = rooms
  if (sendings.length === 0) return
  let good = sendings
  let asOf = snapshot.now
  for (const sending of sendings) {
    const { offer, inbox, event } = sending
    if (sizeOf(offer.entry) > LARGE_BYTES) await inboxes.sink(owner, offer.device, inbox)?.prepare?.(event)
    // A process that was frozen since then may be the last to know what became of it.
    if (clock.now() - asOf > ASKED_AGAIN_AFTER_MS) {
      asOf = clock.now()
      good = await stillGood(rooms, owner, sendings)
    }
    if (!good.includes(sending)) continue
    const isStillGood = async (): Promise<boolean> => (await stillGood(rooms, owner, [sending])).length > 0
    inboxes.sink(owner, offer.device, inbox)?.send(event, isStillGood)
  }
}

/**
 * What may go out by the home of now. The rest is out as far as anybody knows, so it comes again when its time is over.
 */
async function stillGood(
  { homes, evaluate, log }: SendingRooms,
  owner: Xui,
  sendings: readonly Sending[],
): Promise<readonly Sending[]> {
  try {
    const home = await homes.read(owner)
    const evaluation = await evaluate(home)
    const { waiting, copies } = queueOf(home)
    return sendings.filter(({ offer, inbox }) => {
      const entry = [...waiting, ...copies].find(({ id }) => id === offer.entry.id)
      const made = entry?.offers.find(({ device }) => device === offer.device)
      if (entry === undefined || made === undefined || made.inbox !== inbox || made.attempt !== offer.attempt)
        return false
      // INV-6: nothing goes out at or after its expiry.
      if (!isInFlight(made, evaluation) || entry.expires <= evaluation.snapshot.now) return false
      const device = targetsPresent(entry, evaluation.snapshot).find(
        ({ registration }) => registration.device === offer.device,
      )
      return device !== undefined && reachOf(evaluation, device, entry) === 'yes'
    })
  } catch (error) {
    log.error(
      { owner, err: error },
      'What was offered could not be looked at again, so it is not sent; it is offered again.',
    )
    return []
  }
}
