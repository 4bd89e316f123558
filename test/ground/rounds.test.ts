import { expect, it } from 'vitest'
import { beginInRound, laterRound, oncePerCallback, roundOver } from '../../src/rounds.ts'

const nextCallback = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** A question whose answers are numbered, from 1. */
function numbered(): () => number {
  let count = 0
  return oncePerCallback(() => (count += 1))
}

it('design §4: what begins in one round has one answer, and each goes as far as it can before the next begins', async () => {
  const ask = numbered()
  const told: string[] = []
  const work = async (name: string): Promise<void> => {
    told.push(`${name} begins ${ask()}`)
    for (let step = 0; step < 20; step++) await Promise.resolve()
    told.push(`${name} goes on ${ask()}`)
    await nextCallback()
    told.push(`${name} comes back ${ask()}`)
  }
  const works: Promise<void>[] = []
  for (const name of ['a', 'b', 'c']) beginInRound(() => works.push(work(name)))
  expect(told).toEqual([])
  await nextCallback()
  await Promise.all(works)
  expect(told).toEqual([
    'a begins 1',
    'a goes on 1',
    'b begins 1',
    'b goes on 1',
    'c begins 1',
    'c goes on 1',
    'a comes back 2',
    'b comes back 3',
    'c comes back 4',
  ])
})

it('design §4: who begins in the next round is told anew, also when somebody asked before the rounds', async () => {
  const ask = numbered()
  await nextCallback()
  const told = [ask()]
  beginInRound(() => told.push(ask()))
  await nextCallback()
  beginInRound(() => {
    told.push(ask())
    // Who comes while a round runs is of the next one.
    beginInRound(() => told.push(ask()))
    beginInRound(() => told.push(ask()))
  })
  await nextCallback()
  expect(told).toEqual([1, 2, 3])
  await nextCallback()
  expect(told).toEqual([1, 2, 3, 4, 4])
})

it('HOST-S1: who begins is served before those that go on in a later round', async () => {
  const served: string[] = []
  const long = laterRound().then(() => served.push('long work goes on'))
  beginInRound(() => served.push('a request begins'))
  await long
  expect(served).toEqual(['a request begins', 'long work goes on'])
})

it('design §4: what waits for the end of a round goes on when all have had their turn, and at once where none runs', async () => {
  const told: string[] = []
  const work = async (name: string): Promise<void> => {
    told.push(`${name} works`)
    await roundOver()
    told.push(`${name} answers`)
  }
  const works: Promise<void>[] = []
  for (const name of ['a', 'b', 'c']) beginInRound(() => works.push(work(name)))
  await nextCallback()
  await Promise.all(works)
  expect(told).toEqual(['a works', 'b works', 'c works', 'a answers', 'b answers', 'c answers'])
  let over = false
  void roundOver().then(() => (over = true))
  await Promise.resolve()
  await Promise.resolve()
  expect(over).toBe(true)
})

it('HOST-S4: who begins when the time of a round is over begins in the next one, and others are let in between', async () => {
  const told: string[] = []
  const long = (name: string) => (): void => {
    for (const until = performance.now() + 10; performance.now() < until; );
    told.push(name)
    if (name === 'a') setImmediate(() => told.push('others'))
  }
  for (const name of ['a', 'b']) beginInRound(long(name))
  const later = laterRound().then(() => told.push('long work goes on'))
  while (told.length < 4) await nextCallback()
  await later
  expect(told).toEqual(['a', 'long work goes on', 'others', 'b'])
})
