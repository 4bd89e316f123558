import { expect, it } from 'vitest'
import { itemsKept, itemsOf } from '../../src/store/items.ts'

it('design §4: what was only added to stays a list of items, unless an id is in it twice', () => {
  const one = [{ id: 'a' }]
  const two = [...one, { id: 'b' }]
  expect(itemsOf(one)).toBe(one)
  expect(itemsOf(two, one)).toBe(two)
  expect(itemsOf([...two, { id: 'a' }], two)).toBeUndefined()
  expect(itemsOf([...two, 'b'], two)).toBeUndefined()
  expect(itemsOf([{ id: 'b' }, ...two], two)).toBeUndefined()
  // After a commit that failed, the same again.
  const again = [...one, { id: 'b' }]
  expect(itemsOf(again, one)).toBe(again)
})

it('design §4: so does what the store kept as one', () => {
  const kept = itemsKept([{ id: 'a' }, { id: 'b' }])
  const more = [...kept, { id: 'c' }]
  expect(itemsOf(more, kept)).toBe(more)
  expect(itemsOf([...kept, { id: 'a' }], kept)).toBeUndefined()
})
