/**
 * What a PUT costs without HTTP: `npm run bench:puts -- [folder …]`. This build and those of other folders (`dist/` in
 * each), some hundred requests of each in turn in one process, so that what the machine does meanwhile meets all of
 * them; of whole documents, with a text that lies there already and with one that nobody has sent before; of one
 * element; and of one entry of 1,000, one PUT at a time, as `bench:flat` has it. `BENCH_ONLY=entry` takes the rows with
 * that in their name; `BENCH_USERS` and `BENCH_ROUNDS` are how many put, and how many such turns each build has.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Assemble from '../../src/assemble.ts'
import type * as Config from '../../src/config.ts'
import type { Xui } from '../../src/names.ts'
import type * as AddressRoom from '../../src/xcap/address.ts'
import type * as PutRoom from '../../src/xcap/put.ts'
import { listsOf } from './lists.ts'
import { say } from './load.ts'

const USERS = Number(process.env['BENCH_USERS'] ?? 500)
const AT_ONCE = 16
/** A turn of one build, in one row: long enough for the clock, short enough that the next meets the same machine. */
const BATCH = 500
const ENTRIES = 1_000
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 20)
const ROOT = '/xcap-root'

interface Build {
  readonly folder: string
  readonly data: string
  readonly put: (user: number, text: string, node?: string) => Promise<unknown>
  readonly close: () => Promise<void>
}

async function open(folder: string): Promise<Build> {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(folder, 'dist', file)).href)
  const { assemble } = (await load('assemble.js')) as typeof Assemble
  const { readSettings } = (await load('config.js')) as typeof Config
  const { readAddress } = (await load('xcap/address.js')) as typeof AddressRoom
  const { putResource } = (await load('xcap/put.js')) as typeof PutRoom
  const data = mkdtempSync(join(tmpdir(), 'cpm-xdms-bench-puts-'))
  const { xcap, close } = await assemble(readSettings({ XDMS_DATA: data, XDMS_PORT: '0', XDMS_LOG_LEVEL: 'silent' }))
  const put = async (user: number, text: string, node?: string): Promise<unknown> => {
    const by = `sip:u${user}@example.com` as Xui
    const document = `${ROOT}/resource-lists/users/${by}/index`
    const address = readAddress(node === undefined ? document : `${document}/~~/${node}`, ROOT, xcap.usages)
    const contentType = node === undefined ? 'application/resource-lists+xml' : 'application/xcap-el+xml'
    return putResource(xcap, { address, by, conditions: {}, contentType, body: Buffer.from(text) })
  }
  return { folder, data, put, close }
}

/** What is put again and again. */
interface Row {
  readonly name: string
  readonly users: number
  /** So many at once. */
  readonly lanes: number
  /** What each user has before. */
  readonly before?: string
  readonly put: (build: Build, user: number, count: number) => Promise<unknown>
}

function wholeRow(bytes: number, isNew: boolean): Row {
  const text = listsOf(bytes)
  return {
    name: `${bytes / 1024} KB, ${isNew ? 'new text' : 'as it lies there'}`,
    users: USERS,
    lanes: AT_ONCE,
    put: (build, user, count) => build.put(user, text.replaceAll('@USER@', isNew ? `u${user}, ${count}` : `u${user}`)),
  }
}

function entryOf(name: string, uri: string, content: string): { readonly node: string; readonly text: string } {
  return {
    node: `resource-lists/list%5B@name=%22${name}%22%5D/entry%5B@uri=%22${uri}%22%5D`,
    text: `<entry uri="${uri}"><display-name>${content}</display-name></entry>`,
  }
}

const elementRow: Row = {
  name: 'an element of 2 KB',
  users: USERS,
  lanes: AT_ONCE,
  before: listsOf(2_048),
  put: (build, user, count) => {
    const { node, text } = entryOf('friends', 'sip:bob@example.com', `Bob ${count}`)
    return build.put(user, text, node)
  },
}

const inLists = (lists: string): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${lists}</resource-lists>`
const bare = Array.from({ length: ENTRIES }, (_, n) => `<entry uri="sip:u${n}@example.net"/>`).join('')
const longRow: Row = {
  name: `one entry of ${ENTRIES}`,
  users: 1,
  lanes: 1,
  before: inLists(`<list name="l">${bare}</list>`),
  put: (build, user, count) => {
    const { node, text } = entryOf('l', `sip:u${count % (ENTRIES / 2)}@example.net`, `Name ${count}`)
    return build.put(user, text, node)
  },
}

let sent = 0

/** @returns microseconds of processor for each of them. */
async function batch(build: Build, { users, lanes, put }: Row): Promise<number> {
  let left = BATCH
  const writer = async (): Promise<void> => {
    while (left-- > 0) {
      // As from a socket of its own.
      await new Promise(setImmediate)
      await put(build, Math.floor(Math.random() * users), sent++)
    }
  }
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: lanes }, writer))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / BATCH
}

const builds: Build[] = []
for (const folder of [new URL('../..', import.meta.url).pathname, ...process.argv.slice(2)])
  builds.push(await open(resolve(folder)))
say(`| CPU of a PUT without HTTP | ${builds.map(({ folder }) => folder).join(' | ')} |`)
say(`|${' --- |'.repeat(builds.length + 1)}`)
const rows = [
  ...[2_048, 10_240].flatMap((bytes) => [wholeRow(bytes, false), wholeRow(bytes, true)]),
  elementRow,
  longRow,
].filter(({ name }) => name.includes(process.env['BENCH_ONLY'] ?? ''))
for (const row of rows) {
  const { before } = row
  if (before !== undefined)
    for (const { put } of builds) for (let user = 0; user < row.users; user++) await put(user, before)
  const costs = builds.map((): number[] => [])
  for (let round = -3; round < ROUNDS; round++)
    for (const [at, build] of builds.entries()) {
      const cost = await batch(build, row)
      if (round >= 0) costs[at]?.push(cost)
    }
  const medians = costs.map((each) => each.toSorted((a, b) => a - b)[each.length >> 1] ?? Number.NaN)
  say(`| ${[row.name, ...medians.map((cost) => `${Math.round(cost)} µs`)].join(' | ')} |`)
}
for (const { close, data } of builds) {
  await close()
  rmSync(data, { recursive: true, force: true })
}
process.exit(0)
