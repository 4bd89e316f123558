/** Opens the store on MongoDB: a database that any number of servers share. */
import type { MongoClient } from 'mongodb'
import { systemRandomness, type Clock, type Instant, type Randomness } from '../../clock.ts'
import type { Homes, Messages } from '../../home/home.ts'
import { emptyHome } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { createQueues } from '../../queue.ts'
import { createListeners, type Listeners } from '../listeners.ts'
import { DEFAULT_RETENTION, type Retention, type Store, type StoreSpace } from '../store.ts'
import type { Swap } from './chain.ts'
import { createAccounts } from './accounts.ts'
import { collectionsOf, type Collections } from './collections.ts'
import { addressForPeople, connect, createUnhurriedConnection, databaseOf, withoutPassword } from './connect.ts'
import { createDue } from './due.ts'
import { createBackgroundTasks, type BackgroundTasks } from './background-tasks.ts'
import { followOtherServers } from './other-servers.ts'
import type { RemoteChanges } from '../remote-changes.ts'
import { reviveHeartbeat } from './heartbeat.ts'
import { bytesOf } from './inserts.ts'
import { createLeases } from './leases.ts'
import { migrate } from './migrations.ts'
import { watchPendingOutboxes } from './outbox.ts'
import { createReservations } from './reservations.ts'
import { createSweep } from './sweep.ts'
import { createTables, type Tables } from './tables.ts'
import { createTrail } from './trail.ts'
import { createTransfer } from './transfer.ts'
import { createDeadlines, DEFAULT_WAIT_MS, type Deadlines } from './deadlines.ts'
import { isDuplicate, OUTCOME_UNKNOWN, troubleText } from './errors.ts'

export interface MongoOptions {
  /** `mongodb://` or `mongodb+srv://`; the path names the database, `cpm_xdms` where there is none. */
  readonly url: string
  readonly clock: Clock
  readonly random?: Randomness
  readonly retention?: Partial<Retention>
  /**
   * How it is heard what other servers do: by a tailable cursor, or by asking. Where it is not said the database
   * decides, for all of them.
   */
  readonly how?: 'tail' | 'ask'
  readonly askEveryMs?: number
  /** How a state of a home takes the place of the one before. Where it is not said the database decides. */
  readonly swap?: Swap
  /** How long all questions of one request may take together. */
  readonly waitMs?: number
  /** Is told what a listener threw. */
  readonly onTrouble?: (trouble: unknown) => void
}

const ASK_EVERY_MS = 250

/** @throws Error that says in words for people why the store cannot be opened, without the password. */
export async function openMongoStore(options: MongoOptions): Promise<Store> {
  const path = addressForPeople(options.url)
  let client: MongoClient | undefined
  try {
    client = connect(options.url, options.waitMs)
    const database = client.db(databaseOf(options.url))
    const collections = collectionsOf(database)
    await migrate(database, collections, options.clock.now())
    return await createStore(client, path, collections, options)
  } catch (error) {
    await client?.close()
    throw new Error(`The store ${path} cannot be opened: ${withoutPassword(troubleText(error), options.url)}.`, {
      cause: error,
    })
  }
}

async function createStore(
  client: MongoClient,
  path: string,
  collections: Collections,
  options: MongoOptions,
): Promise<Store> {
  const { clock, random = systemRandomness } = options
  const retention = { ...DEFAULT_RETENTION, ...options.retention }
  const deadlines = createDeadlines(clock, options.waitMs ?? DEFAULT_WAIT_MS)
  const leaveAlone = reviveHeartbeat(client, clock)
  const background = createBackgroundTasks()
  const queues = createQueues<string>()

  const asked = { ...(await asksOf(client)), ...options }
  const { committed, appended, accountsChanged, others } = await listenTo(collections, background, asked)
  const tables = createTables(
    { collections, clock, random, deadlines, background, retention, appended, swap: asked.swap },
    (owner, next) => {
      others.announce({ commits: [{ owner, next }], appended: false, accounts: false })
      committed.tell(owner, next)
    },
  )
  const reservations = createReservations(collections, clock, random, deadlines)
  const accounts = createAccounts(collections, random, deadlines, accountsChanged)
  const pending = watchPendingOutboxes(collections, tables.homes, clock, background)
  await Promise.all([pending.deliverAll(), accounts.applyLast()])
  const unhurried = createUnhurriedConnection(options.url)
  const trail = createTrail(collections, deadlines)
  let closing: Promise<void> | undefined

  const homes = homesOf(collections, tables, deadlines, committed.add)
  const deliverPending = async (): Promise<void> => {
    await background.idle()
    await Promise.all([pending.deliverAll(), accounts.applyLast()])
  }
  return {
    homes,
    trail: trail.trail,
    messages: messagesOf(collections, tables, deadlines),
    reservations: reservations.reservations,
    leases: createLeases(collections, random, deadlines, background),
    journal: tables.journal.journal,
    accounts: accounts.accounts,
    metadata: deadlines.bounded((name, make) => queues.run(name, () => metadataOf(collections, name, make))),
    transfer: createTransfer({ collections, unhurried, pending, accounts, background, versions: tables.versions }),
    // It looks after its files itself; a damaged one ends it.
    damage: async () => [],
    path,
    ready: deadlines.bounded(() => probe(collections, clock)),
    withinDeadline: deadlines.withinRequest,
    figures: tables.homes.figures,
    space: deadlines.bounded(() => spaceOf(client, collections.kept.dbName)),
    sweep: createSweep({ collections, clock, retention, tables, homes, reservations, trail, deliverPending }),
    close() {
      closing ??= (async () => {
        deadlines.end()
        pending.stop()
        await others.stop()
        await background.idle()
        await unhurried.close()
        await leaveAlone()
        await client.close()
      })()
      return closing
    },
  }
}

