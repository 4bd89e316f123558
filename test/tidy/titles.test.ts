import { expect, it } from 'vitest'
import { beginsWithProof } from './ids.ts'
import { sourcesBelow, titlesOf } from './tree.ts'

it('design §4: a test begins with the id or the section that it proves', () => {
  const faults = sourcesBelow('test')
    .flatMap(titlesOf)
    .filter((title) => title.kind === 'test' && ![title.title, ...title.within].some(beginsWithProof))
  expect(faults.map((title) => `${title.place} ${title.title}`)).toEqual([])
})
