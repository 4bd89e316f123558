/**
 * The same work, asked for again and again: never twice at once. Asked for while it is done, it is done once more behind that, for all who
 * asked meanwhile; each is answered when a run is over that began after he asked.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let pending: Promise<void> | undefined

  const run = (): Promise<void> => {
    running = work().finally(() => (running = undefined))
    return running
  }
  const runBehind = (): Promise<void> => {
    pending = undefined
    return running ?? run()
  }

  return () => {
    if (running === undefined) return run()
    pending ??= running.then(runBehind, runBehind)
    return pending
  }
}
