import { expect, it } from 'vitest'
import { oncePerCallback } from '../../src/rounds.ts'

function counting(): { readonly ask: () => number; readonly asked: () => number } {
  let count = 0
  return { ask: oncePerCallback(() => (count += 1)), asked: () => count }
}

const nextCallback = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

it('design §4: what is asked once per callback is asked once, over all microtasks that follow each other', async () => {
  const { ask, asked } = counting()
  await nextCallback()
  ask()
  for (let step = 0; step < 100; step++) {
    await Promise.resolve()
    ask()
  }
  expect(asked()).toBe(1)
})

it('design §4: asked before a promise is waited for and behind it, it is asked once', async () => {
  const { ask, asked } = counting()
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      ask()
      void Promise.resolve()
        .then(ask)
        .then(() => resolve())
    })
  })
  expect(asked()).toBe(1)
})

it('design §4: in the next callback of the event loop it is asked anew', async () => {
  const { ask, asked } = counting()
  await nextCallback()
  ask()
  await nextCallback()
  ask()
  await nextCallback()
  ask()
  expect(asked()).toBe(3)
})

it('design §4: what fails is asked again at once', async () => {
  let count = 0
  const ask = oncePerCallback(() => {
    count += 1
    if (count === 1) throw new Error('busy')
    return count
  })
  await nextCallback()
  expect(ask).toThrow('busy')
  expect(ask()).toBe(2)
})
