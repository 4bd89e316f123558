/** The commands `export` and `import`, as processes, between stores of real servers. */
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { exportTo } from '../../src/store/transfer-out.ts'
import { populate, registerPhones } from '../kill/scenario.ts'
import { clear as clearServers } from '../kill/server-process.ts'
import { fillMany } from '../store/filled.ts'
import { clear, newFolder } from './program.ts'
import { command, hashIn, lifeGoesOnIn, serving, killed } from './transfer-scenario.ts'

afterEach(clear)
afterEach(clearServers)

/** Opened here, and closed again before others look. */
async function within<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ folder, clock: systemClock })
  return await work(store).finally(() => store.close())
}

const quiet = (): void => {}

async function keptIn({ transfer }: Store): Promise<number> {
  const snapshot = await transfer.snapshot()
  await snapshot.close()
  return snapshot.counts.kept
}

/** A file with as many homes, and the hash of its content. */
async function exported(
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

describe('export and import', () => {
  it('X5, D4: what was in one store is in the other: a watcher goes on with his last id, an old ETag holds, a message that waited arrives', async () => {
    await lifeGoesOnIn({ XDMS_DATA: await newFolder() })
  }, 60_000)

  it('api §Settings: an export may be taken of a running server; an import into a store that is in use is refused', async () => {
    const folder = await populate(await newFolder())
    const { server, url } = await serving({ XDMS_DATA: folder })
    await registerPhones(url)
    const file = join(await newFolder(), 'xdms.ndjson')
    expect((await command({ XDMS_DATA: folder }, 'export', file)).code).toBe(0)
    expect(await command({ XDMS_DATA: folder }, 'import', file)).toMatchObject({
      code: 1,
      errors:
        `cpm-xdms: There is something in the store ${join(folder, 'xdms.sqlite')} already. An import ` +
        `wants an empty one.\n`,
    })
    expect(await command({ XDMS_DATA: folder }, 'export', file)).toMatchObject({
      code: 1,
      errors: `cpm-xdms: ${file} is there already. Give another name.\n`,
    })
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('api §Settings: what cannot be moved is said in one line', async () => {
    const folder = await newFolder()
    const file = join(folder, 'file')
    expect(await command({ XDMS_DATA: folder }, 'export')).toMatchObject({
      code: 2,
      errors: 'cpm-xdms: One FILE is needed, like xdms-export.ndjson.\n',
    })
    expect(await command({ XDMS_DATA: folder }, 'import', 'a', 'b')).toMatchObject({
      code: 2,
      errors: 'cpm-xdms: One FILE is needed, like xdms-export.ndjson.\n',
    })
    expect(await command({ XDMS_DATA: folder }, 'import', file)).toMatchObject({
      code: 1,
      errors: `cpm-xdms: There is no file ${file}.\n`,
    })
    expect(await command({ XDMS_DATA: folder }, 'export', file)).toMatchObject({
      code: 1,
      errors:
        `cpm-xdms: There is no store ${join(folder, 'xdms.sqlite')}. XDMS_DATA says where it is; ` +
        '`serve` and `user add` make one.\n',
    })
    await writeFile(file, 'id,name\n1,Alice\n')
    expect(await command({ XDMS_DATA: folder }, 'import', file)).toMatchObject({
      code: 1,
      errors: `cpm-xdms: ${file} is no export of this program: it does not begin with the header of one.\n`,
    })
  })
})

describe('killed', () => {
  it.each([
    ['after-begin', 1],
    ['before-write', 1],
    ['after-write', 4],
    ['before-write', 12],
    ['before-finish', 1],
  ])('INV-29: an import killed at %s %i is not served, and run again ends with the same hash', async (point, times) => {
    const { file, content } = await exported(2_000)
    const to = await newFolder()
    expect((await killed({ XDMS_DATA: to }, 'import', file, point, String(times))).code).toBe('SIGKILL')
    const unfinished =
      `An import of ${file} into the store ${join(to, 'xdms.sqlite')} was not finished: ` +
      `run it again, \`cpm-xdms import ${file}\`, or take another, empty store.`
    expect(await command({ XDMS_DATA: to }, 'serve')).toMatchObject({
      code: 1,
      out: '',
      errors: `cpm-xdms: ${unfinished}\n`,
    })
    // Nor did it write its realm among what is imported.
    if (point === 'after-begin') expect(await within(to, keptIn)).toBe(0)
    await expect(within(to, (store) => exportTo(`${file}.again`, store, 0, quiet))).rejects.toThrow(unfinished)
    const into = await command({ XDMS_DATA: to }, 'import', file)
    expect([into.code, hashIn(into)]).toEqual([0, content])
    expect((await within(to, (store) => exportTo(`${file}.again`, store, 0, quiet))).content).toBe(content)
  })

  it('INV-29: an export that was killed is not there under its name, and begins again', async () => {
    const { from, content } = await exported(2_000)
    const file = join(await newFolder(), 'xdms.ndjson')
    expect((await killed({ XDMS_DATA: from }, 'export', file, 'before-item', '2500')).code).toBe('SIGKILL')
    expect([existsSync(file), existsSync(`${file}.part`), (await stat(`${file}.part`)).mode & 0o777]).toEqual([
      false,
      true,
      0o600,
    ])
    const out = await command({ XDMS_DATA: from }, 'export', file)
    expect([out.code, hashIn(out), existsSync(`${file}.part`)]).toEqual([0, content, false])
  })

  it('INV-29: half an import is another one’s: a second file is refused, and so is the first one while it is cut short', async () => {
    const { from, file } = await exported(600)
    const other = `${file}.other`
    await within(from, (store) => exportTo(other, store, 1, quiet))
    const to = await newFolder()
    expect((await killed({ XDMS_DATA: to }, 'import', file, 'after-write', '2')).code).toBe('SIGKILL')
    expect(await command({ XDMS_DATA: to }, 'import', other)).toMatchObject({
      code: 1,
      errors:
        `cpm-xdms: The store ${join(to, 'xdms.sqlite')} holds a part of another import, of ${file}. ` +
        `Finish that one, or take another, empty store.\n`,
    })
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, bytes.length - 700))
    expect((await command({ XDMS_DATA: to }, 'import', file)).errors).toMatch(
      /^cpm-xdms: \S+ is (?:cut short: its last line is missing|damaged: it does not match its SHA-256)\.\n$/,
    )
    await writeFile(file, bytes)
    expect((await command({ XDMS_DATA: to }, 'import', file)).code).toBe(0)
  })
})
