/**
 * Wake, then pull. A commit, the clock, an inbox that opens: each only says that a home should be looked at. A wake-up
 * that is lost, doubled or late does no harm, because every home with something to do has a `next`, and what is due is
 * looked for every second.
 *
 * Of several servers on one store each hears of commits and looks after its own open inboxes; what is due by time alone
 * one of them looks for, who has the lease.
 */
import type { Instant } from '../../clock.ts'
import { createLease, type Lease } from '../../home/leases.ts'
import { update } from '../../home/update.ts'
import type { Owner, Xui } from '../../names.ts'
import type { Inboxes } from '../transaction/inboxes.ts'
import { oneAtATime } from '../../queue.ts'
import type { ParticipatingRooms, Transact } from '../transaction/contract.ts'
import type { SteadyClock } from '../transaction/steady-clock.ts'

const PAGE = 100

const TIMERS = 'timers'

/** A thousand open inboxes are a hundred reads a second. */
const OPEN_INBOXES_EVERY_MS = 10_000

export class Following {
  readonly #rooms: ParticipatingRooms
  readonly #inboxes: Inboxes
  readonly #steady: SteadyClock
  readonly #reconsider: (owner: Xui) => Promise<void>
  readonly #lease: Lease
  readonly #waking = new Set<Xui>()
  readonly #failed = new Set<Xui>()
  readonly #busy = new Set<Promise<void>>()
  readonly #sweep = oneAtATime(() => this.#sweepOnce())
  readonly #reconsiderOpenInboxes = oneAtATime(() => this.#reconsiderOpenInboxesOnce())
  #stopped = false
  /** Whether the timers are ours, as of the last sweep. */
  #holds = false
  #openInboxesAt: Instant = 0
  /** The policy that everybody with an open inbox was looked at under. */
  #policySeen: number | undefined
  #armed: { readonly at: Instant; readonly cancel: () => void } | undefined
  #unsubscribe = (): void => {}

  constructor(rooms: ParticipatingRooms, inboxes: Inboxes, steady: SteadyClock, transact: Transact) {
    this.#rooms = rooms
    this.#inboxes = inboxes
    this.#steady = steady
    this.#reconsider = (owner) => transact(owner, ({ queue }) => ({ queue, answer: () => undefined }))
    this.#lease = createLease({ ...rooms, leaseFor: rooms.settings.leaseFor }, TIMERS)
  }

