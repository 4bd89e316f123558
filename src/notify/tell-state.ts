/**
 * Tells of do-not-disturb that starts or ends where no participating function looks at the homes: the `state` events
 * are the feed's own business (X19). As there: wake, then pull. A commit wakes its home at once; what is due by time
 * alone one server looks for, who has the lease; and a sweep finds what no event did.
 */
import { createAlarm, type Alarm, type Clock, type Instant, type Randomness } from '../clock.ts'
import type { Home, Homes, OutboxEntry } from '../home/home.ts'
import { createLease, type Lease, type Leases } from '../home/leases.ts'
import { update, type Decision } from '../home/update.ts'
import type { Owner } from '../names.ts'
import type { UserPreferences } from '../preferences/in-force.ts'
import { reconcileState, STATE_PART } from '../preferences/state.ts'
import { oneAtATime } from '../queue.ts'
import { SUBSCRIPTIONS_PART } from './webhooks/subscription.ts'

export interface StateTellingParts {
  readonly homes: Homes
  readonly leases: Leases
  readonly clock: Clock
  readonly random: Randomness
  readonly preferencesOf: (home: Home) => Promise<UserPreferences>
  /** Milliseconds. */
  readonly sweepEvery: number
  /** Milliseconds. */
  readonly leaseFor: number
  readonly log: { error(fields: object, text: string): void }
}

export interface StateTelling {
  start(): Promise<void>
  stop(): Promise<void>
}

const LEASE = 'state'
const PAGE = 100

export function createStateTelling(parts: StateTellingParts): StateTelling {
  const { homes, clock, log } = parts
  const lease: Lease = createLease(parts, LEASE)
  const waking = new Set<Owner>()
  const running = new Set<Promise<void>>()
  let stopped = false
  let stopListening = (): void => {}

  const orSay = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => log.error({ err: error }, 'Do-not-disturb could not be told; it is tried again.'))

  async function tellDue(): Promise<void> {
    // Asked again before each page: whoever was frozen meanwhile has lost the lease.
    const seen = new Set<Owner>()
    for (let limit = PAGE; !stopped && (await lease.hold()) !== undefined; ) {
      const due = await homes.due(clock.now(), limit)
      const fresh = due.filter((owner) => !seen.has(owner))
      if (fresh.length === 0 && due.length < limit) return
      // What stays due is not ours to serve: it is stepped over.
      limit = due.length - fresh.length + PAGE
      for (const owner of fresh) {
        seen.add(owner)
        await orSay(tell(parts, owner))
      }
    }
  }

  const sweep = oneAtATime(async () => {
    if (stopped) return
    await orSay(tellDue())
    const next = await homes.earliest().catch(() => undefined)
    // Never further off than a sweep: a clock that is set back, or a home that cannot be helped now, must not hold us.
    const soon = clock.now() + parts.sweepEvery
    if (!stopped) alarm.set(next !== undefined && next > clock.now() ? Math.min(next, soon) : soon)
  })
  const alarm: Alarm = createAlarm(clock, () => void sweep())

  function onCommit(owner: Owner | undefined, next: Instant | undefined): void {
    if (stopped) return
    if (owner === undefined) void sweep()
    else if (next !== undefined && next <= clock.now() && !waking.has(owner)) {
      waking.add(owner)
      const work: Promise<void> = Promise.resolve()
        .then(() => {
          waking.delete(owner)
          return orSay(tell(parts, owner))
        })
        // What it left for later may be sooner than the alarm.
        .then(() => sweep())
        .finally(() => running.delete(work))
      running.add(work)
    }
  }

  return {
    async start() {
      stopListening = homes.onCommit(onCommit)
      await orSay(lease.takeOver())
      await sweep()
    },
    async stop() {
      stopped = true
      stopListening()
      alarm.callOff()
      await Promise.all(running)
      await sweep()
      await orSay(lease.release())
    },
  }
}

/** One commit: what is told, that it was told, and when to look again. */
async function tell(
  { homes, clock, preferencesOf }: Pick<StateTellingParts, 'homes' | 'clock' | 'preferencesOf'>,
  owner: Owner,
): Promise<void> {
  await update(homes, owner, async (home): Promise<Decision<undefined>> => {
    const now = clock.now()
    if (home.next === undefined || home.next > now) return { answer: undefined }
    const state =
      owner === 'global' ? { home, records: [], next: undefined } : reconcileState(home, await preferencesOf(home), now)
    const outbox = state.records.map((record): OutboxEntry => ({ kind: 'journal', owner, record: { ...record } }))
    const next = isAwaitedByOthers(home) ? home.next : state.next
    if (state.home === home && next === home.next && outbox.length === 0) return { answer: undefined }
    return { answer: undefined, commit: { home: { ...state.home, next }, outbox } }
  })
}

/**
 * A participating function, off for now, has left messages here: the instant is theirs, and they are to be found due
 * when it is back.
 */
function isAwaitedByOthers({ parts }: Home): boolean {
  return [...parts.keys()].some((name) => name !== STATE_PART && name !== SUBSCRIPTIONS_PART)
}
