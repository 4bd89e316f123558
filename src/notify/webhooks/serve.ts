/**
 * Serves all webhooks, on the server that has the lease. It reads the end of the journal once for all of them and wakes
 * those whom an entry concerns; what a subscriber does is an entry of the journal, too.
 */
import type { Accounts, Principal } from '../../access/account.ts'
import { createAlarm, type Alarm, type Instant } from '../../clock.ts'
import { maySee, type FeedEvent } from '../../feed/changes.ts'
import type { Position } from '../../feed/journal.ts'
import { createLease, type Lease, type Leases } from '../../home/leases.ts'
import { update } from '../../home/update.ts'
import type { Xui } from '../../names.ts'
import { createPool, createQueues, oneAtATime, type Pool } from '../../queue.ts'
import { laterRound } from '../../rounds.ts'
import { Runner, type RunnerParts } from './runner.ts'
import { subscriptionsOf, withSubscriptions, type Subscription } from './subscription.ts'

export interface ServingParts
  extends Omit<RunnerParts, 'principalOf' | 'pool' | 'store' | 'failed' | 'isOurs' | 'accounts'> {
  readonly accounts: Accounts
  readonly leases: Leases
  /** Milliseconds. */
  readonly leaseFor: number
  /** Milliseconds. */
  readonly sweepEvery: number
  readonly log: { error(fields: object, text: string): void }
}

const LEASE = 'webhooks'
const PAGE = 100

export class Serving {
  readonly #parts: ServingParts
  readonly #lease: Lease
  readonly #pool: Pool
  readonly #alarm: Alarm
  readonly #served = new Map<Xui, Map<string, Runner>>()
  /** Subscribers who may see more than their own. */
  readonly #wide = new Set<Xui>()
  readonly #principals = new Map<Xui, Promise<Principal | undefined>>()
  readonly #reloading = createQueues<Xui>()
  readonly #look = oneAtATime(() => this.#lookOnce())
  readonly #readOn = oneAtATime(() => this.#readOnce())
  readonly #lookAtRoles = oneAtATime(() => this.#lookAtRolesOnce())
  #holds = false
  /** When that was known. */
  #heldAt: Instant = 0
  /** Until then the one before may not know that it has lost the lease. */
  #waitsUntil: Instant = 0
  #stopped = false
  #position: Position = 0
  #stopListening = (): void => {}

  constructor(parts: ServingParts) {
    this.#parts = parts
    this.#lease = createLease(parts, LEASE)
    this.#pool = createPool(parts.limits.attemptsAtOnce)
    this.#alarm = createAlarm(parts.clock, () => void this.#look())
  }

  async start(): Promise<void> {
    const { accounts, tail } = this.#parts
    const stopWatchingAccounts = accounts.onChange(() => {
      this.#principals.clear()
      void this.#lookAtRoles().catch(this.#said)
    })
    const { stop } = await tail.follow(() => void this.#readOn().catch(this.#said))
    this.#stopListening = () => {
      stopWatchingAccounts()
      stop()
    }
    await this.#takeOver().catch(this.#said)
    // Who subscribed is found in the background: nobody waits for a webhook to start.
    void this.#look()
  }

