import { describe, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { createServers, serverFor, type Servers } from '../../src/sip/servers.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'

const LEASE_MS = 900

interface Testbed {
  readonly server: (name: string) => Servers
  readonly tookOver: string[]
  /** Who was told that users have other servers. */
  readonly shared: string[]
  readonly pass: (ms: number) => Promise<void>
}

function testbed(): Testbed {
  const clock = createHandClock()
  const store = createMemoryStore({ clock })
  const tookOver: string[] = []
  const shared: string[] = []
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
    shared,
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
        shared: async () => void shared.push(address),
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
    const { server, tookOver, pass } = testbed()
    await server('a').start()
    expect(tookOver).toEqual(['a'])
    await server('b').start()
    await pass(5 * LEASE_MS)
    expect(tookOver).toEqual(['a'])
  })

  it('C1: one that stops is taken over at once, by one', async () => {
    const { server, tookOver, pass } = testbed()
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
    const { server, tookOver, pass } = testbed()
    await server('a').start()
    await server('a').start()
    await pass(LEASE_MS)
    expect(tookOver).toEqual(['a', 'a'])
  })

  it('C1: each user has one server of those that live; one that comes or dies moves its own users alone', async () => {
    const { server, shared, pass } = testbed()
    const all = { a: server('a'), b: server('b'), c: server('c') }
    const users = Array.from({ length: 60 }, (_, at) => `sip:u${at}@example.com` as Xui)
    const servedBy = (names: readonly (keyof typeof all)[]): readonly string[] =>
      users.map((user) => names.filter((name) => all[name].serves(user)).join())
    expect(servedBy(['a'])).toEqual(users.map(() => ''))
    await all.a.start()
    expect(servedBy(['a'])).toEqual(users.map(() => 'a'))
    await all.b.start()
    await all.c.start()
    await pass(LEASE_MS)
    const three = servedBy(['a', 'b', 'c'])
    expect([...new Set(three)].sort()).toEqual(['a', 'b', 'c'])
    expect(new Set(shared)).toEqual(new Set(['a', 'b', 'c']))
    await all.b.stop()
    await pass(2 * LEASE_MS)
    const two = servedBy(['a', 'c'])
    expect([...new Set(two)].sort()).toEqual(['a', 'c'])
    expect(two.filter((name, at) => three[at] !== 'b' && name !== three[at])).toEqual([])
  })

  it('C1: which server a user has does not depend on the order in which they are known', () => {
    const user = 'sip:alice@example.com' as Xui
    expect(serverFor(user, [])).toBe(undefined)
    expect(serverFor(user, ['a', 'b', 'c'])).toBe(serverFor(user, ['c', 'a', 'b']))
  })
})
