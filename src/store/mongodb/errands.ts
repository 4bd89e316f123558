/** What nobody waits for: if it fails, somebody does it later. */

export interface Errands {
  run(errand: Promise<unknown>): void
  /** Resolves when none is on its way. */
  idle(): Promise<void>
}

export function createErrands(): Errands {
  const running = new Set<Promise<void>>()
  return {
    run(errand) {
      const settled: Promise<void> = errand
        .then(
          () => {},
          () => {},
        )
        .then(() => void running.delete(settled))
      running.add(settled)
    },
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