/** The listeners of this server, told what it does and what the others do. */
async function listenTo(
  collections: Collections,
  background: BackgroundTasks,
  {
    clock,
    random = systemRandomness,
    onTrouble = () => {},
    how,
    askEveryMs = ASK_EVERY_MS,
  }: MongoOptions & Required<Pick<MongoOptions, 'how'>>,
) {
  const committed = createListeners<[Owner | undefined, Instant | undefined]>(onTrouble)
  const appended = createListeners<[]>(onTrouble)
  const accountsChanged = createListeners<[]>(onTrouble)
  const onRemote = (what: RemoteChanges): void => {
    if (what.appended) appended.tell()
    if (what.accounts) accountsChanged.tell()
    for (const { owner, next } of what.commits) committed.tell(owner as Owner | undefined, next)
  }
  const others = await followOtherServers({
    collections,
    clock,
    random,
    background,
    how,
    askEveryMs,
    onRemote,
  })
  return {
    committed,
    // Entries are told when they are in the journal, which may be long behind their commit, and by another server than
    // made it.
    appended: announced(appended, () => others.announce({ commits: [], appended: true, accounts: false })),
    accountsChanged: announced(accountsChanged, () =>
      others.announce({ commits: [], appended: false, accounts: true }),
    ),
    others,
  }
}

/** The other servers are told first. */
function announced(listeners: Listeners<[]>, announce: () => void): Listeners<[]> {
  return {
    ...listeners,
    tell() {
      announce()
      listeners.tell()
    },
  }
}

/**
 * The one switch for what FerretDB alone needs. To wait for the next document it reads the whole collection a hundred
 * times a second, and it does not keep that small; and its updates are no compare and swap.
 */
async function asksOf(client: MongoClient): Promise<Required<Pick<MongoOptions, 'how' | 'swap'>>> {
  const said = await client.db('admin').command({ buildInfo: 1 })
  const isFerretdb = 'ferretdb' in said || 'ferretdbVersion' in said
  return isFerretdb ? { how: 'ask', swap: 'insert' } : { how: 'tail', swap: 'replace' }
}

function homesOf(
  collections: Collections,
  { homes, commit, versions }: Tables,
  { bounded }: Deadlines,
  onCommit: Homes['onCommit'],
): Homes {
  const due = createDue(collections, homes.chain)
  return {
    read: bounded(async (owner) => (await homes.read(owner))?.home ?? emptyHome(owner)),
    readWithout: bounded(async (owner, part) => (await homes.read(owner, part))?.home ?? emptyHome(owner)),
    commit: bounded(commit, OUTCOME_UNKNOWN),
    text: bounded(async (id) => {
      const text = await collections.texts.findOne({ _id: id })
      return text === null ? undefined : bytesOf(text)
    }),
    versions: bounded(async (owner, key) => {
      const forgot = (await homes.delivered(owner))?.link.forgot ?? 0
      return await versions.of(owner, key, forgot)
    }),
    due: bounded(due.due),
    earliest: bounded(due.earliest),
    scheduled: bounded(due.scheduled),
    onCommit,
  }
}

function messagesOf({ names, bodies }: Collections, { homes, records }: Tables, { bounded }: Deadlines): Messages {
  /** A record that has not arrived yet is still in the home. */
  const recordOf = async (name: { readonly home: Owner; readonly message: string } | null) => {
    if (name === null) return undefined
    const record = await records.find(name.message)
    if (record !== undefined) return record
    await homes.delivered(name.home)
    return await records.find(name.message)
  }
  return {
    byId: bounded(async (id) => (await records.find(id)) ?? (await recordOf(await names.findOne({ message: id })))),
    byName: bounded(async (name) => await recordOf(await names.findOne({ name }))),
    search: bounded((search, after, limit) => records.search(search, after, limit)),
    body: bounded(async (id) => {
      const body = await bodies.findOne({ _id: id })
      return body === null ? undefined : bytesOf(body)
    }),
  }
}

async function metadataOf({ kept }: Collections, name: string, make: () => string): Promise<string> {
  const present = await kept.findOne({ _id: name })
  if (present !== null) return present.value
  const value = make()
  try {
    await kept.insertOne({ _id: name, value })
    return value
  } catch (error) {
    if (!isDuplicate(error)) throw error
    return (await kept.findOne({ _id: name }))!.value
  }
}

/** What is free only where the database says so. */
async function spaceOf(client: MongoClient, name: string): Promise<StoreSpace> {
  const said = await client.db(name).command({ dbStats: 1 })
  const count = (field: string): number => (typeof said[field] === 'number' ? said[field] : 0)
  const free = count('fsTotalSize') - count('fsUsedSize')
  return { bytes: count('storageSize') + count('indexSize'), ...(free > 0 ? { free } : {}) }
}

/** Reads and writes durably. */
async function probe({ pulses, schema }: Collections, clock: Clock): Promise<void> {
  await pulses.updateOne({ _id: 'probe' }, { $set: { at: clock.now() } }, { upsert: true })
  await schema.findOne({ _id: 1 })
}
