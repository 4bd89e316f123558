import { describe, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { createServers, type Servers } from '../../src/sip/servers.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'

const LEASE_MS = 900

function bed(): { server: (name: string) => Servers; tookOver: string[]; pass: (ms: number) => Promise<void> } {
  const clock = createHandClock()
  const store = createMemoryStore({ clock })
  const tookOver: string[] = []
  let drawn = 0
  const random = (count: number): Uint8Array => {
    drawn += 1
    return Buffer.alloc(count, `${drawn}.`)
  }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const quiet = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    tookOver,
    server: (address) =>
      createServers({
        homes: store.homes,
        leases: store.leases,
        clock,
        random,
        log,
        leaseFor: LEASE_MS,
        ownName: 'sip:deferred@example.com' as Xui,
        address,
        takeOver: async () => void tookOver.push(address),
      }),
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.move(100)
        await quiet()
      }
    },
  }
}

describe('several servers behind one core', () => {
  it('C1: alone it serves what is registered; a second one that starts takes nothing away', async () => {
    const { server, tookOver, pass } = bed()
    await server('a').start()
    expect(tookOver).toEqual(['a'])
    await server('b').start()
    await pass(5 * LEASE_MS)
    expect(tookOver).toEqual(['a'])
  })

  it('C1: one that stops is taken over at once, by one', async () => {
    const { server, tookOver, pass } = bed()
    const [a, b, c] = [server('a'), server('b'), server('c')]
    await a.start()
    await b.start()
    await c.start()
    await pass(LEASE_MS)
    await a.stop()
    await pass(LEASE_MS)
    expect(tookOver).toHaveLength(2)
    expect(['b', 'c']).toContain(tookOver[1])
    await pass(5 * LEASE_MS)
    expect(tookOver).toHaveLength(2)
  })

  it('C1: it comes back under its name, and takes over from itself', async () => {
    const { server, tookOver, pass } = bed()
    await server('a').start()
    await server('a').start()
    await pass(LEASE_MS)
    expect(tookOver).toEqual(['a', 'a'])
  })
})
