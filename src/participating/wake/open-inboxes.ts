/** Whoever has an inbox open here is looked at when it is not known who changed, and now and then in any case. */
import type { Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import { oneAtATime } from '../../queue.ts'
import type { ParticipatingRooms } from '../transaction/contract.ts'
import type { Inboxes } from '../transaction/inboxes.ts'
import type { Reconsidering } from './reconsidering.ts'

/** A thousand open inboxes are a hundred reads a second. */
const EVERY_MS = 10_000

export class OpenInboxes {
  readonly #rooms: ParticipatingRooms
  readonly #inboxes: Inboxes
  readonly #reconsidering: Reconsidering
  #lookedAt: Instant = 0
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
    const { revision, next } = await homes.read(owner)
    if (revision !== this.#inboxes.decidedAt(owner) || (next !== undefined && next <= clock.now()))
      await this.#reconsidering.now(owner)
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
