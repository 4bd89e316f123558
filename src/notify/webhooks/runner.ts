/**
 * One subscription being served: one attempt at a time, in the order of the journal. It pulls like every watch does, so
 * a slow target costs nothing but its own reading. Where it stands is stored behind deliveries, at most once a second:
 * after a crash the target may be told again, under the ids that it has seen.
 */
import type { Principal } from '../../access/account.ts'
import { createAlarm, type Alarm, type Clock, type Instant, type Randomness } from '../../clock.ts'
import { maySee, type FeedEvent, type Watcher } from '../../feed/changes.ts'
import type { Describing } from '../../feed/describe.ts'
import type { PositionIds } from '../../feed/ids.ts'
import type { Journal, Position } from '../../feed/journal.ts'
import type { WatchTarget } from '../../feed/targets.ts'
import { oneAtATime, type Pool } from '../../queue.ts'
import { Present, type PresentParts } from '../present.ts'
import type { Tail } from '../tail.ts'
import { deliveryOf, type Attempts, type Delivery, type AttemptOutcome } from './attempt.ts'
import { coalesce } from './coalesce.ts'
import { ended, failed, succeeded, type Subscription, type SubscriptionLimits } from './subscription.ts'

export interface RunnerParts extends PresentParts {
  readonly journal: Journal
  readonly tail: Tail
  readonly ids: PositionIds
  readonly clock: Clock
  readonly random: Randomness
  readonly describing: Describing
  readonly attempts: Attempts
  readonly limits: SubscriptionLimits
  /** `undefined`: the account is gone. */
  readonly principalOf: () => Promise<Principal | undefined>
  /** @throws Refused for what cannot be watched any more */
  readonly targetsOf: (what: readonly string[], principal: Principal) => readonly WatchTarget[]
  /** An attempt waits there for its turn. */
  readonly pool: Pool
  /** Puts the subscription in place of the one of the same version. False: its subscriber changed it. */
  readonly store: (subscription: Subscription) => Promise<boolean>
  /** Whether it is ours to deliver; false once another server may have taken over. */
  readonly isOurs: () => boolean
  readonly failed: (error: unknown) => void
}

const STORE_EVERY_MS = 1_000
/** After trouble of the store. */
const AGAIN_AFTER_MS = 1_000
const NOT_OURS = { kind: 'not-ours' } as const

export class Runner {
  readonly #parts: RunnerParts
  readonly #alarm: Alarm
  readonly #over = new AbortController()
  readonly #serve: () => Promise<void>
  #subscription: Subscription
  #stored: Subscription
  #storedAt: Instant = 0
  #watcher: Watcher | undefined
  #present: Present | undefined
  /** Everything was delivered, when it was read last. */
  #isIdle = false

  constructor(parts: RunnerParts, subscription: Subscription) {
    this.#parts = parts
    this.#subscription = this.#stored = subscription
    this.#serve = oneAtATime(() => this.#serveOnce())
    this.#alarm = createAlarm(parts.clock, () => this.wake())
  }

  get version(): number {
    return this.#subscription.version
  }

  /** Whose changes it can concern; `undefined`: everybody's, or not known yet. */
  get watcher(): Watcher | undefined {
    return this.#watcher
  }

