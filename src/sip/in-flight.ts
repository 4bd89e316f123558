/** How many requests are worked on at once: in all, and of one sender, so that he leaves room for the others. */
import type { SipLimits } from './settings.ts'

/** A place among those that are being worked on, or `undefined`: too many in all, or of this sender. */
export function createInFlight({ requestsInFlight, requestsOfUser }: SipLimits): {
  enter(sender: string): (() => void) | undefined
} {
  const bySender = new Map<string, number>()
  let all = 0
  return {
    enter(sender) {
      const his = bySender.get(sender) ?? 0
      if (all >= requestsInFlight || his >= requestsOfUser) return undefined
      all += 1
      bySender.set(sender, his + 1)
      return () => {
        all -= 1
        const left = (bySender.get(sender) ?? 1) - 1
        if (left === 0) bySender.delete(sender)
        else bySender.set(sender, left)
      }
    },
  }
}
