/** The commands `backup`, `restore` and `check`, as processes, on stores of real servers. */
import { existsSync, readdirSync } from 'node:fs'
import { copyFile, open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/sqlite/driver.ts'
import * as client from '../kill/client.ts'
import { ALICE } from '../kill/client.ts'
import { disturb, populate, registerPhones, send } from '../kill/scenario.ts'
import { clear as clearServers } from '../kill/server-process.ts'
import { clear, newFolder, program } from './program.ts'
import { command, serving, type Ended, type Where } from './transfer-scenario.ts'

afterEach(clear)
afterEach(clearServers)

const PROGRAM = new URL('backup-process.ts', import.meta.url).pathname

async function killedAt(where: Where, ...words: readonly string[]): Promise<Ended['code']> {
  const command = [process.execPath, '--import', 'tsx', PROGRAM] as const
  return await program(words, { command, environment: { ...where } }).ended
}

/** A copy: where statements were not collected yet, this process has the file open that it filled. */
async function populated(): Promise<string> {
  const folder = await newFolder()
  await copyFile(join(await populate(await newFolder()), 'xdms.sqlite'), join(folder, 'xdms.sqlite'))
  return folder
}

/** A store in which a message waits for Alice, and nothing runs. */
async function waiting(messages = 1): Promise<{ readonly where: { readonly XDMS_DATA: string }; readonly id: string }> {
  const where = { XDMS_DATA: await populated() }
  const { server, url } = await serving(where)
  await registerPhones(url)
  await disturb(url, true)
  const id = await send(url, 'first')
  for (let at = 1; at < messages; at += 1) await send(url, `more-${at}`)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  return { where, id }
}

const fileIn = ({ XDMS_DATA }: { readonly XDMS_DATA: string }): string => join(XDMS_DATA, 'xdms.sqlite')

async function change(where: { readonly XDMS_DATA: string }, sql: string): Promise<void> {
  const database = await openDatabase(where.XDMS_DATA, fileIn(where), 1_000)
  database.exec(sql)
  database.close()
}

describe('backup and restore', () => {
  it('api §Settings: of a server that is written to; what was put back is served, and who watches begins anew', async () => {
    const where = { XDMS_DATA: await populated() }
    const before = await serving(where)
    await registerPhones(before.url)
    await disturb(before.url, true)
    const id = await send(before.url, 'first')
    const changes = await client.openStream(ALICE, `${before.url}/api/changes`)
    const file = join(await newFolder(), 'xdms.backup')
    let isOver = false
    const writing = (async () => {
      // A sender has a tenth of a queue, 100 messages.
      for (let at = 0; !isOver && at < 80; at += 1) await send(before.url, `while-${at}`)
    })()
    const out = await command(where, 'backup', file)
    isOver = true
    await writing
    expect(out.code, out.errors).toBe(0)
    expect(out.out).toMatch(
      /^backed up to \S+, read back and found whole: 3 accounts, 1 text, \d+ messages, 0 versions, 2 homes$/m,
    )
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(existsSync(`${file}.part`)).toBe(false)
    // Known to the server, and not in the backup.
    await disturb(before.url, true)
    const { id: later } = await changes.next()
    changes.close()

    expect(await command(where, 'restore', file)).toMatchObject({
      code: 1,
      errors:
        `cpm-xdms: There is a store ${fileIn(where)} already. With --replace it makes room, and is kept beside ` +
        'the new one.\n',
    })
    expect(await command(where, 'restore', file, '--replace')).toMatchObject({
      code: 1,
      errors: `cpm-xdms: Somebody has the store ${fileIn(where)} open. Stop the server first.\n`,
    })
    before.server.child.kill('SIGTERM')
    expect(await before.server.ended).toBe(0)
    const back = await command(where, 'restore', file, '--replace')
    expect(back.code, back.errors).toBe(0)
    const [, aside = ''] = /^what was there before: (\S+)$/m.exec(back.out) ?? []
    expect(readdirSync(where.XDMS_DATA).sort()).toEqual(['xdms.sqlite', aside.replace(`${where.XDMS_DATA}/`, '')])

    const after = await serving(where)
    expect(await client.deferredIds(after.url)).toContain(id)
    const resumed = await client.openStream(ALICE, `${after.url}/api/changes?after=${later}`)
    expect((await resumed.next()).event).toBe('resync')
    resumed.close()
    after.server.child.kill('SIGTERM')
    expect(await after.server.ended).toBe(0)
  }, 60_000)

  it.each([
    ['backup', 'checking the database', '1'],
    ['backup', 'checking what is stored', '1'],
    ['restore', 'checking what is stored', '1'],
    ['restore', 'before-place', '1'],
  ])(
    'INV-29: %s killed at "%s" leaves all as it was, and does it when it is run again',
    async (what, point, times) => {
      const { where, id } = await waiting()
      const file = join(await newFolder(), 'xdms.backup')
      const copy = join(await newFolder(), 'xdms.backup')
      if (what === 'restore') expect((await command(where, 'backup', copy)).code).toBe(0)
      const before = await readFile(fileIn(where))
      expect(await killedAt(where, what, what === 'backup' ? file : copy, point, times)).toBe('SIGKILL')
      expect(existsSync(file)).toBe(false)
      expect(Buffer.compare(await readFile(fileIn(where)), before)).toBe(0)
      const again = await command(
        where,
        what,
        what === 'backup' ? file : copy,
        ...(what === 'backup' ? [] : ['--replace']),
      )
      expect(again.code, again.errors).toBe(0)
      const elsewhere = what === 'backup' ? { XDMS_DATA: await newFolder() } : where
      if (what === 'backup') expect((await command(elsewhere, 'restore', file)).code).toBe(0)
      const { server, url } = await serving(elsewhere)
      expect(await client.deferredIds(url)).toEqual([id])
      server.child.kill('SIGTERM')
      expect(await server.ended).toBe(0)
    },
    60_000,
  )

  it('INV-29: a backup that is damaged is not restored, and an export is, too', async () => {
    const { where, id } = await waiting()
    const folder = await newFolder()
    const [file, exported] = [join(folder, 'xdms.backup'), join(folder, 'xdms.ndjson')]
    for (const [what, to] of [
      ['backup', file],
      ['export', exported],
    ] as const)
      expect((await command(where, what, to)).code).toBe(0)
    const handle = await open(file, 'r+')
    await handle.write(Buffer.alloc(4096, 0xff), 0, 4096, 3 * 4096)
    await handle.close()
    const before = await readFile(fileIn(where))
    expect((await command(where, 'restore', file, '--replace')).code).toBe(1)
    expect(Buffer.compare(await readFile(fileIn(where)), before)).toBe(0)
    const other = { XDMS_DATA: await newFolder() }
    expect((await command(other, 'restore', exported)).code).toBe(0)
    const { server, url } = await serving(other)
    expect(await client.deferredIds(url)).toEqual([id])
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  }, 60_000)
})

describe('check', () => {
  it('api §Settings: all is read, and found whole', async () => {
    const { where } = await waiting()
    expect(await command(where, 'check')).toMatchObject({
      code: 0,
      out: `store: ${fileIn(where)}\nwhole: 3 accounts, 1 text, 1 message, 0 versions, 2 homes\n`,
    })
  })

  it.each([
    ['DELETE FROM texts', 'the document org.cpm-xdms.do-not-disturb/index of sip:alice@example.com has no text'],
    [
      'UPDATE texts SET bytes = substr(bytes, 2)',
      'the document org.cpm-xdms.do-not-disturb/index of sip:alice@example.com has 81 bytes, and its text 80',
    ],
    ['DELETE FROM bodies', '1 messages have no body'],
    ['DELETE FROM messages', /^the message \S+, which waits for sip:alice@example.com, is not there$/],
    ["UPDATE parts SET value = '['", /^reading ended early: /],
  ])(
    'INV-29: after %s it says what is wrong, and what to do next',
    async (sql, says) => {
      const { where } = await waiting()
      await change(where, sql)
      const { code, out, errors } = await command(where, 'check')
      expect(code).toBe(1)
      expect(errors.trim().replace('cpm-xdms: ', '')).toMatch(says)
      expect(out).toContain('npx cpm-xdms restore FILE --replace')
    },
    60_000,
  )

  it('INV-29: a page that is damaged, and a file that is none', async () => {
    const { where } = await waiting(20)
    const handle = await open(fileIn(where), 'r+')
    const { size } = await handle.stat()
    for (let at = 2 * 4096; at < size; at += 3 * 4096) await handle.write(Buffer.alloc(4096, 0xff), 0, 4096, at)
    const damaged = await command(where, 'check')
    expect([damaged.code, damaged.out.includes('What to do:')]).toEqual([1, true])
    await handle.write('not at all SQLite', 0)
    await handle.close()
    const none = await command(where, 'check')
    expect([none.code, none.errors]).toEqual([
      1,
      `cpm-xdms: The store ${fileIn(where)} cannot be opened: the file is no SQLite database.\n`,
    ])
  }, 60_000)
})
