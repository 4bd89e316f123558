/**
 * One history of a simulation: one server, or two on one store that crash together, users who change their minds,
 * devices that come, go and forget to acknowledge. All chance comes from one seed. `watch.ts` says what must hold.
 */
import { documentKey, type Home, type Homes } from '../../src/home/home.ts'
import { AUID, type Etag, type Xui } from '../../src/names.ts'
import { createParticipating } from '../../src/participating/create.ts'
import type { InboxEvent } from '../../src/participating/contracts/inbox.ts'
import type { Participating, Submission } from '../../src/participating/participating.ts'
import { DEFAULT_PARTICIPATING_SETTINGS } from '../../src/participating/settings.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import type { UserPreferences } from '../../src/preferences/in-force.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore, type MemoryStore } from '../store/memory.ts'
import { ALICE, BOB, PF, PHONE, TABLET, as, registration, submission } from './testbed.ts'
import { OFFERS_AT_MOST, Watch } from './watch.ts'

/** Stands in for something in the product that would be done wrong. */
export interface Plant {
  /** Between a process and its store. */
  homes?(homes: Homes): Homes
  preferencesOf?(read: (home: Home) => Promise<UserPreferences>): (home: Home) => Promise<UserPreferences>
  /** What happens by itself when something is sent. */
  onSend?(pf: Participating, device: string, event: InboxEvent): void
}

const DO_NOT_DISTURB = {
  off: '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="false"/>',
  on: '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"/>',
  phone:
    `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="false"><device id="${PHONE}" ` +
    `on="true"/></do-not-disturb>`,
} as const
const PROFILES = { go: 'deliver', wait: 'defer', no: 'reject' } as const

/** One for all histories: a text is always the same under its name here, so it is parsed once. */
const documents = new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 1_000_000 })

/** A small generator (xorshift), good enough to spread over histories. */
function chance(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
}

/** Everything that begun gets on, until it waits for the clock. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Short, so that who comes back after a crash is at work again before anybody checks. */
const LEASE = 1000

type Sent = Partial<Submission> & { readonly messageId: string }

export class DevicesSimulation {
  readonly watch: Watch
  readonly #random: () => number
  readonly #clock = createHandClock()
  readonly #plant: Plant
  #store: MemoryStore
  readonly #count: number
  #servers: readonly Participating[]
  #epoch = 0
  #drawn = 0
  /** No more crashes, and every device acknowledges what it gets. */
  #calm = false
  readonly #closers = new Map<string, () => void>()
  readonly #received: { readonly device: string; readonly id: string }[] = []
  readonly #sent: Sent[] = []

