import { describe, expect, it } from 'vitest'
import { documentKey, type Home, type Homes } from '../../src/home/home.ts'
import { reserve, withConfirmed } from '../../src/home/reservations.ts'
import { update } from '../../src/home/update.ts'
import type { Xui } from '../../src/names.ts'
import type { Store } from '../../src/store/store.ts'
import { beforeAndAfterReopening } from './before-and-after.ts'
import type { Opened } from './contract.ts'
import { ALICE, BOB, CAROL, put } from './fixtures.ts'

const SPACE = 'org.cpm-xdms.profiles'
const racer = (at: number) => `sip:racer-${at}@example.com` as Xui
const held = async ({ reservations }: Store): Promise<readonly string[]> =>
  (await reservations.list(undefined, 1_000)).map(({ space, name, owner }) => `${space} ${name} ${owner}`)

/** Reserves and confirms the names of one document, as a PUT does; `false`: one of them is somebody else's. */
function use(
  store: Store,
  owner: Xui,
  names: readonly string[],
  between: () => Promise<unknown> | undefined = () => undefined,
  homes: Homes = store.homes,
): Promise<boolean> {
  let attempt = 0
  return update(homes, owner, async (home) => {
    attempt += 1
    const mine = await Promise.all(names.map((name) => reserve(homes, store.reservations, SPACE, name, home)))
    if (mine.includes(false)) return { answer: false }
    if (attempt === 1) await between()
    return { answer: true, commit: confirming(home, names, `${owner} ${names} ${attempt}`) }
  })
}

function confirming(home: Home, names: readonly string[], tag: string) {
  const commit = put(home, 'work', `${tag} ${home.revision}`, 0)
  return { ...commit, home: withConfirmed(commit.home, documentKey(SPACE, 'work'), names) }
}

async function withoutDocument(store: Store, owner: Xui): Promise<void> {
  const home = await store.homes.read(owner)
  expect((await store.homes.commit({ home: { ...home, documents: new Map() } })).kind).toBe('committed')
}

