/**
 * Wake, then pull. A commit, the clock, an inbox that opens: each only says that a home should be looked at. A wake-up that is lost, doubled
 * or late does no harm, because every home with something to do has a `next`, and what is due is looked for every second.
 */
import type { Instant } from '../clock.ts'
import { update } from '../home/update.ts'
import type { Owner, Xui } from '../names.ts'
import type { Inboxes } from './inboxes.ts'
import type { ParticipatingRooms } from './settle.ts'
import type { SteadyClock } from './steady-clock.ts'

const PAGE = 100

export class Following {
  readonly #rooms: ParticipatingRooms
  readonly #inboxes: Inboxes
  readonly #steady: SteadyClock
  readonly #reconsider: (owner: Xui) => Promise<void>
  readonly #waking = new Set<Xui>()
  readonly #failed = new Set<Xui>()
  readonly #busy = new Set<Promise<void>>()
  #stopped = false
  #sweeping = false
  #armed: { readonly at: Instant; readonly cancel: () => void } | undefined
  #unsubscribe = (): void => {}

  constructor(rooms: ParticipatingRooms, inboxes: Inboxes, steady: SteadyClock, reconsider: (owner: Xui) => Promise<void>) {
    this.#rooms = rooms
    this.#inboxes = inboxes
    this.#steady = steady
    this.#reconsider = reconsider
  }

  async start(): Promise<void> {
    this.#unsubscribe = this.#rooms.homes.onCommit((owner, next) => {
      if (!this.#stopped) this.#heard(owner, next)
    })
    await this.#rooms.failpoint('c13')
    await this.#sweep()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe()
    this.#armed?.cancel()
    this.#inboxes.endAll()
    while (this.#busy.size > 0) await Promise.all(this.#busy)
  }

  /** Reconsiders the home soon; once, however often it is called before. */
  wake(owner: Xui): void {
    if (this.#stopped || this.#waking.has(owner)) return
    this.#waking.add(owner)
    this.follow(owner, this.#lookSoon(owner))
  }

  /** Work that `stop` waits for. Where it fails, its home is looked at again. */
  follow(owner: Owner, work: Promise<void>): void {
    const followed: Promise<void> = work.catch((error: unknown) => this.#fail(owner, error)).finally(() => this.#busy.delete(followed))
    this.#busy.add(followed)
  }

  #fail(owner: Owner, error: unknown): void {
    if (isUser(owner)) this.#failed.add(owner)
    this.#rooms.log.error({ owner, err: error }, 'A home could not be reconsidered; it is tried again.')
  }

  async #lookSoon(owner: Xui): Promise<void> {
    // Behind whoever wakes: several wake-ups in one go are one look.
    await Promise.resolve()
    this.#waking.delete(owner)
    await this.#rooms.failpoint('c11')
    await this.#reconsider(owner)
  }

  #heard(owner: Owner | undefined, next: Instant | undefined): void {
    if (owner === undefined) {
      // Another process changed something: what it did is due, and may be the end of a registration.
      for (const open of this.#inboxes.owners()) this.wake(open)
      this.follow('global', this.#sweep())
    } else if (next !== undefined) {
      if (next > this.#rooms.clock.now()) this.#arm(next)
      else if (owner === 'global') this.follow('global', this.#lookAtEverybody())
      else this.wake(owner)
    }
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

  async #sweep(): Promise<void> {
    if (this.#sweeping || this.#stopped) return
    const { homes, clock, settings, log } = this.#rooms
    this.#sweeping = true
    try {
      await this.#lookForDue()
      this.#arm((await homes.earliest()) ?? Infinity)
    } catch (error) {
      log.error({ err: error }, 'What is due could not be looked for; it is tried again.')
    } finally {
      this.#sweeping = false
      this.#arm(clock.now() + settings.sweepEvery)
    }
  }

  async #lookForDue(): Promise<void> {
    const { now } = this.#steady.look()
    const again = [...this.#failed]
    this.#failed.clear()
    await this.#lookAll(again)
    const seen = new Set<Owner>()
    // Who is still due after a look (a report cannot be carried, say) stays in front, and is stepped over.
    for (let limit = PAGE; !this.#stopped; ) {
      const due = await this.#rooms.homes.due(now, limit)
      const fresh = due.filter((owner) => !seen.has(owner))
      if (fresh.length === 0 && due.length < limit) break
      limit = due.length - fresh.length + PAGE
      for (const owner of fresh) seen.add(owner)
      if (fresh.includes('global')) await this.#lookAtEverybody()
      await this.#lookAll(fresh.filter(isUser))
    }
  }

  /**
   * C7: a change of the policy concerns every home in which something waits, or an inbox is open; all of those have a `next`. One that is
   * just getting it was decided under the old policy with nobody to send to, and is looked at when an inbox opens.
   */
  async #lookAtEverybody(): Promise<void> {
    const { homes } = this.#rooms
    const { revision } = await homes.read('global')
    for (let after = '', page: readonly Owner[] = []; ; after = page.at(-1) ?? '') {
      page = await homes.scheduled(after, PAGE)
      if (page.length === 0 || this.#stopped) break
      await this.#lookAll(page.filter(isUser))
    }
    // Only now is the change dealt with: had we died before, it would be found due.
    await update(homes, 'global', (home) => {
      if (this.#stopped || home.revision !== revision || home.next === undefined) return { answer: undefined }
      return { answer: undefined, commit: { home: { ...home, next: undefined } } }
    })
  }

  /** A few side by side, none twice. */
  async #lookAll(owners: readonly Xui[]): Promise<void> {
    const { settings, failpoint } = this.#rooms
    const queue = [...owners]
    const look = async (): Promise<void> => {
      for (let owner = queue.shift(); owner !== undefined && !this.#stopped; owner = queue.shift()) {
        const looked = owner
        await this.#reconsider(looked).catch((error: unknown) => this.#fail(looked, error))
        await failpoint('c9')
      }
    }
    await Promise.all(Array.from({ length: Math.min(settings.sweptAtOnce, queue.length) }, look))
  }
}

function isUser(owner: Owner): owner is Xui {
  return owner !== 'global'
}
