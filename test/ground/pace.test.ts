import { expect, it } from 'vitest'
import { createPace, inRounds, laterRound, othersFirst, type InSteps } from '../../src/rounds.ts'
import { countRounds } from '../rounds-counted.ts'

/** Whether something that was due in the next round of the event loop came before the work was over. */
async function letsOthersIn(work: () => Promise<void>): Promise<boolean> {
  let came = false
  setImmediate(() => (came = true))
  await work()
  return came
}

it('HOST-S4: of many steps some are taken in a later round of the event loop, of few none', async () => {
  function* work(count: number): InSteps<number> {
    for (let n = 0; n < count; n++) yield 1
    return count
  }
  const steps = async (count: number): Promise<void> => expect(await inRounds(work(count))).toBe(count)
  expect(await letsOthersIn(() => steps(128))).toBe(false)
  expect(await letsOthersIn(() => steps(129))).toBe(true)
})

it('HOST-S1: before work on many bytes others are served, before work on few they are not', async () => {
  expect(await letsOthersIn(() => othersFirst(262_144))).toBe(false)
  expect(await letsOthersIn(() => othersFirst(262_145))).toBe(true)
})

it('HOST-S4: of work that many ask for so much is done in a round, the rest in later ones', async () => {
  const pace = createPace(10)
  const { count, stop } = countRounds()
  const done: (readonly [name: string, round: number])[] = []
  const work = async (name: string, amount: number): Promise<void> => {
    await pace(amount)
    done.push([name, count()])
  }
  await Promise.all([work('a', 6), work('b', 4), work('c', 1), work('large', 50), work('d', 1)])
  stop()
  expect(done.map(([name]) => name)).toEqual(['a', 'b', 'c', 'd', 'large'])
  const [a, b, c, d, large] = done.map(([, at]) => at) as [number, number, number, number, number]
  expect([a === b, b < c, c === d, d < large]).toEqual([true, true, true, true])
})

/** In which rounds of the event loop those that go on in later rounds do so. */
async function roundsOf(count: number, piece: () => void): Promise<ReadonlySet<number>> {
  const rounds = new Set<number>()
  const passed = countRounds()
  await Promise.all(
    Array.from({ length: count }, async () => {
      await laterRound()
      rounds.add(passed.count())
      piece()
    }),
  )
  passed.stop()
  return rounds
}

it('HOST-S1: of many long pieces of work at once each has a round of its own, and short ones share them', async () => {
  const long = (): void => {
    for (const until = performance.now() + 10; performance.now() < until; );
  }
  expect((await roundsOf(6, long)).size).toBe(6)
  expect((await roundsOf(100, () => undefined)).size).toBeLessThanOrEqual(20)
})
