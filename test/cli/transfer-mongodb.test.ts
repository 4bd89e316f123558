/** The commands `export` and `import` between the default store and MongoDB, there and back. */
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { exportTo } from '../../src/store/move.ts'
import { clear as clearServers } from '../kill/server-process.ts'
import { withTestDatabase } from '../servers/suite.ts'
import { fill, fillMany } from '../store/filled.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { clear, newFolder } from './program.ts'
import { command, hashIn, lifeGoesOnIn, killed } from './transfer-scenario.ts'

afterEach(clear)
afterEach(clearServers)

await withTestDatabase((database) => {
  let databases = 0
  const newDatabase = (): { readonly XDMS_STORE: string } => ({
    XDMS_STORE: database.url(`transfer_${process.pid}_${(databases += 1)}`),
  })

  it('X5, D4: servers on MongoDB go on where one on the default store ended', async () => {
    await lifeGoesOnIn(newDatabase())
  }, 90_000)

  it('INV-29: there and back again, killed on the way into it and on the way out of it, it is the same', async () => {
    const folder = await newFolder()
    const clock = createHandClock()
    const store = await openSqliteStore({ folder, clock })
    await fill(store, clock)
    await fillMany(store, 1_100)
    const files = await newFolder()
    const [there, back, again] = [join(files, 'there'), join(files, 'back'), join(files, 'again')]
    const { content } = await exportTo(there, store, 0, () => {})
    await store.close()

    const mongodb = newDatabase()
    for (const [point, times] of [
      ['before-write', 3],
      ['after-write', 4],
      ['before-finish', 1],
    ] as const) {
      expect((await killed(mongodb, 'import', there, point, String(times))).code).toBe('SIGKILL')
      expect(await command(mongodb, 'serve')).toMatchObject({
        code: 1,
        errors: expect.stringContaining(`An import of ${there} into the store mongodb://`),
      })
    }
    const into = await command(mongodb, 'import', there)
    expect([into.code, hashIn(into)], into.errors).toEqual([0, content])

    expect((await killed(mongodb, 'export', back, 'before-item', '2500')).code).toBe('SIGKILL')
    const out = await command(mongodb, 'export', back)
    expect([out.code, hashIn(out)], out.errors).toEqual([0, content])

    const other = { XDMS_DATA: await newFolder() }
    expect(hashIn(await command(other, 'import', back))).toBe(content)
    expect(hashIn(await command(other, 'export', again))).toBe(content)
  }, 120_000)
})
