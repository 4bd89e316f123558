/** The door to MongoDB: the client, with everything stated that its defaults would decide otherwise. */
import { MongoClient, type MongoClientOptions } from 'mongodb'
import { collectionsOf, CONCERNS, type Collections } from './collections.ts'
import { DEFAULT_WAIT_MS } from './deadlines.ts'
import { troubleText } from './errors.ts'

/**
 * A server that does not answer is given up in the end, one that is not found after a second; who waits for it is told
 * earlier (`deadlines.ts`). Commands are not monitored: what is told there has passwords in it.
 */
const OPTIONS = {
  ...CONCERNS,
  retryReads: true,
  retryWrites: true,
  serverSelectionTimeoutMS: 1_000,
  connectTimeoutMS: 1_000,
  waitQueueTimeoutMS: 10_000,
  heartbeatFrequencyMS: 1_000,
  minHeartbeatFrequencyMS: 500,
  localThresholdMS: 15,
  maxPoolSize: 32,
  minPoolSize: 0,
  maxIdleTimeMS: 60_000,
  monitorCommands: false,
  ignoreUndefined: true,
  serializeFunctions: false,
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: false,
  appName: 'cpm-xdms',
} as const satisfies MongoClientOptions

const DATABASE = 'cpm_xdms'

/** The address for people: without its password, and without options, which may name a key file. */
export function addressForPeople(url: string): string {
  const { scheme, user, hosts, database } = partsOf(url)
  return scheme === ''
    ? 'whose address does not begin with mongodb://'
    : `${scheme}${user === '' ? '' : `${user}@`}${hosts}/${database}`
}

export function databaseOf(url: string): string {
  return decodeURIComponent(partsOf(url).database)
}

/** What the driver says may have the address in it. */
export function withoutPassword(text: string, url: string): string {
  const { password } = partsOf(url)
  return password === '' ? text : text.replaceAll(password, '…').replaceAll(decodeURIComponent(password), '…')
}

/** A list of hosts is no host of a URL, so it is not read as one. */
function partsOf(url: string) {
  const address = /^(mongodb(?:\+srv)?:\/\/)(?:([^:@/]*)(?::([^@/]*))?@)?([^/?@]*)(?:\/([^?]*))?/
  const [, scheme = '', user = '', password = '', hosts = '', database = ''] = address.exec(url) ?? []
  return { scheme, user, password, hosts, database: database === '' ? DATABASE : database }
}

/**
 * Nothing is connected before the first question.
 * @param answerWithinMs how long a server that was reached may take for an answer, if not as long as all questions of a
 *   request.
 * @throws Error of the driver, when it cannot read the address.
 */
export function connect(url: string, answerWithinMs: number = DEFAULT_WAIT_MS): MongoClient {
  return new MongoClient(url, { ...OPTIONS, socketTimeoutMS: answerWithinMs })
}

/** Whether a program of ours ever began there. Nothing is made. */
export async function lookForMongoStore(url: string): Promise<{ readonly path: string; readonly isThere: boolean }> {
  const path = addressForPeople(url)
  let client: MongoClient | undefined
  try {
    client = connect(url)
    const { schema } = collectionsOf(client.db(databaseOf(url)))
    return { path, isThere: (await schema.findOne()) !== null }
  } catch (error) {
    throw new Error(`The store ${path} cannot be opened: ${withoutPassword(troubleText(error), url)}.`, {
      cause: error,
    })
  } finally {
    await client?.close()
  }
}

/**
 * A connection of its own for moving everything: no request waits for it, so each step may take as long as it takes.
 */
export interface UnhurriedConnection {
  /** Connected with the first question. */
  collections(): Collections
  close(): Promise<void>
}

const ANSWER_WITHIN_MS = 600_000

export function createUnhurriedConnection(url: string): UnhurriedConnection {
  let opened: { readonly client: MongoClient; readonly collections: Collections } | undefined
  return {
    collections() {
      if (opened === undefined) {
        const client = connect(url, ANSWER_WITHIN_MS)
        opened = { client, collections: collectionsOf(client.db(databaseOf(url)), ANSWER_WITHIN_MS) }
      }
      return opened.collections
    },
    close: async () => await opened?.client.close(),
  }
}
