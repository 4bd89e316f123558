/** The file in which a store moves: what was altered or cut is refused, and what was interrupted begins again. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyHome } from '../../src/home/home.ts'
import type { Store } from '../../src/store/store.ts'
import { exportTo, importFrom } from '../../src/store/move.ts'
import { isEmpty, type Transfer } from '../../src/store/transfer.ts'
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
  expect(isEmpty((await empty.transfer.snapshot()).counts)).toBe(true)
  return said.replace(path, 'FILE')
}

describe('a file that is not what was written', () => {
  it('INV-29: cut anywhere, it is refused, and nothing is written', async () => {
    await exportTo(file, store, 0, quiet)
    const whole = await readFile(file)
    const header = whole.indexOf('\n')
    for (let at = 0; at < whole.length; at += 97) {
      expect(await refusal(whole.subarray(0, at))).toMatch(
        at <= header
          ? /^FILE is (?:no export of this program: it does not begin with the header of one|cut short: its last line is missing)\.$/
          : /^FILE is (?:cut short: its last line is missing|damaged: it does not match its SHA-256)\.$/,
      )
    }
    const lines = whole.toString().trimEnd().split('\n')
    expect(await refusal(Buffer.from(`${lines.slice(0, -1).join('\n')}\n`))).toBe(
      'FILE is cut short: its last line is missing.',
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
        /^FILE (?:is damaged|is no export of this program|was written by another version)/,
      )
    }
  })

  it('INV-29: lines left out, doubled, in another order, or behind the end are refused', async () => {
    await exportTo(file, store, 0, quiet)
    const lines = (await readFile(file)).toString().trimEnd().split('\n')
    const rearranged: readonly (readonly string[])[] = [
      [...lines.slice(0, 3), ...lines.slice(5)],
      [...lines.slice(0, 3), ...lines.slice(1)],
      [lines[0]!, lines[2]!, lines[1]!, ...lines.slice(3)],
      [...lines.slice(0, 3), lines[0]!, ...lines.slice(3)],
      [...lines.slice(0, 3), '{"kind":"other"}', ...lines.slice(3)],
    ]
    for (const altered of rearranged) {
      expect(await refusal(Buffer.from(`${altered.join('\n')}\n`))).toBe(
        'FILE is damaged: it does not match its SHA-256.',
      )
    }
    for (const behind of ['{"kind":"head","position":1}\n', 'x']) {
      expect(await refusal(Buffer.from(`${lines.join('\n')}\n${behind}`))).toBe(
        'FILE is damaged: something follows its last line.',
      )
    }
  })

  it('INV-29: of another version of the format, it is refused as such', async () => {
    await exportTo(file, store, 0, quiet)
    const altered = (await readFile(file)).toString().replace('"format":5', '"format":6')
    expect(await refusal(Buffer.from(altered))).toBe(
      'FILE was written by another version of this program (its format has number 6, ' +
        'this program knows 1, 2, 3, 4, 5).',
    )
  })
})

describe('a file of the first format', () => {
  it('INV-29: is read: it had a line behind each page, which the hash of the file is over', async () => {
    const { content } = await exportTo(file, store, 0, quiet)
    const [header = '', ...items] = (await readFile(file)).toString().trimEnd().split('\n')
    const footer = JSON.parse(items.pop() ?? '') as { counts: object }
    const lines = [header.replace('"format":5', '"format":1'), '{"kind":"page","number":0,"sha256":"a"}', ...items]
    const whole = `${[...lines, '{"kind":"page","number":1,"sha256":"b"}'].join('\n')}\n`
    const sha256 = createHash('sha256').update(whole).digest('hex')
    await writeFile(file, `${whole}${JSON.stringify({ ...footer, sha256 })}\n`)
    expect((await importFrom(file, createMemoryStore({ clock }), quiet)).content).toBe(content)
  })
})

describe('an export that was interrupted', () => {
  it('INV-29: begins again, whatever it left, and is as good as one that was not', async () => {
    const { content, counts } = await exportTo(file, store, 0, quiet)
    const whole = await readFile(file)
    for (const left of [whole.subarray(0, 0), whole.subarray(0, 1_000), whole, Buffer.from('no export')]) {
      await rm(file)
      await writeFile(`${file}.part`, left, { mode: 0o644 })
      const again = await exportTo(file, store, 0, quiet)
      expect([again.content, again.counts, (await readFile(file)).equals(whole), existsSync(`${file}.part`)]).toEqual([
        content,
        counts,
        true,
        false,
      ])
      expect((await stat(file)).mode & 0o777).toBe(0o600)
    }
  })
})

describe('what is no consistent picture', () => {
  it('INV-28: a store that was written to while it was read leaves no file', async () => {
    const disturbed = withTransfer((transfer) => ({
      snapshot: async () => ({ ...(await transfer.snapshot()), isOfOneMoment: async () => false }),
    }))
    await expect(exportTo(file, disturbed, 0, quiet)).rejects.toThrow(
      'The store memory was written to while it was exported, so there is no consistent picture of it. ' +
        'Stop what writes there, and run it again.',
    )
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false])
  })

  it('INV-28: a store that gives back something else than was written is not complete, and not served', async () => {
    await exportTo(file, store, 0, quiet)
    store = createMemoryStore({ clock })
    const forgetful = withTransfer((transfer) => ({
      write: (items, mark) =>
        transfer.write(
          items.filter(({ kind }) => kind !== 'version'),
          mark,
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
      mark: async (before, after) => (await writeFile(file, bytes), await transfer.mark(before, after)),
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
