import { expect, it } from 'vitest'
import { oneAtATime } from '../../src/queue.ts'

it('design §4: asked for a hundred times while it runs, work runs once more, and never twice at once', async () => {
  const runs: { end: () => void; fail: () => void }[] = []
  let atOnce = 0
  const ask = oneAtATime(async () => {
    atOnce += 1
    expect(atOnce).toBe(1)
    await new Promise<void>((resolve, reject) =>
      runs.push({ end: resolve, fail: () => reject(new Error('no')) }),
    ).finally(() => (atOnce -= 1))
  })
  const first = ask()
  const others = Array.from({ length: 100 }, ask)
  expect(runs).toHaveLength(1)
  runs[0]?.end()
  await first
  await Promise.resolve()
  const behind = ask()
  expect(runs).toHaveLength(2)
  // One that fails fails whoever asked for it, and holds up nobody.
  runs[1]?.fail()
  expect((await Promise.allSettled(others)).map(({ status }) => status)).toEqual(
    Array.from({ length: 100 }, () => 'rejected'),
  )
  await new Promise((resolve) => setImmediate(resolve))
  expect(runs).toHaveLength(3)
  runs[2]?.end()
  await behind
  const last = ask()
  expect(runs).toHaveLength(4)
  runs[3]?.end()
  await last
})
