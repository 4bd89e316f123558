import { expect, it } from 'vitest'
import type { Principal } from '../../src/access/account.ts'
import type { Clock } from '../../src/clock.ts'
import { createDescribing } from '../../src/feed/describe.ts'
import { createPositionIds } from '../../src/feed/ids.ts'
import { update } from '../../src/home/update.ts'
import type { Owner, Xui } from '../../src/names.ts'
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

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function setUp() {
  const clock = createHandClock()
  const store = createMemoryStore({ clock })
  const ids = createPositionIds(Buffer.alloc(16))
  let drawn = 0
  /** `one e2`: server one delivered the change to e2. */
  const delivered: string[] = []
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
          const { newEtag = '' } = JSON.parse(data) as { newEtag?: string }
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
  const write = async (tag: string): Promise<void> => {
    await store.homes.commit(put(await store.homes.read(ALICE as Owner), 'work', tag, clock.now()))
    await settled()
  }
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      clock.move(1_000)
      await settled()
    }
  }
  const position = async (): Promise<number | undefined> => subscriptionsOf(await store.homes.read(ALICE))[0]?.position
  return { server, subscribe, write, pass, delivered, position, journal: store.journal }
}

it('X19, INV-30: the server that delivers is killed in the middle: the other repeats that, and goes on in order', async () => {
  const { server, subscribe, write, pass, delivered, position, journal } = setUp()
  await subscribe()
  const [one, two] = [server('one'), server('two')]
  await two.serving.start()
  await settled()
  await one.serving.start()
  await settled()
  // The one that came last has taken over, and lets the other find out.
  await write('a')
  await pass(6)
  await write('b')
  one.hang()
  await write('c')
  one.standStill()
  await write('d')
  const before = [...delivered]
  // What the other had told, and not yet stored that it had, is told again.
  expect(before).toEqual(['two a', 'one a', 'one b', 'one c'])
  // As long as the lease may be somebody's, nobody else delivers.
  await pass(5)
  expect(delivered).toEqual(before)
  await pass(8)
  // What was told behind the position that was stored last is told once more, with what came since.
  expect(delivered.slice(before.length)).toEqual(['two d'])
  await pass(2)
  expect(await position()).toBe(await journal.head())
  await two.serving.stop()
})

it('X19: a server that stood still while another took over delivers nothing that is older', async () => {
  const { server, subscribe, write, pass, delivered } = setUp()
  await subscribe()
  const [one, two] = [server('one'), server('two')]
  await two.serving.start()
  await one.serving.start()
  await settled()
  await write('a')
  one.standStill()
  await pass(13)
  await write('b')
  await pass(1)
  const before = delivered.length
  expect(delivered.at(-1)).toMatch(/^two .*b$/)
  one.goOn()
  await settled()
  await pass(3)
  await write('c')
  expect(delivered.slice(before).filter((each) => each.startsWith('one'))).toEqual([])
  await one.serving.stop()
  await two.serving.stop()
})
