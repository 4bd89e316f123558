/** What every implementation of `Push` does, whoever receives. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Push, Pushed, PushAddress, PushWork } from '../../src/participating/contracts/push.ts'

export interface Received {
  /** The same where the same work came twice. */
  readonly id: string
  readonly text: string
  readonly ttl?: number
}

/** One address of a device, and what arrives there. */
export interface Receiver {
  readonly address: PushAddress
  got(): Promise<readonly Received[]>
  /** From now on it answers this. */
  answers(status: number, headers?: Readonly<Record<string, string>>): Promise<void>
}

export interface PushFixture {
  readonly push: Push
  receiver(kind: PushAddress['kind']): Promise<Receiver>
  close(): Promise<void>
}

const LUNCH: Pushed = {
  kind: 'deferred',
  messages: [{ id: 'm1', from: 'sip:bob@example.com', subject: 'Lunch? ü', size: 5, received: '2026-11-27T12:00:00Z' }],
}
const LUNCH_TEXT =
  '{"kind":"deferred","messages":[{"id":"m1","from":"sip:bob@example.com","subject":"Lunch? ü","size":5,' +
  '"received":"2026-11-27T12:00:00Z"}]}'

const never = new AbortController().signal
const SOON_MS = 60_000

/** @param now the clock of the implementation: a receiver refuses what is signed long ago. */
export function pushContract(open: () => Promise<PushFixture>, now: () => number): void {
  let fixture: PushFixture
  beforeAll(async () => {
    fixture = await open()
  })
  afterAll(async () => {
    await fixture?.close()
  })
  const work = ({ address }: Receiver, content: Pushed = LUNCH, id = 'w1'): PushWork => ({
    id,
    address,
    content,
    until: now() + SOON_MS,
  })

  describe.each(['web-push', 'webhook'] as const)('%s', (kind) => {
    it('C2: what is pushed arrives, sealed and signed, and says what waits', async () => {
      const device = await fixture.receiver(kind)
      expect(await fixture.push.push(work(device), never)).toEqual({ kind: 'done' })
      expect((await device.got()).map(({ text }) => text)).toEqual([LUNCH_TEXT])
    })

    it('C2: the same work twice comes under the same name, other work under another', async () => {
      const device = await fixture.receiver(kind)
      for (const id of ['w1', 'w1', 'w2']) await fixture.push.push(work(device, LUNCH, id), never)
      const [first, second, third] = (await device.got()).map(({ id }) => id)
      expect(second).toBe(first)
      expect(third).not.toBe(first)
    })

    it.each([404, 410])('D6: an address that answers %i is gone', async (status) => {
      const device = await fixture.receiver(kind)
      await device.answers(status)
      expect(await fixture.push.push(work(device), never)).toEqual({ kind: 'gone' })
    })

    it.each([
      [429, { 'Retry-After': '7' }, { kind: 'again', because: 'The service answered 429.', after: 7_000 }],
      [500, {}, { kind: 'again', because: 'The service answered 500.' }],
      [503, { 'Retry-After': 'soon' }, { kind: 'again', because: 'The service answered 503.' }],
      [400, {}, { kind: 'never', because: 'The service answered 400.' }],
      [302, { Location: 'http://127.0.0.1:1/' }, { kind: 'never', because: 'The service answered 302.' }],
    ] as const)('C2: what a %i with %j means', async (status, headers, means) => {
      const device = await fixture.receiver(kind)
      await device.answers(status, headers)
      expect(await fixture.push.push(work(device), never)).toEqual(means)
    })

    it('C2: who gives up waits no longer, and it is tried again', async () => {
      const device = await fixture.receiver(kind)
      expect((await fixture.push.push(work(device), AbortSignal.abort())).kind).toBe('again')
      expect(await device.got()).toEqual([])
    })

    it('C2: past its instant nobody is told', async () => {
      const device = await fixture.receiver(kind)
      const late = { ...work(device), until: now() - 1 }
      expect(await fixture.push.push(late, never)).toEqual({
        kind: 'never',
        because: 'There is nothing to tell any more.',
      })
      expect(await device.got()).toEqual([])
    })
  })

  it('C2: what is too long for a push service is said shorter', async () => {
    const device = await fixture.receiver('web-push')
    const messages = Array.from({ length: 60 }, (_, n) => ({
      id: `m${n}`,
      from: 'sip:bob@example.com',
      subject: 'x'.repeat(60),
      size: 5,
      received: '2026-11-27T12:00:00Z',
    }))
    expect(await fixture.push.push(work(device, { kind: 'deferred', messages }), never)).toEqual({ kind: 'done' })
    expect((await device.got()).map(({ text }) => text)).toEqual([
      '{"kind":"deferred-summary","waiting":60,"from":["sip:bob@example.com"]}',
    ])
  })

  it('C2: a summary lives as long as it is true, and takes the place of the one before', async () => {
    const device = await fixture.receiver('web-push')
    for (const [id, waiting] of [
      ['w1', 2],
      ['w2', 3],
    ] as const)
      await fixture.push.push(work(device, { kind: 'deferred-summary', waiting, from: [] }, id), never)
    expect((await device.got()).map(({ id, ttl }) => [id, ttl])).toEqual([
      ['deferred-summary', 60],
      ['deferred-summary', 60],
    ])
  })
}
