import { matchesGlob } from 'node:path'
import { expect, it } from 'vitest'
import { BUILT, NOT_UNIT, SLOW, UNIT } from '../lanes.ts'
import { filesBelow } from './tree.ts'

const within = (path: string, globs: readonly string[]): boolean => globs.some((glob) => matchesGlob(path, glob))

it('design §5: every test file is in one lane, and in one only', () => {
  const lanesOf = (path: string): readonly string[] => [
    ...(within(path, UNIT) && !within(path, NOT_UNIT) ? ['unit'] : []),
    ...(within(path, BUILT) && !within(path, SLOW) ? ['built'] : []),
    ...(within(path, SLOW) ? ['slow'] : []),
  ]
  const tests = filesBelow('test').filter((path) => path.endsWith('.test.ts'))
  expect(tests.filter((path) => lanesOf(path).length !== 1).map((path) => [path, lanesOf(path)])).toEqual([])
})
