/** What must hold at each commit of the user's home, judged by the two states that it lies between. Pure. */
import type { Instant } from '../../../src/clock.ts'
import type { Home } from '../../../src/home/home.ts'
import { leadsTo, type PushTask, type Work } from '../../../src/participating/state/outgoing.ts'
import { queueOf, type HeldMessage, type Queue, type Target } from '../../../src/participating/state/queue.ts'
import { DEFAULT_PARTICIPATING_SETTINGS } from '../../../src/participating/settings.ts'
import { EXTENSIONS, isQuiet, isQuietForStore, PROFILES, wishIn } from './wishes.ts'
import type { Call } from './peers.ts'

const { retryFirst } = DEFAULT_PARTICIPATING_SETTINGS
export const RETRY_AT_MOST = 60_000
/** As long as a claim may last where who performed it died. */
export const CLAIM_MS = { report: 1000, others: 60_000 } as const

export interface Judged {
  readonly before: Home
  readonly after: Home
  readonly now: Instant
  /** Nobody jumps over expiries. */
  readonly isSteady: boolean
  readonly calls: readonly Call[]
  /** When the work was claimed last, by its id. */
  readonly claimed: Map<string, { readonly at: Instant; readonly services: number }>
  /** What was said of which message to which device, in which quiet period. */
  readonly told: Set<string>
  /** How often a notice of a message was to go to a device. */
  readonly notices: Map<string, number>
  /** Messages that a device has acknowledged, or is about to. */
  readonly acknowledging: ReadonlySet<string>
  readonly quietPeriods: ReadonlyMap<string, number>
  fail(what: string): void
}

export function judgeCommit(judged: Judged): void {
  const before = queueOf(judged.before)
  const after = queueOf(judged.after)
  for (const work of after.outgoing) {
    const was = before.outgoing.find(({ id }) => id === work.id)
    if (work.claim !== undefined && work.claim.generation !== was?.claim?.generation)
      judgeClaim(judged, work, was, after)
    else if (work.claim === undefined && was?.claim !== undefined) judgeSettled(judged, was)
  }
  for (const was of before.outgoing) if (!after.outgoing.some(({ id }) => id === was.id)) judgeSettled(judged, was)
  for (const work of after.outgoing) {
    const isNew = work.task.kind === 'push' && !before.outgoing.some(({ id }) => id === work.id)
    if (isNew) judgePush(judged, work.task as PushTask, after)
  }
  const ids = after.outgoing.map(({ id }) => id)
  if (new Set(ids).size < ids.length) judged.fail(`INV-33: two pieces of work have one id, of ${ids.join()}`)
  for (const entry of messagesOf(after)) judgeEntry(judged, entry, before, after)
}

export function messagesOf({ waiting }: Pick<Queue, 'waiting'>): readonly HeldMessage[] {
  return waiting.filter((entry) => entry.kind === 'message')
}

function judgeClaim(judged: Judged, work: Work, was: Work | undefined, { waiting }: Queue): void {
  const { now, after, claimed, fail, isSteady } = judged
  const { id, task, attempt } = work
  const services = servicesOf(work)
  // What one service refused the next one is asked for in the same commit.
  const isSame = was !== undefined && servicesOf(was) === services
  if (isSame && was.claim !== undefined && was.claim.until > now) fail(`INV-19: ${id} is claimed twice`)
  if (task.kind === 'tell' && isQuietForStore(after))
    fail('INV-4: the store is told to tell while do-not-disturb is on')
  if (task.kind === 'push' && isQuiet(after, task.device)) fail(`INV-4: ${id} is pushed while do-not-disturb is on`)
  const entry = waiting.find((held) => held.kind === 'message' && held.leaving === id)
  const isTooLate = entry !== undefined && entry.expires <= now && leadsTo(task) !== undefined
  if (isSteady && isTooLate && !(task.kind === 'store' && task.because === 'expired'))
    fail(`INV-6: ${id} begins after its expiry`)
  // What is made anew under a name that is free again is tried for the first time.
  const last = was === undefined ? undefined : claimed.get(id)
  const backOff = Math.min(retryFirst * 2 ** Math.max(attempt - 2, 0), RETRY_AT_MOST) * 0.8
  const lasts = task.kind === 'report' ? CLAIM_MS.report : CLAIM_MS.others
  const at = (work.claim?.until ?? now) - lasts
  const atLeast = Math.min(backOff, lasts)
  if (last !== undefined && last.services === services && at - last.at < atLeast)
    fail(`INV-8: ${id} is tried again ${at - last.at} ms later`)
  claimed.set(id, { at, services })
}

