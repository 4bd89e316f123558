/**
 * Subscriptions to documents over SIP: the event package `xcap-diff` (RFC 5875) on the same changes that the streams of
 * HTTP tell. What is there comes first, then each change, one NOTIFY after the other was answered, so the order holds.
 */
import type { Accounts, Principal } from '../access/account.ts'
import { createAlarm, type Clock } from '../clock.ts'
import type { View, Watcher } from '../feed/changes.ts'
import { readTargets } from '../feed/targets.ts'
import type { Changes, WatchStep } from '../notify/watch.ts'
import { Refused } from '../refusal.ts'
import type { ApplicationUsages } from '../xcap/application-usage.ts'
import type { SipLog } from './connection.ts'
import { secondsOf } from './contacts.ts'
import { senderOf } from './identity.ts'
import type { DialogOwner, SipAnswer, SipDialog, SipHandler, SipRequest } from './port.ts'
import { createPlaces } from './places.ts'
import { diffOf, packageOf, targetsIn } from './watch-request.ts'

export interface SubscriptionRooms {
  readonly changes: Changes
  readonly accounts: Pick<Accounts, 'find'>
  readonly usages: ApplicationUsages
  /** The XCAP root as a URI, and its path. */
  readonly root: { readonly uri: string; readonly path: string }
  readonly contact: (user: string) => string
  readonly limits: { readonly subscriptions: number; readonly subscriptionsOfUser: number }
  readonly clock: Clock
  readonly log: SipLog
}

export interface Subscriptions {
  readonly subscribe: SipHandler
  stop(): void
}

const TYPE = 'application/xcap-diff+xml'
const SECONDS_UNSAID = 3600
const SECONDS_AT_MOST = 86_400
/** The 2xx goes over another connection than the NOTIFY, and should be first. */
const BEHIND_THE_ANSWER_MS = 20

/** `Event: xcap-diff;diff-processing=…`, as it was asked for. */
interface Asked {
  readonly principal: Principal
  readonly event: string
  readonly view: View
}

export function createSubscriptions(rooms: SubscriptionRooms): Subscriptions {
  const all = new Set<Subscription>()
  const places = createPlaces(rooms.limits.subscriptions, rooms.limits.subscriptionsOfUser)
  return {
    async subscribe(request) {
      const { name, parameters } = packageOf(request)
      if (name !== 'xcap-diff') return { status: 489, headers: ['Allow-Events: xcap-diff'] }
      const accept = request.headers('accept').join(',')
      if (accept !== '' && !/application\/(?:xcap-diff\+xml|\*)|\*\/\*/i.test(accept)) return { status: 406 }
      const principal = await principalOf(rooms, request)
      const view: View = {
        targets: readTargets(targetsIn(request, rooms.root.path), rooms.usages, principal),
        form: 'xcap-diff',
        diff: diffOf(parameters),
        root: rooms.root.uri,
      }
      const seconds = expiryOf(request)
      const leave = places.enter(principal.xui)
      if (leave === undefined) return { status: 503, headers: ['Retry-After: 60'] }
      return {
        status: 200,
        headers: [`Expires: ${seconds}`, `Contact: ${rooms.contact('xcap')}`],
        accepted: (dialog) => {
          const asked = { principal, event: request.header('event') ?? 'xcap-diff', view }
          const made = new Subscription(rooms, dialog, asked, () => {
            leave()
            all.delete(made)
          })
          all.add(made)
          made.begin(seconds)
          return made
        },
      }
    },
    stop() {
      for (const subscription of [...all]) subscription.abandon()
    },
  }
}

/** Who asks is whom the core asserts, if he has an account here. @throws Refused `forbidden` */
async function principalOf({ accounts }: SubscriptionRooms, request: SipRequest): Promise<Principal> {
  const { xui } = senderOf(request)
  const account = xui === undefined ? undefined : await accounts.find(xui)
  if (account === undefined) throw new Refused({ kind: 'forbidden', detail: 'Who asks has no account here.' })
  return { xui: account.xui, role: account.role }
}

function expiryOf(request: SipRequest): number {
  return Math.min(secondsOf(request.header('expires')) ?? SECONDS_UNSAID, SECONDS_AT_MOST)
}

class Subscription implements DialogOwner {
  readonly #rooms: SubscriptionRooms
  readonly #dialog: SipDialog
  readonly #asked: Asked
  readonly #ended: () => void
  readonly #stopping = new AbortController()
  readonly #expiry: ReturnType<typeof createAlarm>
  #expires = 0
  /** NOTIFYs that have to go: one at a time (RFC 5875 §4.9). */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(rooms: SubscriptionRooms, dialog: SipDialog, asked: Asked, ended: () => void) {
    this.#rooms = rooms
    this.#dialog = dialog
    this.#asked = asked
    this.#ended = ended
    this.#expiry = createAlarm(rooms.clock, () => void this.#finish('timeout'))
  }

