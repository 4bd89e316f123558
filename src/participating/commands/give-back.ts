/** A device did not take what it was offered: no acknowledgement is to be expected of it any more. */
import type { Instant } from '../../clock.ts'
import type { Participating } from '../participating.ts'
import type { DeliveryAttempt, Entry } from '../state/queue.ts'
import type { Transact } from '../transaction/contract.ts'

/** The attempt stays, over: what the device says of it after all still counts (INV-19). */
const OVER: Instant = 0

export function createGiveBack(transact: Transact): Participating['giveBack'] {
  return (owner, device, id) =>
    transact(owner, ({ queue }) => {
      const given = (offer: DeliveryAttempt): DeliveryAttempt => {
        if (offer.device !== device || offer.asked === true) return offer
        return id === undefined ? { ...offer, at: OVER } : { ...offer, refused: true }
      }
      const freed = (entries: readonly Entry[]): readonly Entry[] =>
        entries.map((entry) =>
          id === undefined || entry.id === id ? { ...entry, offers: entry.offers.map(given) } : entry,
        )
      const { waiting, copies } = queue
      return { queue: { ...queue, waiting: freed(waiting), copies: freed(copies) }, answer: () => undefined }
    })
}
