/** A store with something of everything that a store keeps, and all of it as its contracts tell it. */
import { expect } from 'vitest'
import type { KeptEntry } from '../../src/access/trail.ts'
import { documentKey, withPart, type Commit, type Home } from '../../src/home/home.ts'
import { withConfirmed } from '../../src/home/reservations.ts'
import type { Owner, Xui } from '../../src/names.ts'
import type { Store } from '../../src/store/store.ts'
import type { HandClock } from './hand-clock.ts'
import { account, ALICE, BOB, bytes, CAROL, counted, message, put, WAITING } from './fixtures.ts'

/** A list that a store may keep in pieces. */
const LONG = { name: 'long', empty: [], all: Array.from({ length: 40 }, (_, at) => ({ id: `l${at}`, at })) }
const LISTS = 'rls-services'
/** Behind U+FFFF by its bytes, before it by its UTF-16. */
const STRANGE = 'ü/\u{1f600} "x"'
const OWNERS: readonly Owner[] = [ALICE, BOB, CAROL, 'global']
const NAMES: readonly string[] = ['work', 'home', STRANGE, '\uffee']
const MESSAGES: readonly string[] = ['m1', 'm2', 'm3']
const TEXTS: readonly string[] = ['old', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'h1', 's1', 's2', 's3', 'b1', 'g1']

const DEED: KeptEntry = {
  id: '',
  at: 1_795_000_000_000,
  by: ALICE,
  from: '192.0.2.1',
  what: 'account-changed',
  user: BOB,
  after: { role: 'administrator' },
}

async function commit(store: Store, owner: Owner, decide: (home: Home) => Commit): Promise<void> {
  expect((await store.homes.commit(decide(await store.homes.read(owner)))).kind).toBe('committed')
}

/** Takes eight days of its clock, so that the old end of the journal is swept; what was dropped last is not. */
export async function fill(store: Store, clock: HandClock): Promise<void> {
  await store.metadata('realm', () => 'example.com')
  await store.metadata('feed-key', () => 'AAECAwQFBgcICQoLDA0ODw==')
  await store.accounts.put(account(BOB, 'user', 'sip:bob@example.com', 'bob'))
  await store.accounts.put(account(ALICE, 'administrator', 'z', 'a', 'ü'))
  await store.trail.append([{ ...DEED, id: '1', before: { role: 'user' } }])
  await commit(store, ALICE, (home) => put(home, 'work', 'old', clock.now()))
  clock.move(8 * 86_400_000)
  await store.sweep()

  await commit(store, ALICE, (home) => put(counted(home, 7), 'home', 'h1', clock.now()))
  for (const [at, tag] of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].entries()) {
    clock.move(1_000)
    await commit(store, ALICE, (home) => put(home, 'work', tag, clock.now() - at))
  }
  for (const tag of ['s1', 's2']) await commit(store, ALICE, (home) => put(home, STRANGE, tag, clock.now()))
  await commit(store, ALICE, (home) => ({
    home: { ...home, documents: new Map([...home.documents].filter(([key]) => !key.endsWith('/home'))) },
  }))
  await commit(store, ALICE, (home) => ({
    home: { ...withPart(home, WAITING, ['m1']), next: clock.now() + 5_000 },
    messages: [
      { ...message('m1', 'bob/alice/1'), body: Uint8Array.from({ length: 256 }, (_, at) => at) },
      message('m2', 'bob/alice/2', clock.now() + 60_000),
    ],
    outbox: [
      {
        kind: 'journal',
        owner: ALICE,
        record: { kind: 'state', user: ALICE, device: 'urn:d', doNotDisturb: true, until: null, at: clock.now() },
      },
    ],
  }))
  await commit(store, BOB, (home) => ({
    ...put(
      withPart(withConfirmed(home, documentKey(LISTS, 'index'), ['sip:list@example.com']), LONG, LONG.all),
      '\uffee',
      'b1',
      clock.now(),
    ),
    messages: [{ ...message('m3', 'n3'), body: bytes('') }],
  }))
  await commit(store, 'global', (home) => put(home, 'work', 'g1', clock.now()))
  await store.reservations.take(LISTS, 'sip:list@example.com', BOB)
  clock.move(30_000)
  // Versions that are too many go here, and one is so new that it lies where the new ones do.
  await store.sweep()
  await commit(store, ALICE, (home) => put(home, STRANGE, 's3', clock.now()))
  await store.trail.append([
    { ...DEED, id: '3', user: 'global', what: 'policy-changed' },
    { ...DEED, id: '2' },
  ])
  // Nobody confirms it: it is void.
  await store.reservations.take(LISTS, 'sip:void@example.com', CAROL)
}

/** All of it, by the contracts. */
export async function told({
  homes,
  messages,
  journal,
  accounts,
  reservations,
  trail,
  metadata,
}: Store): Promise<unknown> {
  const never = (): never => {
    throw new Error('this value was not kept')
  }
  const texts = TEXTS.map(async (id) => [id, Buffer.from((await homes.text(id)) ?? 'none').toString()])
  return {
    homes: await Promise.all(
      OWNERS.map(async (owner) => {
        const { documents, parts, ...home } = await homes.read(owner)
        const versions = NAMES.map(
          async (name) => await homes.versions(owner, documentKey('org.cpm-xdms.profiles', name)),
        )
        return {
          ...home,
          documents: Object.fromEntries(documents),
          parts: Object.fromEntries(parts),
          versions: await Promise.all(versions),
        }
      }),
    ),
    scheduled: [await homes.earliest(), await homes.due(Number.MAX_SAFE_INTEGER, 10), await homes.scheduled('', 10)],
    texts: await Promise.all(texts),
    messages: await Promise.all(
      MESSAGES.map(async (id) => [await messages.byId(id), [...((await messages.body(id)) ?? [])]]),
    ),
    names: [
      (await messages.byName('bob/alice/1'))?.id,
      (await messages.byName('bob/alice/2'))?.id,
      (await messages.byName('n3'))?.id,
    ],
    journal: [await journal.head(), await journal.tail(), await journal.read(0, 100)],
    accounts: [
      await accounts.find(ALICE),
      await accounts.find(BOB),
      (await accounts.byUserName('ü'))?.account.xui,
      await accounts.count(),
    ],
    reservations: (await reservations.list(undefined, 10)).map(({ version, ...reservation }) => reservation),
    trail: await trail.read({}, undefined, 10),
    kept: [await metadata('realm', never), await metadata('feed-key', never)],
  }
}

/** So many homes with a document each, so that there are many pages. */
export async function fillMany(store: Store, count: number): Promise<void> {
  await store.metadata('realm', () => 'example.com')
  const owners = Array.from({ length: count }, (_, at) => `sip:user-${at}@example.com` as Xui)
  await Promise.all(owners.map((owner, at) => commit(store, owner, (home) => put(home, 'work', `tag-${at}`, at))))
}
