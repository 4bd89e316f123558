/** The commands `export` and `import`, killed in the middle. */
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { exportTo } from '../../src/store/move.ts'
import { clear, newFolder } from './program.ts'
import { command, exported, hashIn, keptIn, killed, quiet, within } from './transfer-scenario.ts'

afterEach(clear)

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
