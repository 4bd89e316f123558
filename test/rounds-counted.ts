/** Rounds of the event loop, counted until somebody says stop: a count that goes on keeps the process busy. */
export function countRounds(): { readonly count: () => number; readonly stop: () => void } {
  let count = 0
  let going = true
  const look = (): void => {
    count += 1
    if (going) setImmediate(look)
  }
  setImmediate(look)
  return { count: () => count, stop: () => (going = false) }
}
