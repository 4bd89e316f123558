/**
 * What the store on MongoDB does beyond the suite for all stores: several servers on one database, and what those that
 * died left there.
 */
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { emptyHome, partOf } from '../../src/home/home.ts'
import { update } from '../../src/home/update.ts'
import type { Xui } from '../../src/names.ts'
import type { Store } from '../../src/store/store.ts'
import { withTestDatabase } from '../servers/suite.ts'
import {
  account,
  ALICE,
  BOB,
  bytes,
  CAROL,
  change,
  counted,
  COUNTER,
  entry,
  message,
  put,
  waitsUntil,
} from './fixtures.ts'
import { databaseOfEachTest, later, positionsOf, UNHURRIED_MS, upTo } from './mongodb-databases.ts'

const MINUTE = 60_000
const racer = (at: number) => `sip:racer-${at}@example.com` as Xui

await withTestDatabase((server) => {
  const { collection, open } = databaseOfEachTest(server)

  /** So many servers; the first makes the collections. */
  async function openAll(count: number): Promise<readonly Store[]> {
    const first = await open({ waitMs: UNHURRIED_MS })
    const others = Array.from({ length: count - 1 }, () => open({ waitMs: UNHURRIED_MS }))
    return [first, ...(await Promise.all(others))]
  }

  describe('several servers', () => {
    it('INV-26: of 64 who commit one revision on three servers exactly one wins', async () => {
      const all = await openAll(3)
      await all[0]!.homes.commit({ home: emptyHome(ALICE) })
      const seen = await all[0]!.homes.read(ALICE)
      const outcomes = await Promise.all(
        upTo(64).map((at) => all[at % 3]!.homes.commit(put(counted(seen, at), 'work', `racer-${at}`, 1))),
      )
      expect(
        ['committed', 'conflict'].map((kind) => outcomes.filter((outcome) => outcome.kind === kind).length),
      ).toEqual([1, 63])
      const winner = outcomes.findIndex(({ kind }) => kind === 'committed') + 1
      for (const store of all) {
        const home = await store.homes.read(ALICE)
        expect([home.revision, partOf(home, COUNTER).count, await positionsOf(store)]).toEqual([2, winner, [1]])
      }
      expect((await collection('texts').find().toArray()).map(({ _id }) => _id)).toEqual([`racer-${winner}`])
      await vi.waitFor(async () => expect(await collection('attempts').countDocuments()).toBe(0))
    })

    it('INV-26, INV-30: three servers that each add one, redone on conflict, make one chain, and each change is once in the journal', async () => {
      const all = await openAll(3)
      const tags = upTo(36).map((at) => `tag-${at}`)
      await Promise.all(
        tags.map((tag, at) =>
          update(all[at % 3]!.homes, ALICE, (home) => ({
            answer: undefined,
            commit: put(counted(home, partOf(home, COUNTER).count + 1), 'work', `${tag} ${home.revision}`, at),
          })),
        ),
      )
      const home = await all[0]!.homes.read(ALICE)
      expect([home.revision, partOf(home, COUNTER).count]).toEqual([36, 36])
      const entries = await all[1]!.journal.read(0, 100)
      expect(entries.map(({ position }) => position)).toEqual(upTo(36))
      // Each followed the one before it: the tag says which revision it was made on.
      expect(entries.map(({ record }) => 'newEtag' in record && record.newEtag?.split(' ')[1])).toEqual(
        upTo(36).map((revision) => String(revision - 1)),
      )
      await vi.waitFor(async () => expect(await collection('homes').countDocuments()).toBe(1))
    })

    it('INV-c16: a server that was frozen between reading and committing is refused, also where its revision is gone from the database', async () => {
      const [frozen, other] = await openAll(2)
      await frozen!.homes.commit(put(emptyHome(ALICE), 'work', 'a1', 1))
      const seen = await frozen!.homes.read(ALICE)
      for (const tag of ['a2', 'a3', 'a4'])
        await other!.homes.commit(put(await other!.homes.read(ALICE), 'work', tag, 2))
      const revisions = async (): Promise<unknown[]> =>
        (await collection('homes').find().toArray()).map((link) => (link as { readonly revision?: number }).revision)
      await vi.waitFor(async () => expect(await revisions()).toEqual([4]))
      expect(await frozen!.homes.commit(put(seen, 'work', 'late', 3))).toEqual({ kind: 'conflict' })
      expect(await revisions()).toEqual([4])
      expect([await other!.homes.text('late'), await positionsOf(other!)]).toEqual([undefined, [1, 2, 3, 4]])
      expect((await frozen!.homes.read(ALICE)).documents.get('org.cpm-xdms.profiles/work')?.etag).toBe('a4')
    })

    it('INV-30: four servers that append at once leave no gap, and a record that is brought again stays one', async () => {
      const all = await openAll(4)
      await Promise.all(
        upTo(48).map((at) => all[at % 4]!.homes.commit(put(emptyHome(racer(at)), 'work', `tag-${at}`, at))),
      )
      // What a commit could not bring there in its time is brought behind it.
      await vi.waitFor(async () => expect(await positionsOf(all[0]!)).toEqual(upTo(48)), 30_000)
      const [{ _id, source } = { _id: 0, source: '' }] = (await collection('journal')
        .find({ owner: racer(1) })
        .toArray()) as unknown as { _id: number; source: string }[]
      const outbox = JSON.stringify([{ id: source, kind: 'journal', owner: racer(1), record: change('tag-1', 1) }])
      await vi.waitFor(async () => expect(await collection('homes').countDocuments({ pending: true })).toBe(0))
      await collection('homes').updateOne({ _id: `${racer(1)} 1` }, { $set: { outbox, pending: true } })
      const fifth = await open()
      await vi.waitFor(async () => expect(await collection('homes').countDocuments({ pending: true })).toBe(0))
      expect(await positionsOf(fifth)).toEqual(upTo(48))
      expect((await fifth.journal.read(_id - 1, 1))[0]?.owner).toBe(racer(1))
    })

    it('api §Settings: two servers that each demote one of the last two administrators leave one', async () => {
      const [one, two] = await openAll(2)
      for (let round = 0; round < 5; round++) {
        for (const xui of [ALICE, BOB]) await one!.accounts.put(account(xui, 'administrator', xui))
        const outcomes = await Promise.all([
          one!.accounts.put(account(ALICE, 'user', ALICE)),
          two!.accounts.remove(BOB),
        ])
        expect(outcomes.filter((outcome) => outcome === 'last-administrator')).toHaveLength(1)
      }
    })

    it('api §Who: of 16 accounts that want one user name on two servers one gets it', async () => {
      const all = await openAll(2)
      const outcomes = await Promise.all(
        upTo(16).map((at) => all[at % 2]!.accounts.put(account(racer(at), 'user', 'wanted'))),
      )
      expect(['created', 'taken'].map((kind) => outcomes.filter((outcome) => outcome === kind).length)).toEqual([1, 15])
      expect((await all[0]!.accounts.byUserName('wanted'))?.account.xui).toBe(racer(outcomes.indexOf('created') + 1))
      expect(await all[1]!.accounts.count()).toBe(1)
    })

    it.each(['tail', 'ask'] as const)(
      'api §Settings: what another server does holds at once, and is told within a second (%s)',
      async (how) => {
        const [one, two] = [await open({ how }), await open({ how })]
        const heard: string[] = []
        two.homes.onCommit((owner, next) => heard.push(`commit ${owner} ${next}`))
        two.journal.onAppend(() => heard.push('append'))
        two.accounts.onChange(() => heard.push('accounts'))
        await one.homes.commit({ ...put(emptyHome(ALICE), 'work', 'a1', 1), home: { ...emptyHome(ALICE), next: 42 } })
        const commit = how === 'tail' ? `commit ${ALICE} 42` : 'commit undefined undefined'
        await vi.waitFor(() => expect(heard).toEqual(expect.arrayContaining(['append', commit])), {
          timeout: 1_000,
          interval: 10,
        })
        heard.splice(0)
        await one.accounts.put(account(BOB, 'user', 'bob'))
        expect((await two.accounts.byUserName('bob'))?.account.role).toBe('user')
        await vi.waitFor(() => expect(heard).toContain('accounts'), { timeout: 1_000, interval: 10 })
      },
    )
  })

  describe('a server that died', () => {
    it('INV-14, INV-30: what left with its last commit is carried by another one, once and in its order', async () => {
      const living = await open()
      await living.homes.commit(put(emptyHome(ALICE), 'work', 'a1', 1))
      const outbox = JSON.stringify([
        {
          id: 'dead:0',
          kind: 'record',
          message: 'm1',
          revision: 2,
          value: { state: 'deferred' },
          name: 'n1',
          owner: ALICE,
        },
        { id: 'dead:1', kind: 'journal', owner: ALICE, record: change('a2', 2) },
        { id: 'dead:2', kind: 'journal', owner: ALICE, record: change('a3', 2) },
        {
          id: 'dead:3',
          kind: 'version',
          key: 'org.cpm-xdms.profiles/work',
          revision: 2,
          version: { ...entry('a1', 1), replaced: 2 },
        },
        { id: 'dead:4', kind: 'attempt', commit: 'dead' },
      ])
      const state = JSON.stringify({ documents: [['org.cpm-xdms.profiles/work', entry('a3', 2)]], parts: [] })
      const name = { name: 'n1', message: 'm1', home: ALICE, revision: 2, commit: 'dead' }
      await collection('names').insertOne({ _id: 'dead:0', ...name } as { _id: string })
      await collection('attempts').insertOne({
        _id: 'dead',
        owner: ALICE,
        revision: 2,
        texts: [],
        bodies: ['m1'],
        at: 1,
      } as { _id: string })
      await collection('homes').insertOne({
        _id: `${ALICE} 2`,
        key: ALICE,
        revision: 2,
        commit: 'dead',
        trail: [],
        state,
        outbox,
        pending: true,
        forgot: 0,
      } as { _id: string })
      // Whoever asks before that gets what the home says.
      expect((await living.messages.byName('n1'))?.value).toEqual({ state: 'deferred' })
      await vi.waitFor(async () => expect(await collection('homes').countDocuments({ pending: true })).toBe(0), {
        timeout: 15_000,
      })
      expect(
        (await living.journal.read(0, 10)).map(({ position, record }) => [
          position,
          'newEtag' in record && record.newEtag,
        ]),
      ).toEqual([
        [1, 'a1'],
        [2, 'a2'],
        [3, 'a3'],
      ])
      expect((await living.homes.versions(ALICE, 'org.cpm-xdms.profiles/work')).map(({ etag }) => etag)).toEqual(['a1'])
      expect(await collection('attempts').countDocuments()).toBe(0)
    })

    it('INV-30: an outbox that did not arrive goes with the next commit, and does not grow without end', async () => {
      // One that does nothing on its own.
      const store = await open({ clock: { now: systemClock.now, at: () => () => {} } })
      const entries = Array.from({ length: 1_000 }, (_, at) => ({
        id: `dead:${at}`,
        kind: 'journal',
        owner: ALICE,
        record: change(`t${at}`, 1),
      }))
      const home = {
        key: ALICE,
        revision: 1,
        commit: 'dead',
        trail: [],
        state: '{"documents":[],"parts":[]}',
        pending: true,
        forgot: 0,
      }
      await collection('homes').insertOne({ _id: `${ALICE} 1`, ...home, outbox: JSON.stringify(entries) } as {
        _id: string
      })
      await expect(store.homes.commit(put(await store.homes.read(ALICE), 'work', 'a1', 1))).rejects.toMatchObject({
        refusal: { kind: 'unavailable' },
      })
      await collection('homes').updateOne(
        { _id: `${ALICE} 1` },
        { $set: { outbox: JSON.stringify(entries.slice(0, 3)) } },
      )
      const other = await open()
      await other.homes.commit(put(await other.homes.read(ALICE), 'work', 'a1', 1))
      expect(
        (await other.journal.read(0, 10)).slice(-4).map(({ record }) => 'newEtag' in record && record.newEtag),
      ).toEqual(['t0', 't1', 't2', 'a1'])
    })

    it('D1: a message’s name that its commit never confirmed is nobody’s, and who wants it gets it', async () => {
      const store = await open()
      const dead = { name: 'n', message: 'm0', home: ALICE, revision: 1, commit: 'dead' }
      await collection('names').insertOne({ _id: 'dead:0', ...dead } as { _id: string })
      expect([await store.messages.byName('n'), await store.messages.byId('m0')]).toEqual([undefined, undefined])
      expect((await store.homes.commit({ home: emptyHome(BOB), messages: [message('m1', 'n')] })).kind).toBe(
        'committed',
      )
      expect((await store.messages.byName('n'))?.id).toBe('m1')
      // The home of the dead one was committed as it was: were it only frozen, its commit would conflict now.
      expect((await store.homes.read(ALICE)).revision).toBe(1)
      await collection('names').insertOne({ _id: 'dead:1', ...dead, name: 'other' } as { _id: string })
      expect((await store.homes.commit({ home: emptyHome(CAROL), messages: [message('m2', 'other')] })).kind).toBe(
        'committed',
      )
      expect((await store.homes.read(ALICE)).revision).toBe(1)
      expect(await store.homes.commit({ home: emptyHome(racer(1)), messages: [message('m3', 'n')] })).toEqual({
        kind: 'duplicate-message',
      })
    })

    it('INV-14: what a commit brought that never came to be is swept, and what one brought that did stays', async () => {
      const store = await open({ clock: later(20 * MINUTE) })
      await store.homes.commit({ ...put(emptyHome(ALICE), 'work', 'a1', 1), messages: [message('m1', 'n1')] })
      const text = (await collection('texts').findOne({ _id: 'a1' }))!
      await collection('texts').insertOne({ ...text, _id: 'orphan' })
      await collection('bodies').insertOne({ ...text, _id: 'm0' })
      await collection('names').insertOne({
        _id: 'dead:0',
        name: 'n0',
        message: 'm0',
        home: ALICE,
        revision: 2,
        commit: 'dead',
      } as { _id: string })
      await collection('attempts').insertOne({
        _id: 'dead',
        owner: ALICE,
        revision: 2,
        texts: ['orphan'],
        bodies: ['m0'],
        at: systemClock.now(),
      } as { _id: string })
      const { commit } = (await collection('homes').findOne({ key: ALICE })) as unknown as { commit: string }
      await vi.waitFor(async () => expect(await collection('attempts').countDocuments()).toBe(1))
      await collection('attempts').insertOne({
        _id: commit,
        owner: ALICE,
        revision: 1,
        texts: ['a1'],
        bodies: ['m1'],
        at: systemClock.now(),
      } as { _id: string })
      expect((await store.sweep()).texts).toBe(1)
      expect([await store.homes.text('orphan'), await store.messages.body('m0')]).toEqual([undefined, undefined])
      expect([await store.homes.text('a1'), await store.messages.body('m1')]).toEqual([
        bytes('<profile>a1</profile>'),
        bytes('body of m1'),
      ])
      expect((await store.homes.read(ALICE)).revision).toBe(2)
      expect([await collection('attempts').countDocuments(), await collection('names').countDocuments()]).toEqual([
        0, 1,
      ])
    })

    it('INV-21: an older state that was left in the database wakes nobody', async () => {
      const store = await open()
      await store.homes.commit(waitsUntil(ALICE, undefined))
      await store.homes.commit({ home: await store.homes.read(ALICE) })
      await vi.waitFor(async () => expect(await collection('homes').countDocuments()).toBe(1))
      const old = (await collection('homes').findOne({ key: ALICE }))!
      await collection('homes').insertOne({ ...old, _id: 'left', revision: 1, next: 5, scheduled: ALICE } as {
        _id: string
      })
      expect([await store.homes.due(9, 10), await store.homes.earliest(), await store.homes.scheduled('', 10)]).toEqual(
        [[], undefined, []],
      )
      expect(await collection('homes').countDocuments()).toBe(1)
    })
  })
})
