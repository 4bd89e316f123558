/**
 * The database that the tests of the MongoDB store run against, the first that can be had: what MONGODB_URL names; a
 * `mongod` (named by MONGOD or on the PATH); FerretDB, built with the machine's Go. All tests of one run share one
 * server, each with databases of its own; who wants to kill it starts one.
 */
import { buildFerretdb, createFerretdb } from './ferretdb.ts'
import type { ChildServer } from './child.ts'
import { createMongod, findMongod } from './mongod.ts'

export interface TestDatabase {
  readonly kind: 'given' | 'mongod' | 'ferretdb' | 'mongo-java-server'
  /** For people, as `FerretDB 1.24.2 on PostgreSQL 15`. */
  readonly name: string
  /**
   * What a server is given to reach the database `databaseName` on it.
   * @param port of a proxy on loopback that stands before it; missing: its own.
   */
  url(databaseName: string, port?: number): string
  /** Lets go of it. */
  stop(): Promise<void>
}

/** There is none, and `why` says it for people. */
export interface NoDatabase {
  readonly kind: 'none'
  readonly why: string
}

/** One that nobody else uses. What it keeps survives `kill` and is gone after `stop`. */
export interface OwnDatabase extends TestDatabase {
  readonly kind: 'mongod' | 'ferretdb'
  readonly port: number
  /** Who is let in and may write nothing, `NAME:PASSWORD`, where this one asks who one is; to be logged in by PLAIN. */
  readonly guest: string | undefined
  /** SIGKILL to all of it; resolves when it is dead. */
  kill(): Promise<void>
  /** Starts it again after `kill`, on the same port and data; resolves when it takes writes. */
  start(): Promise<void>
  /** SIGSTOP: connections stay, nothing answers. */
  freeze(): void
  thaw(): void
}

/** A database server that is installed, and can be run. */
export interface Started {
  readonly kind: 'mongod' | 'ferretdb'
  readonly name: string
  readonly guest: string | undefined
  /** @param port 0: any. */
  run(port: number): Promise<{ readonly port: number; readonly processes: readonly ChildServer[] }>
}

/** The address at which the run's one database is asked for (`global-setup.ts`). */
export const DOOR = 'TEST_DATABASE_DOOR'

/** What the door says of the shared database. */
export type Shared = { readonly kind: 'mongod' | 'ferretdb'; readonly name: string; readonly at: string } | NoDatabase

/** The database of this run. The first who asks waits while it is built and started. */
export async function openTestDatabase(): Promise<TestDatabase | NoDatabase> {
  const given = process.env['MONGODB_URL']
  if (given !== undefined && given !== '')
    return { kind: 'given', name: 'the database of MONGODB_URL', url: urlAt(given), stop: async () => {} }
  const door = process.env[DOOR]
  if (door === undefined) return await openOwnDatabase()
  const shared = (await (await fetch(`${door}/shared`)).json()) as Shared
  if (shared.kind === 'none') return shared
  return { ...shared, url: urlAt(shared.at), stop: async () => {} }
}

/** A server for the caller alone. `MONGODB_URL` is none: it is not ours to kill. */
export async function openOwnDatabase(): Promise<OwnDatabase | NoDatabase> {
  const found = await find()
  return found.kind === 'none' ? found : await open(found)
}

/**
 * @param address As `mongodb://127.0.0.1:27017/?directConnection=true`; its path is replaced by the name of a database.
 */
function urlAt(address: string): TestDatabase['url'] {
  return (databaseName, port) => {
    // A host list is no host of a URL, so only the path is looked at.
    const [, before = '', options = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(address) ?? []
    if (port === undefined) return `${before}/${databaseName}${options}`
    return `mongodb://127.0.0.1:${port}/${databaseName}?directConnection=true`
  }
}

async function find(): Promise<Started | NoDatabase> {
  const mongod = findMongod()
  if (mongod !== undefined) return await createMongod(mongod)
  const door = process.env[DOOR]
  const built = await (door === undefined ? buildFerretdb() : programBehind(door)).catch((error: unknown) => ({
    why: String(error),
  }))
  if (typeof built === 'string') return await createFerretdb(built)
  const why = built.why.split('\n').slice(0, 3).join(' | ')
  return { kind: 'none', why: `MONGODB_URL is not set, there is no mongod, and FerretDB cannot be built: ${why}` }
}

/** Only one builds. */
async function programBehind(door: string): Promise<string> {
  const { program, why } = (await (await fetch(`${door}/ferretdb`)).json()) as { program?: string; why?: string }
  if (program === undefined) throw new Error(why)
  return program
}

async function open(found: Started): Promise<OwnDatabase> {
  let running = await found.run(0)
  const { port } = running
  const inTurn = async (each: (process: ChildServer) => Promise<void>): Promise<void> => {
    for (const process of running.processes) await each(process)
  }
  return {
    kind: found.kind,
    name: found.name,
    guest: found.guest,
    port,
    url: urlAt(`mongodb://127.0.0.1:${port}/?directConnection=true`),
    kill: () => inTurn((process) => process.kill()),
    async start() {
      running = await found.run(port)
    },
    freeze: () => running.processes.forEach((process) => process.freeze()),
    thaw: () => [...running.processes].reverse().forEach((process) => process.thaw()),
    stop: () => inTurn((process) => process.end()),
  }
}
