/** The file in which a store moves: what was altered or cut is refused, and what was interrupted goes on. */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyHome } from '../../src/home/home.ts'
import type { Store } from '../../src/store/store.ts'
import { importFrom } from '../../src/store/transfer-in.ts'
import { exportTo } from '../../src/store/transfer-out.ts'
import { isEmpty, type Picture, type Transfer } from '../../src/store/transfer.ts'
import { fill } from './filled.ts'
import { ALICE, put } from './fixtures.ts'
import { createHandClock, type HandClock } from './hand-clock.ts'
import { createMemoryStore } from './memory.ts'

const quiet = (): void => {}

let folder = ''
let file = ''
let clock: HandClock
let store: Store

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdms-file-'))
  file = join(folder, 'file')
  clock = createHandClock()
  store = createMemoryStore({ clock })
  await fill(store, clock)
})
afterEach(() => rm(folder, { recursive: true }))

const withTransfer = (other: (transfer: Transfer) => Partial<Transfer>): Store => ({
  ...store,
  transfer: { ...store.transfer, ...other(store.transfer) },
})

/** What an import of these bytes into a new store says, which must be left empty. */
async function refusal(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'bad')
  await writeFile(path, bytes)
  const empty = createMemoryStore({ clock })
  const said = await importFrom(path, empty, quiet).then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  )
  expect(await empty.transfer.unfinished()).toBeUndefined()
  expect(isEmpty((await empty.transfer.picture()).counts)).toBe(true)
  return said.replace(path, 'FILE')
}

describe('a file that is not what was written', () => {
  it('INV-29: cut anywhere, it is refused with its last good line, and nothing is written', async () => {
    await exportTo(file, store, 0, quiet)
    const whole = await readFile(file)
    const lines = whole.toString().trimEnd().split('\n')
    for (let at = 1; at < whole.length; at += 97) {
      const before = whole.subarray(0, at).toString().split('\n').slice(0, -1)
      const good = before.findLastIndex((line) => line.startsWith('{"kind":"page"')) + 1
      expect(await refusal(whole.subarray(0, at))).toBe(
        good === 0
          ? 'FILE is no export of this program: it does not begin with the header of one.'
          : `FILE is cut short: line ${good} is its last good one.`,
      )
    }
    const last = lines.length - 1
    expect(await refusal(whole.subarray(0, whole.length - 1))).toBe(
      `FILE is cut short: line ${last} is its last good one.`,
    )
    expect(await refusal(Buffer.from(''))).toBe(
      'FILE is no export of this program: it does not begin with the header of one.',
    )
  })

  it('INV-29: with one byte altered anywhere, it is refused', async () => {
    await exportTo(file, store, 0, quiet)
    const whole = await readFile(file)
    for (let at = 0; at < whole.length; at += 41) {
      const altered = Buffer.from(whole)
      altered[at] = altered[at]! ^ 1
      expect(await refusal(altered)).toMatch(
        /^FILE (?:is damaged|is cut short: line \d+ is its last good one|is no export of this program|was written by another version)/,
      )
    }
  })

  it('INV-29: lines left out, doubled, in another order, or behind the end are refused', async () => {
    await exportTo(file, store, 0, quiet)
    const lines = (await readFile(file)).toString().trimEnd().split('\n')
    const ends = lines.flatMap((line, at) => (line.startsWith('{"kind":"page"') ? [at + 1] : []))
    const [header = 0, first = 0, second = 0] = ends
    const page = (from: number, to: number): readonly string[] => lines.slice(from, to)
    const rearranged: readonly (readonly [readonly string[], number])[] = [
      [[...page(0, first), ...lines.slice(second)], first],
      [[...page(0, first), ...page(header, first), ...lines.slice(first)], first],
      [[...page(0, header), ...page(first, second), ...page(header, first), ...lines.slice(second)], header],
      [[...page(0, header), ...lines.slice(header + 1)], header],
      [[...page(0, second), lines[header]!, ...lines.slice(-1)], second],
    ]
    for (const [altered, good] of rearranged) {
      expect(await refusal(Buffer.from(`${altered.join('\n')}\n`))).toBe(
        `FILE is damaged: line ${good} is its last good one, what follows does not match its SHA-256.`,
      )
    }
    for (const behind of ['{"kind":"head","position":1}\n', 'x']) {
      expect(await refusal(Buffer.from(`${lines.join('\n')}\n${behind}`))).toBe(
        `FILE is damaged: something follows its last line, ${lines.length}.`,
      )
    }
  })

  it('INV-29: of another version of the format, it is refused as such', async () => {
    await exportTo(file, store, 0, quiet)
    const altered = (await readFile(file)).toString().replace('"format":1', '"format":2')
    expect(await refusal(Buffer.from(altered))).toBe(
      'FILE was written by another version of this program (its format has number 2, this program knows 1).',
    )
  })
})

