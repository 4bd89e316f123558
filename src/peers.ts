/** The far side of the participating function: what it asks of others, built from the settings. */
import type { Clock, Randomness } from './clock.ts'
import type { Settings } from './config.ts'
import { createPosting } from './outbound/post.ts'
import { createTargets } from './outbound/targets.ts'
import type { Adaptation } from './participating/contracts/adaptation.ts'
import type { Interworking } from './participating/contracts/interworking.ts'
import type { MessageStore } from './participating/contracts/message-store.ts'
import type { Push } from './participating/contracts/push.ts'
import { createPush } from './push/create.ts'
import { createVapid, makeVapidKey } from './push/vapid.ts'
import type { Store } from './store/store.ts'

/** What is missing is not configured. */
export interface Peers {
  readonly push: Push
  readonly interworking?: Interworking
  readonly messageStore?: MessageStore
  readonly adaptation?: Adaptation
  /** Nothing is asked of anybody any more. */
  close(): void
}

export async function openPeers(settings: Settings, store: Store, clock: Clock, random: Randomness): Promise<Peers> {
  const posting = createPosting(createTargets(settings.XDMS_WEBHOOK_TARGETS), () => clock.now())
  // Browsers subscribe with the public half: with a new key every subscription would be void.
  const vapid = createVapid(await store.metadata('vapid-key', makeVapidKey), settings.XDMS_PUSH_CONTACT)
  return {
    push: createPush({ posting, vapid, clock, random }),
    close: () => posting.close(),
  }
}
