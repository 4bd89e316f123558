/**
 * What time alone decides. Every home with something to do has a `next`; what is due is looked for every second, and at
 * the next `next`. Of several servers on one store one does it, who has the lease.
 */
import type { Instant } from '../../clock.ts'
import { createLease, type Lease } from '../../home/leases.ts'
import { update } from '../../home/update.ts'
import type { Owner } from '../../names.ts'
import { oneAtATime } from '../../queue.ts'
import type { ParticipatingRooms } from '../transaction/contract.ts'
import type { SteadyClock } from '../transaction/steady-clock.ts'
import type { OpenInboxes } from './open-inboxes.ts'
import { isUser, type Reconsidering } from './reconsidering.ts'

const PAGE = 100

const TIMERS = 'timers'

export class Timers {
  readonly #rooms: ParticipatingRooms
  readonly #steady: SteadyClock
  readonly #reconsidering: Reconsidering
  readonly #openInboxes: OpenInboxes
  readonly #lease: Lease
  /** Whether the timers are ours, as of the last sweep. */
  #holds = false
  #armed: { readonly at: Instant; readonly cancel: () => void } | undefined

  readonly sweep = oneAtATime(() => this.#sweepOnce())

  constructor(rooms: ParticipatingRooms, steady: SteadyClock, reconsidering: Reconsidering, openInboxes: OpenInboxes) {
    this.#rooms = rooms
    this.#steady = steady
    this.#reconsidering = reconsidering
    this.#openInboxes = openInboxes
    this.#lease = createLease({ ...rooms, leaseFor: rooms.settings.leaseFor }, TIMERS)
  }

  /** Nobody waits for what fell due while there was no server: a hundred thousand of them take half a minute. */
  async start(): Promise<void> {
    await this.#orTryAgain(() => this.#lease.takeOver())
    this.#reconsidering.follow('global', this.sweep())
  }

  callOff(): void {
    this.#armed?.cancel()
  }

  async release(): Promise<void> {
    await this.#lease.release().catch((error: unknown) => {
      this.#rooms.log.warn(
        { err: error },
        'The lease of the timers could not be given up; another server takes them over when it is over.',
      )
    })
  }

  /** Somebody has something to do at this instant. */
  onNext(next: Instant): void {
    if (this.#holds) this.#arm(next)
  }

  #arm(wanted: Instant): void {
    const { clock, settings } = this.#rooms
    // Never further off than a sweep: a clock that was set back would leave us waiting for an instant of its old time.
    const at = Math.min(wanted, clock.now() + settings.sweepEvery)
    // What is due already is left to the next sweep: a home that cannot be helped now must not keep us spinning.
    if (this.#reconsidering.stopped || at <= clock.now() || (this.#armed !== undefined && this.#armed.at <= at)) return
    this.#armed?.cancel()
    const ring = (): void => {
      this.#armed = undefined
      this.#reconsidering.follow('global', this.sweep())
    }
    this.#armed = { at, cancel: clock.at(at, ring) }
  }

  async #sweepOnce(): Promise<void> {
    if (this.#reconsidering.stopped) return
    const { homes, clock, settings } = this.#rooms
    // Also where nothing is looked for: else it would take the time between for a jump.
    const { now } = this.#steady.snapshot()
    this.#holds = false
    await this.#orTryAgain(async () => {
      await this.#reconsidering.again()
      this.#holds = await this.#isOurs()
      if (!this.#holds) return
      await this.#reconsiderDue(now)
      this.#arm((await homes.earliest()) ?? Infinity)
    })
    // The net under the news of other servers: what is open here was looked at not long ago, whatever they did.
    if (this.#openInboxes.isLongAgo(now)) this.#reconsidering.follow('global', this.#openInboxes.reconsider())
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

  async #reconsiderDue(now: Instant): Promise<void> {
    const seen = new Set<Owner>()
    // Who is still due after a look (a report cannot be carried, say) stays in front, and is stepped over.
    // Asked again before each page: whoever was frozen meanwhile has lost the lease.
    for (let limit = PAGE; !this.#reconsidering.stopped && (await this.#isOurs()); ) {
      const due = await this.#rooms.homes.due(now, limit)
      const fresh = due.filter((owner) => !seen.has(owner))
      if (fresh.length === 0 && due.length < limit) break
      limit = due.length - fresh.length + PAGE
      for (const owner of fresh) seen.add(owner)
      if (fresh.includes('global')) await this.#reconsiderAll()
      await this.#reconsidering.each(fresh.filter(isUser), this.#reconsidering.now)
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
      if (page.length === 0 || this.#reconsidering.stopped) break
      await this.#reconsidering.each(page.filter(isUser), this.#reconsidering.now)
    }
    // Only now is the change dealt with: had we died before, it would be found due.
    await update(homes, 'global', (home) => {
      if (this.#reconsidering.stopped || home.revision !== revision || home.next === undefined)
        return { answer: undefined }
      return { answer: undefined, commit: { home: { ...home, next: undefined } } }
    })
  }
}
