/** Puts the rooms together: what each needs from another is handed to it here, and nowhere else. */
import { fileURLToPath } from 'node:url'
import { pino, destination, type Logger } from 'pino'
import type { Accounts } from './access/account.ts'
import { createChangeAccount, type ChangeAccount } from './access/change-account.ts'
import { authentication } from './authentication.ts'
import { mustBeRealm } from './access/realm.ts'
import { createRecording, recordUsages, type Recording, type Trail } from './access/trail.ts'
import { systemClock, systemRandomness, type Clock, type Randomness } from './clock.ts'
import { httpSettings, participatingSettings, realmsOf, retentionSettings, sipSettings, xmlLimits } from './config.ts'
import type { Settings } from './config.ts'
import type { PreferenceWatcher } from './client/preference-watcher.ts'
import { createElsewhere, type Elsewhere } from './elsewhere.ts'
import type { Home, Homes } from './home/home.ts'
import { listen, type Listening } from './http/listen.ts'
import type { Xui } from './names.ts'
import { createParticipating } from './participating/create.ts'
import type { Forwarding } from './participating/contracts/forwarding.ts'
import type { MessageStore } from './participating/contracts/message-store.ts'
import type { Participating } from './participating/participating.ts'
import type { Failpoint } from './participating/settings.ts'
import { openLog } from './log.ts'
import { openPeers, type Peers } from './peers.ts'
import { DocumentCache } from './xcap/document-cache.ts'
import type { UserPreferences } from './preferences/in-force.ts'
import { readPreferences } from './preferences/read.ts'
import type { Unsaved } from './preferences/unsaved.ts'
import { unreadableSaidOnce } from './preferences/unreadable.ts'
import { inRounds, type InSteps } from './rounds.ts'
import { createRemoval, type RemoveUser } from './remove-user.ts'
import { sweepNowAndThen } from './store/now-and-then.ts'
import { openStore } from './store/open.ts'
import type { Store } from './store/store.ts'
import { mustBeWhole } from './store/transfer.ts'
import { loadUsages } from './usage/load.ts'
import { isFreeForUser } from './usage/rls-services.ts'
import { openWatching, type Watching } from './watching.ts'
import type { Workers } from './workers/channel.ts'
import type { XcapRooms } from './xcap/rooms.ts'
import { TakenTexts } from './xcap/taken-texts.ts'
import { prepareWriting } from './xml/write.ts'

/** What tests bring in place of the real thing. */
export interface Seams {
  readonly clock?: Clock
  readonly random?: Randomness
  readonly failpoint?: Failpoint
  readonly log?: Logger
}

/** What else there is of this server. */
export interface Beside {
  readonly watcher?: PreferenceWatcher | undefined
  readonly workers?: Workers | undefined
}

export interface Assembled {
  readonly settings: Settings
  readonly store: Store
  readonly xcap: XcapRooms
  readonly accounts: Accounts
  readonly participating: Participating
  readonly log: Logger
  readonly preferencesOf: (home: Home) => Promise<UserPreferences>
  readonly trail: Trail
  readonly record: Recording
  readonly changeAccount: ChangeAccount
  readonly removeUser: RemoveUser
  /** Takes up what the last run left and serves; resolves when requests are answered. */
  start(): Promise<Omit<Listening, 'close'>>
  /** Does between requests what the first of their kind would have to wait for otherwise. */
  prepare(): Promise<void>
  /** Lets begun requests finish, ends the event streams, closes the store. */
  close(): Promise<void>
}

/** The schemas and declarations of the shipped usages, beside `src/` and `dist/` alike. */
const SHIPPED_USAGES = fileURLToPath(new URL('../schemas', import.meta.url))

/**
 * Opens the store and wires the rooms; nothing listens yet.
 * @param beside the watcher of an XDMS elsewhere, where the preferences lie in one; the workers of which this is one.
 * @throws Error that says in words for people what cannot be had.
 */
