/**
 * A participating function on the store in memory, with a clock that the test moves: users, their documents, devices
 * and inboxes.
 */
import type { Principal, Role } from '../../src/access/account.ts'
import { inboxPieces } from '../../src/http/inbox-event.ts'
import { documentKey, type DocumentEntry } from '../../src/home/home.ts'
import { update } from '../../src/home/update.ts'
import { AUID, type Etag, type Owner, type Xui } from '../../src/names.ts'
import { createParticipating } from '../../src/participating/create.ts'
import type { ParticipatingPeers } from '../../src/participating/transaction/contract.ts'
import type { InboxEvent } from '../../src/participating/contracts/inbox.ts'
import type { MessageForOthers, Participating, Submission } from '../../src/participating/participating.ts'
import type { RegistrationRequest } from '../../src/participating/registration.ts'
import { DEFAULT_PARTICIPATING_SETTINGS, type ParticipatingSettings } from '../../src/participating/settings.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { Refused, type Refusal } from '../../src/refusal.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { createHandClock, type HandClock } from '../store/hand-clock.ts'
import { createMemoryStore, type MemoryStore } from '../store/memory.ts'

export const ALICE = 'sip:alice@example.com' as Xui
export const BOB = 'sip:bob@example.com' as Xui
export const PF: Principal = { xui: 'sip:pf@example.com' as Xui, role: 'participating-function' }
export const ADMIN: Principal = { xui: 'sip:admin@example.com' as Xui, role: 'administrator' }
export const PHONE = 'urn:uuid:00000000-0000-4000-8000-000000000001'
export const TABLET = 'urn:uuid:00000000-0000-4000-8000-000000000002'

export const as = (xui: Xui, role: Role = 'user'): Principal => ({ xui, role })

/** Everything that begun runs to its end: the store in memory never waits for anything outside. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** What an inbox shows, as REST shows it. */
export type ShownEvent = Pick<InboxEvent, 'event' | 'id'> & { readonly data: Readonly<Record<string, unknown>> }

export function shownEvent(event: InboxEvent): ShownEvent {
  const text = Buffer.concat([...inboxPieces(event)]).toString()
  return { ...event, data: JSON.parse(text.slice(text.indexOf('data: ') + 'data: '.length)) as ShownEvent['data'] }
}

interface Inbox {
  /** As REST shows them. */
  readonly events: ShownEvent[]
  readonly ids: () => readonly string[]
  ended: boolean
  close(): void
}

/** Text bodies of one word, unless the test says otherwise. */
export function submission(fields: Partial<Submission> = {}): Submission {
  return {
    messageId: undefined,
    from: undefined,
    to: ALICE,
    subject: undefined,
    contentType: 'text/plain',
    body: Buffer.from('hello'),
    expires: undefined,
    reports: [],
    privacy: false,
    conversation: undefined,
    group: undefined,
    file: false,
    ...fields,
  }
}

export function registration(fields: Partial<RegistrationRequest> = {}): RegistrationRequest {
  return { expiresIn: undefined, accepts: undefined, maxBytes: undefined, connectivity: undefined, ...fields }
}

const AUIDS = {
  profile: AUID.profiles,
  'active-profile': AUID.activeProfile,
  'do-not-disturb': AUID.doNotDisturb,
  'provider-policy': AUID.providerPolicy,
} as const

export class Testbed {
  readonly clock: HandClock = createHandClock()
  readonly logged: { readonly details: object; readonly message: string }[] = []
  /** What the store waits for before it commits. */
  beforeCommit: () => Promise<void> | void = () => {}
  store: MemoryStore = createMemoryStore({
    clock: this.clock,
    pause: (where) => (where === 'before-commit' ? this.beforeCommit() : undefined),
  })
  readonly #settings: ParticipatingSettings
  /** What happens at the named points. */
  failpoint: (name: string) => Promise<void> | void = () => {}
  /** What it asks of others. */
  readonly peers: ParticipatingPeers = {}
  #drawn = 0
  pf: Participating

  private constructor(settings: Partial<ParticipatingSettings>) {
    this.#settings = { ...DEFAULT_PARTICIPATING_SETTINGS, ...settings }
    this.pf = this.#boot()
  }