  private constructor(seed: number, plant: Plant, count: number) {
    this.#random = chance(seed)
    this.#count = count
    this.#plant = plant
    this.watch = new Watch(this.#clock)
    this.#store = createMemoryStore({ clock: this.#clock, pause: () => this.#linger(4) })
    this.#servers = this.#boot()
  }

  static async make(seed: number, servers: number, plant: Plant = {}): Promise<DevicesSimulation> {
    const simulation = new DevicesSimulation(seed, plant, servers)
    for (const xui of [ALICE, BOB, PF.xui]) await simulation.#store.accounts.put({ ...as(xui as Xui), credentials: [] })
    for (const [name, action] of Object.entries(PROFILES)) {
      const body = `<display-name>${name}</display-name><messages><available action="${action}"/></messages>`
      await simulation.#write(
        AUID.profiles,
        name,
        `profile ${name}`,
        `<profile xmlns="urn:cpm-xdms:profile:1" id="${name}">${body}</profile>`,
      )
    }
    await simulation.#prefer('go')
    // Not waited for: it may die while it starts.
    for (const pf of simulation.#servers) void pf.start()
    return simulation
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  #pick<T>(...of: readonly T[]): T {
    return of[this.#below(of.length)] as T
  }

  async #linger(atMost: number): Promise<void> {
    for (let turns = this.#below(atMost); turns > 0; turns--) await Promise.resolve()
  }

  /** Any of the servers. */
  get #pf(): Participating {
    return this.#pick(...this.#servers)
  }

  #boot(): readonly Participating[] {
    this.#epoch += 1
    return Array.from({ length: this.#count }, () => this.#server(this.#epoch))
  }

  #server(mine: number): Participating {
    const process = this.#store
    const watched: Homes = {
      ...process.homes,
      commit: (commit) => this.watch.committing(() => process.homes.commit(commit), commit, mine),
    }
    const homes = this.#plant.homes?.(watched) ?? watched
    const read = (home: Home): Promise<UserPreferences> => readPreferences({ homes, documents }, home)
    return createParticipating({
      homes,
      messages: process.messages,
      leases: process.leases,
      accounts: process.accounts,
      clock: this.#clock,
      random: (count) => Buffer.from(`${mine}.${++this.#drawn}`.padEnd(count, '=')),
      preferencesOf: this.#plant.preferencesOf?.(read) ?? read,
      peers: {},
      settings: { ...DEFAULT_PARTICIPATING_SETTINGS, offersAtMost: OFFERS_AT_MOST, leaseFor: LEASE },
      log: {
        warn: () => {},
        error: (details) => this.watch.fail(`logged: ${String((details as { err?: Error }).err?.stack)}`),
      },
      failpoint: (name) => {
        if (this.#calm || mine !== this.#epoch || this.#random() >= (name === 'c13' ? 0.05 : 0.008)) return
        this.#crash()
        return new Promise<never>(() => {})
      },
    })
  }

  #crash(): void {
    this.watch.crashed()
    this.#closers.clear()
    this.#store = this.#store.crash()
    this.#servers = this.#boot()
    for (const pf of this.#servers) void pf.start()
  }

  /** As another process writes: read, change, commit, again where somebody else was first; `next` is now. */
  async #write(auid: string, name: string, text: string, xml: string): Promise<void> {
    const { homes } = this.#store
    for (;;) {
      const home = await homes.read(ALICE)
      const now = this.#clock.now()
      const entry = { etag: text as Etag, text, size: xml.length, changed: now, by: ALICE }
      const documentsNow = new Map(home.documents).set(documentKey(auid, name), entry)
      const changed: Home = { ...home, documents: documentsNow, next: Math.min(home.next ?? now, now) }
      const outcome = await homes.commit({ home: changed, texts: [{ id: text, bytes: Buffer.from(xml) }] })
      if (outcome.kind === 'committed') return
    }
  }

  #disturb(state: keyof typeof DO_NOT_DISTURB): Promise<void> {
    return this.#write(AUID.doNotDisturb, 'index', `dnd ${state}`, DO_NOT_DISTURB[state])
  }

