/**
 * Offers whose commit took long. A device has as much time for each as for any other, counted from when it went out.
 * That is known here alone, where its inbox is open, and so here alone it is offered again; other servers go by the
 * home, which says when it was decided.
 */
import type { Clock, Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'

export interface LateOffers {
  /** What was offered in a decision of this instant goes out now. */
  goOut(owner: Xui, decided: Instant): void
  /** When that was, as far as it was late. */
  wentOut(owner: string, decided: Instant): Instant
  /** Nobody is looked at any more, also for what goes out from now on. */
  callOff(): void
}

/** Another look for each offer that went out so little late would cost more than the time is worth. */
const LATE_MS = 1000

/** @param isOver told whose home is to be looked at, because the time of an offer is over there. */
export function createLateOffers(clock: Clock, offerFor: number, isOver: (owner: Xui) => void): LateOffers {
  const late = new Map<string, { readonly at: Instant; readonly callOff: () => void }>()
  let isOff = false
  const keyOf = (owner: string, decided: Instant): string => `${decided} ${owner}`
  return {
    goOut(owner, decided) {
      const at = clock.now()
      const key = keyOf(owner, decided)
      if (isOff || at - decided <= LATE_MS || late.has(key)) return
      const callOff = clock.at(at + offerFor, () => {
        late.delete(key)
        isOver(owner)
      })
      late.set(key, { at, callOff })
    },
    wentOut: (owner, decided) => late.get(keyOf(owner, decided))?.at ?? decided,
    callOff() {
      isOff = true
      for (const { callOff } of late.values()) callOff()
      late.clear()
    },
  }
}
