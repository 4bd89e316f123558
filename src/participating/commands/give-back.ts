/** A device did not take what it was offered: no acknowledgement is to be expected of it any more. */
import type { Participating } from '../participating.ts'
import type { DeliveryAttempt, Entry } from '../state/queue.ts'
import type { ParticipatingRooms, Transact } from '../transaction/contract.ts'

export function createGiveBack({ settings }: ParticipatingRooms, transact: Transact): Participating['giveBack'] {
  return (owner, device, id) =>
    transact(owner, ({ queue, evaluation }) => {
      // The attempt stays, over: what the device says of it after all still counts (INV-19).
      const over = evaluation.snapshot.now - settings.offerFor
      const given = (offer: DeliveryAttempt): DeliveryAttempt => {
        if (offer.device !== device || offer.asked === true) return offer
        return id === undefined ? { ...offer, at: Math.min(offer.at, over) } : { ...offer, refused: true }
      }
      const freed = (entries: readonly Entry[]): readonly Entry[] =>
        entries.map((entry) =>
          id === undefined || entry.id === id ? { ...entry, offers: entry.offers.map(given) } : entry,
        )
      const { waiting, copies } = queue
      return { queue: { ...queue, waiting: freed(waiting), copies: freed(copies) }, answer: () => undefined }
    })
}
