import { expect, it } from 'vitest'
import { inRounds, othersFirst, type InSteps } from '../../src/queue.ts'

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
