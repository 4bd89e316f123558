import { describe, expect, it } from 'vitest'
import { emptyHome } from '../../src/home/home.ts'
import { beforeAndAfterReopening } from './before-and-after.ts'
import type { Opened } from './contract.ts'
import { ALICE, BOB, bytes, counted, message, put } from './fixtures.ts'

export function messagesContract(open: () => Promise<Opened>): void {
  describe('messages', () => {
    it('INV-14: a message comes with the commit that accepts it: record, body and name', async () => {
      const { store, reopen } = await open()
      await store.homes.commit({
        home: emptyHome(ALICE),
        messages: [message('m1', 'bob/alice/1'), message('m2', 'bob/alice/2')],
      })
      for await (const { messages } of beforeAndAfterReopening(store, reopen)) {
        const expected = {
          id: 'm1',
          owner: 'sip:alice@example.com',
          value: { state: 'deferred', to: 'sip:alice@example.com' },
        }
        expect(await messages.byId('m1')).toEqual(expected)
        expect(await messages.byName('bob/alice/1')).toEqual(expected)
        expect(await messages.body('m2')).toEqual(bytes('body of m2'))
        expect([await messages.byId('m3'), await messages.byName('bob/alice/3'), await messages.body('m3')]).toEqual([
          undefined,
          undefined,
          undefined,
        ])
      }
    })

    it('D1: a name that another message has is refused, also from another home, and nothing of the commit is stored', async () => {
      const { store, clock } = await open()
      const { homes, messages, journal } = store
      await homes.commit({ home: emptyHome(ALICE), messages: [message('m1', 'name')] })
      const second = {
        ...put({ ...counted(emptyHome(BOB), 1), next: 5 }, 'work', 'text', clock.now()),
        messages: [message('m2', 'free'), message('m3', 'name')],
      }
      expect(await homes.commit(second)).toEqual({ kind: 'duplicate-message' })
      expect((await homes.read(BOB)).revision).toBe(0)
      expect([
        await messages.byId('m2'),
        await messages.byName('free'),
        await messages.body('m3'),
        await homes.text('text'),
      ]).toEqual([undefined, undefined, undefined, undefined])
      expect((await messages.byName('name'))?.id).toBe('m1')
      expect([await journal.head(), await homes.earliest()]).toEqual([0, undefined])
    })

    it('D1: of 64 messages with one name that come at once exactly one is accepted', async () => {
      const { store } = await open()
      const racers = Array.from({ length: 64 }, (_, racer) => `sip:racer-${racer}@example.com` as typeof ALICE)
      const outcomes = await Promise.all(
        racers.map((owner, racer) =>
          store.homes.commit({ home: emptyHome(owner), messages: [message(`m${racer}`, 'name')] }),
        ),
      )
      expect(outcomes.filter((outcome) => outcome.kind === 'committed')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome.kind === 'duplicate-message')).toHaveLength(63)
      const winner = outcomes.findIndex((outcome) => outcome.kind === 'committed')
      expect((await store.messages.byName('name'))?.id).toBe(`m${winner}`)
    })

    it('INV-29: two messages of one commit cannot have one name', async () => {
      const { store } = await open()
      expect(
        await store.homes.commit({ home: emptyHome(ALICE), messages: [message('m1', 'name'), message('m2', 'name')] }),
      ).toEqual({ kind: 'duplicate-message' })
      expect(await store.messages.byName('name')).toBeUndefined()
    })

    it('design §4: the outbox brings the record up to date in the commit, and leaves the body alone', async () => {
      const { store, reopen } = await open()
      await store.homes.commit({ home: emptyHome(ALICE), messages: [message('m1', 'name')] })
      await store.homes.commit({
        home: await store.homes.read(ALICE),
        outbox: [
          { kind: 'message', id: 'm1', value: { state: 'delivered' } },
          { kind: 'message', id: 'gone', value: {} },
        ],
      })
      for await (const { messages } of beforeAndAfterReopening(store, reopen)) {
        expect(await messages.byId('m1')).toEqual({
          id: 'm1',
          owner: 'sip:alice@example.com',
          value: { state: 'delivered' },
        })
        expect((await messages.byName('name'))?.value).toEqual({ state: 'delivered' })
        expect(await messages.body('m1')).toEqual(bytes('body of m1'))
        expect(await messages.byId('gone')).toBeUndefined()
      }
    })

    it('INV-29: a commit that conflicts leaves the record as it was', async () => {
      const { store } = await open()
      await store.homes.commit({ home: emptyHome(ALICE), messages: [message('m1', 'name')] })
      expect(
        await store.homes.commit({ home: emptyHome(ALICE), outbox: [{ kind: 'message', id: 'm1', value: 'wrong' }] }),
      ).toEqual({ kind: 'conflict' })
      expect((await store.messages.byId('m1'))?.value).toEqual({ state: 'deferred', to: 'sip:alice@example.com' })
    })

    it('HOST-S7: a body goes with the commit that needs it no more; its record, its name and other bodies stay', async () => {
      const { store, clock, reopen } = await open()
      const end = clock.now() + 1_000
      await store.homes.commit({ home: emptyHome(ALICE), messages: [message('m1', 'n1'), message('m2', 'n2')] })
      await store.homes.commit({
        home: await store.homes.read(ALICE),
        outbox: [{ kind: 'message', id: 'm1', value: { state: 'delivered' }, sweepAt: end }],
        messages: [message('m3', 'n3', end)],
        unneeded: ['m1', 'm3', 'of nobody'],
      })
      for await (const { messages } of beforeAndAfterReopening(store, reopen)) {
        expect([await messages.body('m1'), await messages.body('m3')]).toEqual([undefined, undefined])
        expect(await messages.body('m2')).toEqual(bytes('body of m2'))
        expect((await messages.byName('n1'))?.value).toEqual({ state: 'delivered' })
        expect((await messages.byName('n3'))?.id).toBe('m3')
      }
    })

    it('HOST-S7: a commit that conflicts leaves the bodies that it needs no more', async () => {
      const { store } = await open()
      await store.homes.commit({ home: emptyHome(ALICE), messages: [message('m1', 'n1')] })
      expect(await store.homes.commit({ home: emptyHome(ALICE), unneeded: ['m1'] })).toEqual({ kind: 'conflict' })
      expect(await store.messages.body('m1')).toEqual(bytes('body of m1'))
    })

    it('D11: only a message that has ended is swept, from its instant on, with its body; then its name is free', async () => {
      const { store, clock } = await open()
      const { homes, messages } = store
      const end = clock.now() + 1_000
      await homes.commit({
        home: emptyHome(ALICE),
        messages: [message('waits', 'n1'), message('ended', 'n2', end), message('ends', 'n3')],
      })
      await homes.commit({
        home: await homes.read(ALICE),
        outbox: [{ kind: 'message', id: 'ends', value: {}, sweepAt: end + 1 }],
      })
      await homes.commit({
        home: await homes.read(ALICE),
        outbox: [{ kind: 'message', id: 'ends', value: { state: 'delivered' } }],
      })
      clock.move(999)
      expect((await store.sweep()).messages).toBe(0)
      clock.move(1)
      expect((await store.sweep()).messages).toBe(1)
      expect([await messages.byId('ended'), await messages.byName('n2'), await messages.body('ended')]).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      expect((await messages.byId('ends'))?.value).toEqual({ state: 'delivered' })
      clock.move(1)
      expect((await store.sweep()).messages).toBe(1)
      clock.move(10 * 365 * 86_400_000)
      expect((await store.sweep()).messages).toBe(0)
      expect(await messages.body('waits')).toEqual(bytes('body of waits'))
      expect((await homes.commit({ home: await homes.read(ALICE), messages: [message('again', 'n2')] })).kind).toBe(
        'committed',
      )
    })

    it('api §Operation: records are found by their sender’s id, and by whether they have ended, page after page', async () => {
      const { store, clock, reopen } = await open()
      const sent = (owner: typeof ALICE, id: string, messageId: string, sweepAt?: number) => ({
        ...message(id, `${id} of its sender`, sweepAt),
        owner,
        value: { messageId },
      })
      const later = clock.now() + 1_000
      await store.homes.commit({
        home: emptyHome(BOB),
        messages: [sent(BOB, 'b1', 'same'), sent(BOB, 'b2', 'other', later)],
      })
      await store.homes.commit({
        home: emptyHome(ALICE),
        messages: [sent(ALICE, 'a1', 'x'), sent(ALICE, 'a2', 'same'), sent(ALICE, 'a3', 'y')],
      })
      await store.homes.commit({
        home: await store.homes.read(ALICE),
        outbox: [{ kind: 'message', id: 'a1', value: { messageId: 'x' }, sweepAt: later }],
      })
      const start = { owner: '' as typeof ALICE, id: '' }
      for await (const { messages } of beforeAndAfterReopening(store, reopen)) {
        const ids = async (...asked: Parameters<typeof messages.search>) =>
          (await messages.search(...asked)).map(({ id }) => id)
        expect(await ids({ by: 'message-id', messageId: 'same' }, start, 10)).toEqual(['a2', 'b1'])
        expect(await ids({ by: 'message-id', messageId: 'none' }, start, 10)).toEqual([])
        expect(await ids({ by: 'state', hasEnded: false }, start, 2)).toEqual(['a2', 'a3'])
        expect(await ids({ by: 'state', hasEnded: false }, { owner: ALICE, id: 'a3' }, 2)).toEqual(['b1'])
        expect(await ids({ by: 'state', hasEnded: true }, start, 10)).toEqual(['a1', 'b2'])
        expect(await ids({ by: 'state', hasEnded: true, owner: BOB }, start, 10)).toEqual(['b2'])
        expect(await ids({ by: 'state', hasEnded: false, owner: BOB }, { owner: BOB, id: 'b1' }, 10)).toEqual([])
        const [found] = await messages.search({ by: 'message-id', messageId: 'x' }, start, 1)
        expect(found).toEqual({ id: 'a1', owner: 'sip:alice@example.com', value: { messageId: 'x' } })
      }
    })

    it('D11: more than one batch of ended messages is swept', async () => {
      const { store, clock } = await open()
      const many = Array.from({ length: 450 }, (_, at) => message(`m${at}`, `n${at}`, clock.now()))
      await store.homes.commit({ home: emptyHome(ALICE), messages: many })
      expect((await store.sweep()).messages).toBe(450)
    })
  })
}
