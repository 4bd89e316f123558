import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ID, idsOf } from './ids.ts'
import { rowsBelow } from './tables.ts'
import { ROOT, sourcesBelow, titlesOf } from './tree.ts'

const map = readFileSync(`${ROOT}test/conformance.md`, 'utf8')
const titles = new Map(sourcesBelow('test').map((source) => [source.path, titlesOf(source).map(({ title }) => title)]))
const rows = map.split('\n').flatMap((line) => new RegExp(`^\\| (${ID}) \\|`).exec(line)?.[1] ?? [])

/** Tables whose last column names the files in which a title has the row's id. */
const NAMED_BY_ID = ['Decisions', 'Invariants', 'Where processes are killed', 'XCAP', 'Hostile input']
/** Those of them of which each row has a test. */
const SHOWN = ['XCAP', 'Hostile input', 'What attacks found', 'Cases from the field']
const ATTACKS = ['What attacks found', 'Cases from the field']

/** How many requirements each letter has: a row that was lost is missed. */
const REQUIREMENTS: readonly (readonly [string, number])[] = [
  ['X', 20],
  ['P', 7],
  ['D', 14],
  ['S', 4],
  ['C', 7],
]

function quotedIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
}

/** What is wrong with `test/a.test.ts: a title`, one or more, between backticks. */
function proofFaults(id: string, proofs: string): readonly string[] {
  const quoted = quotedIn(proofs)
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
  const paths = quotedIn(files)
  const missing = paths.filter((path) => !existsSync(ROOT + path)).map((path) => `${id}: there is no ${path}`)
  return [...(paths.length === 0 ? [`${id}: no file is named`] : missing), ...proofFaults(id, proofs)]
}

describe('test/conformance.md', () => {
  it('design §4: has every requirement, once, and no id twice', () => {
    const expected = REQUIREMENTS.flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
    )
    expect(rowsBelow(map, 'Requirements').map(([id]) => id)).toEqual(expected)
    expect(rows.filter((id, index) => rows.indexOf(id) !== index)).toEqual([])
  })

  it('design §4: the files and tests that it names for requirements and sections are there', () => {
    const requirements = rowsBelow(map, 'Requirements').map(([id = '', , ...rest]) => [id, ...rest])
    const faults = [...requirements, ...rowsBelow(map, 'Sections')].flatMap(rowFaults)
    expect(faults).toEqual([])
  })

  it('design §4: each id in a title is a row', () => {
    const unknown = [...titles].flatMap(([path, all]) =>
      all.flatMap((title) =>
        idsOf(title)
          .filter((id) => !rows.includes(id))
          .map((id) => `${path}: ${id}`),
      ),
    )
    expect(unknown).toEqual([])
  })

  it('design §4: each file named behind an id has a title with it, and each row of RFC 4825 and of hostile input one', () => {
    const faults = [...NAMED_BY_ID, ...ATTACKS].flatMap((heading) =>
      rowsBelow(map, heading).flatMap(([id = '', says = '', files = '']) => {
        const named = quotedIn(files)
        const isShown = named.length > 0 || !SHOWN.includes(heading) || says.endsWith('Left as it is.')
        const wrong = named.filter((path) => titles.get(path)?.some((title) => idsOf(title).includes(id)) !== true)
        return [...wrong.map((path) => `${id}: ${path}`), ...(isShown ? [] : [id])]
      }),
    )
    expect(faults).toEqual([])
  })
})
