import { expect, it } from 'vitest'
import { parseInstant } from '../../src/http/instants.ts'

it('U12: an instant beyond the year 9999 of UTC is none, whatever its offset makes of it', () => {
  expect(parseInstant('9999-12-31T23:59:59-00:01')).toBeUndefined()
  expect(parseInstant('9999-12-31T23:59:59.999Z')).toBe(253_402_300_799_999)
  expect(parseInstant('9999-12-31T23:59:59+14:00')).toBe(253_402_250_399_000)
})
