/** D7: as many of the actions of a session as fit into one commit, and into what its device may have out. */
import { isSameDevice } from '../../device.ts'
import type { Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import { Refused } from '../../refusal.ts'
import type { RegisteredDevice } from '../decision/applicability.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import type { InboxEvent } from '../contracts/inbox.ts'
import type { ActionOutcome, MessageAction } from '../participating.ts'
import type { StoredRecord } from '../state/message-record.ts'
import type { HeldMessage } from '../state/queue.ts'
import type { Before, Change, ParticipatingRooms } from '../transaction/contract.ts'
import type { Ending } from '../transaction/end.ts'
import { adaptOffers, type AdaptedOffers } from '../transaction/adapted.ts'
import { keptContent, eventFor } from '../transaction/send.ts'
import type { Records } from '../transaction/records.ts'
import { act, afterwards } from './act.ts'

/** Actions of one commit: a thousand of them are no thousand bodies in memory. */
const ACTIONS_AT_ONCE = 32

export interface SessionState {
  readonly owner: Xui
  readonly device: string
  /** No inbox has it. */
  readonly name: string
  readonly pending: readonly MessageAction[]
  /** At the device, and not acknowledged. */
  readonly out: ReadonlyMap<string, Outstanding>
}

export interface Outstanding {
  /** Bytes. */
  readonly size: number
  /** An acknowledgement is expected until then. */
  readonly until: Instant
}

interface Fetched {
  readonly event: InboxEvent
  /** Bytes. */
  readonly size: number
  readonly expires: Instant
}

export interface Taken {
  /** The first ones of those that were pending. */
  readonly count: number
  readonly outcomes: readonly ActionOutcome[]
  /** By its id, each that goes to the device. */
  readonly messages: ReadonlyMap<string, Fetched>
}

interface Offered {
  readonly entry: HeldMessage
  readonly attempt: number
}

/** @throws Refused `not-registered` */
export async function actOnSome(
  rooms: ParticipatingRooms,
  session: SessionState,
  { queue: before, evaluation }: Before,
): Promise<Change<Taken>> {
  const { peers } = rooms
  const acting = { evaluation, device: deviceIn(evaluation, session.device), session: session.name, peers }
  const outcomes: ActionOutcome[] = []
  const ended: Ending[] = []
  const offered: Offered[] = []
  let queue = before
  let count = 0
  for (const action of session.pending.slice(0, ACTIONS_AT_ONCE)) {
    const entry = queue.waiting.find(({ id }) => id === action.id)
    if (entry?.kind !== 'message') outcomes.push(await afterItsEnd(rooms, session.owner, action))
    else {
      if (action.action === 'retrieve' && !hasRoom(rooms, session, offered, entry)) break
      const acted = act(queue, entry, action.action, acting)
      queue = acted.queue
      if (acted.kind === 'offered') offered.push({ entry, attempt: acted.attempt })
      else outcomes.push({ ...action, ...acted.outcome })
      if (acted.kind === 'answered' && acted.ended !== undefined) ended.push(acted.ended)
    }
    count += 1
  }
  return {
    queue,
    ended,
    offers: offered.length > 0,
    answer: async ({ records }) => {
      const mine = offered.map((one) => ({ ...one, device: session.device }))
      const adapted = await adaptOffers(rooms, records, evaluation, mine)
      return { count, outcomes, messages: await messagesOf(records, mine, adapted) }
    },
  }
}

function deviceIn({ snapshot }: Evaluation, device: string): RegisteredDevice {
  const found = snapshot.devices.find(({ registration }) => isSameDevice(registration.device, device))
  if (found !== undefined) return found
  throw new Refused({ kind: 'not-registered', detail: 'Register the device, then retrieve what waits.' })
}

/** As many, and as many bytes, as an inbox may have out; one message always may. */
function hasRoom(
  { settings }: ParticipatingRooms,
  { out }: SessionState,
  offered: readonly Offered[],
  { facts: { size } }: HeldMessage,
): boolean {
  const sizes = [...[...out.values()].map((one) => one.size), ...offered.map(({ entry }) => entry.facts.size)]
  const bytes = sizes.reduce((sum, one) => sum + one, size)
  return sizes.length === 0 || (sizes.length < settings.offersAtMost && bytes <= settings.offeredBytesAtMost)
}

/** It waits no more, or never did. */
export async function afterItsEnd(
  { messages }: Pick<ParticipatingRooms, 'messages'>,
  owner: Xui,
  { id, action }: MessageAction,
): Promise<ActionOutcome> {
  const stored = await messages.byId(id)
  const record = stored?.value as StoredRecord | undefined
  if (stored?.owner !== owner || record?.kind !== 'message' || record.end === undefined)
    return { id, action, outcome: 'unknown' }
  return { id, action, ...afterwards(action, record.end.state) }
}

/** Read before the commit, so that behind it there is nothing to wait for. What cannot be adapted goes as it is. */
async function messagesOf(
  records: Records,
  offered: readonly (Offered & { readonly device: string })[],
  adapted: AdaptedOffers,
): Promise<Taken['messages']> {
  const messages = new Map<string, Fetched>()
  for (const offer of offered) {
    const { entry, attempt } = offer
    const record = await records.get(entry.id)
    const event = eventFor(record, await keptContent(records, record, entry, adapted.of(offer)), attempt, true)
    messages.set(entry.id, { event, size: entry.facts.size, expires: entry.expires })
  }
  return messages
}