function servicesOf({ task }: Work): number {
  return task.kind === 'interwork' ? task.services.length : 0
}

function judgeSettled({ calls, now, acknowledging, fail }: Judged, { id, claim, task, message = '' }: Work): void {
  // A device that had it before may still acknowledge it, and that counts.
  if (acknowledging.has(message)) return
  // Of two that tell, or that settle one object, nobody knows which is which.
  const isAlike = task.kind === 'tell' || task.kind === 'settle'
  if (claim === undefined || claim.until <= now || isAlike) return
  const isUnderWay = calls.some((call) => call.work === id && call.generation === claim.generation && !call.isOver)
  if (isUnderWay) fail(`INV-19: ${id} is settled while generation ${claim.generation} performs it`)
}

function judgeEntry(judged: Judged, entry: HeldMessage, before: Queue, after: Queue): void {
  const { now, fail } = judged
  const was = messagesOf(before).find(({ id }) => id === entry.id)
  if (was !== undefined && was.expires !== entry.expires) judgeExtension(judged, was, entry)
  const added = (now: readonly Target[] = [], then: readonly Target[] = []): readonly Target[] =>
    now.filter(({ device, began }) => !then.some((one) => one.device === device && one.began === began))
  const isHere = ({ device, began }: Target): boolean =>
    after.registrations.some((one) => one.device === device && one.began === began && one.expires > now)
  for (const target of added(entry.noticed, was?.noticed)) {
    judgeTold(judged, entry, target, 'notice')
    if (!isHere(target)) fail(`INV-11: ${entry.id} is announced to a device that is not registered`)
  }
  for (const _ of added(entry.told, was?.told)) {
    if (after.registrations.some(({ expires }) => expires > now))
      fail(`D6: ${entry.id} is announced out of band, and a device is registered`)
  }
  for (const { device, attempt, asked } of entry.offers) {
    if (was?.offers.some((offer) => offer.device === device && offer.attempt === attempt) === true) continue
    if (asked !== true && isQuiet(judged.after, device)) fail(`INV-4: ${entry.id} is sent while do-not-disturb is on`)
    if (entry.expires <= now) fail(`INV-6: ${entry.id} is sent after its expiry`)
    if (entry.leaving !== undefined) fail(`INV-1: ${entry.id} is sent, and on its way elsewhere`)
  }
  const work = after.outgoing.find(({ id }) => id === entry.leaving)
  if (entry.leaving !== undefined && work === undefined) fail(`INV-1: ${entry.id} is on its way with nothing`)
  if (work?.task.kind !== 'store' || work.task.because !== 'expired' || was?.leaving === entry.leaving) return
  if (entry.expires > now) fail(`INV-5: ${entry.id} is stored before its expiry`)
  if (PROFILES[wishIn(judged.after)].then !== 'store') fail(`INV-16: ${entry.id} is stored, and nobody wants that`)
}

/** A summary names nobody, so nothing is known of whom it is about. */
function judgePush(judged: Judged, { device, content }: PushTask, { waiting, registrations }: Queue): void {
  const began = registrations.find((known) => known.device === device)?.began ?? 0
  for (const entry of messagesOf({ waiting }))
    if (content.kind === 'deferred' && content.messages.includes(entry.id))
      judgeTold(judged, entry, { device, began }, 'push')
}

function judgeTold(judged: Judged, { id, expires }: HeldMessage, { device, began }: Target, how: string): void {
  const { now, after, told, quietPeriods, fail } = judged
  const what = `${id} ${device.slice(-1)} ${how}`
  const key = `${what} ${began} ${quietPeriods.get(device) ?? 0}`
  if (told.has(key)) fail(`INV-13: ${what} twice`)
  told.add(key)
  const where = `${id} ${device}`
  if (how === 'notice') judged.notices.set(where, (judged.notices.get(where) ?? 0) + 1)
  if (isQuiet(after, device)) fail(`INV-4: ${what} while do-not-disturb is on`)
  if (how === 'notice' && expires <= now) fail(`INV-6: ${what} after its expiry`)
}

function judgeExtension({ after, fail, now }: Judged, was: HeldMessage, is: HeldMessage): void {
  if (was.expires > now) fail(`INV-5: ${is.id} is extended before its expiry`)
  if (is.expires <= was.expires || is.extensions <= was.extensions || is.expires > is.keepUntil)
    fail(`INV-17: ${is.id} is extended from ${was.expires} to ${is.expires}`)
  if (is.extensions > EXTENSIONS) fail(`INV-17: ${is.id} is extended ${is.extensions} times`)
  if (wishIn(after) !== 'extend') fail(`INV-16: ${is.id} is extended, and nobody wants that`)
}
