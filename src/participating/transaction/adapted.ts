/** X10: what of the offers is adapted for its device, before the commit: whether that can be done decides again. */
import { isSameDevice } from '../../device.ts'
import type { Adapted, Content, Taking } from '../contracts/adaptation.ts'
import { fitOf } from '../decision/applicability.ts'
import type { NewAttempt } from '../decision/attempts.ts'
import { cutBody } from '../decision/cut.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import { askedFor, takingKey, takingOf } from '../decision/taking.ts'
import type { MessageRecord } from '../state/message-record.ts'
import type { Entry, HeldMessage, Queue } from '../state/queue.ts'
import type { ParticipatingRooms } from './contract.ts'
import type { Records } from './records.ts'

type AdaptingRooms = Pick<ParticipatingRooms, 'peers' | 'clock' | 'log'>
type Offer = Pick<NewAttempt, 'entry' | 'device'>

export interface Unfit {
  readonly entry: HeldMessage
  readonly key: string
}

export interface AdaptedOffers {
  of(offer: Offer): Adapted | undefined
  /** It could not be done after all, so the device is not applicable for that message. */
  readonly unfit: readonly Unfit[]
}

const WITHIN_MS = 30_000

export async function adaptOffers(
  rooms: AdaptingRooms,
  records: Records,
  { snapshot }: Evaluation,
  offers: readonly Offer[],
): Promise<AdaptedOffers> {
  const made = new Map<string, Adapted>()
  const unfit: Unfit[] = []
  for (const { entry, device: name } of offers) {
    const device = snapshot.devices.find(({ registration }) => isSameDevice(registration.device, name))
    if (entry.kind !== 'message' || device === undefined) continue
    if (fitOf(snapshot.preferences, device, entry.facts) !== 'needs-conversion') continue
    const record = await records.get(entry.id)
    if (record.kind !== 'message') continue
    const taking = takingOf(snapshot.preferences, device)
    const body = cutBody(record.contentType, await records.body(entry.id), entry.cut)
    const content = { contentType: record.contentType, body }
    const adapted =
      taking.otherwise === 'withhold'
        ? asItIs(content, taking.maxBytes)
        : await adapt(rooms, record, content, askedFor(taking))
    if (adapted === undefined) unfit.push({ entry, key: takingKey(name, taking) })
    else made.set(nameOf({ entry, device: name }), adapted)
  }
  return { of: (offer) => made.get(nameOf(offer)), unfit }
}

/** Withheld from a device or not, and never made to fit. */
function asItIs(content: Content, maxBytes = Infinity): Adapted | undefined {
  return content.body.length <= maxBytes ? { ...content, converted: [] } : undefined
}

const nameOf = ({ entry, device }: Offer): string => `${entry.id} ${device}`

async function adapt(
  { peers, clock, log }: AdaptingRooms,
  { id }: MessageRecord,
  content: Content,
  taking: Taking,
): Promise<Adapted | undefined> {
  const given = new AbortController()
  const callOff = clock.at(clock.now() + WITHIN_MS, () => given.abort())
  try {
    return await peers.adaptation?.adapt(content, taking, given.signal)
  } catch (error) {
    log.warn({ message: id, err: error }, 'A message could not be adapted for a device.')
    return undefined
  } finally {
    callOff()
  }
}

export function withUnfit(queue: Queue, unfit: readonly Unfit[]): Queue {
  const marked = (entry: Entry): Entry => {
    const keys = unfit.flatMap((one) => (one.entry.id === entry.id ? [one.key] : []))
    if (entry.kind !== 'message' || keys.length === 0) return entry
    return { ...entry, facts: { ...entry.facts, unfit: [...(entry.facts.unfit ?? []), ...keys] } }
  }
  return { ...queue, waiting: queue.waiting.map(marked), copies: queue.copies.map(marked) }
}
