/**
 * What the tests of `export` and `import` have in common: the commands as processes, and the story that must go on
 * behind a move.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { exportTo } from '../../src/store/move.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import * as client from '../kill/client.ts'
import { ALICE, ALICES_PHONE } from '../kill/client.ts'
import { disturb, populate, registerPhones, send } from '../kill/scenario.ts'
import { fillMany } from '../store/filled.ts'
import { newFolder, program, type Program } from './program.ts'

/** Which store: its settings. */
export type Where = { readonly XDMS_DATA: string } | { readonly XDMS_STORE: string }

export interface Ended {
  readonly code: number | NodeJS.Signals | null
  readonly out: string
  readonly errors: string
}

async function ended(started: Program): Promise<Ended> {
  const code = await started.ended
  return { code, out: started.out(), errors: started.errors() }
}

const PROGRAM = new URL('transfer-process.ts', import.meta.url).pathname

export const command = (where: Where, ...words: readonly string[]): Promise<Ended> =>
  ended(program(words, { environment: { ...where, XDMS_PORT: '0' } }))
/** `export` or `import`, killed at a point (`transfer-process.ts`). */
export const killed = (where: Where, ...words: readonly string[]): Promise<Ended> =>
  ended(program([...words], { command: [process.execPath, '--import', 'tsx', PROGRAM], environment: { ...where } }))

export const hashIn = ({ out }: Ended): string | undefined => /^sha256 of the content: ([0-9a-f]{64})$/m.exec(out)?.[1]
const countsIn = ({ out }: Ended): string | undefined => /^(?:exported to|imported from) \S+: (.*)$/m.exec(out)?.[1]

export async function serving(where: Where): Promise<{ readonly server: Program; readonly url: string }> {
  const server = program(['serve'], { environment: { ...where, XDMS_PORT: '0' } })
  const [, url = ''] = await server.printed(/^listening on (http:\/\/\S+)$/m)
  return { server, url }
}

const putDisturb = (url: string, on: boolean, match: string) => {
  const exchange = client.disturb(url, `on="${on}"`)
  return client.ask({ ...exchange, headers: { ...exchange.headers, 'If-Match': match } })
}

/**
 * From the default store into another one, between two servers: a watcher goes on with his last id, an old ETag holds,
 * a message that waited arrives.
 */
export async function lifeGoesOnIn(other: Where): Promise<void> {
  const where = { XDMS_DATA: await populate(await newFolder()) }
  const before = await serving(where)
  await registerPhones(before.url)
  const changes = await client.openStream(ALICE, `${before.url}/api/changes`)
  await disturb(before.url, true)
  const first = await changes.next()
  changes.close()
  const id = await send(before.url, 'first')
  const { etag = '' } = await client.ask({ as: ALICE, method: 'GET', url: client.disturbUrl(before.url) })
  expect((await putDisturb(before.url, true, '"another"')).status).toBe(412)
  // Nobody saw this one.
  const { etag: newest = '' } = await putDisturb(before.url, true, etag)
  before.server.child.kill('SIGTERM')
  expect(await before.server.ended).toBe(0)

  const file = join(await newFolder(), 'xdms.ndjson')
  const out = await command(where, 'export', file)
  expect(out.code, out.errors).toBe(0)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const into = await command(other, 'import', file)
  expect(into.code, into.errors).toBe(0)
  expect([countsIn(into), hashIn(into)]).toEqual([countsIn(out), hashIn(out)])
  expect(countsIn(out)).toMatch(
    new RegExp(
      '^\\d kept values, 3 accounts, 2 texts, 0 dropped texts, 1 message, 1 version, 0 reservations, ' +
        '\\d entr(?:y|ies) of the trail, 2 homes, 0 shortened histories, \\d+ changes$',
    ),
  )

  const after = await serving(other)
  const resumed = await client.openStream(ALICE, `${after.url}/api/changes?after=${first.id}`)
  for (;;) {
    const event = await resumed.next()
    expect(event.event).not.toBe('resync')
    if (event.event !== 'change') continue
    expect(client.fieldsOf(event)).toMatchObject({
      previousEtag: etag.replaceAll('"', ''),
      newEtag: newest.replaceAll('"', ''),
    })
    break
  }
  resumed.close()
  expect(await client.deferredIds(after.url)).toEqual([id])
  expect((await putDisturb(after.url, false, etag)).status).toBe(412)
  const inbox = await client.openInbox(after.url, ALICE, ALICES_PHONE)
  expect((await putDisturb(after.url, false, newest)).status).toBe(200)
  expect((await inbox.next()).id).toBe(id)
  inbox.close()
  after.server.child.kill('SIGTERM')
  expect(await after.server.ended).toBe(0)
}

/** Opened here, and closed again before others look. */
export async function within<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ folder, clock: systemClock })
  return await work(store).finally(() => store.close())
}

export const quiet = (): void => {}

export async function keptIn({ transfer }: Store): Promise<number> {
  const snapshot = await transfer.snapshot()
  await snapshot.close()
  return snapshot.counts.kept
}

/** A file with as many homes, and the hash of its content. */
export async function exported(
  homes: number,
): Promise<{ readonly from: string; readonly file: string; readonly content: string }> {
  const from = await newFolder()
  const file = join(await newFolder(), 'xdms.ndjson')
  const { content } = await within(
    from,
    async (store) => (await fillMany(store, homes), await exportTo(file, store, 0, quiet)),
  )
  return { from, file, content }
}
