/** Opens the store on MongoDB: a database that any number of servers share. */
import type { MongoClient } from 'mongodb'
import { systemRandomness, type Clock, type Instant, type Randomness } from '../../clock.ts'
import type { Homes, Messages } from '../../home/home.ts'
import { emptyHome } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { createListeners, type Listeners } from '../listeners.ts'
import { DEFAULT_KEEPING, type Keeping, type Store } from '../store.ts'
import { createAccounts } from './accounts.ts'
import { collectionsOf, type Collections } from './collections.ts'
import { addressForPeople, connect, databaseOf, withoutPassword } from './connect.ts'
import { createDue } from './due.ts'
import { createErrands } from './errands.ts'
import { follow, type Following, type Heard } from './follow.ts'
import { reviveHeartbeat } from './heartbeat.ts'
import { bytesOf } from './inserts.ts'
import { createLeases } from './leases.ts'
import { migrate } from './migrations.ts'
import { carryPending } from './pending.ts'
import { createReservations } from './reservations.ts'
import { createSweep } from './sweep.ts'
import { createTables, type Tables } from './tables.ts'
import { createTransfer } from './transfer.ts'
import { createPatientConnection } from './transfer-connection.ts'
import { createTurns } from './turns.ts'
import { createPatience, isDuplicate, OUTCOME_UNKNOWN, troubleText, type Patience } from './trouble.ts'

export interface MongoOptions {
  /** `mongodb://` or `mongodb+srv://`; the path names the database, `cpm_xdms` where there is none. */
  readonly url: string
  readonly clock: Clock
  readonly random?: Randomness
  readonly keeping?: Partial<Keeping>
  /** How it is heard what other servers do: by a tailable cursor, or by asking. Where it is not said the database decides, for all of them. */
  readonly how?: 'tail' | 'ask'
  readonly askEveryMs?: number
  /** Is told what a listener threw. */
  readonly onTrouble?: (trouble: unknown) => void
}

const ASK_EVERY_MS = 250

/** @throws Error that says in words for people why the store cannot be opened, without the password. */
export async function openMongoStore(options: MongoOptions): Promise<Store> {
  const path = addressForPeople(options.url)
  let client: MongoClient | undefined
  try {
    client = connect(options.url)
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
  const keeping = { ...DEFAULT_KEEPING, ...options.keeping }
  const onTrouble = options.onTrouble ?? (() => {})
  const committed = createListeners<[Owner | undefined, Instant | undefined]>(onTrouble)
  const appended = createListeners<[]>(onTrouble)
  const accountsChanged = createListeners<[]>(onTrouble)
  const patience = createPatience(clock)
  const leaveAlone = reviveHeartbeat(client, clock)
  const errands = createErrands()
  const inTurn = createTurns()

  const heard = (what: Heard): void => {
    if (what.appended) appended.tell()
    if (what.accounts) accountsChanged.tell()
    for (const { owner, next } of what.commits) committed.tell(owner as Owner | undefined, next)
  }
  const how = options.how ?? ((await isFerretdb(client)) ? 'ask' : 'tail')
  const following = await follow({
    collections,
    clock,
    random,
    errands,
    how,
    askEveryMs: options.askEveryMs ?? ASK_EVERY_MS,
    heard,
  })
  const tables = createTables(
    { collections, clock, random, patience, errands, keeping, appended: toldOthers(appended, following) },
    (owner, next) => {
      following.tell({ commits: [{ owner, next }], appended: false, accounts: false })
      committed.tell(owner, next)
    },
  )
  const reservations = createReservations(collections, clock, random, patience)
  const accounts = createAccounts(collections, random, patience, {
    ...accountsChanged,
    tell() {
      following.tell({ commits: [], appended: false, accounts: true })
      accountsChanged.tell()
    },
  })
  const pending = carryPending(collections, tables.homes, clock, errands)
  await Promise.all([pending.carryAll(), accounts.carryOut()])
  const patient = createPatientConnection(options.url)
  let closing: Promise<void> | undefined

  const homes = homesOf(collections, tables, patience, committed.add)
  const settle = async (): Promise<void> => {
    await errands.idle()
    await Promise.all([pending.carryAll(), accounts.carryOut()])
  }
  return {
    homes,
    messages: messagesOf(collections, tables, patience),
    reservations: reservations.reservations,
    leases: createLeases(collections, random, patience, errands),
    journal: tables.journal.journal,
    accounts: accounts.accounts,
    kept: patience.asked((name, make) => inTurn(name, () => keep(collections, name, make))),
    transfer: createTransfer({ collections, patient, path, pending, accounts, errands }),
    path,
    ready: patience.asked(() => probe(collections, clock)),
    withinDeadline: patience.during,
    figures: tables.homes.figures,
    sweep: createSweep({ collections, clock, keeping, tables, homes, reservations, settle }),
    close() {
      closing ??= (async () => {
        patience.end()
        pending.stop()
        await following.stop()
        await errands.idle()
        await patient.close()
        await leaveAlone()
        await client.close()
      })()
      return closing
    },
  }
}

/** Entries are told when they are in the journal, which may be long behind their commit, and by another server than made it. */
function toldOthers(appended: Listeners<[]>, following: Following): Listeners<[]> {
  return {
    ...appended,
    tell() {
      following.tell({ commits: [], appended: true, accounts: false })
      appended.tell()
    },
  }
}

/** To wait for the next document FerretDB reads the whole collection a hundred times a second, and it does not keep that small. */
async function isFerretdb(client: MongoClient): Promise<boolean> {
  const said = await client.db('admin').command({ buildInfo: 1 })
  return 'ferretdb' in said || 'ferretdbVersion' in said
}

function homesOf(
  collections: Collections,
  { homes, versions }: Tables,
  { asked }: Patience,
  onCommit: Homes['onCommit'],
): Homes {
  const due = createDue(collections, homes.chain)
  return {
    read: asked(async (owner) => (await homes.read(owner))?.home ?? emptyHome(owner)),
    commit: asked(homes.commit, OUTCOME_UNKNOWN),
    text: asked(async (id) => {
      const text = await collections.texts.findOne({ _id: id })
      return text === null ? undefined : bytesOf(text)
    }),
    versions: asked(async (owner, key) => {
      const forgot = (await homes.settled(owner))?.link.forgot ?? 0
      return await versions.of(owner, key, forgot)
    }),
    due: asked(due.due),
    earliest: asked(due.earliest),
    scheduled: asked(due.scheduled),
    onCommit,
  }
}

function messagesOf({ names, bodies }: Collections, { homes, records }: Tables, { asked }: Patience): Messages {
  /** A record that has not arrived yet is still in the home. */
  const settledBy = async (name: { readonly home: Owner; readonly message: string } | null) => {
    if (name === null) return undefined
    const record = await records.find(name.message)
    if (record !== undefined) return record
    await homes.settled(name.home)
    return await records.find(name.message)
  }
  return {
    byId: asked(async (id) => (await records.find(id)) ?? (await settledBy(await names.findOne({ message: id })))),
    byName: asked(async (name) => await settledBy(await names.findOne({ name }))),
    body: asked(async (id) => {
      const body = await bodies.findOne({ _id: id })
      return body === null ? undefined : bytesOf(body)
    }),
  }
}

async function keep({ kept }: Collections, name: string, make: () => string): Promise<string> {
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

/** Reads and writes durably. */
async function probe({ pulses, schema }: Collections, clock: Clock): Promise<void> {
  await pulses.updateOne({ _id: 'probe' }, { $set: { at: clock.now() } }, { upsert: true })
  await schema.findOne({ _id: 1 })
}