  #prefer(state: keyof typeof PROFILES): Promise<void> {
    return this.#write(
      AUID.activeProfile,
      'index',
      `active ${state}`,
      `<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="${state}"/>`,
    )
  }

  async #send(again?: Sent): Promise<void> {
    const message: Sent = again ?? {
      messageId: `m${this.#sent.length}`,
      contentType: this.#pick('text/plain', 'text/plain', 'image/png'),
      expires: this.#random() < 0.4 ? this.#clock.now() + this.#pick(5_000, 20_000, 60_000, 120_000) : undefined,
      reports: ['delivery', 'failure'],
      from: this.#pick<string>(BOB, 'sip:eve@elsewhere.example'),
    }
    if (again === undefined) this.#sent.push(message)
    this.watch.submitted(message.messageId, message.expires)
    await this.#pf.accept(PF, submission(message)).then(
      ({ id }) => this.watch.accepted(message.messageId, id),
      () => undefined,
    )
  }

  async #open(device: string): Promise<void> {
    const mine = this.#epoch
    const pf = this.#pf
    const inbox = this.watch.opening(device)
    const send = (event: InboxEvent): void => {
      // What a process was about to send when it died goes nowhere.
      if (mine !== this.#epoch) return
      this.watch.sent(inbox, event)
      this.#received.push({ device, id: event.id })
      this.#plant.onSend?.(pf, device, event)
      if (this.#calm) void this.#acknowledge(this.#received.length - 1)
    }
    const close = await pf
      .openInbox(ALICE, device, { send, end: () => this.watch.closed(inbox) })
      .catch(() => undefined)
    if (close === undefined || mine !== this.#epoch) return this.watch.closed(inbox)
    this.#closers.set(device, () => {
      close()
      this.watch.closed(inbox)
    })
  }

  async #acknowledge(at: number): Promise<void> {
    const one = this.#received[at]
    if (one === undefined) return
    this.watch.acknowledging(one.device, one.id)
    if (await this.#pf.received(ALICE, one.device, one.id)) this.watch.acknowledged(one.device, one.id)
  }

  async #register(device: string, expiresIn: number): Promise<void> {
    await this.#pf.register(
      ALICE,
      device,
      registration({ expiresIn, ...(device === TABLET ? { accepts: ['text/*'] } : {}) }),
    )
  }

  async #step(): Promise<unknown> {
    // Up to as long as a message takes from its sender to the disk.
    await this.#linger(80)
    const device = this.#pick(PHONE, TABLET)
    const kind = this.#below(100)
    if (kind < 22) return this.#send()
    if (kind < 27) return this.#send(this.#sent[this.#below(this.#sent.length)])
    if (kind < 42) return this.#disturb(this.#pick('off', 'on', 'phone'))
    if (kind < 48) return this.#prefer(this.#pick('go', 'wait', 'no'))
    if (kind < 60) return this.#register(device, this.#pick(15, 60, 600))
    if (kind < 63) return this.#pf.unregister(ALICE, device)
    if (kind < 75) return this.#open(device)
    if (kind < 78) return this.#closers.get(device)?.()
    if (kind < 92) return this.#acknowledge(this.#below(this.#received.length))
    if (kind < 95) return this.#crash()
    return undefined
  }

  /**
   * What finds the rare bug: an arrival and the end of do-not-disturb in one moment, with a device that waits for it.
   */
  async #collide(): Promise<void> {
    await this.#register(PHONE, 600)
    await this.#open(PHONE)
    await this.#prefer('go')
    await this.#disturb('on')
    await Promise.all([this.#send(), this.#linger(80).then(() => this.#disturb('off'))])
  }

  /** Three seconds in which nobody does anything. */
  async #stand(): Promise<void> {
    for (let second = 0; second < 3; second++) {
      await turn()
      this.#clock.move(1000)
    }
    await turn()
    await turn()
    await this.watch.checkReleased(this.#store)
  }

  async run(steps: number): Promise<void> {
    for (let count = 0; count < steps && this.watch.failures.length === 0; count++) {
      // Most things happen while others are under way; the clock moves only between.
      void this.#step()
      if (this.#random() < 0.5) continue
      await turn()
      if (this.#random() < 0.5) this.#clock.move(this.#pick(1, 300, 1_000, 5_000, 31_000))
      await turn()
      await this.watch.check(this.#store)
      const then = this.#random()
      if (then < 0.05) void this.#collide()
      if (then < 0.12) await this.#stand()
      if (then < 0.98) continue
      this.#crash()
      for (let times = 0; times < 3; times++) await this.#stand()
    }
  }

  /** Everything heals and everybody is there: from then on all that waits must go. */
  async heal(): Promise<void> {
    this.#calm = true
    await turn()
    await this.#disturb('off')
    await this.#prefer('go')
    for (const device of [PHONE, TABLET]) {
      await this.#register(device, 3600)
      await this.#open(device)
    }
    // What is under way is committed before the clock moves, as everywhere here.
    await turn()
    // Beyond every expiry that was asked for, in steps that are no jump.
    for (let steps = 0; steps < 8; steps++) {
      this.#clock.move(steps < 3 ? 1000 : 31_000)
      await turn()
      await turn()
    }
    await this.watch.check(this.#store)
    await this.watch.checkEnded(this.#store)
  }
}
