/**
 * Messages that come in at one server and go out at another; and servers that die or stand still in between. Each test
 * finds the servers as the one before left them.
 */
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { EventReader } from '../http/event-reader.ts'
import { withTestDatabase } from '../servers/suite.ts'
import { acknowledge, deferredIds, disturb, openInbox, recordOf, register, send } from './phones.ts'
import { ALICE, BOB, endServers, populate, startServer, type Running } from './servers.ts'

const WITHIN_MS = 15_000
const LEASE_MS = 1_500
/** `npm run test:long` lets a server stand still for a minute. */
const FROZEN_AT_LEAST_MS = Number(process.env['FROZEN_SECONDS'] ?? 0) * 1_000

await withTestDatabase((database) => {
  const store = database.url(`xdms-messages-${process.pid}`)
  const readers: EventReader[] = []
  /** The first to start looks after the timers: it is there alone. */
  let first: Running
  let second: Running
  let third: Running

  const start = (): Promise<Running> => startServer(store, { XDMS_LEASE_MS: String(LEASE_MS) })
  const opened = async (server: Running, who: string): Promise<EventReader> => {
    const reader = await openInbox(server, who)
    readers.push(reader)
    return reader
  }
  /** What Bob was told, in any order; what he has not acknowledged is offered again under its id. */
  const reportsIn = (reader: EventReader): readonly string[] => {
    const told = new Map(
      reader.events.map(({ event, id, data }) => [id, `${event} ${data.messageId} ${data.disposition}`]),
    )
    return [...told.values()].toSorted()
  }
  const reported = async (reader: EventReader, messageId: string): Promise<void> => {
    await reader.until(({ events }) => events.some(({ data }) => data.messageId === messageId), WITHIN_MS)
  }
  const acknowledgeAll = async (server: Running, reader: EventReader): Promise<void> => {
    for (const { id } of reader.events) await acknowledge(server, BOB, String(id))
  }

  beforeAll(async () => {
    await populate(store)
    first = await start()
    ;[second, third] = await Promise.all([start(), start()])
    await register(first, ALICE)
    await register(second, BOB)
  }, 60_000)
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.close()
  })
  afterAll(endServers)

  it('D4, INV-8: in at one server, the inbox at another, do-not-disturb off at a third: there within a second, and once', async () => {
    const inbox = await opened(second, ALICE)
    const bobs = await opened(third, BOB)
    const lateness: number[] = []
    for (let round = 0; round < 5; round++) {
      await disturb(third, true)
      const id = await send(first, `round-${round}`)
      expect(await recordOf(third, id)).toMatchObject({ state: 'deferred', reason: 'do-not-disturb' })
      await disturb(third, false)
      const began = performance.now()
      await inbox.until(({ events }) => events.some((event) => event.id === id), WITHIN_MS)
      lateness.push(performance.now() - began)
      await acknowledge(second, ALICE, id)
      await reported(bobs, `round-${round}`)
      expect(await recordOf(first, id)).toMatchObject({ state: 'delivered' })
    }
    const arrived = inbox.events.map(({ data }) => `${data.messageId} ${data.attempt}`)
    expect(arrived).toEqual(['round-0 1', 'round-1 1', 'round-2 1', 'round-3 1', 'round-4 1'])
    expect(reportsIn(bobs)).toEqual([0, 1, 2, 3, 4].map((round) => `report round-${round} delivered`))
    await acknowledgeAll(third, bobs)
    console.info(
      `in at one server, out at another, switched at a third: ${lateness.map(Math.round).join(', ')} ms ` +
        `behind the switch`,
    )
    expect(Math.max(...lateness)).toBeLessThan(1_000)
  })

  it('INV-7: do-not-disturb ends by time alone, with nobody asking: the message arrives within a second', async () => {
    const inbox = await opened(second, ALICE)
    const until = Date.now() + 2_000
    await disturb(third, true, until)
    const id = await send(third, 'waits', { reports: [] })
    await inbox.until(({ events }) => events.length > 0, WITHIN_MS)
    const late = Date.now() - until
    expect(inbox.events.map((event) => event.id)).toEqual([id])
    await acknowledge(second, ALICE, id)
    console.info(`do-not-disturb ended by time: there ${late} ms behind it`)
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(1_000)
  })

  it(
    'INV-c16, INV-19: whoever looks after the timers stands still in the middle of its work, and comes back: one end and one report each',
    async () => {
      const bobs = await opened(second, BOB)
      await disturb(second, true)
      const ids: string[] = []
      for (let round = 0; round < 20; round++) ids.push(await send(second, `expires-${round}`, { expiresIn: 2 }))
      // The first to end says that it is at work; it stands still with the others half done.
      await reported(bobs, 'expires-0')
      first.freeze()
      const began = performance.now()
      await reported(bobs, 'expires-19')
      const taken = performance.now() - began
      // A lease and a half: by then somebody else has the timers, and uses them.
      const meanwhile = await send(third, 'meanwhile', { expiresIn: 3 })
      await reported(bobs, 'meanwhile')
      const before = await Promise.all(ids.map((id) => recordOf(second, id)))
      await vi.waitFor(() => expect(performance.now() - began).toBeGreaterThan(FROZEN_AT_LEAST_MS), {
        timeout: FROZEN_AT_LEAST_MS + 1_000,
        interval: 50,
      })
      first.thaw()
      const after = await send(first, 'after', { expiresIn: 1 })
      await reported(bobs, 'after')
      expect(await Promise.all(ids.map((id) => recordOf(first, id)))).toEqual(before)
      expect(before.map(({ state, reports }) => `${state} ${reports.length}`)).toEqual(ids.map(() => 'discarded 1'))
      expect([await recordOf(first, meanwhile), await recordOf(second, after)]).toMatchObject([
        { state: 'discarded' },
        { state: 'discarded' },
      ])
      const ended = [...ids.map((_, round) => `expires-${round}`), 'meanwhile', 'after']
      expect(reportsIn(bobs)).toEqual(ended.map((messageId) => `report ${messageId} failed`).toSorted())
      await acknowledgeAll(second, bobs)
      console.info(
        `the server with the timers stood still, and came back: 20 messages ended once each, the last ` +
          `${Math.round(taken)} ms later`,
      )
    },
    60_000 + FROZEN_AT_LEAST_MS,
  )

  it('D1, INV-c3, INV-c11: a server is killed behind its 202, another behind the switch: the story goes on at the third', async () => {
    await disturb(second, true)
    const id = await send(second, 'kept')
    await second.kill()
    expect(await recordOf(third, id)).toMatchObject({ state: 'deferred', reason: 'do-not-disturb' })
    const lost = await opened(third, ALICE)
    await disturb(third, false)
    await third.kill()
    await lost.ended()
    const began = performance.now()
    const inbox = await opened(first, ALICE)
    const bobs = await opened(first, BOB)
    await inbox.until(({ events }) => events.length > 0, WITHIN_MS)
    const taken = performance.now() - began
    expect(inbox.events.map((event) => event.id)).toEqual([id])
    await acknowledge(first, ALICE, id)
    await reported(bobs, 'kept')
    expect(reportsIn(bobs)).toEqual(['report kept delivered'])
    expect(await deferredIds(first)).toEqual([])
    expect((await recordOf(first, id)).reports).toHaveLength(1)
    await acknowledgeAll(first, bobs)
    console.info(`two of three servers killed: the message was at the phone ${Math.round(taken)} ms later`)
  }, 60_000)

  it('INV-7: whoever looks after the timers is killed: another takes them over when the lease is over', async () => {
    const bobs = await opened(first, BOB)
    await send(first, 'alone', { expiresIn: 1 })
    await reported(bobs, 'alone')
    await acknowledgeAll(first, bobs)
    const last = await start()
    const bobsNow = await opened(last, BOB)
    const id = await send(last, 'expires', { expiresIn: 1 })
    const due = Date.now() + 1_000
    await first.kill()
    await reported(bobsNow, 'expires')
    const late = Date.now() - due
    expect(reportsIn(bobsNow)).toEqual(['report expires failed'])
    expect(await recordOf(last, id)).toMatchObject({ state: 'discarded' })
    console.info(
      `the server with the timers was killed: what was due a second later ended ${late} ms late, with a ` +
        `lease of ${LEASE_MS} ms`,
    )
    expect(late).toBeLessThan(LEASE_MS + 1_500)
  }, 60_000)
})