export async function assemble(settings: Settings, seams: Seams = {}, beside: Beside = {}): Promise<Assembled> {
  const { workers } = beside
  const clock = seams.clock ?? systemClock
  const random = seams.random ?? systemRandomness
  // People's lines go to standard output; the log goes to standard error, so that neither breaks the other.
  const log = seams.log ?? openLog(settings.XDMS_LOG_LEVEL, workers?.number)
  const onTrouble = (trouble: unknown): void => log.error({ err: trouble }, 'a listener of the store failed')
  const opened = await openStore({
    url: settings.XDMS_STORE,
    folder: settings.XDMS_DATA,
    clock,
    random,
    retention: retentionSettings(settings),
    waitMs: settings.XDMS_STORE_WAIT_MS,
    onTrouble,
    changes: workers?.channel('changes'),
  })
  const store = workers?.joins === true ? { ...opened, leases: { ...opened.leases, areTaken: true } } : opened
  try {
    await mustBeWhole(store)
    await mustBeRealm(store.metadata, settings.XDMS_REALM)
    // An import that began between the two has seen that something is in the store, or is seen here.
    await mustBeWhole(store)
    return await wire(settings, store, { clock, random, log, failpoint: seams.failpoint ?? (() => {}) }, beside)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function wire(
  settings: Settings,
  store: Store,
  { clock, random, log, failpoint }: Required<Seams>,
  { watcher, workers }: Beside,
): Promise<Assembled> {
  const { homes, messages, leases, accounts } = store
  const xcap = xcapRooms(settings, store, clock, random)
  const elsewhere = watcher && createElsewhere({ watcher, homes, documents: xcap.documents, clock })
  const preferencesOf = preferenceReader(homes, xcap, elsewhere, log)
  const sip = settings.XDMS_PARTICIPATING ? sipSettings(settings) : undefined
  const peers = await openPeers(settings, { store, clock, random, log })
  const participating = createParticipating({
    homes,
    messages,
    leases,
    accounts,
    clock,
    random,
    preferencesOf,
    // The core is reached through a side that is built on this; nothing is forwarded before it starts.
    peers: { ...peers, ...(sip && { forwarding: { forward: (...asked) => outwards(...asked) } }) },
    settings: participatingSettings(settings),
    log,
    failpoint,
  })
  const seams = { clock, random, log, preferencesOf, xml: xcap.limits.xml, usages: xcap.usages }
  const watching = await openWatching(settings, store, seams)
  const access = await authentication(settings, store, { clock, random, workers })
  const recorded = recordedDeeds(store, clock, random, participating, peers.messageStore)

  const rooms = {
    xcap,
    homes: store.homes,
    clock,
    random,
    accounts,
    ...access,
    participating,
    push: peers.push,
    messageStore: peers.messageStore,
    preferencesOf,
    changes: watching.changes,
    subscribing: watching.subscribing,
    ...recorded,
    ready: () => store.ready(),
    withinDeadline: store.withinDeadline,
    storeFigures: () => ({ ...store.figures() }),
    storeSpace: () => store.space(),
    workers,
    log,
    audit: auditLog(settings, log),
  }
  // Without a core the code of SIP and MSRP is not read.
  const sipSide = sip && (await import('./sip/create.ts')).createSip({ ...rooms, settings: sip, leases: store.leases })
  const outwards: Forwarding['forward'] = async (...asked) =>
    (await sipSide?.forwarding.forward(...asked)) ?? { kind: 'never', because: 'no-way-there' }
  const assembled = { settings, store, xcap, accounts, participating, log, preferencesOf, ...recorded }
  const sides = { watching, elsewhere, sipSide, peers }
  return { ...assembled, ...inTurn(assembled, sides, clock, () => listen(rooms, httpSettings(settings, !!elsewhere))) }
}

interface Sides {
  readonly watching: Watching
  readonly elsewhere: Elsewhere | undefined
  readonly sipSide: { start(): Promise<void>; stop(): Promise<void> } | undefined
  readonly peers: Peers
}

/** Who serves starts last and stops first. */
function inTurn(
  assembled: Omit<Assembled, 'start' | 'prepare' | 'close'>,
  { watching, elsewhere, sipSide, peers }: Sides,
  clock: Clock,
  listenNow: () => Promise<Listening>,
): Pick<Assembled, 'start' | 'prepare' | 'close'> {
  const { settings, store, xcap, participating, log } = assembled
  let listening: Listening | undefined
  let callOffSweep = (): void => {}
  return {
    async start() {
      await recordUsages(assembled, xcap.usages)
      await watching.start()
      elsewhere?.start(log)
      if (settings.XDMS_PARTICIPATING) await participating.start()
      await sipSide?.start()
      callOffSweep = sweepNowAndThen(store, clock, log)
      listening = await listenNow()
      return listening
    },
    prepare: () => inRounds(preparation(xcap)),
    async close() {
      callOffSweep()
      await listening?.close()
      await sipSide?.stop()
      elsewhere?.stop()
      if (settings.XDMS_PARTICIPATING) await participating.stop()
      await watching.stop()
      await peers.close()
      await store.close()
    },
  }
}

function* preparation({ usages }: XcapRooms): InSteps<void> {
  for (const { prepare } of usages.all()) if (prepare !== undefined) yield* prepare()
  yield* prepareWriting()
}

/** What the documents of a home mean, wherever they lie; that one cannot be read is said once. */
function preferenceReader(
  homes: Homes,
  { documents }: XcapRooms,
  elsewhere: Elsewhere | undefined,
  log: Logger,
): (home: Home, unsaved?: Unsaved) => Promise<UserPreferences> {
  const sayOnce = unreadableSaidOnce(log)
  return async (home, unsaved) => {
    const preferences = await (elsewhere?.preferencesOf(home, unsaved) ??
      readPreferences({ homes, documents }, home, unsaved))
    if (unsaved === undefined) sayOnce(home, preferences)
    return preferences
  }
}

/** What is in the trail is done by these alone. */
function recordedDeeds(
  { accounts, homes, reservations, trail }: Store,
  clock: Clock,
  random: Randomness,
  participating: Participating,
  messageStore: MessageStore,
): { trail: Trail; record: Recording; changeAccount: ChangeAccount; removeUser: RemoveUser } {
  const record = createRecording(trail, clock, random)
  const removeUser = createRemoval({ accounts, homes, clock, record, participating, messageStore })
  const isFree = (xui: Xui): Promise<boolean> => isFreeForUser(homes, reservations, xui)
  return { trail, record, changeAccount: createChangeAccount(accounts, record, isFree), removeUser }
}

/** Of its own, so that it is kept for longer than what only operators look at, and by others. */
function auditLog({ XDMS_AUDIT }: Settings, log: Logger): Logger {
  if (XDMS_AUDIT === undefined) return log
  return pino({ base: null }, destination({ dest: XDMS_AUDIT, sync: true, mode: 0o600 }))
}

function namesIn(list: string): readonly string[] {
  const names = list.split(',').map((name) => name.trim())
  return names.filter((name) => name !== '')
}

const lowerCase = (domain: string): string => domain.trim().toLowerCase()

function xcapRooms(
  settings: Settings,
  { homes, reservations, accounts }: Store,
  clock: Clock,
  random: Randomness,
): XcapRooms {
  const xml = xmlLimits(settings)
  return {
    homes,
    documents: new DocumentCache({ xml, bytesAtMost: settings.XDMS_PARSED_BYTES }),
    taken: new TakenTexts(),
    reservations,
    usages: loadUsages(SHIPPED_USAGES, settings.XDMS_USAGES === undefined ? [] : [settings.XDMS_USAGES], {
      off: namesIn(settings.XDMS_USAGES_OFF),
      on: namesIn(settings.XDMS_USAGES_ON),
      bounds: {
        elementsAtMost: settings.XDMS_PREFERENCE_ELEMENTS,
        timeZonesAtMost: settings.XDMS_PREFERENCE_TIME_ZONES,
      },
      namesOfOld: settings.XDMS_LENIENT_NAMES,
    }),
    serviceDomains: new Set([...realmsOf(settings).all, ...settings.XDMS_SERVICE_DOMAINS.split(',')].map(lowerCase)),
    isUser: async (name) => (await accounts.find(name as Xui)) !== undefined,
    clock,
    random,
    attributeQuotes: settings.XDMS_ATTRIBUTE_QUOTES,
    leniency: { contentType: settings.XDMS_LENIENT_CONTENT_TYPE, etags: settings.XDMS_LENIENT_ETAGS },
    limits: {
      documentsAtMost: settings.XDMS_DOCUMENTS_AT_MOST,
      bytesAtMost: settings.XDMS_DOCUMENT_BYTES_AT_MOST,
      xml,
    },
  }
}
