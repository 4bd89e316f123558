import { describe, expect, it } from 'vitest'
import { EmbeddedStore } from '../../src/message-store/embedded.ts'
import type { Xui } from '../../src/names.ts'
import { createRemoval } from '../../src/remove-user.ts'
import { Testbed } from '../participating/testbed.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'
import { messageStoreContract } from './contract.ts'

const ALICE = 'sip:alice@example.com' as Xui
const never = new AbortController().signal

function made(atMost = 100) {
  const clock = createHandClock()
  const { homes, messages, journal } = createMemoryStore({ clock })
  const store = new EmbeddedStore({ homes, messages, clock, atMost })
  const told = async (owner: Xui): Promise<readonly string[]> =>
    (await journal.read(0, 1000, owner)).flatMap(({ record }) =>
      record.kind === 'stored' && record.change === 'arrived' ? [record.message] : [],
    )
  return { store, told }
}

const entry = (id: string) => ({
  id,
  owner: ALICE,
  messageId: id,
  from: 'sip:bob@example.com',
  to: ALICE,
  contentType: 'text/plain',
  sent: 0,
  because: 'preference' as const,
})

it('S1: when a user is removed what is stored goes, and nothing is put there any more', async () => {
  const testbed = await Testbed.make()
  const { homes, messages, accounts } = testbed.store
  const store = new EmbeddedStore({ homes, messages, clock: testbed.clock, atMost: 200 })
  Object.assign(testbed.peers, { messageStore: store })
  for (let count = 0; count < 120; count++)
    await store.put({ entry: entry(`m${count}`), body: new Uint8Array(), quietly: false }, never)
  const temporary = { expires: testbed.clock.now() + 3_600_000, onExpiry: 'store' as const }
  const settled = { ...entry('hand-over'), temporary }
  await store.put({ entry: settled, body: new Uint8Array(), quietly: false }, never)
  const remove = createRemoval({
    accounts,
    homes,
    clock: testbed.clock,
    record: () => Promise.resolve(),
    participating: testbed.pf,
    messageStore: store,
  })
  expect(await remove(ALICE, 'keep')).toBe('removed')
  expect(await store.list(ALICE, undefined, 10)).toEqual({ messages: [] })
  await testbed.pass(7_200_000)
  expect(await store.list(ALICE, undefined, 10)).toEqual({ messages: [] })
  await testbed.stop()
})

describe('the message store of this server', () => {
  messageStoreContract(() => {
    const { store, told } = made()
    return Promise.resolve({
      store,
      other: store,
      readByDevice: async (owner, id) => void (await store.markRead(owner, id)),
      told,
      down: () => undefined,
      close: () => store.close(),
    })
  })

  it('S4: it is bounded for each user, and takes more once there is room', async () => {
    const { store } = made(1)
    const put = (id: string) => store.put({ entry: entry(id), body: Buffer.from('x'), quietly: false }, never)
    expect([await put('a'), (await put('b')).kind]).toEqual([{ kind: 'done' }, 'again'])
    await store.remove(ALICE, 'a')
    expect(await put('b')).toEqual({ kind: 'done' })
  })

  it('S4: what was removed may come again, and is another object', async () => {
    const { store } = made()
    const put = (body: string) => store.put({ entry: entry('a'), body: Buffer.from(body), quietly: false }, never)
    await put('one')
    await store.remove(ALICE, 'a')
    await put('two')
    expect(Buffer.from((await store.open(ALICE, 'a'))?.body ?? []).toString()).toBe('two')
  })
})
