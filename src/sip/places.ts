/** How many of something there are at once: in all, and of one, so that he leaves room for the others. */

export interface Places {
  /** A place, by the way to leave it; `undefined`: there is none, in all or for this one. */
  enter(one: string): (() => void) | undefined
}

export function createPlaces(inAll: number, ofOne: number): Places {
  const taken = new Map<string, number>()
  let all = 0
  return {
    enter(one) {
      const his = taken.get(one) ?? 0
      if (all >= inAll || his >= ofOne) return undefined
      all += 1
      taken.set(one, his + 1)
      let hasLeft = false
      return () => {
        if (hasLeft) return
        hasLeft = true
        all -= 1
        const left = (taken.get(one) ?? 1) - 1
        if (left === 0) taken.delete(one)
        else taken.set(one, left)
      }
    },
  }
}
