/**
 * One history of a simulation in which messages leave: into the store, to services, to other users, to devices
 * that fetch them, while peers fail (`peers.ts`), the user changes his mind, time passes and the process dies at any
 * commit. All chance comes from one seed. `outgoing-watch.ts` says what must hold.
 */
import { documentKey, type Home, type Homes } from '../../../src/home/home.ts'
import type { Etag, Owner, Xui } from '../../../src/names.ts'
import { createParticipating } from '../../../src/participating/create.ts'
import type { InboxEvent } from '../../../src/participating/contracts/inbox.ts'
import type {
  MessageAction,
  Participating,
  RetrievalAction,
  RetrievalEvent,
} from '../../../src/participating/participating.ts'
import { DEFAULT_PARTICIPATING_SETTINGS } from '../../../src/participating/settings.ts'
import { queueOf } from '../../../src/participating/state/queue.ts'
import { readPreferences } from '../../../src/preferences/read.ts'
import { DocumentCache } from '../../../src/xcap/document-cache.ts'
import { DEFAULT_XML_LIMITS } from '../../../src/xml/limits.ts'
import { createHandClock } from '../../store/hand-clock.ts'
import { createMemoryStore, type MemoryStore } from '../../store/memory.ts'
import { ALICE, BOB, PF, PHONE, TABLET, as, registration, submission } from '../testbed.ts'
import { Chance } from './chance.ts'
import { RETRY_AT_MOST } from './commits.ts'
import { OutgoingWatch } from './outgoing-watch.ts'
import { Peers } from './peers.ts'
import { activeText, CAROL, policyText, profileText, quietText, TYPES, WISHES, type Text, type Wish } from './wishes.ts'

const HOUR = 3_600_000
const ACTIONS: readonly RetrievalAction[] = ['retrieve', 'interwork', 'discard', 'store', 'keep']
const documents = new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 1_000_000 })

/** Everything that begun gets on, until it waits for the clock. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

let isWarm = false
/** Every text is parsed once before the first history: read or not, it takes the same rounds, and no chance. */
async function warm(): Promise<void> {
  isWarm = true
  const simulation = new OutgoingSimulation(0, 1)
  await simulation.setUp()
  for (const outOfBand of ['each', 'summary'] as const)
    for (const wish of WISHES)
      for (const state of ['off', 'on', 'phone'] as const)
        await simulation.look(policyText(outOfBand), activeText(wish), quietText(state))
}

export class OutgoingSimulation {
  readonly watch: OutgoingWatch
  readonly peers: Peers
  readonly #clock = createHandClock()
  readonly #chance: Chance
  readonly #count: number
  readonly #closers = new Map<string, () => void>()
  readonly #received: { readonly device: string; readonly id: string }[] = []
  #store: MemoryStore
  #servers: readonly Participating[] = []
  #drawn = 0
  #sent = 0

  constructor(seed: number, servers: number) {
    this.#chance = new Chance(seed)
    this.#count = servers
    this.watch = new OutgoingWatch(this.#clock)
    this.peers = new Peers(this.#clock, this.#chance, { asked: (asked) => this.watch.asked(asked, this.#store) })
    this.#store = createMemoryStore({ clock: this.#clock, pause: () => this.#chance.linger(3) })
  }

  static async make(seed: number, servers: number): Promise<OutgoingSimulation> {
    if (!isWarm) await warm()
    const simulation = new OutgoingSimulation(seed, servers)
    await simulation.setUp()
    await simulation.#write('global', policyText(simulation.#chance.pick('each', 'summary')))
    await simulation.#wish(simulation.#chance.pick(...WISHES))
    simulation.#boot()
    return simulation
  }

  async setUp(): Promise<void> {
    for (const xui of [ALICE, BOB, CAROL as Xui, PF.xui])
      await this.#store.accounts.put({ ...as(xui), credentials: [] })
    for (const wish of WISHES) await this.#write(ALICE, profileText(wish))
  }

  /** Reads what these say, and does nothing else. */
  async look(policy: Text, ...mine: readonly Text[]): Promise<void> {
    await this.#write('global', policy)
    for (const text of mine) await this.#write(ALICE, text)
    const { homes } = this.#store
    for (const owner of [ALICE, BOB, CAROL as Xui]) await readPreferences({ homes, documents }, await homes.read(owner))
  }

  /** As another process writes: read, change, commit, again where somebody else was first. */
  async #write(owner: Owner, { auid, name, text, xml }: Text): Promise<void> {
    for (;;) {
      const home = await this.#store.homes.read(owner)
      const now = this.#clock.now()
      const entry = { etag: text as Etag, text, size: xml.length, changed: now, by: ALICE }
      const after = new Map(home.documents).set(documentKey(auid, name), entry)
      const changed: Home = { ...home, documents: after, next: Math.min(home.next ?? now, now) }
      const outcome = await this.#store.homes.commit({ home: changed, texts: [{ id: text, bytes: Buffer.from(xml) }] })
      if (outcome.kind === 'committed') return
    }
  }

  #wish(wish: Wish): Promise<void> {
    return this.#write(ALICE, activeText(wish))
  }

