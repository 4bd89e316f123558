/**
 * Wake, then pull. A commit, the clock, an inbox that opens: each only says that a home should be looked at. A wake-up
 * that is lost, doubled or late does no harm, because every home with something to do has a `next`, and what is due is
 * looked for every second.
 *
 * Of several servers on one store each hears of commits and looks after its own open inboxes; what is due by time alone
 * one of them looks for, who has the lease.
 */
import type { Instant } from '../../clock.ts'
import type { Owner, Xui } from '../../names.ts'
import { createPool, type Pool } from '../../queue.ts'
import type { ParticipatingRooms, Transact } from '../transaction/contract.ts'
import type { Inboxes } from '../transaction/inboxes.ts'
import type { SteadyClock } from '../transaction/steady-clock.ts'
import { OpenInboxes } from './open-inboxes.ts'
import { isUser, Reconsidering } from './reconsidering.ts'
import { Timers } from './timers.ts'

export class Following {
  readonly #rooms: ParticipatingRooms
  readonly #inboxes: Inboxes
  readonly #reconsidering: Reconsidering
  readonly #openInboxes: OpenInboxes
  readonly #timers: Timers
  /** Woken, and not looked at yet. */
  readonly #waking = new Set<Xui>()
  readonly #pool: Pool
  #unsubscribe = (): void => {}

  constructor(rooms: ParticipatingRooms, inboxes: Inboxes, steady: SteadyClock, transact: Transact) {
    this.#rooms = rooms
    this.#inboxes = inboxes
    this.#pool = createPool(rooms.settings.sweptAtOnce)
    this.#reconsidering = new Reconsidering(rooms, transact)
    this.#openInboxes = new OpenInboxes(rooms, inboxes, this.#reconsidering)
    this.#timers = new Timers(rooms, steady, this.#reconsidering, this.#openInboxes)
  }

  async start(): Promise<void> {
    this.#unsubscribe = this.#rooms.homes.onCommit((owner, next) => {
      if (!this.#reconsidering.stopped) this.#onCommit(owner, next)
    })
    await this.#rooms.failpoint('c13')
    await this.#timers.start()
  }

  async stop(): Promise<void> {
    this.#reconsidering.halt()
    this.#unsubscribe()
    this.#timers.callOff()
    this.#inboxes.endAll()
    await this.#reconsidering.idle()
    await this.#timers.release()
  }

  /** Work that `stop` waits for. Where it fails, its home is looked at again. */
  follow(owner: Owner, work: Promise<void>): void {
    this.#reconsidering.follow(owner, work)
  }

  #onCommit(owner: Owner | undefined, next: Instant | undefined): void {
    const isDue = next !== undefined && next <= this.#rooms.clock.now()
    if (owner === undefined || (owner === 'global' && isDue)) {
      // Another process changed something, or somebody the policy: it may concern whoever has an inbox open, and what
      // it left is due.
      this.follow('global', this.#openInboxes.reconsider())
      this.follow('global', this.#timers.sweep())
    } else if (isUser(owner) && (isDue || this.#openInboxes.has(owner))) this.#wake(owner)
    if (next !== undefined && !isDue) this.#timers.onNext(next)
  }

  /** Looks at the home soon, behind those that were woken before; once, however often it is called before. */
  #wake(owner: Xui): void {
    if (this.#waking.has(owner)) return
    this.#waking.add(owner)
    this.follow(
      owner,
      this.#pool.run(() => this.#reconsiderSoon(owner)),
    )
  }

  async #reconsiderSoon(owner: Xui): Promise<void> {
    // Behind whoever wakes: several wake-ups in one go are one look.
    await Promise.resolve()
    this.#waking.delete(owner)
    if (this.#reconsidering.stopped) return
    await this.#rooms.failpoint('c11')
    await this.#openInboxes.reconsiderUser(owner)
  }
}
