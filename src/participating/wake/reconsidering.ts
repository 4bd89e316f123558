/** Homes that are looked at, whoever woke: what runs is waited for at the end, and what failed is tried again. */
import type { Owner, Xui } from '../../names.ts'
import type { ParticipatingRooms, Transact } from '../transaction/contract.ts'

export type Reconsider = (owner: Xui) => Promise<void>

export class Reconsidering {
  readonly #rooms: ParticipatingRooms
  /** Looked at again with the next sweep. */
  readonly #again = new Set<Xui>()
  readonly #busy = new Set<Promise<void>>()
  #stopped = false

  /** Decides from the state of now, whatever woke it. */
  readonly now: Reconsider

  constructor(rooms: ParticipatingRooms, transact: Transact) {
    this.#rooms = rooms
    this.now = (owner) => transact(owner, ({ queue }) => ({ queue, answer: () => undefined }))
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** From now on nothing begins. */
  halt(): void {
    this.#stopped = true
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy)
  }

  /** Work that the end waits for. Where it fails, its home is looked at again. */
  follow(owner: Owner, work: Promise<void>): void {
    const followed: Promise<void> = work
      .catch((error: unknown) => this.#fail(owner, error))
      .finally(() => this.#busy.delete(followed))
    this.#busy.add(followed)
  }

  /** A few side by side, none twice. */
  async each(owners: readonly Xui[], reconsider: Reconsider): Promise<void> {
    const { settings, failpoint } = this.#rooms
    const queue = [...owners]
    const work = async (): Promise<void> => {
      for (let owner = queue.shift(); owner !== undefined && !this.#stopped; owner = queue.shift()) {
        await reconsider(owner).catch((error: unknown) => this.#fail(owner, error))
        await failpoint('c9')
      }
    }
    await Promise.all(Array.from({ length: Math.min(settings.sweptAtOnce, queue.length) }, work))
  }

  later(owner: Xui): void {
    this.#again.add(owner)
  }

  /** Those that failed, and those that were put off. */
  async again(): Promise<void> {
    const again = [...this.#again]
    this.#again.clear()
    await this.each(again, this.now)
  }

  #fail(owner: Owner, error: unknown): void {
    if (isUser(owner)) this.#again.add(owner)
    this.#rooms.log.error({ owner, err: error }, 'A home could not be reconsidered; it is tried again.')
  }
}

export function isUser(owner: Owner): owner is Xui {
  return owner !== 'global'
}