  async #quiet(state: 'off' | 'on' | 'phone'): Promise<void> {
    await this.#write(ALICE, quietText(state))
    for (const device of state === 'off' ? [] : state === 'phone' ? [PHONE] : [PHONE, TABLET])
      this.watch.quieted(device)
  }

  /** Servers on one store, which crash together. */
  #boot(): void {
    this.watch.epoch += 1
    this.#servers = Array.from({ length: this.#count }, () => this.#server(this.watch.epoch))
    // Not waited for: it may die while it starts.
    for (const pf of this.#servers) void pf.start()
  }

  #server(mine: number): Participating {
    const { messages, leases, accounts, homes } = this.#store
    const watched: Homes = { ...homes, commit: (commit) => this.watch.committing(homes, commit, mine) }
    return createParticipating({
      homes: watched,
      messages,
      leases,
      accounts,
      clock: this.#clock,
      random: (count) => Buffer.from(`${mine}.${++this.#drawn}`.padEnd(count, '=')).subarray(0, count),
      preferencesOf: (home) => readPreferences({ homes: watched, documents }, home),
      peers: this.peers.connect(),
      settings: { ...DEFAULT_PARTICIPATING_SETTINGS, leaseFor: 1000, retryAtMost: RETRY_AT_MOST, offersAtMost: 3 },
      log: {
        warn: () => {},
        error: (details) => this.watch.fail(`logged: ${String((details as { err?: Error }).err?.stack)}`),
      },
      failpoint: () => {
        if (this.peers.isCalm || mine !== this.watch.epoch || this.#chance.next() >= 0.005) return
        this.#crash()
        return new Promise<never>(() => {})
      },
    })
  }

  #crash(): void {
    this.watch.crashed()
    this.#closers.clear()
    this.#store = this.#store.crash()
    this.#boot()
  }

  get #pf(): Participating {
    return this.#chance.pick(...this.#servers)
  }

  async #send(): Promise<void> {
    const contentType = this.#chance.pick(...TYPES)
    // What is forwarded does not expire where it arrives.
    const expires = contentType !== 'text/csv' && this.#chance.next() < 0.3 ? this.#clock.now() + 40_000 : undefined
    const reports = ['delivery', 'failure', ...(this.#chance.next() < 0.5 ? ['display' as const] : [])] as const
    const sent = submission({ messageId: `m${++this.#sent}`, from: BOB, contentType, reports, expires })
    // A sender that was not answered sends it again.
    for (let times = 0; times < this.#chance.pick(1, 1, 2); times++)
      void this.#pf.accept(PF, sent).then(
        ({ id }) => this.watch.accepted(id),
        () => undefined,
      )
  }

  async #open(device: string): Promise<void> {
    const mine = this.watch.epoch
    const send = (event: InboxEvent): void => {
      if (mine !== this.watch.epoch) return
      if (event.event === 'notice') return this.watch.noticed(device, event.data.messages)
      if (event.event !== 'message') return
      this.#received.push({ device, id: event.id })
      if (this.peers.isCalm) void this.#acknowledge(this.#received.length - 1)
    }
    const inbox = { isOpen: true }
    const end = (): void => {
      inbox.isOpen = false
      if (this.#closers.get(device) === close) this.#closers.delete(device)
    }
    const close = await this.#pf.openInbox(ALICE, device, { send, end }).catch(() => undefined)
    if (close !== undefined && inbox.isOpen && mine === this.watch.epoch) this.#closers.set(device, close)
  }

  #shut(device: string): void {
    this.#closers.get(device)?.()
    this.#closers.delete(device)
  }

  async #acknowledge(at: number): Promise<void> {
    const one = this.#received[at]
    if (one === undefined) return
    this.watch.acknowledging.add(one.id)
    if (this.#chance.next() < 0.7) return void (await this.#pf.received(ALICE, one.device, one.id))
    if (!this.watch.displayed.has(one.id)) this.watch.displayed.set(one.id, false)
    if (await this.#pf.displayed(ALICE, one.device, one.id)) this.watch.displayed.set(one.id, true)
  }

  /** The user fetches what waits, or does away with it otherwise, and may leave in the middle. */
  async #retrieve(device: string): Promise<void> {
    const pf = this.#pf
    const { waiting } = queueOf(await this.#store.homes.read(ALICE))
    const actions: MessageAction[] = waiting
      .filter(({ kind }) => kind === 'message')
      .slice(0, 1 + this.#chance.below(4))
      .map(({ id }) => ({ id, action: this.#chance.pick(...ACTIONS) }))
    for (const { id, action } of actions) if (action === 'discard') this.watch.discarded.add(id)
    const over = new AbortController()
    const events = await pf.retrieve(ALICE, device, { kind: 'some', actions }, over.signal).catch(() => [])
    const stays = this.#chance.next() < 0.8
    for await (const event of events as AsyncIterable<RetrievalEvent>) {
      if (event.event === 'message') {
        this.#received.push({ device, id: event.id })
        if (this.#chance.next() < 0.7) void this.#acknowledge(this.#received.length - 1)
        if (!stays) over.abort()
      }
      if (event.event === 'end' && over.signal.aborted) this.watch.fail('D7: an end for who has gone')
    }
  }

  async #register(device: string, expiresIn: number): Promise<void> {
    const push = { kind: 'web-push', endpoint: `https://push.example.net/${device}`, p256dh: 'BP', auth: 'aa' } as const
    await this.#pf.register(ALICE, device, registration({ expiresIn, push })).catch(() => undefined)
  }

  async #step(): Promise<unknown> {
    await this.#chance.linger(60)
    const device = this.#chance.pick(PHONE, TABLET)
    const kind = this.#chance.below(100)
    if (kind < 26) return this.#send()
    if (kind < 38) return this.#quiet(this.#chance.pick('off', 'off', 'on', 'phone'))
    if (kind < 50) return this.#wish(this.#chance.pick(...WISHES))
    if (kind < 58) return this.#register(device, this.#chance.pick(10, 60, 600))
    if (kind < 61) return this.#pf.unregister(ALICE, device)
    if (kind < 68) return this.#open(device)
    if (kind < 70) return this.#shut(device)
    if (kind < 80) return this.#acknowledge(this.#chance.below(this.#received.length))
    if (kind < 90) return this.#retrieve(device)
    if (kind < 95) return this.peers.report()
    if (kind < 97) return this.#crash()
    return undefined
  }

  /** Five seconds in which nobody does anything. */
  async #stand(): Promise<void> {
    for (let second = 0; second < 5; second++) {
      await turn()
      this.#clock.move(1000)
    }
    await turn()
    await turn()
    await this.watch.checkStill(this.#store, new Set(this.#closers.keys()))
  }

  async run(steps: number): Promise<void> {
    for (let count = 0; count < steps && this.watch.failures.length === 0; count++) {
      // Most things happen while others are under way; the clock moves only between.
      void this.#step()
      if (this.#chance.next() < 0.4) continue
      await turn()
      if (this.#chance.next() < 0.6) this.#clock.move(this.#chance.pick(1, 1_000, 5_000, 31_000, 61_000))
      await turn()
      if (this.#chance.next() < 0.1) await this.#stand()
    }
  }

  /** Everything is mended, everybody is there and fetches what is his; then a day passes. */
  async heal(): Promise<void> {
    this.peers.isCalm = true
    await turn()
    await this.#quiet('off')
    await this.#wish('go')
    for (const device of [PHONE, TABLET]) {
      await this.#register(device, 4 * 86_400)
      await this.#open(device)
    }
    // What is under way is committed before the clock moves, as everywhere here.
    await turn()
    for (let step = 0; step < 8; step++) {
      this.#clock.move(step < 2 ? 1_000 : 61_000)
      await turn()
      await turn()
    }
    void this.peers.report()
    await turn()
    this.watch.isSteady = false
    for (const step of [25 * HOUR, 61_000, 61_000]) {
      this.#clock.move(step)
      for (let turns = 0; turns < 3; turns++) await turn()
    }
    const forwarded = (await this.#pf.deferred(CAROL as Xui)).map(({ messageId }) => messageId)
    await this.watch.checkEnded(this.#store, this.peers, forwarded)
  }
}
