import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { beginsWithProof } from './ids.ts'
import { ROOT, sourcesBelow, titlesOf } from './tree.ts'

it('design §4: a test begins with the id or the section that it proves', () => {
  const faults = sourcesBelow('test')
    .flatMap(titlesOf)
    .filter((title) => title.kind === 'test' && ![title.title, ...title.within].some(beginsWithProof))
  expect(faults.map((title) => `${title.place} ${title.title}`)).toEqual([])
})

it('design §4: a section of what was decided, in a title, is one that test/README.md says where to find', () => {
  const told = readFileSync(`${ROOT}test/README.md`, 'utf8')
  const sections = sourcesBelow('test')
    .flatMap(titlesOf)
    .flatMap(({ title }) => title.match(/(?:design|api|formats) §[^:,]+/g) ?? [])
  expect([...new Set(sections)].filter((section) => !told.includes(`\`${section}\``))).toEqual([])
})

it('design §4: what the code cites is in the repository', () => {
  const faults = sourcesBelow('src').flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:[\w-]+\/)*[\w-]+\.(?:md|yaml))`|(?:design|api|formats) §\w+/g)].flatMap(([cited, file]) =>
      file !== undefined && existsSync(`${ROOT}${file}`) ? [] : [`${path}: ${cited}`],
    ),
  )
  expect(faults).toEqual([])
})