  /**
   * At once: a server that was killed and comes back must not wait for itself. Whether it was that, or another one that
   * goes on delivering until it asks for its lease again, is not to be seen; so nothing is delivered before it has.
   */
  async #takeOver(): Promise<void> {
    const { leases, clock, leaseFor, sweepEvery } = this.#parts
    const before = await leases.read(LEASE)
    if (before?.holder !== undefined) this.#waitsUntil = clock.now() + leaseFor / 3 + sweepEvery
    await this.#lease.takeOver()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#alarm.callOff()
    this.#stopListening()
    await this.#look()
    await this.#endAll()
    await this.#lease.release().catch(this.#said)
  }

  readonly #said = (error: unknown): void =>
    this.#parts.log.error({ err: error }, 'A webhook could not be served; it is tried again.')

  async #lookOnce(): Promise<void> {
    if (this.#stopped) return
    const had = this.#holds
    try {
      this.#holds = await this.#hold()
      if (this.#holds && !had) {
        // First the position, then the homes: what is subscribed meanwhile is behind it.
        this.#position = await this.#parts.journal.head()
        await this.#reloadAll()
      }
      if (!this.#holds && had) await this.#endAll()
      if (this.#holds) await this.#readOn()
    } catch (error) {
      this.#said(error)
      if (!had) {
        // Taken over by half: the next look begins again.
        this.#holds = false
        await this.#endAll()
      }
    }
    if (!this.#stopped) this.#alarm.set(this.#parts.clock.now() + this.#parts.sweepEvery)
  }

  async #hold(): Promise<boolean> {
    const asked = this.#parts.clock.now()
    const holds = (await this.#lease.hold()) !== undefined
    if (holds) this.#heldAt = asked
    return holds
  }

  async #readOnce(): Promise<void> {
    while (!this.#stopped && this.#holds) {
      const read = await this.#parts.tail.read(this.#position, undefined)
      if (read.kind === 'gone') {
        // Each finds out by its own position what it missed.
        this.#position = await this.#parts.journal.head()
        await this.#reloadAll()
        for (const runners of this.#served.values()) for (const runner of runners.values()) runner.wake()
        continue
      }
      for (const event of read.events) {
        if (event.record.kind === 'subscription') await this.#reload(event.owner as Xui)
        else this.#wakeFor(event)
      }
      if (read.upTo === this.#position) return
      this.#position = read.upTo
    }
  }

  #wakeFor(event: FeedEvent): void {
    const { owner, position } = event
    // A document of the global tree may be named by anybody, and the policy concerns all.
    const whose = owner === 'global' ? this.#served.keys() : new Set([owner, ...this.#wide])
    for (const xui of whose) {
      for (const runner of this.#served.get(xui)?.values() ?? []) if (concerns(runner, event)) runner.wake(position - 1)
    }
  }

  /** Once, when the lease is ours: who has subscriptions is not known. */
  async #reloadAll(): Promise<void> {
    const { accounts } = this.#parts
    for (let page = await accounts.list('', PAGE); page.length > 0 && !this.#stopped; ) {
      // Many accounts take longer than a lease lasts.
      if (!(await this.#hold())) throw new Error('another server took the webhooks over')
      await Promise.all(page.map(({ xui }) => this.#reload(xui)))
      // A store in this process answers at once: without this nobody would be served before the last account.
      await laterRound()
      page = await accounts.list(page.at(-1)?.xui ?? '', PAGE)
    }
  }

  /** What is served becomes what lies in the home. */
  #reload(xui: Xui): Promise<void> {
    return this.#reloading.run(xui, async () => {
      const before = this.#served.get(xui) ?? new Map<string, Runner>()
      const stored = await this.#stored(xui)
      const versions = new Map(stored.map(({ id, version }) => [id, version]))
      const isSame = ([id, runner]: readonly [string, Runner]): boolean => versions.get(id) === runner.version
      const after = new Map([...before].filter(isSame))
      // They say where they stand before another one goes on from there.
      const stale = [...before].filter((entry) => !isSame(entry))
      await Promise.all(stale.map(([, runner]) => runner.stop()))
      for (const subscription of stale.length === 0 ? stored : await this.#stored(xui)) {
        if (after.has(subscription.id) || !this.#holds || this.#stopped) continue
        const runner = this.#runnerOf(xui, subscription)
        after.set(subscription.id, runner)
        runner.wake()
      }
      if (after.size === 0) this.#served.delete(xui)
      else this.#served.set(xui, after)
      if (after.size > 0) this.#noteRole(xui, await this.#principalOf(xui))
    })
  }

  async #stored(xui: Xui): Promise<readonly Subscription[]> {
    return subscriptionsOf(await this.#parts.homes.read(xui)).filter(({ state }) => state !== 'ended')
  }

  #runnerOf(xui: Xui, subscription: Subscription): Runner {
    const parts = this.#parts
    return new Runner(
      {
        ...parts,
        principalOf: () => this.#principalOf(xui),
        pool: this.#pool,
        isOurs: () => this.#isOurs(),
        failed: this.#said,
        store: (after) => storeOne(parts, xui, after),
      },
      subscription,
    )
  }

  #isOurs(): boolean {
    const { clock, leaseFor } = this.#parts
    const now = clock.now()
    const since = now - this.#heldAt
    // It is renewed when a third of its time is over: whoever asks so late has stood still.
    return this.#holds && now >= this.#waitsUntil && since >= 0 && since < (leaseFor * 2) / 3
  }

  #principalOf(xui: Xui): Promise<Principal | undefined> {
    const known = this.#principals.get(xui) ?? this.#parts.accounts.find(xui)
    this.#principals.set(xui, known)
    known.catch(() => this.#principals.delete(xui))
    return known
  }

  async #lookAtRolesOnce(): Promise<void> {
    for (const [xui, runners] of this.#served) {
      const principal = await this.#principalOf(xui)
      this.#noteRole(xui, principal)
      if (principal === undefined) for (const runner of runners.values()) runner.wake()
    }
  }

  #noteRole(xui: Xui, principal: Principal | undefined): void {
    if (principal !== undefined && principal.role !== 'user') this.#wide.add(xui)
    else this.#wide.delete(xui)
  }

  async #endAll(): Promise<void> {
    const runners = [...this.#served.values()].flatMap((of) => [...of.values()])
    this.#served.clear()
    await Promise.all(runners.map((runner) => runner.stop()))
  }
}

function concerns({ watcher }: Runner, event: FeedEvent): boolean {
  return watcher === undefined || maySee(watcher, event)
}

/**
 * In place of the one of the same version. What its subscriber did meanwhile stands; but where deliveries stand is
 * known here.
 */
function storeOne({ homes }: Pick<ServingParts, 'homes'>, xui: Xui, after: Subscription): Promise<boolean> {
  return update(homes, xui, (home) => {
    const all = subscriptionsOf(home)
    const before = all.find(({ id }) => id === after.id)
    if (before === undefined) return { answer: false }
    const same = before.version === after.version
    if (!same && (before.replays !== after.replays || before.position >= after.position)) return { answer: false }
    const kept = same ? after : { ...before, position: after.position, presented: after.presented }
    const changed = withSubscriptions(
      home,
      all.map((one) => (one === before ? kept : one)),
    )
    return { answer: same, commit: { home: changed } }
  })
}
