import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { print } from '../../src/cli/print/print.ts'
import { firstWords } from '../../src/cli/words.ts'
import { SETTINGS } from '../../src/settings.ts'
import { recorded } from '../cli/program.ts'
import { rowsBelow } from './tables.ts'
import { ROOT } from './tree.ts'

it('api §Settings: the configuration table is the one in the code', () => {
  const inCode = Object.entries(SETTINGS).map(([name, setting]) => [
    `\`${name}\``,
    setting.default === undefined ? '' : `\`${setting.default}\``,
    setting.says,
  ])
  expect(rowsBelow(readFileSync(`${ROOT}src/cli/README.md`, 'utf8'), 'Configuration')).toEqual(inCode)
})

it('api §Operation: every command, sample and script that the documents for operators name is there', async () => {
  const named = (pattern: RegExp): readonly string[] =>
    ['README.md', 'src/cli/README.md', 'test/README.md', 'test/bench/README.md'].flatMap((file) =>
      [...readFileSync(`${ROOT}${file}`, 'utf8').matchAll(pattern)].map(([, name = '']) => name),
    )
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: Record<string, string> }
  const commands = named(/\bcpm-xdms (?!COMMAND)([a-z]+)/g)
  const terminal = recorded(Readable.from([]))
  await print([], terminal)
  const printed = terminal.said.map((line) => line.split(' ')[0])
  const samples = named(/`(?:npx cpm-xdms )?print ([a-z0-9-]+)/g)
  const runs = named(/`npm run (?:-s )?([a-z:]+)/g)
  expect(commands.filter((name) => !firstWords().includes(name))).toEqual([])
  expect(samples.filter((name) => !printed.includes(name))).toEqual([])
  expect(runs.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  expect([commands.length > 20, samples.length > 8, runs.length > 8]).toEqual([true, true, true])
})
