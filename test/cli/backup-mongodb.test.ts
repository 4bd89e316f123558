/** The commands `backup`, `restore` and `check` on MongoDB, as processes. Who is slow here shows its progress, too. */
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { afterEach, expect, it } from 'vitest'
import * as client from '../kill/client.ts'
import { ALICE } from '../kill/client.ts'
import { disturb, populate, registerPhones, send } from '../kill/scenario.ts'
import { clear as clearServers } from '../kill/server-process.ts'
import { withTestDatabase } from '../servers/suite.ts'
import { clear, newFolder } from './program.ts'
import { command, serving } from './transfer-scenario.ts'

afterEach(clear)
afterEach(clearServers)

await withTestDatabase((database) => {
  let databases = 0
  const newDatabase = (): { readonly XDMS_STORE: string } => ({
    XDMS_STORE: database.url(`backup_${process.pid}_${(databases += 1)}`),
  })

  /** With accounts, and a message that waits for Alice. */
  async function filled(): Promise<{
    readonly where: { readonly XDMS_STORE: string }
    readonly id: string
    /** Of a change, behind which a watcher would go on. */
    readonly seen: string
  }> {
    const file = join(await newFolder(), 'xdms.ndjson')
    expect((await command({ XDMS_DATA: await populate(await newFolder()) }, 'export', file)).code).toBe(0)
    const where = newDatabase()
    expect((await command(where, 'import', file)).code).toBe(0)
    const { server, url } = await serving(where)
    await registerPhones(url)
    const changes = await client.openStream(ALICE, `${url}/api/changes`)
    await disturb(url, true)
    const { id: seen = '' } = await changes.next()
    changes.close()
    const id = await send(url, 'first')
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    return { where, id, seen }
  }

  it('api §Settings: a database is backed up into a file, put back into an empty one, and who watches begins anew', async () => {
    const { where, id, seen } = await filled()
    const counts = '3 accounts, 1 text, 1 message, 0 versions, 2 homes'
    expect(await command(where, 'check')).toMatchObject({ code: 0, out: expect.stringContaining(`whole: ${counts}\n`) })
    const file = join(await newFolder(), 'xdms.backup')
    const out = await command(where, 'backup', file)
    expect(out.code).toBe(0)
    expect(out.out).toContain(`backed up to ${file}, read back and found whole: ${counts}\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await command(where, 'backup', file)).toMatchObject({
      code: 1,
      errors: `cpm-xdms: ${file} is there already. Give another name.\n`,
    })

    expect(await command(where, 'restore', file)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(
        /^cpm-xdms: There is something in the store mongodb:\/\/\S+ already\. An import wants an empty one\.\n$/,
      ),
    })
    expect(await command(where, 'restore', file, '--replace')).toMatchObject({
      code: 2,
      errors: 'cpm-xdms: --replace is for the default store. Name another, empty database.\n',
    })

    const other = newDatabase()
    const back = await command(other, 'restore', file)
    expect(back.code).toBe(0)
    expect(back.out).toMatch(new RegExp(`^restored ${file}: ${counts}\nstore: mongodb://\\S+$`, 'm'))
    expect((await command(other, 'check')).code).toBe(0)
    const after = await serving(other)
    expect(await client.deferredIds(after.url)).toEqual([id])
    const resumed = await client.openStream(ALICE, `${after.url}/api/changes?after=${seen}`)
    expect((await resumed.next()).event).toBe('resync')
    resumed.close()

    const folder = { XDMS_DATA: await newFolder() }
    expect((await command(folder, 'restore', file)).code).toBe(0)
    expect((await command(folder, 'check')).code).toBe(0)
  }, 300_000)

  it('api §Settings: what a database does not allow is said, and what to do in place of it', async () => {
    const folder = await populate(await newFolder())
    const copy = join(await newFolder(), 'xdms.sqlite')
    expect((await command({ XDMS_DATA: folder }, 'backup', copy)).code).toBe(0)
    const empty = newDatabase()
    expect(await command(empty, 'restore', copy)).toMatchObject({
      code: 1,
      errors:
        `cpm-xdms: ${copy} is a default store. Restore it into a folder, export that, and restore the export into ` +
        'the database.\n',
    })
    for (const what of [['check'], ['backup', join(folder, 'out')]])
      expect(await command(empty, ...what)).toMatchObject({
        code: 1,
        errors: expect.stringMatching(/^cpm-xdms: There is no store mongodb:\/\/\S+\. XDMS_STORE says where it is;/),
      })
    expect(existsSync(join(folder, 'out'))).toBe(false)
  }, 300_000)

  it('api §Settings: damage in a database is found, said, and never backed up', async () => {
    const { where, id } = await filled()
    const admin = new MongoClient(where.XDMS_STORE)
    try {
      await admin.db().collection('texts').deleteMany({})
    } finally {
      await admin.close()
    }
    const { code, out, errors } = await command(where, 'check')
    expect(code).toBe(1)
    expect(errors).toContain(
      'cpm-xdms: the document org.cpm-xdms.do-not-disturb/index of sip:alice@example.com has no text\n',
    )
    expect(out).toContain('XDMS_STORE=mongodb://…/another npx cpm-xdms restore FILE')
    const file = join(await newFolder(), 'xdms.backup')
    expect(await command(where, 'backup', file)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('is damaged: the document org.cpm-xdms.do-not-disturb/index'),
    })
    expect([existsSync(file), existsSync(`${file}.part`), id === '']).toEqual([false, false, false])
  }, 300_000)
})