describe('an export that was interrupted', () => {
  it('INV-29: goes on behind the last page that is good, wherever it was cut, and is the same file in the end', async () => {
    const { content, counts } = await exportTo(file, store, 0, quiet)
    const whole = await readFile(file)
    const items = Object.values(counts).reduce((all, count) => all + count, 0)
    let most = 0
    for (let at = 0; at <= whole.length; at += 211) {
      await rm(file)
      await writeFile(`${file}.part`, whole.subarray(0, at), { mode: 0o644 })
      const again = await exportTo(file, store, 0, quiet)
      expect([again.content, again.counts, (await readFile(file)).equals(whole), existsSync(`${file}.part`)]).toEqual([
        content,
        counts,
        true,
        false,
      ])
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(again.found).toBeGreaterThanOrEqual(most)
      most = again.found
    }
    expect(most).toBeGreaterThan(items - 10)
  })

  it('INV-29: does not ask again for what it has', async () => {
    await exportTo(file, store, 0, quiet)
    const whole = await readFile(file)
    await rm(file)
    await writeFile(`${file}.part`, whole)
    const asked: string[] = []
    const watched = withTransfer((transfer) => ({
      async picture(): Promise<Picture> {
        const picture = await transfer.picture()
        return { ...picture, page: (kind, after) => (asked.push(kind), picture.page(kind, after)) }
      },
    }))
    expect((await exportTo(file, watched, 0, quiet)).found).toBeGreaterThan(40)
    expect(asked).toEqual(['head'])
    expect((await readFile(file)).equals(whole)).toBe(true)
  })

  it('INV-29: begins again when anything in the store has changed meanwhile', async () => {
    await exportTo(file, store, 0, quiet)
    await writeFile(`${file}.part`, await readFile(file))
    await rm(file)
    await store.homes.commit({ home: await store.homes.read(ALICE) })
    expect((await exportTo(file, store, 0, quiet)).found).toBe(0)
    const other = createMemoryStore({ clock })
    await importFrom(file, other, quiet)
    expect((await other.homes.read(ALICE)).revision).toBe(14)
  })
})

describe('what is no consistent picture', () => {
  it('INV-28: a store that was written to while it was read leaves no file', async () => {
    const disturbed = withTransfer((transfer) => ({
      picture: async () => ({ ...(await transfer.picture()), isTrue: async () => false }),
    }))
    await expect(exportTo(file, disturbed, 0, quiet)).rejects.toThrow(
      'The store memory was written to while it was exported, so there is no consistent picture of it. Stop what writes there, and run it again.',
    )
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false])
  })

  it('INV-28: a store that gives back something else than was written is not complete, and not served', async () => {
    await exportTo(file, store, 0, quiet)
    store = createMemoryStore({ clock })
    const forgetful = withTransfer((transfer) => ({
      write: (items, before, pages) =>
        transfer.write(
          items.filter(({ kind }) => kind !== 'version'),
          before,
          pages,
        ),
    }))
    await expect(importFrom(file, forgetful, quiet)).rejects.toThrow(
      `What the store memory gives back is not what is in ${file}.`,
    )
    expect((await store.transfer.unfinished())?.file).toBe(file)
  })

  it('INV-28: a file that is changed while it is read is noticed', async () => {
    await exportTo(file, store, 0, quiet)
    await store.homes.commit(put(await store.homes.read(ALICE), 'work', 'later', 0))
    const other = `${file}.other`
    await exportTo(other, store, 0, quiet)
    const bytes = await readFile(other)
    store = createMemoryStore({ clock })
    const changing = withTransfer((transfer) => ({
      begin: async (mark) => (await writeFile(file, bytes), await transfer.begin(mark)),
    }))
    await expect(importFrom(file, changing, quiet)).rejects.toThrow(
      `${file} was changed while it was read. Run the import again.`,
    )
    expect(await store.transfer.unfinished()).toBeDefined()
  })

  it('INV-29: an empty store, and a name that is taken, are said', async () => {
    await expect(exportTo(file, createMemoryStore({ clock }), 0, quiet)).rejects.toThrow(
      'The store memory is empty: there is nothing to export.',
    )
    await writeFile(file, 'mine')
    await expect(exportTo(file, store, 0, quiet)).rejects.toThrow(`${file} is there already. Give another name.`)
    expect(await readFile(file, 'utf8')).toBe('mine')
    await store.homes.commit({ home: emptyHome(ALICE) })
  })
})
