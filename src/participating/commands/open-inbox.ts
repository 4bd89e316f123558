/** A device opens its inbox: the commit that names the inbox is the one that offers what the device may have. */
import type { Participating } from '../participating.ts'
import type { Settle } from '../transaction/contract.ts'
import type { Inboxes } from '../transaction/inboxes.ts'
import { withInbox } from './register.ts'

export function createOpenInbox(inboxes: Inboxes, settle: Settle): Participating['openInbox'] {
  return async (owner, device, sink) => {
    const { name, close } = inboxes.open(owner, device, sink)
    try {
      await settle(owner, ({ queue, present }) => {
        const registrations = withInbox(queue.registrations, device, name, present.look.now)
        return { queue: { ...queue, registrations }, answer: () => undefined }
      })
    } catch (thrown) {
      close()
      throw thrown
    }
    return close
  }
}
