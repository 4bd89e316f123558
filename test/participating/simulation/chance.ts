/** A small generator (xorshift), good enough to spread over histories: all chance of one comes from its seed. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761) >>> 0 || 1
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) / 4_294_967_296
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  pick<T>(...of: readonly T[]): T {
    return of[this.below(of.length)] as T
  }

  /** A few rounds of microtasks, so that what happens at once happens in every order. */
  async linger(atMost: number): Promise<void> {
    for (let turns = this.below(atMost); turns > 0; turns--) await Promise.resolve()
  }
}
