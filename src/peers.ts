/** The far side of the participating function: what it asks of others, built from the settings. */
import { createAdaptation } from './adaptation/create.ts'
import { loadShrink } from './adaptation/picture.ts'
import type { Clock, Randomness } from './clock.ts'
import type { Settings } from './config.ts'
import { imapAccount } from './imap/connect.ts'
import { createInterworking } from './interworking/create.ts'
import { createEmail } from './interworking/email.ts'
import { createMailReports } from './interworking/mail-reports.ts'
import type { InterworkingLog, NonCpm } from './interworking/service.ts'
import { createSms } from './interworking/sms.ts'
import { smscAccount } from './interworking/smsc.ts'
import { smtpServer } from './interworking/smtp.ts'
import { storeAccount } from './message-store/mailboxes.ts'
import { EmbeddedStore } from './message-store/embedded.ts'
import { createImapStore } from './message-store/imap.ts'
import { createPosting } from './outbound/post.ts'
import { createTargets } from './outbound/targets.ts'
import type { Adaptation } from './participating/contracts/adaptation.ts'
import type { Interworking } from './participating/contracts/interworking.ts'
import type { MessageStore } from './participating/contracts/message-store.ts'
import type { Push } from './participating/contracts/push.ts'
import { createPush } from './push/create.ts'
import { createVapid, makeVapidKey } from './push/vapid.ts'
import type { Store } from './store/store.ts'

export interface Peers {
  readonly push: Push
  readonly interworking: Interworking
  readonly messageStore: MessageStore
  readonly adaptation: Adaptation
  /** Nothing is asked of anybody any more. */
  close(): Promise<void>
}

interface Surroundings {
  readonly store: Store
  readonly clock: Clock
  readonly random: Randomness
  readonly log: InterworkingLog
}

export async function openPeers(settings: Settings, { store, clock, random, log }: Surroundings): Promise<Peers> {
  const posting = createPosting(createTargets(settings.XDMS_WEBHOOK_TARGETS), () => clock.now())
  // Browsers subscribe with the public half: with a new key every subscription would be void.
  const vapid = createVapid(await store.metadata('vapid-key', makeVapidKey), settings.XDMS_PUSH_CONTACT)
  const interworking = createInterworking(services(settings, clock, log))
  const { XDMS_MESSAGE_STORE: at } = settings
  const { homes, messages } = store
  const messageStore =
    at === undefined
      ? new EmbeddedStore({ homes, messages, clock, atMost: settings.XDMS_STORED_AT_MOST })
      : createImapStore(storeAccount(at), clock)
  return {
    push: createPush({ posting, vapid, clock, random }),
    interworking,
    adaptation: createAdaptation(await loadShrink()),
    messageStore,
    async close() {
      posting.close()
      await interworking.close()
      await messageStore.close()
    },
  }
}

/** By their names; what they go by is there once, whatever it is called. */
function services(settings: Settings, clock: Clock, log: InterworkingLog): ReadonlyMap<string, NonCpm> {
  const smsc = settings.XDMS_SMPP
  const ways = new Map([
    ['smtp', email(settings, clock, log)],
    ['smpp', smsc === undefined ? undefined : createSms({ account: smscAccount(smsc), clock, log })],
  ])
  return new Map([...settings.XDMS_INTERWORKING].flatMap(([name, way]) => named(name, ways.get(way))))
}

const named = (name: string, service: NonCpm | undefined): readonly (readonly [string, NonCpm])[] =>
  service === undefined ? [] : [[name, service]]

function email(settings: Settings, clock: Clock, log: InterworkingLog): NonCpm | undefined {
  const { XDMS_SMTP: url, XDMS_SMTP_REPORTS: mailbox, XDMS_REALM: realm } = settings
  if (url === undefined) return undefined
  const address = url.searchParams.get('from') ?? ''
  const head = { address, domains: [realm, address.slice(address.indexOf('@') + 1)].map((name) => name.toLowerCase()) }
  const reports =
    mailbox === undefined ? undefined : createMailReports({ account: imapAccount(mailbox), head, clock, log })
  return createEmail({ server: smtpServer(url), head, reports })
}
