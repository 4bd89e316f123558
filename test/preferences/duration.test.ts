import { expect, test } from 'vitest'
import { after, parseDuration } from '../../src/preferences/duration.ts'

function later(start: string, duration: string): string {
  return new Date(after(Date.parse(start), duration)).toISOString()
}

test.each([
  ['2026-11-21T07:00:00Z', 'P7D', '2026-11-28T07:00:00.000Z'],
  ['2026-11-21T07:00:00Z', 'PT15M', '2026-11-21T07:15:00.000Z'],
  ['2026-11-21T07:00:00Z', 'P2W', '2026-12-05T07:00:00.000Z'],
  ['2026-11-21T07:00:00Z', 'PT36H', '2026-11-22T19:00:00.000Z'],
  ['2026-11-21T07:00:00Z', 'PT0.5S', '2026-11-21T07:00:00.500Z'],
  ['2026-11-21T07:00:00Z', 'PT1.1S', '2026-11-21T07:00:01.100Z'],
  ['2026-11-21T07:00:00Z', 'PT0.0001S', '2026-11-21T07:00:00.001Z'],
  ['2026-01-31T12:34:56Z', 'P1M', '2026-02-28T12:34:56.000Z'],
  ['2024-02-29T00:00:00Z', 'P1Y', '2025-02-28T00:00:00.000Z'],
  ['2026-11-21T07:00:00Z', 'P1Y2M3DT4H5M6S', '2028-01-24T11:05:06.000Z'],
  ['2026-11-21T07:00:00Z', 'P10Y', '2036-11-21T07:00:00.000Z'],
  ['2026-01-31T00:00:00Z', 'P1M1D', '2026-03-01T00:00:00.000Z'],
])('D1: %s and %s is %s', (start, duration, expected) => {
  expect(later(start, duration)).toBe(expected)
})

test('D1: there is a last instant', () => {
  expect(later('2026-11-21T07:00:00Z', 'P999999999Y')).toBe('+275760-09-13T00:00:00.000Z')
  expect(later('2026-11-21T07:00:00Z', `P${'9'.repeat(30)}D`)).toBe('+275760-09-13T00:00:00.000Z')
})

test.each([
  '',
  'P',
  'PT',
  'P1',
  '1D',
  '-P1D',
  'P-1D',
  'P1S',
  'PT1D',
  'P1DT',
  'P1W1D',
  'PT0S',
  'P0D',
  'P1.5D',
  'PT1.S',
  'p1d',
  'P1D ',
])('D1: %j is no length of time', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})