export function reservationsContract(open: () => Promise<Opened>): void {
  describe('reservations', () => {
    it('RFC 4826 §4.4.5: a name is one owner’s, who may ask for it again; each time it has another version', async () => {
      const { store, clock, reopen } = await open()
      const first = await store.reservations.take(SPACE, 'n', ALICE)
      expect([first.owner, first.age]).toEqual(['sip:alice@example.com', 0])
      clock.move(5)
      expect(await store.reservations.take(SPACE, 'n', BOB)).toEqual({ ...first, age: 5 })
      const second = await store.reservations.take(SPACE, 'n', ALICE)
      expect([second.owner, second.age, second.version === first.version]).toEqual(['sip:alice@example.com', 0, false])
      expect((await store.reservations.take('other.usage', 'n', BOB)).owner).toBe('sip:bob@example.com')
      for await (const life of beforeAndAfterReopening(store, reopen)) {
        expect(await held(life)).toEqual([
          'org.cpm-xdms.profiles n sip:alice@example.com',
          'other.usage n sip:bob@example.com',
        ])
        expect(await life.reservations.take(SPACE, 'n', BOB)).toEqual(second)
      }
    })

    it('RFC 4826 §4.4.5: it is taken over, and released, only in the version that was seen; none comes back', async () => {
      const { store } = await open()
      const { reservations } = store
      const old = await reservations.take(SPACE, 'n', ALICE)
      const now = await reservations.take(SPACE, 'n', ALICE)
      expect(await reservations.takeOver(SPACE, 'n', old.version, BOB)).toBe(false)
      expect(await reservations.release(SPACE, 'n', old.version)).toBe(false)
      expect(await reservations.release(SPACE, 'n', now.version)).toBe(true)
      expect(await held(store)).toEqual([])
      const again = await reservations.take(SPACE, 'n', ALICE)
      expect([old.version, now.version]).not.toContain(again.version)
      expect(
        await Promise.all([BOB, CAROL].map((owner) => reservations.takeOver(SPACE, 'n', again.version, owner))),
      ).toEqual([true, false])
      expect(await held(store)).toEqual(['org.cpm-xdms.profiles n sip:bob@example.com'])
      expect(await reservations.takeOver(SPACE, 'never', again.version, BOB)).toBe(false)
    })

    it('RFC 4826 §4.4.8: they are listed page by page, and their owners, each once', async () => {
      const { store } = await open()
      const { reservations } = store
      for (const [space, name, owner] of [
        ['b', '1', CAROL],
        ['a', '2', ALICE],
        ['a', '1', BOB],
        ['a', '3', BOB],
      ] as const)
        await reservations.take(space, name, owner)
      const page = await reservations.list(undefined, 3)
      expect(page.map(({ space, name }) => space + name)).toEqual(['a1', 'a2', 'a3'])
      expect((await reservations.list(page[2], 3)).map(({ space, name }) => space + name)).toEqual(['b1'])
      expect((await reservations.list(page[0], 1)).map(({ space, name }) => space + name)).toEqual(['a2'])
      expect(await reservations.owners('a', '', 10)).toEqual(['sip:alice@example.com', 'sip:bob@example.com'])
      expect(await reservations.owners('a', '', 1)).toEqual(['sip:alice@example.com'])
      expect(await reservations.owners('a', 'sip:alice@example.com', 1)).toEqual(['sip:bob@example.com'])
    })

    it('RFC 4826 §4.4.5: of 64 who want one name at once exactly one has it', async () => {
      const { store } = await open()
      const outcomes = await Promise.all(Array.from({ length: 64 }, (_, at) => use(store, racer(at), ['wanted'])))
      expect(outcomes.filter((has) => has)).toHaveLength(1)
      expect(await held(store)).toEqual([
        `org.cpm-xdms.profiles wanted sip:racer-${outcomes.indexOf(true)}@example.com`,
      ])
    })

    it('RFC 4826 §4.4.5: what was reserved and never confirmed is void after a minute', async () => {
      const { store, clock, reopen } = await open()
      expect(await reserve(store.homes, store.reservations, SPACE, 'n', await store.homes.read(ALICE))).toBe(true)
      const again = await reopen()
      clock.move(59_999)
      expect(await use(again, BOB, ['n'])).toBe(false)
      clock.move(1)
      expect(await use(again, BOB, ['n'])).toBe(true)
      clock.move(60_000)
      expect([await use(again, ALICE, ['n']), await use(again, BOB, ['n'])]).toEqual([false, true])
    })

    it('RFC 4826 §4.4.5: of 64 who want a void name at once exactly one has it', async () => {
      const { store, clock } = await open()
      await store.reservations.take(SPACE, 'n', ALICE)
      clock.move(60_000)
      const outcomes = await Promise.all(Array.from({ length: 64 }, (_, at) => use(store, racer(at), ['n'])))
      expect(outcomes.filter((has) => has)).toHaveLength(1)
      expect(await held(store)).toEqual([`org.cpm-xdms.profiles n sip:racer-${outcomes.indexOf(true)}@example.com`])
    })

    it('RFC 4826 §4.4.5: who was away between reserving and committing finds out that the name is another’s', async () => {
      const { store, clock } = await open()
      let bob: boolean | undefined
      const alice = await use(store, ALICE, ['n'], async () => {
        clock.move(60_000)
        bob = await use(store, BOB, ['n'], undefined, { ...store.homes })
      })
      expect([alice, bob]).toEqual([false, true])
      expect((await store.homes.read(ALICE)).documents.size).toBe(0)
    })

    it('RFC 4826 §4.4.5: who was away while a sweep released what he reserved reserves it again before he commits', async () => {
      const { store, clock } = await open()
      const alice = await use(store, ALICE, ['n'], async () => {
        clock.move(60_000)
        expect((await store.sweep()).reservations).toBe(1)
      })
      expect(alice).toBe(true)
      expect(await held(store)).toEqual(['org.cpm-xdms.profiles n sip:alice@example.com'])
      expect(await use(store, BOB, ['n'])).toBe(false)
    })

    it('RFC 4826 §4.4.5: a sweep releases what nobody confirms any more, and nothing else', async () => {
      const { store, clock } = await open()
      await use(store, ALICE, ['kept', 'left'])
      await use(store, BOB, ['deleted'])
      clock.move(60_000)
      await use(store, ALICE, ['kept'])
      await withoutDocument(store, BOB)
      await store.reservations.take(SPACE, 'young', CAROL)
      const revision = (await store.homes.read(ALICE)).revision
      expect((await store.sweep()).reservations).toBe(2)
      expect(await held(store)).toEqual([
        'org.cpm-xdms.profiles kept sip:alice@example.com',
        'org.cpm-xdms.profiles young sip:carol@example.com',
      ])
      expect((await store.sweep()).reservations).toBe(0)
      expect((await store.homes.read(ALICE)).revision).toBe(revision + 1)
      expect([await use(store, BOB, ['left']), await use(store, BOB, ['left', 'kept'])]).toEqual([true, false])
    })

    it('RFC 4826 §4.4.5: a name that a document no longer uses, or that went with it, is free', async () => {
      const { store, clock } = await open()
      await use(store, ALICE, ['a', 'b'])
      clock.move(60_000)
      await use(store, ALICE, ['a'])
      expect([await use(store, BOB, ['b']), await use(store, CAROL, ['a'])]).toEqual([true, false])
      await withoutDocument(store, ALICE)
      expect(await use(store, CAROL, ['a'])).toBe(true)
    })
  })
}
