/** What every implementation of `MessageStore` does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import type { MessageStore, StoredEntry } from '../../src/participating/contracts/message-store.ts'

export interface MessageStoreFixture {
  readonly store: MessageStore
  /** Another process on the same store. */
  readonly other: MessageStore
  /** One of the user's devices opens it with whatever it uses. */
  readByDevice(owner: Xui, id: string): Promise<void>
  /** The ids of what his devices have been told of. */
  told(owner: Xui): Promise<readonly string[]>
  /** The same where the store's server is not there; `undefined`: it has none. */
  down(): MessageStore | undefined
  close(): Promise<void>
}

const never = new AbortController().signal
const NOON = Date.UTC(2026, 10, 27, 12)

export function messageStoreContract(open: () => Promise<MessageStoreFixture>): void {
  let fixture: MessageStoreFixture
  let users = 0
  beforeAll(async () => {
    fixture = await open()
  })
  afterAll(async () => {
    await fixture?.close()
  })
  const somebody = (): Xui => `sip:user${++users}@example.com` as Xui
  const entry = (owner: Xui, id: string, changes: Partial<StoredEntry> = {}): StoredEntry => ({
    id,
    owner,
    messageId: `of bob "${id}" ü`,
    from: 'sip:bob@example.com',
    to: owner,
    subject: 'Lunch? ü – a subject that is longer than one line of a header field may be, with 😀 in it',
    contentType: 'text/plain; charset=utf-8',
    conversation: 'f81d',
    sent: NOON,
    because: 'hand-over',
    ...changes,
  })
  const temporary = (onExpiry: 'discard' | 'store') => ({ temporary: { expires: NOON + 60_000, onExpiry } })
  const put = (what: StoredEntry, body: Uint8Array = Buffer.from('At noon? ü'), quietly = false) =>
    fixture.store.put({ entry: what, body, quietly }, never)
  const ids = async (owner: Xui): Promise<readonly string[]> =>
    (await fixture.store.list(owner, undefined, 100)).messages.map(({ id }) => id)

  it('S4: what was put is listed and opened as it was', async () => {
    const owner = somebody()
    const what = entry(owner, 'm1', temporary('store'))
    expect(await put(what)).toEqual({ kind: 'done' })
    const { messages, next } = await fixture.store.list(owner, undefined, 10)
    expect(messages).toMatchObject([{ ...what, size: 11, read: false }])
    expect(next).toBeUndefined()
    const opened = await fixture.store.open(owner, 'm1')
    expect(opened?.view).toEqual(messages[0])
    expect(Buffer.from(opened?.body ?? []).toString()).toBe('At noon? ü')
  })

  it.each([
    ['text with line feeds', 'text/plain', Buffer.from('a\nb\r\nc\rd')],
    ['a picture', 'image/png', Buffer.from([0x89, 0, 13, 10, 10, 255, 0])],
    ['nothing', 'text/plain', Buffer.from('')],
    ['long lines', 'text/plain', Buffer.from('x'.repeat(5_000))],
    ['a multipart', 'multipart/mixed; boundary=b', Buffer.from('--b\r\n\r\nGrüße\r\n--b--')],
    ['a multipart of bytes', 'multipart/mixed; boundary=b', Buffer.from('--b\r\n\r\n\0\n\r\n--b--\r\n')],
    ['a mail', 'message/rfc822', Buffer.from('Subject: x\r\nX-CPM-Entry: e30\r\n\r\nhi\r\n')],
    ['a message/cpim', 'message/cpim', Buffer.from('From: <sip:a@b>\r\n\r\nContent-Type: text/plain\r\n\r\nü')],
  ])('S4: %s comes back byte for byte', async (_, contentType, body) => {
    const owner = somebody()
    await put(entry(owner, 'm1', { contentType }), body)
    const opened = await fixture.store.open(owner, 'm1')
    expect(opened?.view.contentType).toBe(contentType)
    expect(Buffer.from(opened?.body ?? []).equals(body)).toBe(true)
  })

  it('S1: the same message again is one object, also when two put it at once', async () => {
    const owner = somebody()
    const work = { entry: entry(owner, 'm1'), body: Buffer.from('x'), quietly: false }
    const both = [fixture.store, fixture.other, fixture.store, fixture.other].map((store) => store.put(work, never))
    expect(await Promise.all(both)).toEqual(both.map(() => ({ kind: 'done' })))
    await put(entry(owner, 'm10'))
    await put(entry(owner, 'm1'))
    expect(await ids(owner)).toEqual(['m1', 'm10'])
    expect(await fixture.store.remove(owner, 'm1')).toBe(true)
    expect(await ids(owner)).toEqual(['m10'])
  })

  it('U4: put again as an ordinary object, a temporary one is ordinary, and stays at its instant', async () => {
    const owner = somebody()
    await put(entry(owner, 'm1', temporary('discard')))
    expect(await put(entry(owner, 'm1', { because: 'user-action' }))).toEqual({ kind: 'done' })
    expect((await fixture.store.open(owner, 'm1'))?.view.temporary).toBeUndefined()
    expect(await fixture.store.settle(owner, 'm1', never)).toEqual({ kind: 'nothing' })
    expect(await ids(owner)).toEqual(['m1'])
  })

  it('S4: a list comes in pages', async () => {
    const owner = somebody()
    for (const id of ['a', 'b', 'c']) await put(entry(owner, id))
    const first = await fixture.store.list(owner, undefined, 2)
    const second = await fixture.store.list(owner, first.next, 2)
    expect([first, second].map(({ messages }) => messages.map(({ id }) => id))).toEqual([['a', 'b'], ['c']])
    expect(second.next).toBeUndefined()
    // Where the last page ended is gone meanwhile.
    await fixture.store.remove(owner, first.messages.at(-1)?.id ?? '')
    const again = await fixture.store.list(owner, first.next, 2)
    expect(again.messages).toEqual(second.messages)
  })

  describe('S3', () => {
    it.each([
      ['discard', 'removed', []],
      ['store', 'kept', ['m1']],
    ] as const)('S3: unread at its expiry, %s: %s', async (onExpiry, kind, left) => {
      const owner = somebody()
      await put(entry(owner, 'm1', temporary(onExpiry)))
      expect(await fixture.store.settle(owner, 'm1', never)).toEqual({ kind })
      expect(await ids(owner)).toEqual(left)
      expect(await fixture.store.settle(owner, 'm1', never)).toEqual({ kind: 'nothing' })
      expect((await fixture.store.list(owner, undefined, 9)).messages.some((each) => each.temporary)).toBe(false)
    })

    it('S3: read before, by any device, it is ordinary', async () => {
      const owner = somebody()
      await put(entry(owner, 'm1', temporary('discard')))
      await put(entry(owner, 'm2', temporary('discard')))
      await fixture.readByDevice(owner, 'm1')
      expect(await fixture.store.markRead(owner, 'm2')).toBe(true)
      const { messages } = await fixture.store.list(owner, undefined, 9)
      expect(messages.map(({ read, temporary: left }) => [read, left])).toEqual([
        [true, undefined],
        [true, undefined],
      ])
      await fixture.store.settle(owner, 'm1', never)
      await fixture.store.settle(owner, 'm2', never)
      expect(await ids(owner)).toEqual(['m1', 'm2'])
    })

    it('S3: what is not there is nothing to settle', async () => {
      expect(await fixture.store.settle(somebody(), 'm1', never)).toEqual({ kind: 'nothing' })
    })
  })

  describe('S2', () => {
    it('S2: what was put quietly is told when do-not-disturb is off', async () => {
      const owner = somebody()
      await put(entry(owner, 'm1', temporary('store')), Buffer.from('x'), true)
      await put(entry(owner, 'm2', temporary('store')), Buffer.from('x'), true)
      expect(await fixture.told(owner)).toEqual([])
      expect(await fixture.store.tell(owner, never)).toEqual({ kind: 'done' })
      expect(await fixture.told(owner)).toEqual(['m1', 'm2'])
    })

    it('S2: or when a later message arrives without it', async () => {
      const owner = somebody()
      await put(entry(owner, 'm1', temporary('store')), Buffer.from('x'), true)
      await put(entry(owner, 'm2', temporary('store')))
      expect(await fixture.told(owner)).toEqual(['m1', 'm2'])
    })
  })

  it('S4: what is removed is gone, and what is not there is said not to be', async () => {
    const owner = somebody()
    await put(entry(owner, 'm1'))
    expect(await fixture.store.remove(owner, 'm1')).toBe(true)
    expect([await fixture.store.remove(owner, 'm1'), await fixture.store.markRead(owner, 'm1')]).toEqual([false, false])
    expect(await fixture.store.open(owner, 'm1')).toBeUndefined()
    expect(await ids(owner)).toEqual([])
  })

  it('S4: one user’s store is nobody else’s', async () => {
    const [one, other] = [somebody(), somebody()]
    await put(entry(one, 'm1'))
    expect(await fixture.store.open(other, 'm1')).toBeUndefined()
    expect(await ids(other)).toEqual([])
  })

  it('C3: what takes too long is tried again, and so is a server that is not there; readers are told', async () => {
    const owner = somebody()
    const work = { entry: entry(owner, 'm1'), body: Buffer.from('x'), quietly: false }
    expect((await fixture.store.put(work, AbortSignal.abort())).kind).toBe('again')
    expect(await ids(owner)).toEqual([])
    const down = fixture.down()
    if (down === undefined) return
    expect((await down.put(work, never)).kind).toBe('again')
    expect((await down.settle(owner, 'm1', never)).kind).toBe('again')
    await expect(down.list(owner, undefined, 1)).rejects.toMatchObject({ refusal: { kind: 'unavailable' } })
    await down.close()
  })
}
