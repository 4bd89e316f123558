import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPositionIds, FEED_KEY } from '../../src/feed/ids.ts'
import type { Xui } from '../../src/names.ts'
import { clear, newFolder } from '../cli/program.ts'
import { ForkedReceiver } from './forked-receiver.ts'
import { createMovedClock, type MovedClock } from './moved-clock.ts'
import { Receiver } from './receiver.ts'
import { ALICE, startServer, type Running } from './server.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const DND = `/api/users/${ALICE}/do-not-disturb`
const QUICK = {
  XDMS_WEBHOOK_TARGETS: '127.0.0.1',
  XDMS_WEBHOOK_RETRY_FIRST_MS: '20',
  XDMS_SWEEP_MS: '100',
  XDMS_JOURNAL_KEPT_MS: `${10 * MINUTE}`,
}
const WHAT = ['org.cpm-xdms.do-not-disturb']
const WAIT = { timeout: 20_000 }

/** All that was there and came is told, and known to be. */
const untilIdle = ({ assembled }: Running): Promise<unknown> =>
  expect
    .poll(async () => {
      const { homes, journal } = assembled.store
      const head = await journal.head()
      const { parts } = await homes.read(ALICE as Xui)
      const [one] = parts.get('subscriptions') as readonly { presented: boolean; position: number }[]
      return one?.presented === true && one.position === head
    }, WAIT)
    .toBe(true)

afterEach(clear)

describe('a webhook whose target was away for longer than changes are kept', () => {
  it('X19, INV-30: gets a resync, then what follows it; replayed from an id of then, one more', async () => {
    const receiver = new ForkedReceiver()
    await receiver.start()
    const clock = createMovedClock()
    const environment = { ...QUICK, XDMS_DATA: await newFolder() }
    const first = await startServer(environment, { clock })
    const made = await first.alice.ask('POST', '/api/subscriptions', { json: { url: receiver.url, what: WHAT } })
    const at = made.headers.location as string
    await receiver.serve(made.json.secret as string)
    await untilIdle(first)
    await first.alice.put(DND, { on: true })
    await expect.poll(() => receiver.received.length, WAIT).toBe(1)
    const old = receiver.received[0]?.id

    await receiver.kill()
    for (const on of [false, true, false]) await first.alice.put(DND, { on })
    await expect.poll(async () => (await first.alice.get(at)).json.state as string, WAIT).toBe('failing')
    clock.move(20 * MINUTE)
    await first.assembled.store.sweep()
    await first.assembled.close()

    await receiver.start(20 * MINUTE)
    const second = await startServer(environment, { clock })
    await expect.poll(() => receiver.received.length, WAIT).toBe(2)
    const [, resync] = receiver.received
    expect(resync?.json).toMatchObject({ id: resync?.id, type: 'resync', data: { from: resync?.id } })
    const { etag } = (await second.alice.put(DND, { on: true })).headers
    await expect.poll(() => receiver.received.at(-1)?.json.data.newEtag as string, WAIT).toBe(etag?.slice(1, -1))
    // The position that it was given is one to go on behind, on the stream as well.
    const stream = await second.alice.stream(`/api/changes?what=${WHAT[0]}&after=${resync?.id}`)
    expect((await stream.event(0)).data.newEtag).toBe(etag?.slice(1, -1))
    stream.close()
    const before = receiver.received.length
    expect((await second.alice.ask('POST', `${at}/replay`, { json: { after: old } })).status).toBe(200)
    await expect.poll(() => receiver.received.length, WAIT).toBe(before + 1)
    expect(receiver.received.at(-1)?.type).toBe('resync')
    expect((await second.alice.get(at)).json).toMatchObject({ state: 'active', failures: 0 })
    expect([receiver.faults, receiver.mostInFlight]).toEqual([[], 1])
    await second.close()
    await receiver.kill()
  }, 60_000)
})

describe('the life of a webhook', () => {
  let clock: MovedClock
  let server: Running
  let receiver: Receiver
  let at: string
  beforeEach(async () => {
    receiver = await Receiver.start()
    clock = createMovedClock()
    server = await startServer(QUICK, { clock })
    const json = { url: receiver.url, what: WHAT, expiresIn: 3_600 }
    const made = await server.alice.ask('POST', '/api/subscriptions', { json })
    receiver.secrets.push(made.json.secret as string)
    at = made.headers.location as string
    await until('active')
    await untilIdle(server)
  })
  afterEach(async () => {
    await server.close()
    await receiver.close()
    expect(receiver.faults).toEqual([])
  })

  const shown = async (): Promise<any> => (await server.alice.get(at)).json
  const until = (state: string): Promise<unknown> =>
    expect.poll(async () => (await shown()).state as string, WAIT).toBe(state)

  it('X19: what nobody renews ends as expired; renewed, its target proves once more that it is his, and gets the rest', async () => {
    clock.move((receiver.ahead = 59 * MINUTE))
    await server.alice.put(DND, { on: true })
    await receiver.until(() => receiver.received.length >= 1, WAIT.timeout)
    // A clock that moves on ends an attempt that is not over.
    await untilIdle(server)
    clock.move(2 * MINUTE)
    await until('ended')
    expect((await shown()).ended.because).toBe('expired')
    await server.alice.put(DND, { on: false })
    receiver.confirms = false
    expect((await server.alice.put(at, { expiresIn: 7_200 })).json.state).toBe('pending')
    await expect.poll(async () => (await shown()).failures as number, WAIT).toBeGreaterThan(0)
    expect(receiver.received).toHaveLength(1)
    receiver.confirms = true
    await receiver.until(() => receiver.received.length >= 2, WAIT.timeout)
    expect(receiver.received.map(({ json }) => json.data.kind)).toEqual(['created', 'changed'])
    await until('active')
    clock.move(100 * MINUTE)
    await server.alice.put(at, {})
    clock.move(100 * MINUTE)
    await server.alice.put(DND, { on: true })
    await receiver.until(() => receiver.received.length >= 3, WAIT.timeout)
  })

  it('X19: an id of a store that has since lost its end is none to replay from', async () => {
    const { journal, metadata } = server.assembled.store
    const ids = createPositionIds(Buffer.from(await metadata(FEED_KEY, () => ''), 'base64'))
    const head = await journal.head()
    const replayed = async (position: number): Promise<number> =>
      (await server.alice.ask('POST', `${at}/replay`, { json: { after: ids.idOf(position) } })).status
    expect([await replayed(head), await replayed(head + 1_000)]).toEqual([200, 422])
  })

  it('X19: a target that takes nothing is failing, with the last error and the next attempt, and after three days ended', async () => {
    await server.alice.put(at, { expiresIn: 30 * 86_400 })
    receiver.ahead = 4 * DAY
    receiver.answer = () => 500
    await server.alice.put(DND, { on: true })
    await until('failing')
    expect(await shown()).toMatchObject({ lastError: 'It answered 500.', failures: expect.any(Number) as number })
    expect(Date.parse((await shown()).next as string)).toBeGreaterThan(clock.now() - MINUTE)
    clock.move(3 * DAY - 10 * MINUTE)
    const { failures } = await shown()
    await expect.poll(async () => (await shown()).failures as number, WAIT).toBeGreaterThan(failures as number)
    expect((await shown()).state).toBe('failing')
    clock.move(20 * MINUTE)
    clock.move(2 * 60 * MINUTE)
    await until('ended')
    const { ended, next } = await shown()
    expect([ended.because, next]).toEqual(['failing', undefined])
    expect(receiver.received).toEqual([])
  })
})
