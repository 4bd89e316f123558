import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SETTINGS } from '../../src/settings.ts'
import { ROOT, sourcesBelow, titlesOf } from './tree.ts'

/** Every requirement of the system. A new one is added here and in the map of test/conformance.md. */
const REQUIREMENTS: readonly string[] = [
  ...[
    'X1',
    'X2',
    'X3',
    'X4',
    'X5',
    'X6',
    'X7',
    'X8',
    'X9',
    'X10',
    'X11',
    'X12',
    'X13',
    'X14',
    'X15',
    'X16',
    'X17',
    'X18',
    'X19',
    'X20',
  ],
  ...['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'],
  ...['D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8', 'D9', 'D10', 'D11', 'D12', 'D13', 'D14'],
  ...['S1', 'S2', 'S3', 'S4'],
  ...['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7'],
]

const conformance = readFileSync(`${ROOT}test/conformance.md`, 'utf8')
const operations = readFileSync(`${ROOT}src/cli/README.md`, 'utf8')

/** The cells of the table under a heading, without its head. */
function table(document: string, heading: string): readonly (readonly string[])[] {
  const [, behind] = document.split(new RegExp(`^#+ ${heading}$`, 'm'))
  const [section] = (behind ?? '').split(/^#+ /m)
  const rows = (section ?? '').split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  )
}

const titles = new Map(sourcesBelow('test').map((source) => [source.path, titlesOf(source).map(({ title }) => title)]))

/** What is wrong with `test/a.test.ts: a title`, one or more, between backticks. */
function proofFaults(id: string, proofs: string): readonly string[] {
  const quoted = [...proofs.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
  const faults = quoted.flatMap((text) => {
    const [path = '', title = ''] = text.split(/: (.*)/s)
    const known = titles.get(path)
    if (known === undefined) return [`${id}: there is no ${path}`]
    return title !== '' && known.includes(title) ? [] : [`${id}: ${path} has no test "${title}"`]
  })
  return quoted.length === 0 ? [`${id}: no test is named`] : faults
}

function rowFaults([id = '', state = '', files = '', proofs = '']: readonly string[]): readonly string[] {
  if (state === 'not') return []
  if (state !== 'done' && state !== 'partly') return [`${id}: "${state}" is neither done, partly nor not`]
  const paths = [...files.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)
  const missing = paths.filter((path) => !existsSync(ROOT + path)).map((path) => `${id}: there is no ${path}`)
  return [...(paths.length === 0 ? [`${id}: no file is named`] : missing), ...proofFaults(id, proofs)]
}

describe('the documents', () => {
  it('design §4: the map has every requirement, once', () => {
    expect(table(conformance, 'Requirements').map(([id]) => id)).toEqual(REQUIREMENTS)
  })

  it('design §4: the files and tests that the map names are there', () => {
    const rows = [...table(conformance, 'Requirements'), ...table(conformance, 'Sections')]
    expect(rows.length).toBeGreaterThan(REQUIREMENTS.length)
    expect(rows.flatMap(rowFaults)).toEqual([])
  })

  it('api §Settings: the configuration table is the one in the code', () => {
    const inCode = Object.entries(SETTINGS).map(([name, setting]) => [
      `\`${name}\``,
      setting.default === undefined ? '' : `\`${setting.default}\``,
      setting.says,
    ])
    expect(table(operations, 'Configuration')).toEqual(inCode)
  })
})
