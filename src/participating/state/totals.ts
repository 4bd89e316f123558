/**
 * What is known of all that waits for one user, without a walk along it: lists are replaced and never changed in place,
 * so it is kept beside the list that it was found of, and carried on where something is put behind.
 */
import type { Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import type { Entry, HeldMessage, Queue } from './queue.ts'

export interface Totals {
  /** Without reports. */
  readonly messages: number
  /** Of the bodies of these. */
  readonly bytes: number
  /** What of it each sender brought himself. */
  readonly ofSender: ReadonlyMap<Xui, Share>
  readonly lastTurn: number
  /** `Infinity`: nothing waits. */
  readonly firstExpiry: Instant
}

interface Share {
  readonly messages: number
  readonly bytes: number
}

const NO_SHARE: Share = { messages: 0, bytes: 0 }
const NOTHING: Totals = { messages: 0, bytes: 0, ofSender: new Map(), lastTurn: 0, firstExpiry: Infinity }

/** Each is some 60 bytes, which every commit writes; where more have sent something the list is read. */
const SENDERS_KEPT = 64

const known = new WeakMap<readonly Entry[], Totals>()

export function totalsOf(waiting: readonly Entry[]): Totals {
  const totals = known.get(waiting) ?? totalsWith(NOTHING, waiting)
  known.set(waiting, totals)
  return totals
}

/** As they are kept beside the list; `undefined` where they are too much for that. */
export function keptTotals({ ofSender, ...totals }: Totals): unknown {
  return ofSender.size > SENDERS_KEPT ? undefined : { ...totals, ofSender: [...ofSender] }
}

export function totalsFrom(kept: unknown): Totals | undefined {
  if (kept === undefined) return undefined
  const { ofSender, ...totals } = kept as Omit<Totals, 'ofSender'> & { readonly ofSender: readonly [Xui, Share][] }
  return { ...totals, ofSender: new Map(ofSender) }
}

/** Nobody reads what waits: an empty list in its place, of which the totals are known. */
export function unread(totals: Totals): readonly Entry[] {
  const list: readonly Entry[] = []
  known.set(list, totals)
  return list
}

/** The list with one more, behind all others. */
export function withEntry(waiting: readonly Entry[], entry: Entry): readonly Entry[] {
  const longer = [...waiting, entry]
  known.set(longer, totalsWith(totalsOf(waiting), [entry]))
  return longer
}

/** Of what is known by its totals, and of these behind it. */
export function totalsWith(before: Totals, behind: readonly Entry[]): Totals {
  let { messages, bytes, ofSender, lastTurn, firstExpiry } = before
  for (const entry of behind) {
    lastTurn = Math.max(lastTurn, entry.turn)
    firstExpiry = Math.min(firstExpiry, entry.expires)
    if (entry.kind !== 'message') continue
    messages += 1
    bytes += entry.facts.size
  }
  const brought = behind.filter(isBrought)
  if (brought.length > 0) ofSender = sharesWith(ofSender, brought)
  return { messages, bytes, ofSender, lastTurn, firstExpiry }
}

type Brought = HeldMessage & { readonly sentBy: Xui }

/** By its sender himself, whose share it takes. */
function isBrought(entry: Entry): entry is Brought {
  return entry.kind === 'message' && entry.sentBy !== undefined
}

function sharesWith(before: Totals['ofSender'], behind: readonly Brought[]): Totals['ofSender'] {
  const shares = new Map(before)
  for (const { sentBy, facts } of behind) {
    const { messages, bytes } = shares.get(sentBy) ?? NO_SHARE
    shares.set(sentBy, { messages: messages + 1, bytes: bytes + facts.size })
  }
  return shares
}

/** Behind everything that is here. */
export function nextSequence({ registrations, waiting, copies }: Queue): number {
  let last = totalsOf(waiting).lastTurn
  for (const list of [registrations, copies]) for (const { turn } of list) last = Math.max(last, turn)
  return last + 1
}
