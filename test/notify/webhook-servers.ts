/** Servers of webhooks on one store and one clock, in this process; attempts are noted in place of being made. */
import { expect } from 'vitest'
import type { Principal } from '../../src/access/account.ts'
import type { Clock } from '../../src/clock.ts'
import { createDescribing } from '../../src/feed/describe.ts'
import { createPositionIds } from '../../src/feed/ids.ts'
import { documentKey, type OutboxEntry } from '../../src/home/home.ts'
import { update } from '../../src/home/update.ts'
import { AUID, type Owner, type Xui } from '../../src/names.ts'
import { createTail } from '../../src/notify/tail.ts'
import type { AttemptOutcome } from '../../src/notify/webhooks/attempt.ts'
import { Serving, type ServingParts } from '../../src/notify/webhooks/serve.ts'
import { subscriptionsOf, withSubscriptions, type Subscription } from '../../src/notify/webhooks/subscription.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { put } from '../store/fixtures.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'

const ALICE = 'sip:alice@example.com' as Xui
const TAKEN: AttemptOutcome = { kind: 'taken' }

export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function setUp() {
  const clock = createHandClock()
  const store = createMemoryStore({ clock })
  const ids = createPositionIds(Buffer.alloc(16))
  let drawn = 0
  /** `one e2`: server one delivered the change to e2. */
  const delivered: string[] = []
  /** The same changes in full, as they were delivered. */
  const changes: { readonly previousEtag?: string; readonly newEtag?: string }[] = []
  const idsOf = new Map<string, string>()
  const account = { xui: ALICE, role: 'user' } as unknown as Principal

  /** A server: killed, its clock stands still and what it had begun is never over; frozen, it goes on later. */
  const server = (name: string) => {
    let outcome: () => Promise<AttemptOutcome> = async () => TAKEN
    let stands = false
    let missed: (() => void)[] = []
    const own: Clock = {
      now: () => clock.now(),
      at: (instant, run) => clock.at(instant, () => (stands ? void missed.push(run) : run())),
    }
    const parts: Partial<ServingParts> = {
      homes: store.homes,
      journal: store.journal,
      leases: store.leases,
      tail: createTail(store.journal, ids, own),
      ids,
      clock: own,
      random: (count) => new Uint8Array(count).fill((drawn += 1)),
      describing: createDescribing({ homes: store.homes, xml: DEFAULT_XML_LIMITS }),
      accounts: {
        ...store.accounts,
        list: async (after) => (after === '' ? [{ xui: ALICE, role: 'user' }] : []) as never,
        find: async () => account as never,
        onChange: () => () => {},
      },
      attempts: {
        challenge: async () => TAKEN,
        async deliver(_, { id, data }) {
          const change = JSON.parse(data) as (typeof changes)[number]
          const { newEtag = '' } = change
          changes.push(change)
          if (newEtag !== '') delivered.push(`${name} ${newEtag}`)
          if (newEtag !== '') expect(idsOf.get(newEtag) ?? id).toBe(id)
          idsOf.set(newEtag, id)
          return outcome()
        },
      },
      targetsOf: () => [],
      limits: { attemptsAtOnce: 1, failingAtMost: 3_600_000, retryFirst: 1_000, retryAtMost: 1_000 } as never,
      leaseFor: 10_000,
      sweepEvery: 1_000,
      log: { error: ({ err }: { err?: unknown }) => expect.fail(String(err)) },
    }
    const serving = new Serving(parts as ServingParts)
    return {
      serving,
      /** Attempts are never over from now on. */
      hang: () => void (outcome = () => new Promise(() => {})),
      /** Attempts wait until what is returned is called. */
      takeTime() {
        let goOn = (): void => {}
        const free = new Promise<AttemptOutcome>((resolve) => (goOn = () => resolve(TAKEN)))
        outcome = () => free
        return goOn
      },
      standStill: () => void (stands = true),
      goOn() {
        stands = false
        for (const run of missed.splice(0)) run()
      },
    }
  }
  const subscribe = (): Promise<void> =>
    update(store.homes, ALICE, (home) => {
      const one = {
        id: 's',
        version: 1,
        replays: 0,
        what: [],
        form: 'json',
        diff: 'etags',
        state: 'active',
        position: 0,
        presented: true,
        failures: 0,
        expires: Date.UTC(2027, 0, 1),
      } as unknown as Subscription
      return { answer: undefined, commit: { home: withSubscriptions(home, [one]) } }
    })
  const write = async (tag: string, isHeard = true): Promise<void> => {
    const home = await store.homes.read(ALICE as Owner)
    const previousEtag = home.documents.get(documentKey(AUID.profiles, 'work'))?.etag
    const { outbox = [], ...commit } = put(home, 'work', tag, clock.now())
    const [entry] = outbox as [OutboxEntry & { readonly kind: 'journal' }]
    const record = { ...entry.record, ...(previousEtag === undefined ? {} : { previousEtag }) }
    await store.homes.commit({ ...commit, outbox: [{ ...entry, record }] })
    if (isHeard) await settled()
  }
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      clock.move(1_000)
      await settled()
    }
  }
  const position = async (): Promise<number | undefined> => subscriptionsOf(await store.homes.read(ALICE))[0]?.position
  return { server, subscribe, write, pass, delivered, changes, position, journal: store.journal }
}
