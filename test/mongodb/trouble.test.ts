/** The database dies, stands still, or its connections are cut, while people write, read and send. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openProxy, type Proxy } from '../servers/proxy.ts'
import { withOwnDatabase } from '../servers/suite.ts'
import {
  backAfter,
  expectHonestAnswers,
  expectOneChain,
  follower,
  reader,
  sender,
  writer,
  type Person,
} from './load.ts'
import { deferredIds, disturb, register } from './phones.ts'
import { ALICE, BOB, endServers, populate, startServer, type Running } from './servers.ts'

const ANSWERED_WITHIN_MS = 2_500
const BACK_WITHIN_MS = 5_000

await withOwnDatabase((database) => {
  let proxy: Proxy
  let one: Running
  let two: Running

  beforeAll(async () => {
    await populate(database.url('trouble'))
    proxy = await openProxy(database.port)
    const start = (): Promise<Running> =>
      startServer(database.url('trouble', proxy.port), { XDMS_VERSIONS_AT_MOST: '2000' })
    ;[one, two] = await Promise.all([start(), start()])
    await register(one, ALICE)
    await disturb(one, true)
  }, 60_000)
  afterAll(async () => {
    await endServers()
    await database.stop()
    await (proxy as Proxy | undefined)?.close()
  })

  /**
   * Somebody writes at each server, both in Alice's home, one reads, and Bob sends, all through the trouble and for a
   * while behind it.
   * @param trouble resolves when it is over, with the instant (`performance.now()`) from which the database was as
   * before.
   */
  const through = async (name: string, trouble: (settled: () => Promise<void>) => Promise<number>): Promise<string> => {
    const watch = await follower(two)
    const writers = [one, two].map((server, index) => writer(server.client(ALICE), `${name}-${index}`))
    const bob = sender(two.client(BOB), name)
    const people: readonly Person[] = [...writers, reader(one.client(ALICE), `${name}-0`), bob]
    const servedSince = (instant: number): boolean =>
      Number.isFinite(backAfter(writers, instant)) && Number.isFinite(backAfter([bob], instant))
    const settled = (since = performance.now()): Promise<void> =>
      vi.waitFor(() => expect(servedSince(since)).toBe(true), { timeout: 15_000, interval: 20 })
    await settled()
    const over = await trouble(settled)
    await settled(over)
    await settled()
    await Promise.all(people.map((person) => person.stop()))

    const back = backAfter(people, over)
    const { refused, longest } = expectHonestAnswers(
      people.map((person) => beforeWritten(person)),
      ANSWERED_WITHIN_MS,
    )
    let versions = 0
    for (const person of writers) {
      const last = person.told.findLast(({ status }) => status < 300)?.etag
      await vi.waitFor(() => expect(`"${watch.changesOf(person.name).at(-1)?.newEtag}"`).toBe(last), 15_000)
      versions += await expectOneChain(one, person, watch.changesOf(person.name))
    }
    const waiting = (await deferredIds(two)).filter((id) => [...bob.accepted.values()].includes(id))
    expect(waiting.toSorted()).toEqual([...bob.accepted.values()].toSorted())
    await watch.close()
    expect(back).toBeLessThan(BACK_WITHIN_MS)
    const asked = people.flatMap(({ told }) => told).length
    return (
      `${asked} requests, ${refused} times 503, the slowest answer ${Math.round(longest)} ms, all served ` +
      `${Math.round(back)} ms behind it; ` +
      `${versions} versions and ${waiting.length} messages, none lost or doubled`
    )
  }

  /** The reader's document is not there before its writer was first. */
  const beforeWritten = (person: Person): Person => {
    const begun = person.told.findIndex(({ status }) => status !== 404)
    return person.name.startsWith('reader') ? { ...person, told: person.told.slice(Math.max(0, begun)) } : person
  }

  it('HOST-R1, INV-1, INV-26: the database is killed and started again', async () => {
    const figures = await through('killed', async () => {
      await database.kill()
      await pause(1_500)
      await database.start()
      return performance.now()
    })
    console.info(`database killed and started again: ${figures}`)
  }, 60_000)

  it('HOST-R1, INV-1, INV-26: the database stands still for five seconds', async () => {
    const figures = await through('frozen', async () => {
      database.freeze()
      await pause(5_000)
      database.thaw()
      return performance.now()
    })
    console.info(`database frozen for 5 s: ${figures}`)
  }, 60_000)

  it('HOST-R1, INV-1, INV-26: connections are cut in the middle of commands and of replies', async () => {
    const before = proxy.cuts()
    const figures = await through('cut', async (settled) => {
      for (const side of ['command', 'reply'] as const) {
        for (const behind of [0, 20, 200, 1_000]) {
          const cuts = proxy.cuts()
          proxy.become({ kind: 'cut', side, behind: () => behind })
          await vi.waitFor(() => expect(proxy.cuts()).toBeGreaterThan(cuts + 2), { timeout: 10_000, interval: 5 })
          proxy.become({ kind: 'pass' })
          await settled()
        }
        // And for a while every connection lives for one to ten commands only.
        let made = 0
        proxy.become({ kind: 'cut', side, behind: () => 300 + ((made += 797) % 5_000) })
        await pause(2_000)
        proxy.become({ kind: 'pass' })
        await settled()
      }
      return performance.now()
    })
    console.info(`connections cut ${proxy.cuts() - before} times in the middle of commands and replies: ${figures}`)
  }, 60_000)

  it('HOST-R1, INV-1, INV-26: the network swallows everything for three seconds, and then passes it on', async () => {
    const figures = await through('swallowed', async () => {
      proxy.become({ kind: 'swallow' })
      await pause(3_000)
      proxy.become({ kind: 'pass' })
      return performance.now()
    })
    console.info(`everything swallowed for 3 s and passed on late: ${figures}`)
  }, 60_000)

  it('HOST-R1: nobody can connect for two seconds', async () => {
    const figures = await through('refused', async () => {
      proxy.become({ kind: 'refuse' })
      await pause(2_000)
      proxy.become({ kind: 'pass' })
      return performance.now()
    })
    console.info(`connections refused for 2 s: ${figures}`)
  }, 60_000)
})
