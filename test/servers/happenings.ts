/** For tests that wait until something holds: it is looked at again whenever something has happened. */
export interface Happenings {
  happened(): void
  /** Resolves when it holds, at once where it does. */
  until(condition: () => boolean): Promise<void>
}

export function createHappenings(): Happenings {
  const waiting = new Set<() => void>()
  return {
    happened() {
      for (const look of waiting) look()
    },
    async until(condition) {
      if (condition()) return
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (!condition()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
      })
    },
  }
}
