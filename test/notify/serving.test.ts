import { expect, it } from 'vitest'
import { createPositionIds } from '../../src/feed/ids.ts'
import { createTail } from '../../src/notify/tail.ts'
import { Serving, type ServingParts } from '../../src/notify/webhooks/serve.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'

it('X19: who takes over while the store has trouble reads who subscribed at its next look', async () => {
  const clock = createHandClock()
  const store = createMemoryStore({ clock })
  let asked = 0
  const said: string[] = []
  const parts: Partial<ServingParts> = {
    homes: store.homes,
    journal: store.journal,
    leases: store.leases,
    tail: createTail(store.journal, createPositionIds(Buffer.alloc(16)), clock),
    clock,
    random: (count) => new Uint8Array(count).fill(7),
    accounts: {
      ...store.accounts,
      async list() {
        asked += 1
        if (asked === 1) throw new Error('the store hiccups')
        return []
      },
    },
    limits: { attemptsAtOnce: 1 } as ServingParts['limits'],
    leaseFor: 10_000,
    sweepEvery: 1_000,
    log: { error: ({ err }: { err?: unknown }) => void said.push(String(err)) },
  }
  const serving = new Serving(parts as ServingParts)
  await serving.start()
  await expect.poll(() => said).toEqual(['Error: the store hiccups'])
  await expect.poll(() => clock.next() !== undefined).toBe(true)
  clock.move(1_000)
  await expect.poll(() => asked).toBe(2)
  await serving.stop()
})
