import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { SOURCE_PLANTS } from './source-plants.ts'

it('design §5: each mistake that `npm run test:plants` puts into the sources has its one place in those of today', () => {
  const places = SOURCE_PLANTS.map(({ mistake, file, old }) => {
    const source = readFileSync(new URL(`../../../src/participating/${file}`, import.meta.url), 'utf8')
    return `${mistake}: ${source.split(old).length - 1}`
  })
  expect(places).toHaveLength(16)
  expect(places.filter((place) => !place.endsWith(': 1'))).toEqual([])
})
