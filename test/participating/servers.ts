/**
 * Several servers on one store: each a participating function with its own way to the store, on one clock that the test
 * moves. A server can be frozen, as a process that is stopped: nothing that it waits for comes back to it, and nothing
 * that it does is done.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Principal } from '../../src/access/account.ts'
import type { Clock } from '../../src/clock.ts'
import { documentKey, type DocumentEntry, type Home, type Homes } from '../../src/home/home.ts'
import { update } from '../../src/home/update.ts'
import { AUID, type Etag, type Owner } from '../../src/names.ts'
import { createParticipating } from '../../src/participating/create.ts'
import type { MessageForOthers, Participating } from '../../src/participating/participating.ts'
import type { ParticipatingPeers } from '../../src/participating/transaction/contract.ts'
import { DEFAULT_PARTICIPATING_SETTINGS, type ParticipatingSettings } from '../../src/participating/settings.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { createHandClock, type HandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'
import { ADMIN, ALICE, BOB, PF, as, shownEvent, submission, type ShownEvent } from './testbed.ts'

/** One store for all of them. */
export interface SharedStore {
  /** Once more, as another process does. */
  open(): Promise<Store>
  close(): Promise<unknown>
}

function inMemory(clock: HandClock): SharedStore {
  const store = createMemoryStore({ clock })
  return { open: async () => store, close: async () => {} }
}

function inOneFile(clock: HandClock): SharedStore {
  const folder = mkdtemp(join(tmpdir(), 'xdms-servers-'))
  const opened: Store[] = []
  return {
    async open() {
      const store = await openSqliteStore({ folder: await folder, clock })
      opened.push(store)
      return store
    },
    async close() {
      for (const store of opened) await store.close()
      await rm(await folder, { recursive: true })
    },
  }
}

export const SHARED_STORES = [
  ['in memory', inMemory],
  ['SQLite, each with its own way to one file', inOneFile],
] as const

/**
 * One turn is enough for anything in memory; a commit to a file takes one or two, and its news a look of the others.
 */
const TURNS = 24
const STEP_MS = 250
const CALLS_AT_MOST = 10_000

export interface ServersInbox {
  /** As REST shows them. */
  readonly events: ShownEvent[]
  readonly ids: () => readonly string[]
  ended: boolean
}

export class Server {
  readonly pf: Participating
  readonly store: Store
  readonly logged: string[] = []
  /** Calls of the store, by name. */
  readonly asked = new Map<string, number>()
  /** Told of each call before it is made, and of each named point (`c4`). */
  onStep: (step: string) => void = () => {}
  /** As the store tells of a commit. */
  tell: Parameters<Homes['onCommit']>[0] = () => {}
  /** It hears of nothing that is committed. */
  isDeaf = false
  #thaw: (() => void) | undefined
  #thawed: Promise<void> = Promise.resolve()

  constructor(
    name: string,
    store: Store,
    clock: Clock,
    settings: ParticipatingSettings,
    readonly peers: ParticipatingPeers,
  ) {
    let drawn = 0
    this.store = store
    const onCommit: Homes['onCommit'] = (listener) => {
      this.tell = (owner, next) => void this.#thawed.then(() => listener(owner, next))
      return store.homes.onCommit((owner, next) => void (this.isDeaf || this.tell(owner, next)))
    }
    const homes: Homes = { ...this.#gated(store.homes), onCommit }
    const documents = new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 1_000_000 })
    const note = (details: object, message: string): void =>
      void this.logged.push(`${message} ${String((details as { err?: Error }).err ?? '')}`)
    this.pf = createParticipating({
      homes,
      messages: this.#gated(store.messages),
      leases: this.#gated(store.leases),
      accounts: store.accounts,
      clock: { now: clock.now, at: (instant, run) => clock.at(instant, () => void this.#thawed.then(run)) },
      random: (count) => Buffer.from(`${name}${++drawn}`.padEnd(count, '=')),
      preferencesOf: (home: Home) => readPreferences({ homes, documents }, home),
      peers,
      settings,
      log: { warn: note, error: note },
      failpoint: (point) => this.#pass(point),
    })
  }

  async #pass(step: string): Promise<void> {
    this.onStep(step)
    await this.#thawed
  }

  #gated<T extends object>(room: T): T {
    const gate =
      (name: string, call: (...asked: unknown[]) => Promise<unknown>) =>
      async (...asked: unknown[]): Promise<unknown> => {
        const count = (this.asked.get(name) ?? 0) + 1
        this.asked.set(name, count)
        // Servers that never come to rest would starve whatever could end the test.
        if (count > CALLS_AT_MOST) throw new Error(`${name} was called ${count} times`)
        await this.#pass(name)
        const answer = await call.apply(room, asked)
        await this.#thawed
        return answer
      }
    return Object.fromEntries(
      Object.entries(room).map(([name, call]) => [name, gate(name, call as () => Promise<unknown>)]),
    ) as T
  }

  freeze(): void {
    if (this.#thaw === undefined) this.#thawed = new Promise((resolve) => (this.#thaw = resolve))
  }

  thaw(): void {
    this.#thaw?.()
    this.#thaw = undefined
  }

  /** From the next time on that it comes there, it is frozen. */
  freezeAt(step: string): void {
    this.onStep = (now) => {
      if (now !== step) return
      this.onStep = () => {}
      this.freeze()
    }
  }
}