  /** @param before the position up to which nothing concerned it while it was idle. */
  wake(before?: Position): void {
    if (this.#over.signal.aborted) return
    if (before !== undefined && this.#isIdle && before > this.#subscription.position)
      this.#subscription = { ...this.#subscription, position: before }
    this.#isIdle = false
    void this.#serve()
  }

  async stop(): Promise<void> {
    this.#over.abort()
    this.#alarm.callOff()
    await this.#serve()
    if (this.#stored !== this.#subscription) await this.#store(this.#subscription).catch(this.#parts.failed)
  }

  async #serveOnce(): Promise<void> {
    if (this.#over.signal.aborted) return
    try {
      const goesOn = await this.#step()
      if (goesOn) this.#arm(this.#subscription.expires)
    } catch (error) {
      this.#parts.failed(error)
      this.#arm(this.#parts.clock.now() + AGAIN_AFTER_MS)
    }
  }

  #arm(at: Instant): void {
    const flush = this.#stored === this.#subscription ? Infinity : this.#storedAt + STORE_EVERY_MS
    if (!this.#over.signal.aborted) this.#alarm.set(Math.min(at, flush))
  }

  /** @returns false where an alarm was set already, or nothing more is to be done. */
  async #step(): Promise<boolean> {
    const { clock, attempts } = this.#parts
    const subscription = this.#subscription
    const now = clock.now()
    if (subscription.state === 'ended') return false
    if (subscription.expires <= now) return this.#end('expired')
    if (subscription.next !== undefined && subscription.next > now) {
      this.#arm(Math.min(subscription.next, subscription.expires))
      return false
    }
    if (subscription.state === 'pending') {
      const outcome = await this.#attempt((signal) => attempts.challenge(subscription, signal))
      if (!(await this.#conclude(outcome))) return false
    }
    if (!this.#subscription.presented && !(await this.#tellPresent())) return false
    return (await this.#deliverAll()) && this.#storeNowAndThen()
  }

  /** What the subscriber may see now; `undefined`, and the subscription ends, where his account is gone. */
  async #watch(): Promise<Watcher | undefined> {
    const principal = await this.#parts.principalOf()
    if (principal === undefined) await this.#end('no-account')
    else this.#watcher = watcherOf(this.#subscription, principal, this.#parts.targetsOf)
    return principal && this.#watcher
  }

  async #tellPresent(): Promise<boolean> {
    const watcher = await this.#watch()
    if (watcher === undefined) return false
    this.#present = new Present(this.#parts, watcher)
    for await (const { events } of this.#present.tell(this.#subscription.position, this.#over.signal)) {
      for (const event of events) if (!(await this.#deliver(deliveryOf(event)))) return false
    }
    return !this.#over.signal.aborted && this.#store({ ...this.#subscription, presented: true })
  }

  async #deliverAll(): Promise<boolean> {
    const { tail, journal, describing } = this.#parts
    while (!this.#over.signal.aborted) {
      const watcher = await this.#watch()
      if (watcher === undefined) return false
      const { position } = this.#subscription
      const read = await tail.read(position, watcher.owner)
      if (read.kind === 'gone') {
        if (!(await this.#deliverResync(await journal.head()))) return false
        continue
      }
      const seen = read.events.filter((event) => maySee(watcher, event) && this.#present?.covers(event) !== true)
      for (const event of coalesce(seen)) {
        const described: FeedEvent | undefined = await describing.describe(event, watcher.view)
        if (described !== undefined && !(await this.#deliver(deliveryOf(described), event.position))) return false
      }
      if (read.upTo === position) {
        this.#isIdle = true
        return true
      }
      this.#subscription = { ...this.#subscription, position: read.upTo }
    }
    return false
  }

  #deliverResync(head: Position): Promise<boolean> {
    const { ids, clock } = this.#parts
    const id = ids.idOf(head)
    const data = JSON.stringify({ from: id })
    return this.#deliver({ id, type: 'resync', timestamp: clock.now(), data, xcapDiff: undefined }, head)
  }

  /** @param position where the subscription stands once it is delivered. @returns whether to go on. */
  async #deliver(delivery: Delivery, position = this.#subscription.position): Promise<boolean> {
    const outcome = await this.#attempt((signal) => this.#parts.attempts.deliver(this.#subscription, delivery, signal))
    if (outcome.kind === 'taken') this.#subscription = { ...this.#subscription, position }
    return this.#conclude(outcome)
  }

  #attempt(work: (signal: AbortSignal) => Promise<AttemptOutcome>): Promise<AttemptOutcome | typeof NOT_OURS> {
    // (1) This server stands still; (2) another one takes over, and delivers what follows; (3) this one goes on, and
    // would deliver what is older. Asked right before each attempt: what is left of (3) is one that had begun.
    return this.#parts.pool.run(async () => (this.#parts.isOurs() ? await work(this.#over.signal) : NOT_OURS))
  }

  /** @returns whether to go on. */
  async #conclude(outcome: AttemptOutcome | typeof NOT_OURS): Promise<boolean> {
    // What was cut off because the server ends says nothing of the target.
    if (this.#over.signal.aborted && outcome.kind !== 'taken') return false
    const { clock, random, limits } = this.#parts
    const before = this.#subscription
    switch (outcome.kind) {
      case 'not-ours':
        this.#arm(clock.now() + AGAIN_AFTER_MS)
        return false
      case 'taken':
        if (before.state === 'active' && before.failures === 0) return this.#storeNowAndThen()
        return this.#store(succeeded(before))
      case 'gone':
        return this.#end('gone')
      case 'failed': {
        const after = failed(before, outcome.error, clock.now(), random, limits, outcome.wait)
        if (await this.#store(after)) this.#arm(after.next ?? Infinity)
        return false
      }
    }
  }

  async #end(because: 'expired' | 'gone' | 'no-account'): Promise<false> {
    await this.#store(ended(this.#subscription, because, this.#parts.clock.now()))
    return false
  }

  async #storeNowAndThen(): Promise<boolean> {
    const due = this.#parts.clock.now() - this.#storedAt >= STORE_EVERY_MS
    return this.#stored === this.#subscription || !due || this.#store(this.#subscription)
  }

  /** False: its subscriber changed it, and another runner takes over. */
  async #store(subscription: Subscription): Promise<boolean> {
    this.#subscription = subscription
    this.#storedAt = this.#parts.clock.now()
    const stored = await this.#parts.store(subscription)
    if (stored) this.#stored = subscription
    else this.#over.abort()
    return stored
  }
}

function watcherOf(
  { what, form, diff, root }: Subscription,
  principal: Principal,
  targetsOf: RunnerParts['targetsOf'],
): Watcher {
  const targets = what.length === 0 ? undefined : targetsOf(what, principal)
  const owner = principal.role === 'user' ? principal.xui : undefined
  return { xui: principal.xui, owner, view: { targets, form, diff, root } }
}
