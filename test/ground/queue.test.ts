import { expect, it } from 'vitest'
import { createAlarm, identifier, identifierAt, type Clock } from '../../src/clock.ts'
import { createQueues, oneAtATime } from '../../src/queue.ts'

const resolvers = (): { promise: Promise<void>; resolve: () => void } => {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
const settled = async (): Promise<void> => {
  for (let count = 0; count < 10; count++) await Promise.resolve()
}

it('design §4: work of one key runs in order, also behind a failure; another key does not wait', async () => {
  const queues = createQueues<string>()
  const first = resolvers()
  const seen: string[] = []
  const failing = queues.run('a', async () => {
    seen.push('a1')
    await first.promise
    throw new Error('no')
  })
  const behind = queues.run('a', async () => void seen.push('a2'))
  await queues.run('b', async () => void seen.push('b'))
  expect(seen).toEqual(['a1', 'b'])
  first.resolve()
  await expect(failing).rejects.toThrow('no')
  await behind
  expect(seen).toEqual(['a1', 'b', 'a2'])
})

it('design §4: asked for while it runs, work runs once more, for all who asked', async () => {
  const runs = [resolvers(), resolvers()]
  let count = 0
  const work = oneAtATime(() => runs[count++]?.promise ?? Promise.resolve())
  const answers = [work(), work(), work()]
  await settled()
  expect(count).toBe(1)
  runs[0]?.resolve()
  runs[1]?.resolve()
  await Promise.all(answers)
  expect(count).toBe(2)
})

it('design §4: an alarm rings at the instant that it was set to last, and not when it was called off', () => {
  const set: { instant: number; run: () => void; off: boolean }[] = []
  const clock: Clock = {
    now: () => 0,
    at(instant, run) {
      const timer = { instant, run, off: false }
      set.push(timer)
      return () => (timer.off = true)
    },
  }
  let rings = 0
  const alarm = createAlarm(clock, () => (rings += 1))
  alarm.set(5)
  alarm.set(7)
  expect(set.map(({ instant, off }) => [instant, off])).toEqual([
    [5, true],
    [7, false],
  ])
  set[1]?.run()
  expect(rings).toBe(1)
  alarm.set(9)
  alarm.callOff()
  expect(set[2]?.off).toBe(true)
})

it('design §4: an identifier is its bytes in base64url', () => {
  expect(identifier((count) => new Uint8Array(count).fill(0xff))).toBe('________________')
  expect(identifier((count) => new Uint8Array(count).fill(0), 3)).toBe('AAAA')
})

it('design §4: an identifier of an instant begins with it, in nine digits to the base 36', () => {
  const ones = (count: number): Uint8Array => new Uint8Array(count).fill(0xff)
  expect(identifierAt(1_795_000_000_000, ones)).toBe('0mwm0nk74________________')
  expect(identifierAt(36, ones)).toBe('000000010________________')
})
