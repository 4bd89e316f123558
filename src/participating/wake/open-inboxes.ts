/** Whoever has an inbox open here is looked at when it is not known who changed, and now and then in any case. */
import type { Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import { oneAtATime } from '../../queue.ts'
import { isDecidedFarAhead } from '../state/queue.ts'
import type { ParticipatingRooms } from '../transaction/contract.ts'
import type { Inboxes } from '../transaction/inboxes.ts'
import type { Reconsidering } from './reconsidering.ts'

/** A thousand open inboxes are a hundred reads a second. */
const EVERY_MS = 10_000
const WARNED_EVERY_MS = 60_000

export class OpenInboxes {
  readonly #rooms: ParticipatingRooms
  readonly #inboxes: Inboxes
  readonly #reconsidering: Reconsidering
  #lookedAt: Instant = 0
  /** When it was last said that the clocks differ. */
  #warned: Instant = 0
  /** The policy that everybody with an open inbox was looked at under. */
  #policySeen: number | undefined

  readonly reconsider = oneAtATime(() => this.#reconsiderOnce())

  constructor(rooms: ParticipatingRooms, inboxes: Inboxes, reconsidering: Reconsidering) {
    this.#rooms = rooms
    this.#inboxes = inboxes
    this.#reconsidering = reconsidering
  }

  has(owner: Xui): boolean {
    return this.#inboxes.has(owner)
  }

  isLongAgo(now: Instant): boolean {
    return now < this.#lookedAt || now - this.#lookedAt >= EVERY_MS
  }

  /** Whoever committed a home has decided on it; most of what is heard is what this process did itself. */
  async reconsiderUser(owner: Xui): Promise<void> {
    const { homes, clock } = this.#rooms
    const home = await homes.read(owner)
    const now = clock.now()
    if (home.revision === this.#inboxes.decidedAt(owner) && (home.next === undefined || home.next > now)) return
    if (!isDecidedFarAhead(home, now)) return this.#reconsidering.now(owner)
    // That server takes back what is decided here as soon as it hears of it: once a second is enough.
    this.#reconsidering.later(owner)
    this.#warn(owner, now)
  }

  #warn(owner: Xui, now: Instant): void {
    if (now >= this.#warned && now - this.#warned < WARNED_EVERY_MS) return
    this.#warned = now
    const fact =
      'The clock of a server is more than five minutes ahead of another one’s: one of them is to be set right.'
    this.#rooms.log.warn({ owner }, fact)
  }

  async #reconsiderOnce(): Promise<void> {
    this.#lookedAt = this.#rooms.clock.now()
    const { revision } = await this.#rooms.homes.read('global')
    const isNewPolicy = revision !== this.#policySeen
    await this.#reconsidering.each(
      this.#inboxes.owners(),
      isNewPolicy ? this.#reconsidering.now : (owner) => this.reconsiderUser(owner),
    )
    this.#policySeen = revision
  }
}
