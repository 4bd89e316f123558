import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock, systemRandomness } from '../../src/clock.ts'
import { createParticipating } from '../../src/participating/create.ts'
import type { Participating } from '../../src/participating/participating.ts'
import { DEFAULT_PARTICIPATING_SETTINGS } from '../../src/participating/settings.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { openDatabase } from '../../src/store/sqlite/driver.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { ALICE, BOB, PF, as, submission } from './testbed.ts'

let folder: string
let store: Store
let pf: Participating

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdms-commit-'))
  store = await openSqliteStore({ folder, clock: systemClock })
  for (const { xui, role } of [as(ALICE), as(BOB), PF]) await store.accounts.put({ xui, role, credentials: [] })
  const documents = new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 1_000_000 })
  const { homes, messages, leases, accounts } = store
  pf = createParticipating({
    homes,
    messages,
    leases,
    accounts,
    clock: systemClock,
    random: systemRandomness,
    preferencesOf: (home) => readPreferences({ homes, documents }, home),
    peers: {},
    settings: DEFAULT_PARTICIPATING_SETTINGS,
    log: { warn: () => {}, error: () => {} },
    failpoint: () => {},
  })
  await pf.start()
})
afterEach(async () => {
  await pf.stop()
  await store.close()
  await rm(folder, { recursive: true })
})

const BOUNDARY = 'part'
/** Sixty parts of types of their own: as many facts as a message may bring. */
const BODY = Buffer.from(
  Array.from(
    { length: 60 },
    (_, at) => `--${BOUNDARY}\r\nContent-Type: application/vnd.example.part-${at}\r\n\r\nx\r\n`,
  )
    .concat(`--${BOUNDARY}--\r\n`)
    .join(''),
)
const sendOne = () =>
  pf.accept(PF, submission({ from: BOB, contentType: `multipart/mixed; boundary=${BOUNDARY}`, body: BODY }))

async function fillTo(count: number): Promise<void> {
  for (let waiting = (await pf.deferred(ALICE)).length; waiting < count; waiting++) await sendOne()
}

/** Of the write-ahead log: what a commit brings to the disk, in pages. */
async function writtenBy(work: () => Promise<unknown>): Promise<number> {
  const other = await openDatabase(folder, join(folder, 'xdms.sqlite'), 1_000)
  other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  other.close()
  await work()
  return (await stat(join(folder, 'xdms.sqlite-wal'))).size
}

async function bytesAndMilliseconds(waiting: number): Promise<{ readonly bytes: number; readonly each: number }> {
  await fillTo(waiting)
  const bytes: number[] = []
  for (let count = 0; count < 5; count++) bytes.push(await writtenBy(sendOne))
  const began = performance.now()
  for (let count = 0; count < 5; count++) await sendOne()
  return { bytes: bytes.sort((a, b) => a - b)[2]!, each: (performance.now() - began) / 5 }
}

it('INV-8: an arrival brings as many bytes to the disk with 1,000 waiting as with 10', {
  timeout: 120_000,
}, async () => {
  const few = await bytesAndMilliseconds(10)
  const many = await bytesAndMilliseconds(980)
  if (process.env['PRINT_COST'] !== undefined) console.log({ few, many })
  expect(many.bytes).toBeLessThan(few.bytes * 1.5)
  expect(many.bytes).toBeLessThan(100_000)
})
