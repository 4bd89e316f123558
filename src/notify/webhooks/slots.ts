/** So many at once; who comes later waits for his turn, in order. */
export interface Slots {
  /** @returns what to call when it is over. */
  readonly take: () => Promise<() => void>
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  const give = (): void => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return {
    async take() {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return give
    },
  }
}
