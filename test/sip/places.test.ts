import { expect, it } from 'vitest'
import { createPlaces } from '../../src/sip/places.ts'

it('X12: there is a whole and a share of one; a place that was left is free, and leaving twice frees one', () => {
  const places = createPlaces(3, 2)
  const first = places.enter('alice')
  expect(places.enter('alice')).toBeDefined()
  expect(places.enter('alice')).toBeUndefined()
  expect(places.enter('bob')).toBeDefined()
  expect(places.enter('carol')).toBeUndefined()
  first?.()
  first?.()
  expect(places.enter('carol')).toBeDefined()
  expect(places.enter('bob')).toBeUndefined()
})
