/**
 * What a PUT of a whole document costs without HTTP: `npm run bench:puts -- [folder …]`. This build and those of other
 * folders (`dist/` in each), some hundred requests of each in turn in one process, so that what the machine does
 * meanwhile meets all of them; with a text that lies there already, and with one that nobody has sent before.
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

const USERS = 500
const AT_ONCE = 16
const BATCH = 500
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 20)
const ROOT = '/xcap-root'

interface Build {
  readonly folder: string
  readonly data: string
  readonly put: (user: number, text: string) => Promise<unknown>
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
  const put = async (user: number, text: string): Promise<unknown> => {
    const by = `sip:u${user}@example.com` as Xui
    const address = readAddress(`${ROOT}/resource-lists/users/${by}/index`, ROOT, xcap.usages)
    const body = Buffer.from(text)
    return putResource(xcap, { address, by, conditions: {}, contentType: 'application/resource-lists+xml', body })
  }
  return { folder, data, put, close }
}

let sent = 0

/** @returns microseconds of processor for each of them. */
async function batch({ put }: Build, text: string, isNew: boolean): Promise<number> {
  let left = BATCH
  const writer = async (): Promise<void> => {
    while (left-- > 0) {
      const user = Math.floor(Math.random() * USERS)
      // As from a socket of its own.
      await new Promise(setImmediate)
      await put(user, text.replaceAll('@USER@', isNew ? `u${user}, ${sent++}` : `u${user}`))
    }
  }
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: AT_ONCE }, writer))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / BATCH
}

const builds: Build[] = []
for (const folder of [new URL('../..', import.meta.url).pathname, ...process.argv.slice(2)])
  builds.push(await open(resolve(folder)))
say(`| CPU of a PUT without HTTP | ${builds.map(({ folder }) => folder).join(' | ')} |`)
say(`|${' --- |'.repeat(builds.length + 1)}`)
for (const bytes of [2_048, 10_240])
  for (const isNew of [false, true]) {
    const costs = builds.map((): number[] => [])
    for (let round = -3; round < ROUNDS; round++)
      for (const [at, build] of builds.entries()) {
        const cost = await batch(build, listsOf(bytes), isNew)
        if (round >= 0) costs[at]?.push(cost)
      }
    const medians = costs.map((each) => each.toSorted((a, b) => a - b)[each.length >> 1] ?? Number.NaN)
    const name = `${bytes / 1024} KB, ${isNew ? 'new text' : 'as it lies there'}`
    say(`| ${[name, ...medians.map((cost) => `${Math.round(cost)} µs`)].join(' | ')} |`)
  }
for (const { close, data } of builds) {
  await close()
  rmSync(data, { recursive: true, force: true })
}
process.exit(0)