  async start(): Promise<void> {
    this.#unsubscribe = this.#rooms.homes.onCommit((owner, next) => {
      if (!this.#stopped) this.#onCommit(owner, next)
    })
    await this.#rooms.failpoint('c13')
    await this.#orTryAgain(() => this.#lease.takeOver())
    await this.#sweep()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe()
    this.#armed?.cancel()
    this.#inboxes.endAll()
    while (this.#busy.size > 0) await Promise.all(this.#busy)
    await this.#lease.release().catch((error: unknown) => {
      this.#rooms.log.warn(
        { err: error },
        'The lease of the timers could not be given up; another server takes them over when it is over.',
      )
    })
  }

  /** Work that `stop` waits for. Where it fails, its home is looked at again. */
  follow(owner: Owner, work: Promise<void>): void {
    const followed: Promise<void> = work
      .catch((error: unknown) => this.#fail(owner, error))
      .finally(() => this.#busy.delete(followed))
    this.#busy.add(followed)
  }

  #fail(owner: Owner, error: unknown): void {
    if (isUser(owner)) this.#failed.add(owner)
    this.#rooms.log.error({ owner, err: error }, 'A home could not be reconsidered; it is tried again.')
  }

  #onCommit(owner: Owner | undefined, next: Instant | undefined): void {
    const isDue = next !== undefined && next <= this.#rooms.clock.now()
    if (owner === undefined || (owner === 'global' && isDue)) {
      // Another process changed something, or somebody the policy: it may concern whoever has an inbox open, and what
      // it left is due.
      this.follow('global', this.#reconsiderOpenInboxes())
      this.follow('global', this.#sweep())
    } else if (isUser(owner) && (isDue || this.#inboxes.has(owner))) this.#wake(owner)
    if (next !== undefined && !isDue && this.#holds) this.#arm(next)
  }

  /** Looks at the home soon; once, however often it is called before. */
  #wake(owner: Xui): void {
    if (this.#waking.has(owner)) return
    this.#waking.add(owner)
    this.follow(owner, this.#reconsiderSoon(owner))
  }

  async #reconsiderSoon(owner: Xui): Promise<void> {
    // Behind whoever wakes: several wake-ups in one go are one look.
    await Promise.resolve()
    this.#waking.delete(owner)
    await this.#rooms.failpoint('c11')
    await this.#reconsiderUser(owner)
  }

  /** Whoever committed a home has decided on it; most of what is heard is what this process did itself. */
  async #reconsiderUser(owner: Xui): Promise<void> {
    const { homes, clock } = this.#rooms
    const { revision, next } = await homes.read(owner)
    if (revision !== this.#inboxes.decidedAt(owner) || (next !== undefined && next <= clock.now()))
      await this.#reconsider(owner)
  }

  async #reconsiderOpenInboxesOnce(): Promise<void> {
    this.#openInboxesAt = this.#rooms.clock.now()
    const { revision } = await this.#rooms.homes.read('global')
    const isNewPolicy = revision !== this.#policySeen
    await this.#reconsiderEach(
      this.#inboxes.owners(),
      isNewPolicy ? this.#reconsider : (owner) => this.#reconsiderUser(owner),
    )
    this.#policySeen = revision
  }

  #arm(wanted: Instant): void {
    const { clock, settings } = this.#rooms
    // Never further off than a sweep: a clock that was set back would leave us waiting for an instant of its old time.
    const at = Math.min(wanted, clock.now() + settings.sweepEvery)
    // What is due already is left to the next sweep: a home that cannot be helped now must not keep us spinning.
    if (this.#stopped || at <= clock.now() || (this.#armed !== undefined && this.#armed.at <= at)) return
    this.#armed?.cancel()
    const ring = (): void => {
      this.#armed = undefined
      this.follow('global', this.#sweep())
    }
    this.#armed = { at, cancel: clock.at(at, ring) }
  }

  async #sweepOnce(): Promise<void> {
    if (this.#stopped) return
    const { homes, clock, settings } = this.#rooms
    // Also where nothing is looked for: else it would take the time between for a jump.
    const { now } = this.#steady.snapshot()
    this.#holds = false
    await this.#orTryAgain(async () => {
      await this.#retryFailed()
      this.#holds = await this.#isOurs()
      if (!this.#holds) return
      await this.#reconsiderDue(now)
      this.#arm((await homes.earliest()) ?? Infinity)
    })
    // The net under the news of other servers: what is open here was looked at not long ago, whatever they did.
    if (now < this.#openInboxesAt || now - this.#openInboxesAt >= OPEN_INBOXES_EVERY_MS)
      this.follow('global', this.#reconsiderOpenInboxes())
    this.#arm(clock.now() + settings.sweepEvery)
  }

  async #isOurs(): Promise<boolean> {
    return (await this.#lease.hold()) !== undefined
  }

  async #orTryAgain(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) =>
      this.#rooms.log.error({ err: error }, 'What is due could not be looked for; it is tried again.'),
    )
  }

  async #retryFailed(): Promise<void> {
    const again = [...this.#failed]
    this.#failed.clear()
    await this.#reconsiderEach(again, this.#reconsider)
  }

  async #reconsiderDue(now: Instant): Promise<void> {
    const seen = new Set<Owner>()
    // Who is still due after a look (a report cannot be carried, say) stays in front, and is stepped over.
    // Asked again before each page: whoever was frozen meanwhile has lost the lease.
    for (let limit = PAGE; !this.#stopped && (await this.#isOurs()); ) {
      const due = await this.#rooms.homes.due(now, limit)
      const fresh = due.filter((owner) => !seen.has(owner))
      if (fresh.length === 0 && due.length < limit) break
      limit = due.length - fresh.length + PAGE
      for (const owner of fresh) seen.add(owner)
      if (fresh.includes('global')) await this.#reconsiderAll()
      await this.#reconsiderEach(fresh.filter(isUser), this.#reconsider)
    }
  }

  /**
   * C7: a change of the policy concerns every home in which something waits, or an inbox is open; all of those have a
   * `next`. One that is just getting it was decided under the old policy with nobody to send to, and is looked at when
   * an inbox opens.
   */
  async #reconsiderAll(): Promise<void> {
    const { homes } = this.#rooms
    const { revision } = await homes.read('global')
    for (let after = '', page: readonly Owner[] = []; ; after = page.at(-1) ?? '') {
      page = await homes.scheduled(after, PAGE)
      if (page.length === 0 || this.#stopped) break
      await this.#reconsiderEach(page.filter(isUser), this.#reconsider)
    }
    // Only now is the change dealt with: had we died before, it would be found due.
    await update(homes, 'global', (home) => {
      if (this.#stopped || home.revision !== revision || home.next === undefined) return { answer: undefined }
      return { answer: undefined, commit: { home: { ...home, next: undefined } } }
    })
  }

  /** A few side by side, none twice. */
  async #reconsiderEach(owners: readonly Xui[], reconsider: (owner: Xui) => Promise<void>): Promise<void> {
    const { settings, failpoint } = this.#rooms
    const queue = [...owners]
    const snapshot = async (): Promise<void> => {
      for (let owner = queue.shift(); owner !== undefined && !this.#stopped; owner = queue.shift()) {
        await reconsider(owner).catch((error: unknown) => this.#fail(owner, error))
        await failpoint('c9')
      }
    }
    await Promise.all(Array.from({ length: Math.min(settings.sweptAtOnce, queue.length) }, snapshot))
  }
}

function isUser(owner: Owner): owner is Xui {
  return owner !== 'global'
}