export class Servers {
  readonly clock: HandClock
  readonly #shared: SharedStore
  readonly #settings: ParticipatingSettings
  readonly #all: Server[] = []

  private constructor(clock: HandClock, shared: SharedStore, settings: Partial<ParticipatingSettings>) {
    this.clock = clock
    this.#shared = shared
    this.#settings = { ...DEFAULT_PARTICIPATING_SETTINGS, ...settings }
  }

  static async make(
    openStore: (clock: HandClock) => SharedStore,
    settings: Partial<ParticipatingSettings> = {},
  ): Promise<Servers> {
    const clock = createHandClock()
    const servers = new Servers(clock, openStore(clock), settings)
    const store = await servers.#shared.open()
    for (const { xui, role } of [as(ALICE), as(BOB), PF, ADMIN])
      await store.accounts.put({ xui, role, credentials: [] })
    return servers
  }

  /** Another server starts, its clock that many milliseconds ahead. */
  async start(ahead = 0, peers: ParticipatingPeers = {}): Promise<Server> {
    const { now, at } = this.clock
    const clock: Clock = { now: () => now() + ahead, at: (instant, run) => at(instant - ahead, run) }
    const server = new Server(`server-${this.#all.length}-`, await this.#shared.open(), clock, this.#settings, peers)
    this.#all.push(server)
    await server.pf.start()
    return server
  }

  /** Everybody does what there is to do now. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  async pass(milliseconds: number): Promise<void> {
    for (const end = this.clock.now() + milliseconds; this.clock.now() < end; ) {
      this.clock.move(Math.min(STEP_MS, end - this.clock.now()))
      await this.quiet()
    }
  }

  /** What one server did is known to the others. */
  told(): Promise<void> {
    return this.pass(2 * STEP_MS)
  }

  async open({ pf }: Server, device: string): Promise<ServersInbox> {
    const inbox: ServersInbox = { events: [], ids: () => inbox.events.map(({ id }) => id), ended: false }
    await pf.openInbox(ALICE, device, {
      send: (event) => void inbox.events.push(shownEvent(event)),
      end: () => void (inbox.ended = true),
    })
    await this.told()
    return inbox
  }

  async send({ pf }: Server, fields: Parameters<typeof submission>[0] = {}, by: Principal = as(BOB)): Promise<string> {
    const { id } = await pf.accept(by, submission(fields))
    await this.told()
    return id
  }

  async view({ pf }: Server, id: string): Promise<MessageForOthers> {
    return (await pf.message(PF, id)) as MessageForOthers
  }

  doNotDisturb(server: Server, on: boolean, until?: string): Promise<void> {
    const end = until === undefined ? '' : ` until="${until}"`
    return this.#put(
      server,
      ALICE,
      AUID.doNotDisturb,
      `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="${on}"${end}/>`,
    )
  }

  policy(server: Server, body: string): Promise<void> {
    return this.#put(
      server,
      'global',
      AUID.providerPolicy,
      `<provider-policy xmlns="urn:cpm-xdms:provider-policy:1">${body}</provider-policy>`,
    )
  }

  /** Alice's own, and the one in force. */
  async profile(server: Server, body: string): Promise<void> {
    const name = '<display-name>work</display-name>'
    const profile = `<profile xmlns="urn:cpm-xdms:profile:1" id="work">${name}${body}</profile>`
    await this.#put(server, ALICE, AUID.profiles, profile, 'work')
    await this.#put(
      server,
      ALICE,
      AUID.activeProfile,
      '<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="work"/>',
    )
  }

  /** As the XCAP side of that server writes it. */
  async #put({ store }: Server, owner: Owner, auid: string, xml: string, name = 'index'): Promise<void> {
    const now = this.clock.now()
    await update(store.homes, owner, (home) => {
      const text = `text ${home.revision + 1} of ${owner}`
      const entry: DocumentEntry = { etag: text as Etag, text, size: xml.length, changed: now, by: ALICE }
      const documents = new Map(home.documents).set(documentKey(auid, name), entry)
      return {
        answer: undefined,
        commit: { home: { ...home, documents, next: now }, texts: [{ id: text, bytes: Buffer.from(xml) }] },
      }
    })
    await this.told()
  }

  async stop(): Promise<void> {
    for (const server of this.#all) server.thaw()
    await this.quiet()
    for (const { pf } of this.#all) await pf.stop()
    await this.#shared.close()
  }
}
