/** A device opens its inbox: the commit that names the inbox is the one that offers what the device may have. */
import type { Participating } from '../participating.ts'
import type { Transact } from '../transaction/contract.ts'
import type { Inboxes } from '../transaction/inboxes.ts'
import { withInbox } from './register.ts'

export function createOpenInbox(inboxes: Inboxes, transact: Transact): Participating['openInbox'] {
  return async (owner, device, sink) => {
    const { name, close } = inboxes.open(owner, device, sink)
    try {
      await transact(owner, ({ queue, evaluation }) => {
        const registrations = withInbox(queue.registrations, device, name, evaluation.snapshot.now)
        return { queue: { ...queue, registrations }, answer: () => undefined }
      })
    } catch (thrown) {
      close()
      throw thrown
    }
    return close
  }
}
