import { describe, expect, it } from 'vitest'
import { emptyHome, partOf, withPart, type Part } from '../../src/home/home.ts'
import { update } from '../../src/home/update.ts'
import { beforeAndAfterReopening } from './before-and-after.ts'
import type { Opened } from './contract.ts'
import { ALICE, BOB, bytes, CAROL, counted, COUNTER, entry, message, put, waitsUntil, WAITING } from './fixtures.ts'

export function homesContract(open: () => Promise<Opened>): void {
  describe('homes', () => {
    it('design §4: a home that was never committed is empty, at revision 0', async () => {
      const { store } = await open()
      const home = await store.homes.read(ALICE)
      expect(home.revision).toBe(0)
      expect([home.documents.size, home.parts.size, home.next]).toEqual([0, 0, undefined])
    })

    it('design §4: what was committed is read, also after the store is opened again', async () => {
      const { store, clock, reopen } = await open()
      const first = await store.homes.commit({ ...put(counted(emptyHome(ALICE), 7), 'work', 'etag-1', clock.now()) })
      expect(first.kind).toBe('committed')
      for await (const { homes } of beforeAndAfterReopening(store, reopen)) {
        const home = await homes.read(ALICE)
        expect(home.owner).toBe('sip:alice@example.com')
        expect(home.revision).toBe(1)
        expect([...home.documents]).toEqual([['org.cpm-xdms.profiles/work', entry('etag-1', clock.now())]])
        expect(partOf(home, COUNTER)).toEqual({ count: 7 })
        expect(partOf(home, WAITING)).toEqual([])
        expect(home.next).toBeUndefined()
        expect(await homes.text('etag-1')).toEqual(bytes('<profile>etag-1</profile>'))
      }
    })

    it('design §4: a commit takes away the documents and parts that the new state does not have', async () => {
      const { store, clock, reopen } = await open()
      const { homes } = store
      await homes.commit(put(counted(emptyHome(ALICE), 1), 'work', 'etag-1', clock.now()))
      await homes.commit(put(withPart(await homes.read(ALICE), WAITING, ['m1']), 'home', 'etag-2', clock.now()))
      const home = await homes.read(ALICE)
      const documents = new Map(home.documents)
      documents.delete('org.cpm-xdms.profiles/work')
      const parts = new Map(home.parts)
      parts.delete('counter')
      await homes.commit({ home: { ...home, documents, parts, next: clock.now() } })
      for await (const life of beforeAndAfterReopening(store, reopen)) {
        const present = await life.homes.read(ALICE)
        expect(present.revision).toBe(3)
        expect([...present.documents.keys()]).toEqual(['org.cpm-xdms.profiles/home'])
        expect([...present.parts]).toEqual([['waiting', ['m1']]])
        expect(present.next).toBe(clock.now())
      }
    })

    it('design §4: a list of things with an id is read as it was last committed, whatever became of it', async () => {
      const { store: first, reopen } = await open()
      let store = first
      const many = Array.from({ length: 100 }, (_, at) => ({ id: `m${at}`, at }))
      const less = many.filter(({ at }) => at % 3 !== 0)
      const states: readonly unknown[] = [
        many,
        less,
        [...less.map((one) => (one.id === 'm49' ? { ...one, offered: true } : one)), { id: 'm0', at: 100 }],
        [{ id: 'm98', at: 98 }, ...less.slice(0, 40)],
        [...less].reverse(),
        less.slice(10, 12),
        [],
        [{ id: 'm1' }, { id: 'm1' }],
        [{ id: 'm2' }],
        ['m2'],
        many.slice(0, 20),
        { id: 'no list' },
        many.slice(5),
      ]
      for (const state of states) {
        const home = await store.homes.read(ALICE)
        await store.homes.commit({ home: withPart(home, { name: 'list', empty: undefined as unknown }, state) })
        expect((await store.homes.read(ALICE)).parts.get('list')).toEqual(state)
        // Another one in the place of the cache's: what is read anew is the same.
        store = await reopen()
        expect((await store.homes.read(ALICE)).parts.get('list')).toEqual(state)
      }
      const home = await store.homes.read(ALICE)
      await store.homes.commit({ home: { ...home, parts: new Map() } })
      for await (const life of beforeAndAfterReopening(store, reopen))
        expect([...(await life.homes.read(ALICE)).parts]).toEqual([])
    })

    it('design §4: what was left out of a home stays, and what is put behind it is behind it', async () => {
      const { store: first, clock, reopen } = await open()
      let store = first
      const list: Part<readonly { readonly id: string }[]> = { name: 'list', empty: [] }
      const other: Part<readonly { readonly id: string }[]> = { name: 'other', empty: [] }
      const long = Array.from({ length: 30 }, (_, at) => ({ id: `x${at}` }))
      const listed = withPart(emptyHome(ALICE), list, [{ id: 'm3' }, ...long, { id: 'm2' }])
      await store.homes.commit({ home: withPart(listed, other, [{ id: 'o1' }]) })
      for (const id of ['m9', 'm1']) {
        store = await reopen()
        const { readWithout } = store.homes
        // A store may have nothing to leave out.
        if (readWithout === undefined) return
        for (const behind of [[{ id }], [{ id: `${id}b` }, { id: `${id}a` }], []]) {
          const short = await readWithout(ALICE, 'list')
          expect([short.without, short.parts.has('list'), partOf(short, other)]).toEqual([
            'list',
            false,
            [{ id: 'o1' }],
          ])
          const answer = await store.homes.commit({
            ...put(counted(short, 7), id, `${id} ${behind.length}`, 0),
            behind,
          })
          expect(answer).toMatchObject({ kind: 'committed', home: { revision: short.revision + 1, without: 'list' } })
        }
        const stale = await readWithout(ALICE, 'list')
        await store.homes.commit({ home: await store.homes.read(ALICE) })
        expect(await store.homes.commit({ home: stale, behind: [{ id: 'late' }] })).toEqual({ kind: 'conflict' })
        const dropped = withPart(await store.homes.read(ALICE), other, [{ id: `o ${id}` }])
        await store.homes.commit({ home: withPart(dropped, other, [{ id: 'o1' }]) })
      }
      for await (const { homes } of beforeAndAfterReopening(store, reopen)) {
        const home = await homes.read(ALICE)
        const ids = ['m2', 'm9', 'm9b', 'm9a', 'm1', 'm1b', 'm1a']
        const [first, ...rest] = partOf(home, list)
        expect([home.without, first, rest.splice(0, 30)]).toEqual([undefined, { id: 'm3' }, long])
        expect(rest).toEqual(ids.map((id) => ({ id })))
        expect([partOf(home, COUNTER), home.documents.size, clock.now() >= 0]).toEqual([{ count: 7 }, 2, true])
      }
    })

    it('INV-8: what a commit says of a list is known without it where it is kept, and of no other list', async () => {
      const { store: first, reopen } = await open()
      let store = first
      const list: Part<readonly { readonly id: string }[]> = { name: 'list', empty: [] }
      const long = Array.from({ length: 40 }, (_, at) => ({ id: `m${at}` }))
      const saying = (count: number) => ({ totals: { part: 'list', value: () => ({ count }) } })
      const short = async () => (await store.homes.readWithout?.(ALICE, 'list')) ?? store.homes.read(ALICE)
      const known = async () => [(await short()).totals]
      await store.homes.commit({ home: withPart(emptyHome(ALICE), list, long), ...saying(40) })
      store = await reopen()
      expect([[undefined], [{ count: 40 }]]).toContainEqual(await known())
      await store.homes.commit(put(await store.homes.read(ALICE), 'a', 'a1', 0))
      expect([[undefined], [{ count: 40 }]]).toContainEqual(await known())
      store = await reopen()
      await store.homes.commit(put(await short(), 'b', 'b1', 0))
      expect([[undefined], [{ count: 40 }]]).toContainEqual(await known())
      store = await reopen()
      const home = await short()
      const behind = home.without === undefined ? {} : { behind: [{ id: 'm40' }] }
      const longer = home.without === undefined ? withPart(home, list, [...partOf(home, list), { id: 'm40' }]) : home
      await store.homes.commit({ home: longer, ...behind, ...saying(41) })
      for (const reopens of [false, true]) {
        if (reopens) store = await reopen()
        expect([[undefined], [{ count: 41 }]]).toContainEqual(await known())
        expect(partOf(await store.homes.read(ALICE), list)).toEqual([...long, { id: 'm40' }])
      }
      await store.homes.commit({ home: withPart(await store.homes.read(ALICE), list, long) })
      for await (const life of beforeAndAfterReopening(store, reopen)) {
        store = life
        expect(await known()).toEqual([undefined])
      }
    })

    it('design §4: a list that lies in one piece, or is empty, is not left out', async () => {
      const { store } = await open()
      const { homes } = store
      await homes.commit({ home: { ...emptyHome(ALICE), parts: new Map([['list', []]]) } })
      const empty = await homes.readWithout?.(ALICE, 'list')
      expect(empty?.parts.get('list') ?? []).toEqual([])
      await homes.commit({ home: { ...(await homes.read(ALICE)), parts: new Map([['list', ['m1']]]) } })
      const plain = await homes.readWithout?.(ALICE, 'list')
      expect(plain === undefined || plain.parts.get('list')).toEqual(plain === undefined ? true : ['m1'])
    })

    it('INV-26: of 64 who commit the same revision exactly one wins', async () => {
      const { store, clock } = await open()
      const { homes } = store
      await homes.commit({ home: emptyHome(ALICE) })
      const seen = await homes.read(ALICE)
      const outcomes = await Promise.all(
        Array.from({ length: 64 }, (_, racer) =>
          homes.commit(put(counted(seen, racer), 'work', `racer-${racer}`, clock.now())),
        ),
      )
      expect(outcomes.filter((outcome) => outcome.kind === 'committed')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome.kind === 'conflict')).toHaveLength(63)
      const winner = outcomes.findIndex((outcome) => outcome.kind === 'committed')
      const home = await homes.read(ALICE)
      expect(home.revision).toBe(2)
      expect(partOf(home, COUNTER)).toEqual({ count: winner })
      expect(await store.journal.head()).toBe(1)
      expect(
        await Promise.all(
          Array.from({ length: 64 }, (_, racer) => homes.text(`racer-${racer}`).then((text) => text !== undefined)),
        ),
      ).toEqual(Array.from({ length: 64 }, (_, racer) => racer === winner))
      expect(store.figures()).toMatchObject({ commits: 2, conflicts: 63, failures: 0 })
    })

    it('INV-26: 64 who each add one, redone on conflict, add 64', async () => {
      const { store } = await open()
      const homes = { ...store.homes }
      const others = { ...store.homes }
      await Promise.all(
        Array.from({ length: 64 }, (_, racer) =>
          update(racer % 2 === 0 ? homes : others, ALICE, (home) => ({
            answer: undefined,
            commit: { home: counted(home, partOf(home, COUNTER).count + 1) },
          })),
        ),
      )
      expect(partOf(await store.homes.read(ALICE), COUNTER)).toEqual({ count: 64 })
    })

    it('INV-29: an older or a never seen revision conflicts, and nothing of the commit is stored', async () => {
      const { store, clock } = await open()
      const { homes } = store
      await homes.commit({ home: emptyHome(ALICE) })
      for (const revision of [0, 2]) {
        const late = { ...emptyHome(ALICE), revision, next: clock.now() }
        expect(
          await homes.commit({ ...put(late, 'work', 'late', clock.now()), messages: [message('m1', 'n1')] }),
        ).toEqual({ kind: 'conflict' })
      }
      expect((await homes.read(ALICE)).revision).toBe(1)
      expect(await homes.text('late')).toBeUndefined()
      expect(await store.messages.byId('m1')).toBeUndefined()
      expect(await store.messages.body('m1')).toBeUndefined()
      expect(await homes.earliest()).toBeUndefined()
      expect(await store.journal.head()).toBe(0)
    })

    it('INV-28: a text keeps its bytes, whoever commits under its name again', async () => {
      const { store } = await open()
      const { homes } = store
      const first = await homes.commit({ home: emptyHome(ALICE), texts: [{ id: 't', bytes: bytes('first') }] })
      expect(first.kind).toBe('committed')
      expect((await homes.commit({ home: emptyHome(BOB), texts: [{ id: 't', bytes: bytes('first') }] })).kind).toBe(
        'committed',
      )
      await expect(
        homes.commit({ home: emptyHome(CAROL), texts: [{ id: 't', bytes: bytes('other') }] }),
      ).rejects.toThrow('the text t has other bytes')
      expect((await homes.read(CAROL)).revision).toBe(0)
      expect(await homes.text('t')).toEqual(bytes('first'))
    })

    it('INV-28: a text is bytes, whatever they are, and its store does not look at what its giver does with them later', async () => {
      const { store, reopen } = await open()
      const every = Uint8Array.from({ length: 256 }, (_, at) => at)
      await store.homes.commit({
        home: emptyHome(ALICE),
        texts: [
          { id: 'every', bytes: every },
          { id: 'none', bytes: new Uint8Array() },
        ],
      })
      every.fill(1)
      for await (const { homes } of beforeAndAfterReopening(store, reopen)) {
        expect([...(await homes.text('every'))!]).toEqual(Array.from({ length: 256 }, (_, at) => at))
        expect((await homes.text('none'))!.length).toBe(0)
        expect(await homes.text('never')).toBeUndefined()
      }
    })

    it('INV-21: who is due is found by the instant, the earliest first', async () => {
      const { store, reopen } = await open()
      await store.homes.commit(waitsUntil(BOB, 2_000))
      await store.homes.commit(waitsUntil(ALICE, 3_000))
      await store.homes.commit(waitsUntil(CAROL, undefined))
      await store.homes.commit(waitsUntil('global', 1_000))
      for await (const { homes } of beforeAndAfterReopening(store, reopen)) {
        expect(await homes.earliest()).toBe(1_000)
        expect(await homes.due(999, 10)).toEqual([])
        expect(await homes.due(2_000, 10)).toEqual(['global', 'sip:bob@example.com'])
        expect(await homes.due(9_000, 10)).toEqual(['global', 'sip:bob@example.com', 'sip:alice@example.com'])
        expect(await homes.due(9_000, 1)).toEqual(['global'])
      }
    })

    it('C7: whoever has something scheduled is found page by page, in the order of the names', async () => {
      const { store } = await open()
      const { homes } = store
      for (const [owner, next] of [
        [CAROL, 5],
        [ALICE, 9],
        [BOB, undefined],
      ] as const)
        await homes.commit(waitsUntil(owner, next))
      expect(await homes.scheduled('', 10)).toEqual(['sip:alice@example.com', 'sip:carol@example.com'])
      expect(await homes.scheduled('', 1)).toEqual(['sip:alice@example.com'])
      expect(await homes.scheduled('sip:alice@example.com', 10)).toEqual(['sip:carol@example.com'])
      expect(await homes.scheduled('sip:carol@example.com', 10)).toEqual([])
      await homes.commit({ home: { ...(await homes.read(CAROL)), next: undefined } })
      expect(await homes.scheduled('', 10)).toEqual(['sip:alice@example.com'])
      expect(await homes.earliest()).toBe(9)
    })

    it('X19: a listener hears of each durable commit with its owner and what is next, and of nothing else', async () => {
      const { store } = await open()
      const { homes } = store
      const heard: unknown[] = []
      const stop = homes.onCommit((owner, next) => heard.push([owner, next]))
      await homes.commit(waitsUntil(ALICE, 42))
      expect(heard).toEqual([['sip:alice@example.com', 42]])
      await homes.commit(waitsUntil(ALICE, 43))
      expect(heard).toHaveLength(1)
      await homes.commit(waitsUntil('global', undefined))
      expect(heard).toEqual([
        ['sip:alice@example.com', 42],
        ['global', undefined],
      ])
      stop()
      await homes.commit(waitsUntil(BOB, 44))
      expect(heard).toHaveLength(2)
    })

    it('INV-2: when a listener hears of a commit, whoever reads finds it', async () => {
      const { store } = await open()
      const found: Promise<number>[] = []
      store.homes.onCommit(() => found.push(store.homes.read(ALICE).then((home) => home.revision)))
      await store.homes.commit(waitsUntil(ALICE, 1))
      expect(await Promise.all(found)).toEqual([1])
    })

    it('design §4: once closed, the store refuses, and says that it is not its caller’s fault', async () => {
      const { store } = await open()
      await store.close()
      await store.close()
      const outcomes = await Promise.allSettled([
        store.homes.read(ALICE),
        store.homes.commit(waitsUntil(ALICE, 1)),
        store.journal.head(),
        store.accounts.count(),
        store.ready(),
      ])
      expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.refusal?.kind)).toEqual(
        Array.from({ length: 5 }, () => 'unavailable'),
      )
    })
  })
}