  static async make(settings: Partial<ParticipatingSettings> = {}): Promise<Testbed> {
    const testbed = new Testbed(settings)
    for (const { xui, role } of [as(ALICE), as(BOB), PF, ADMIN])
      await testbed.store.accounts.put({ xui, role, credentials: [] })
    await testbed.pf.start()
    return testbed
  }

  /** Another process on the same store, as the command line is one. */
  another(): Participating {
    return this.#boot()
  }

  #boot(): Participating {
    const { messages, leases, accounts } = this.store
    const homes = { ...this.store.homes }
    const documents = new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 1_000_000 })
    const note = (details: object, message: string): void => void this.logged.push({ details, message })
    return createParticipating({
      homes,
      messages,
      leases,
      accounts,
      clock: this.clock,
      random: (count) => Buffer.from(`${++this.#drawn}`.padStart(count, '0')).subarray(0, count),
      preferencesOf: (home) => readPreferences({ homes, documents }, home),
      peers: this.peers,
      settings: this.#settings,
      log: { warn: note, error: note },
      failpoint: (name) => this.failpoint(name),
    })
  }

  /** Written as the XCAP side writes: the document, and `next` set to now, in one commit. */
  async #put(owner: Owner, root: keyof typeof AUIDS, name: string, attributes: string, body: string): Promise<void> {
    const now = this.clock.now()
    const xml = `<${root} xmlns="urn:cpm-xdms:${root}:1" ${attributes}>${body}</${root}>`
    await update(this.store.homes, owner, (home) => {
      const text = `text ${home.revision + 1} of ${owner}`
      const entry: DocumentEntry = { etag: text as Etag, text, size: xml.length, changed: now, by: ADMIN.xui }
      const documents = new Map(home.documents).set(documentKey(AUIDS[root], name), entry)
      const changed = { ...home, documents, next: Math.min(home.next ?? now, now) }
      return { answer: undefined, commit: { home: changed, texts: [{ id: text, bytes: Buffer.from(xml) }] } }
    })
    await quiet()
  }

  /** `body` is what stands in it behind its display name. */
  profile(owner: Owner, id: string, body: string): Promise<void> {
    return this.#put(owner, 'profile', id, `id="${id}"`, `<display-name>${id}</display-name>${body}`)
  }

  active(owner: Owner, attributes: string, body = ''): Promise<void> {
    return this.#put(owner, 'active-profile', 'index', attributes, body)
  }

  doNotDisturb(owner: Owner, attributes: string, body = ''): Promise<void> {
    return this.#put(owner, 'do-not-disturb', 'index', attributes, body)
  }

  policy(body: string): Promise<void> {
    return this.#put('global', 'provider-policy', 'index', '', body)
  }

  async open(owner: Xui, device: string): Promise<Inbox> {
    const inbox: Inbox = { events: [], ids: () => inbox.events.map(({ id }) => id), ended: false, close: () => {} }
    inbox.close = await this.pf.openInbox(owner, device, {
      send: (event) => void inbox.events.push(shownEvent(event)),
      end: () => void (inbox.ended = true),
    })
    await quiet()
    return inbox
  }

  async send(fields: Partial<Submission> = {}, by = as(BOB)): Promise<string> {
    const { id } = await this.pf.accept(by, submission(fields))
    await quiet()
    return id
  }

  async view(id: string): Promise<MessageForOthers> {
    const view = await this.pf.message(PF, id)
    if (view === undefined || !('reports' in view)) throw new Error(`no message ${id}`)
    return view
  }

  /** The clock moves in steps in which everything settles, small enough for no jump. */
  async pass(milliseconds: number): Promise<void> {
    const { clock } = this
    const end = clock.now() + milliseconds
    // The last millisecond is a step of its own: what is due at the end is then waited for exactly.
    for (const until of [end - 1, end]) {
      while (clock.now() < until) {
        const step = milliseconds > 600_000 ? 120_000 : Math.max(0, (clock.next() ?? until) - clock.now())
        clock.moveTo(Math.min(until, clock.now() + step))
        await quiet()
      }
    }
  }

  /** The process dies; another starts. */
  async restart(): Promise<void> {
    this.store = this.store.crash()
    this.pf = this.#boot()
    await this.pf.start()
    await quiet()
  }

  stop(): Promise<void> {
    return this.pf.stop()
  }
}

/** What a promise was refused with. */
export async function refusal(work: Promise<unknown>): Promise<Refusal> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof Refused)) throw new Error(`not refused: ${String(thrown)}`)
  return thrown.refusal
}