  /** @param seconds 0: what is there is told once, and that is the end (RFC 6665 §4.4.3). */
  begin(seconds: number): void {
    this.#prolong(Math.max(seconds, 1))
    void this.#follow(seconds === 0).catch((error: unknown) => {
      this.#rooms.log.warn({ err: error }, 'a subscription of SIP could not go on')
      return this.#finish('deactivated')
    })
  }

  async request(request: SipRequest): Promise<SipAnswer> {
    if (request.method !== 'SUBSCRIBE') return { status: 405, headers: ['Allow: SUBSCRIBE'] }
    const seconds = expiryOf(request)
    if (seconds === 0) this.#behindTheAnswer(() => this.#finish('timeout'))
    else {
      this.#prolong(seconds)
      // RFC 6665 §4.2.1.2: each SUBSCRIBE is answered by a NOTIFY, too; nothing has changed, so it has no body.
      this.#behindTheAnswer(() => this.#notify(undefined))
    }
    return { status: 200, headers: [`Expires: ${seconds}`, `Contact: ${this.#rooms.contact('xcap')}`] }
  }

  /** The server stops: the subscriber finds another one when he refreshes. */
  abandon(): void {
    this.#close()
  }

  async #follow(once: boolean): Promise<void> {
    const { changes } = this.#rooms
    const { principal, view } = this.#asked
    const watcher: Watcher = { xui: principal.xui, owner: principal.role === 'user' ? principal.xui : undefined, view }
    const steps = await changes.watch(watcher, undefined, this.#stopping.signal)
    await new Promise<void>((resolve) => this.#behindTheAnswer(resolve))
    /** What is there, until the first sign of quiet: it goes as one (RFC 5875 §4.4). */
    let present: string[] | undefined = []
    for await (const step of steps) {
      if (step.kind === 'resync') return this.#finish('deactivated')
      if (present === undefined) {
        for (const diff of diffsOf(step)) await this.#notify(diff)
      } else if (step.kind === 'events') present.push(...diffsOf(step))
      else {
        const all = joined(present, this.#asked.view.root)
        present = undefined
        if (once) return this.#finish('timeout', all[0])
        for (const diff of all) await this.#notify(diff)
      }
    }
  }

  #behindTheAnswer(run: () => unknown): void {
    const { clock } = this.#rooms
    clock.at(clock.now() + BEHIND_THE_ANSWER_MS, () => void run())
  }

  #prolong(seconds: number): void {
    this.#expires = this.#rooms.clock.now() + seconds * 1000
    this.#expiry.set(this.#expires)
  }

  async #notify(diff: string | undefined): Promise<void> {
    const left = Math.max(0, Math.ceil((this.#expires - this.#rooms.clock.now()) / 1000))
    const status = await this.#send(`active;expires=${left}`, diff)
    // RFC 6665 §4.2.2: whoever refuses it, or is not there, is no subscriber any more.
    if (status >= 300) this.#close()
  }

  async #finish(reason: 'timeout' | 'deactivated', diff?: string): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#stopping.abort()
    await this.#send(`terminated;reason=${reason}`, diff)
    this.#close()
  }

  #close(): void {
    this.#stopping.abort()
    this.#expiry.callOff()
    this.#dialog.forget()
    this.#ended()
  }

  #send(state: string, diff: string | undefined): Promise<number> {
    const headers = [
      `Event: ${this.#asked.event}`,
      `Subscription-State: ${state}`,
      `Contact: ${this.#rooms.contact('xcap')}`,
    ]
    const sent = this.#queue.then(async () => {
      const body = diff === undefined ? undefined : { type: TYPE, bytes: Buffer.from(diff) }
      return (await this.#dialog.send('NOTIFY', headers, body)).status
    })
    this.#queue = sent
    return sent
  }
}

function diffsOf(step: WatchStep): readonly string[] {
  if (step.kind !== 'events') return []
  return step.events
    .filter(({ event }) => event === 'xcap-diff')
    .map(({ data }) => (JSON.parse(data) as { readonly xcapDiff: string }).xcapDiff)
}

/**
 * What is there as one document; one whose prefix is another stands for itself, so nothing inside changes its meaning.
 * Never none.
 */
function joined(diffs: readonly string[], root: string): readonly [string, ...string[]] {
  const [first = `<d:xcap-diff xmlns:d="urn:ietf:params:xml:ns:xcap-diff" xcap-root="${root}"></d:xcap-diff>`] = diffs
  const parts = /^([^]*?<(\w+:)xcap-diff [^>]*>)([^]*)(<\/\w+:xcap-diff>)$/
  const [, start = '', prefix = '', , end = ''] = parts.exec(first) ?? []
  const contents: string[] = []
  const others: string[] = []
  for (const diff of diffs) {
    const [, , own, content = ''] = parts.exec(diff) ?? []
    if (own === prefix) contents.push(content)
    else others.push(diff)
  }
  return [`${start}${contents.join('')}${end}`, ...others]
}
