/** What no request waits for: where it fails, a later sweep or another server does it. */

export interface BackgroundTasks {
  run(task: Promise<unknown>): void
  /** Resolves when none is on its way. */
  idle(): Promise<void>
}

export function createBackgroundTasks(): BackgroundTasks {
  const running = new Set<Promise<void>>()
  return {
    run(task) {
      const over: Promise<void> = task
        .then(
          () => {},
          () => {},
        )
        .then(() => void running.delete(over))
      running.add(over)
    },
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
