import { expect, it } from 'vitest'
import { createEarlyRetries } from '../../src/http/early-retries.ts'
import { createHandClock } from '../store/hand-clock.ts'

/** With a Retry-After of a second and a moment of 100 ms. */
function begin(moment = 100) {
  const clock = createHandClock(0)
  const refuse = createEarlyRetries(clock, 1_000, moment)
  const answered: string[] = []
  const ask = (connection: object, name: string): void =>
    refuse(connection, () => void answered.push(`${name} ${clock.now()}`))
  return { clock, answered, ask }
}

it('RFC 9110 §10.2.3: who heeds Retry-After is turned away at once, each time', () => {
  const { clock, answered, ask } = begin()
  const one = {}
  ask(one, 'a')
  clock.move(1_000)
  ask(one, 'b')
  expect(answered).toEqual(['a 0', 'b 1000'])
})

it('RFC 9110 §10.2.3: who comes before it is over waits a moment, and again when he comes again', () => {
  const { clock, answered, ask } = begin()
  const one = {}
  ask(one, 'a')
  clock.move(5)
  ask(one, 'b')
  clock.move(99)
  expect(answered).toEqual(['a 0'])
  clock.move(1)
  ask(one, 'c')
  clock.move(200)
  expect(answered).toEqual(['a 0', 'b 105', 'c 205'])
})

it('RFC 9110 §10.2.3: how long he is to stay away is counted from his last answer', () => {
  const { clock, answered, ask } = begin()
  const one = {}
  ask(one, 'a')
  clock.move(900)
  ask(one, 'b')
  clock.move(1_099)
  ask(one, 'c')
  clock.move(1_100)
  ask(one, 'd')
  expect(answered).toEqual(['a 0', 'b 1000', 'c 2099', 'd 3099'])
})

it('RFC 9110 §10.2.3: nobody waits for another connection', () => {
  const { clock, answered, ask } = begin()
  const one = {}
  ask(one, 'a')
  ask(one, 'b')
  ask({}, 'other')
  clock.move(100)
  expect(answered).toEqual(['a 0', 'other 0', 'b 100'])
})

it('RFC 9110 §10.2.3: who is due within a tenth of it is answered in the same turn', () => {
  const { clock, answered, ask } = begin()
  const [one, two, three] = [{}, {}, {}]
  ask(one, 'a')
  ask(two, 'b')
  ask(three, 'c')
  ask(one, 'd')
  clock.move(10)
  ask(two, 'e')
  clock.move(1)
  ask(three, 'f')
  clock.move(89)
  expect(answered.slice(3)).toEqual(['d 100', 'e 100'])
  clock.move(11)
  expect(answered.slice(5)).toEqual(['f 111'])
})

it('RFC 9110 §10.2.3: with 0 nobody waits', () => {
  const { answered, ask } = begin(0)
  const one = {}
  ask(one, 'a')
  ask(one, 'b')
  expect(answered).toEqual(['a 0', 'b 0'])
})
