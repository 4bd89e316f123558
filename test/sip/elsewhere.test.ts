import { expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import type { InboxSink } from '../../src/participating/contracts/inbox.ts'
import type { Participating } from '../../src/participating/participating.ts'
import { DeviceInbox } from '../../src/sip/device-inbox.ts'
import { createHandClock } from '../store/hand-clock.ts'

const ALICE = 'sip:alice@example.com' as Xui
const LOG = { info: () => {}, warn: () => {}, error: () => {} }

it('C1: an inbox that another server opened is left to it, and taken back only where something waits on', async () => {
  const clock = createHandClock()
  const sinks: InboxSink[] = []
  let waiting: readonly string[] = []
  const participating = {
    openInbox: async (_: Xui, __: string, sink: InboxSink) => (sinks.push(sink), () => {}),
    received: async () => true,
    giveBack: async () => {},
    hasInbox: () => false,
    deferred: async () => waiting.map((id) => ({ id })),
  } as unknown as Participating
  const random = (count: number): Uint8Array => Buffer.alloc(count)
  const inbox = new DeviceInbox(
    { participating, clock, random, log: LOG, deliver: async () => {} },
    { owner: ALICE, device: 'urn:x:phone', contact: 'sip:alice@127.0.0.9' },
  )
  const pass = async (): Promise<void> => {
    clock.move(15_000)
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  await inbox.appeared({ owner: ALICE, device: 'urn:x:phone', contact: 'sip:alice@127.0.0.9' })
  expect(sinks).toHaveLength(1)
  sinks[0]?.end()
  for (const on of [['a'], ['b'], [], ['c']]) {
    waiting = on
    await pass()
  }
  expect(sinks).toHaveLength(1)
  await pass()
  expect(sinks).toHaveLength(2)
  inbox.end()
})
