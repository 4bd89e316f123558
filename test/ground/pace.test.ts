import { expect, it } from 'vitest'
import { createPace, othersFirst } from '../../src/queue.ts'

/** Whether something that was due in the next round of the event loop came before the work was over. */
async function letsOthersIn(work: () => Promise<void>): Promise<boolean> {
  let came = false
  setImmediate(() => (came = true))
  await work()
  return came
}

it('HOST-S4: of many steps some are taken in a later round of the event loop, of few none', async () => {
  const steps = async (count: number): Promise<void> => {
    const pace = createPace()
    for (let n = 0; n < count; n++) await pace(1)
  }
  expect(await letsOthersIn(() => steps(128))).toBe(false)
  expect(await letsOthersIn(() => steps(129))).toBe(true)
})

it('HOST-S1: before work on many bytes others are served, before work on few they are not', async () => {
  expect(await letsOthersIn(() => othersFirst(262_144))).toBe(false)
  expect(await letsOthersIn(() => othersFirst(262_145))).toBe(true)
})
