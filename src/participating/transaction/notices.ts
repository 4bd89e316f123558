/** D5: what devices are told of what waits, behind the commit that says that they were. */
import { instantText } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import type { Notice, NoticedMessage } from '../contracts/notice.ts'
import { reachOf } from '../decision/attempts.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import type { NewNotice } from '../decision/notices.ts'
import { shownFrom } from '../decision/view.ts'
import type { InboxEvent } from '../contracts/inbox.ts'
import { digest } from '../state/message-record.ts'
import { queueOf, type HeldMessage } from '../state/queue.ts'
import type { Records } from './records.ts'
import { ASKED_AGAIN_AFTER_MS, type SendingRooms } from './send.ts'

export interface NoticeSending {
  readonly notice: NewNotice
  readonly inbox: string
  readonly event: InboxEvent & { readonly event: 'notice' }
}

/** A queue may have thousands; a screen shows fewer. */
const NAMED_AT_MOST = 50

export async function noticesToSend(
  records: Records,
  { open, snapshot }: Evaluation,
  notices: readonly NewNotice[],
): Promise<readonly NoticeSending[]> {
  const sendings: NoticeSending[] = []
  for (const notice of notices) {
    const messages: NoticedMessage[] = []
    for (const entry of notice.of.slice(0, NAMED_AT_MOST)) messages.push(...(await noticed(records, entry)))
    const data: Notice = { messages, more: notice.of.length - messages.length }
    const id = digest('notice', notice.device, `${snapshot.now}`, ...messages.map((message) => message.id)).slice(0, 24)
    sendings.push({ notice, inbox: open.get(notice.device) ?? '', event: { event: 'notice', id, data } })
  }
  return sendings
}

/** B §5.2.2.2: "SHALL include … subject, originator address, date, size"; who hides is shown to nobody. */
async function noticed(records: Records, entry: HeldMessage): Promise<readonly NoticedMessage[]> {
  const record = await records.get(entry.id)
  if (record.kind !== 'message') return []
  const { id, messageId, facts, subject, contentType, received } = record
  const shown = {
    id,
    messageId,
    from: shownFrom(facts),
    ...(subject === undefined ? {} : { subject }),
    contentType,
    sent: instantText(received),
    size: facts.size,
    expires: instantText(entry.expires),
  }
  return [shown]
}

/** The last parameter is the evaluation in which the notices were made. */
export async function notify(
  rooms: SendingRooms,
  owner: Xui,
  sendings: readonly NoticeSending[],
  { snapshot }: Evaluation,
): Promise<void> {
  const { clock, inboxes } = rooms
  if (sendings.length === 0) return
  const isLate = clock.now() - snapshot.now > ASKED_AGAIN_AFTER_MS
  for (const { notice, inbox, event } of sendings) {
    const isStillGood = (): Promise<boolean> => stillToTell(rooms, owner, notice)
    if (!isLate || (await isStillGood())) inboxes.sink(owner, notice.device, inbox)?.send(event, isStillGood)
  }
}

/** D4, INV-4: by the home of now, the device may still be told of something of it. */
async function stillToTell({ homes, evaluate, log }: SendingRooms, owner: Xui, notice: NewNotice): Promise<boolean> {
  try {
    const home = await homes.read(owner)
    const evaluation = await evaluate(home)
    const device = evaluation.snapshot.devices.find(
      ({ registration: { device: name, began } }) => name === notice.device && began === notice.began,
    )
    const waiting = new Map(queueOf(home).waiting.map((entry) => [entry.id, entry]))
    return notice.of.some(({ id }) => {
      const entry = waiting.get(id)
      return device !== undefined && entry !== undefined && reachOf(evaluation, device, entry) === 'yes'
    })
  } catch (error) {
    log.error({ owner, err: error }, 'Whether a notice may still go could not be looked at, so it does not.')
    return false
  }
}
