/**
 * An operator looks for messages. What is asked for is found by an index as far as there is one, and looked through
 * beyond that: one request looks at so many records, and says where the next one goes on.
 */
import type { Principal } from '../../access/account.ts'
import type { Home, MessagePlace, MessageSearch, StoredMessage } from '../../home/home.ts'
import type { Owner, Xui } from '../../names.ts'
import { laterRound } from '../../rounds.ts'
import { Refused } from '../../refusal.ts'
import { canonicalXui } from '../../xui.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import { statusOf } from '../decision/status.ts'
import { shownFrom, viewForOthers } from '../decision/view.ts'
import type { FoundMessages, MessageForOthers, MessageQuery, Participating } from '../participating.ts'
import type { MessageRecord, StoredRecord } from '../state/message-record.ts'
import { queueOf, type HeldMessage } from '../state/queue.ts'
import type { ParticipatingRooms } from '../transaction/contract.ts'

/** Records asked for at once; between two batches others are served. */
const BATCH = 50
/** Before everything. */
export const START: MessagePlace = { owner: '' as Owner, id: '' }

/** Everything up to here was looked at. */
interface Progress {
  readonly hasEnded: boolean
  readonly place: MessagePlace
}

/** `undefined`: it waits no more. */
export type StatusOf = (record: MessageRecord) => Parameters<typeof viewForOthers>[1]
/** Of what waits for one user, whose home is read once for it. */
export type StatusesOf = (owner: Xui) => Promise<StatusOf>

export function createStatuses(
  { homes }: Pick<ParticipatingRooms, 'homes'>,
  evaluate: (home: Home) => Promise<Evaluation>,
): StatusesOf {
  return async (owner) => {
    const home = await homes.read(owner)
    const entries = new Map<string, HeldMessage>()
    for (const entry of queueOf(home).waiting) if (entry.kind === 'message') entries.set(entry.id, entry)
    const evaluation = await evaluate(home)
    return ({ id }) => {
      const entry = entries.get(id)
      return entry && { entry, status: statusOf(entry, evaluation) }
    }
  }
}

export function createFind(
  { messages, settings }: Pick<ParticipatingRooms, 'messages' | 'settings'>,
  statusesOf: StatusesOf,
): Participating['find'] {
  return async (by, query, after, limit): Promise<FoundMessages> => {
    const found: MessageForOthers[] = []
    let at: Progress | undefined = after === undefined ? first(query) : progressOf(after)
    let user: { readonly owner: Owner; readonly waiting: StatusOf } | undefined
    for (let left = settings.searchedAtOnce; left > 0 && at !== undefined; ) {
      const batch: readonly StoredMessage[] = await messages.search(
        searchFor(query, at),
        at.place,
        Math.min(left, BATCH),
      )
      left -= batch.length
      if (batch.length === 0) at = behind(query, at)
      for (const { id, owner, value } of batch) {
        at = { hasEnded: at?.hasEnded ?? false, place: { owner, id } }
        const record = value as StoredRecord
        if (record.kind !== 'message' || !mayBeAskedFor(by, query, record)) continue
        if (record.end === undefined && user?.owner !== owner) user = { owner, waiting: await statusesOf(record.to) }
        const view = viewForOthers(record, record.end === undefined ? user?.waiting(record) : undefined)
        if ((query.state ?? view.state) !== view.state || (query.reason ?? view.reason) !== view.reason) continue
        found.push(view)
        if (found.length === limit) return { messages: found, next: textOf(at) }
      }
      await laterRound()
    }
    return { messages: found, ...(at === undefined ? {} : { next: textOf(at) }) }
  }
}

/** What the record says of itself; participating functions see what they brought. */
function mayBeAskedFor(by: Principal, { from, to, messageId }: MessageQuery, record: MessageRecord): boolean {
  return (
    (by.role === 'administrator' || record.by === by.xui) &&
    (to ?? record.to) === record.to &&
    (messageId ?? record.messageId) === record.messageId &&
    // Who hid is not to be found by his name.
    (from === undefined || isSame(from, shownFrom(record.facts)))
  )
}

function isSame(one: string, other: string): boolean {
  return one === other || (canonicalXui(one) !== undefined && canonicalXui(one) === canonicalXui(other))
}

const isOfWaiting = ({ state, reason }: MessageQuery): boolean =>
  reason !== undefined || state === 'deferred' || state === 'delivering'

function first(query: MessageQuery): Progress {
  const isOfEnded = query.state !== undefined && !isOfWaiting(query)
  return { hasEnded: query.messageId === undefined && isOfEnded, place: START }
}

function searchFor({ messageId, to }: MessageQuery, { hasEnded }: Progress): MessageSearch {
  if (messageId !== undefined) return { by: 'message-id', messageId }
  return { by: 'state', hasEnded, ...(to === undefined ? {} : { owner: to }) }
}

/** What waits comes first, then what has ended, as far as that is wanted. */
function behind(query: MessageQuery, { hasEnded }: Progress): Progress | undefined {
  const isLast = hasEnded || query.messageId !== undefined || isOfWaiting(query)
  return isLast ? undefined : { hasEnded: true, place: START }
}

function textOf({ hasEnded, place: { owner, id } }: Progress): string {
  return Buffer.from(JSON.stringify([hasEnded, owner, id])).toString('base64url')
}

/** @throws Refused `bad-request` for a place that was never told. */
function progressOf(text: string): Progress {
  try {
    const [hasEnded, owner, id, ...more] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    if (typeof hasEnded === 'boolean' && typeof owner === 'string' && typeof id === 'string' && more.length === 0)
      return { hasEnded, place: { owner: owner as Owner, id } }
  } catch {
    // What is no JSON was never told either.
  }
  throw new Refused({ kind: 'bad-request', detail: '"after" is what `next` of an answer said.' })
}
