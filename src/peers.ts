/** The far side of the participating function: what it asks of others, built from the settings. */
import { createAdaptation } from './adaptation/create.ts'
import { createShrink } from './adaptation/picture.ts'
import type { Clock, Randomness } from './clock.ts'
import { realmsOf, type Settings } from './config.ts'
import { createInterworking } from './interworking/create.ts'
import type { InterworkingLog, NonCpm } from './interworking/service.ts'
import { EmbeddedStore } from './message-store/embedded.ts'
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

interface PeersParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Randomness
  readonly log: InterworkingLog
}

export async function openPeers(settings: Settings, { store, clock, random, log }: PeersParts): Promise<Peers> {
  const posting = createPosting(createTargets(settings.XDMS_WEBHOOK_TARGETS), () => clock.now())
  // Browsers subscribe with the public half: with a new key every subscription would be void.
  const vapid = createVapid(await store.metadata('vapid-key', makeVapidKey), settings.XDMS_PUSH_CONTACT)
  const interworking = createInterworking(await services(settings, clock, log))
  const { XDMS_MESSAGE_STORE: at } = settings
  const { homes, messages } = store
  const messageStore =
    at === undefined
      ? new EmbeddedStore({ homes, messages, clock, atMost: settings.XDMS_STORED_AT_MOST })
      : await imapStore(at, clock)
  return {
    push: createPush({ posting, vapid, clock, random }),
    interworking,
    adaptation: createAdaptation(createShrink()),
    messageStore,
    async close() {
      posting.close()
      await interworking.close()
      await messageStore.close()
    },
  }
}

async function imapStore(at: URL, clock: Clock): Promise<MessageStore> {
  const [{ createImapStore }, { storeAccount }] = await Promise.all([
    import('./message-store/imap.ts'),
    import('./message-store/mailboxes.ts'),
  ])
  return createImapStore(storeAccount(at), clock)
}

/**
 * By their names; what they go by is there once, whatever it is called. The code of one that is not set, and the
 * library behind it, is not read: of all servers few have any, and together they were a third of every start.
 */
async function services(settings: Settings, clock: Clock, log: InterworkingLog): Promise<ReadonlyMap<string, NonCpm>> {
  const ways = new Map([
    ['smtp', await email(settings, clock, log)],
    ['smpp', await sms(settings, clock, log)],
  ])
  return new Map([...settings.XDMS_INTERWORKING].flatMap(([name, way]) => named(name, ways.get(way))))
}

const named = (name: string, service: NonCpm | undefined): readonly (readonly [string, NonCpm])[] =>
  service === undefined ? [] : [[name, service]]

async function sms({ XDMS_SMPP: url }: Settings, clock: Clock, log: InterworkingLog): Promise<NonCpm | undefined> {
  if (url === undefined) return undefined
  const [{ createSms }, { smscAccount }] = await Promise.all([
    import('./interworking/sms.ts'),
    import('./interworking/smsc.ts'),
  ])
  return createSms({ account: smscAccount(url), clock, log })
}

async function email(settings: Settings, clock: Clock, log: InterworkingLog): Promise<NonCpm | undefined> {
  const { XDMS_SMTP: url, XDMS_SMTP_REPORTS: mailbox } = settings
  if (url === undefined) return undefined
  const [{ createEmail }, { createMailReports }, { smtpServer }, { imapAccount }] = await Promise.all([
    import('./interworking/email.ts'),
    import('./interworking/mail-reports.ts'),
    import('./interworking/smtp.ts'),
    import('./imap/connect.ts'),
  ])
  const address = url.searchParams.get('from') ?? ''
  const domains = [...realmsOf(settings).all, address.slice(address.indexOf('@') + 1)]
  const head = { address, domains: domains.map((name) => name.toLowerCase()) }
  const reports =
    mailbox === undefined ? undefined : createMailReports({ account: imapAccount(mailbox), head, clock, log })
  return createEmail({ server: smtpServer(url), head, reports })
}
