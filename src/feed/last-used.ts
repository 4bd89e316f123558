/** What was made last, for whoever asks for the same soon after. */
export class LastUsed<T> {
  readonly #kept = new Map<string, T>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  take(key: string, make: () => T): T {
    const known = this.#kept.get(key)
    if (known !== undefined) {
      // Behind all others again: the first of the map goes first.
      this.#kept.delete(key)
      this.#kept.set(key, known)
      return known
    }
    const made = make()
    this.#kept.set(key, made)
    if (made instanceof Promise) made.catch(() => this.#kept.delete(key))
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break
      this.#kept.delete(oldest)
    }
    return made
  }
}
