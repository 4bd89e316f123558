/**
 * Who wants to be told. What a listener throws is its own trouble: it is reported, and neither the store nor the next
 * listener notices.
 */

export interface Listeners<Told extends readonly unknown[]> {
  /** Returns how to stop. */
  add(listener: (...told: Told) => void): () => void
  tell(...told: Told): void
}

export function createListeners<Told extends readonly unknown[]>(
  onTrouble: (trouble: unknown) => void,
): Listeners<Told> {
  const listeners = new Set<{ readonly hear: (...told: Told) => void }>()
  return {
    add(hear) {
      const listener = { hear }
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(...told) {
      for (const listener of [...listeners]) {
        try {
          listener.hear(...told)
        } catch (trouble) {
          onTrouble(trouble)
        }
      }
    },
  }
}
