/**
 * What must hold in every history, checked at every commit, at every sending and whenever the simulation stands still
 * (invariants INV-1 to INV-32).
 */
import type { Instant } from '../../src/clock.ts'
import { documentKey, type Commit, type Committed, type Home } from '../../src/home/home.ts'
import { AUID } from '../../src/names.ts'
import { queueOf, type Entry, type DeliveryAttempt } from '../../src/participating/state/queue.ts'
import type { InboxEvent } from '../../src/participating/contracts/inbox.ts'
import type { MessageRecord } from '../../src/participating/state/message-record.ts'
import type { MemoryStore } from '../store/memory.ts'
import { ALICE, PHONE, TABLET } from './testbed.ts'

export interface WatchedInbox {
  readonly device: string
  open: boolean
}

/** What the sender knows of a message. */
interface Known {
  readonly expires: Instant | undefined
  readonly submitted: Instant
  id?: string
  end?: string
}

const WEEK = 7 * 86_400_000
const OFFER = 30_000
export const OFFERS_AT_MOST = 3

export class Watch {
  readonly failures: string[] = []
  /** What happened, so that nobody takes an empty one for a good one. */
  readonly counts = { accepted: 0, offered: 0, delivered: 0, discarded: 0, crashed: 0 }
  readonly #clock: { now(): Instant }
  readonly #byMessageId = new Map<string, Known>()
  readonly #accepted = new Map<string, Known>()
  /** Offers that were committed. */
  readonly #offered = new Set<string>()
  readonly #acknowledging = new Set<string>()
  readonly #acknowledged = new Set<string>()
  readonly #inboxes = new Set<WatchedInbox>()
  #epoch = 1

  constructor(clock: { now(): Instant }) {
    this.#clock = clock
  }

  fail(what: string): void {
    this.failures.push(what)
  }

  crashed(): void {
    this.#epoch += 1
    this.counts.crashed += 1
    for (const inbox of this.#inboxes) inbox.open = false
    this.#inboxes.clear()
  }

  /** @param by which of the processes, one after the other, commits. */
  async committing(commit: () => Promise<Committed>, { home }: Commit, by: number): Promise<Committed> {
    const outcome = await commit()
    if (outcome.kind !== 'committed' || home.owner !== ALICE || by !== this.#epoch) return outcome
    for (const entry of held(home)) {
      for (const offer of entry.offers) {
        const key = `${entry.id} ${offer.device} ${offer.attempt}`
        if (this.#offered.has(key) || !Buffer.from(offer.inbox, 'base64url').toString().startsWith(`${by}.`)) continue
        this.#offered.add(key)
        this.counts.offered += 1
        this.#offerMade(home, entry, offer)
      }
    }
    return outcome
  }

  /** Judged by the very state that the offer was committed on. */
  #offerMade(home: Home, entry: Entry, { device, attempt }: DeliveryAttempt): void {
    const what = `${entry.id} to ${device.slice(-1)}, attempt ${attempt}`
    const now = this.#clock.now()
    if (disturbs(home, device)) this.fail(`INV-4: ${what} while do-not-disturb is on`)
    if (entry.expires <= now) this.fail(`INV-6: ${what} after its expiry`)
    if (!queueOf(home).registrations.some((one) => one.device === device && one.expires > now))
      this.fail(`INV-11: ${what}, which is not registered`)
    if (!fits(entry, device)) this.fail(`INV-11: ${what}, which takes only text`)
    if (this.#acknowledged.has(`${entry.id} ${device}`)) this.fail(`INV-9: ${what}, which has acknowledged it`)
    const isOlder = (other: Entry): boolean =>
      other.turn < entry.turn && other.expires > now && isOwed(home, other, device)
    const older = attempt > 1 ? undefined : held(home).find(isOlder)
    if (older !== undefined) this.fail(`INV-12: ${what} before ${older.id}`)
  }

  submitted(messageId: string, expires: Instant | undefined): void {
    if (!this.#byMessageId.has(messageId)) this.#byMessageId.set(messageId, { expires, submitted: this.#clock.now() })
  }

  accepted(messageId: string, id: string): void {
    const known = this.#byMessageId.get(messageId)
    if (known === undefined) return
    if (known.id === undefined) this.counts.accepted += 1
    else if (known.id !== id) this.fail(`P6: ${messageId} is ${known.id} and ${id}`)
    known.id = id
    this.#accepted.set(id, known)
  }

  opening(device: string): WatchedInbox {
    const inbox = { device, open: true }
    this.#inboxes.add(inbox)
    return inbox
  }

  closed(inbox: WatchedInbox): void {
    inbox.open = false
    this.#inboxes.delete(inbox)
  }

  sent(inbox: WatchedInbox, { id, data }: InboxEvent): void {
    if (!inbox.open) this.fail(`INV-11: ${id} into a closed inbox`)
    if (!this.#offered.has(`${id} ${inbox.device} ${String('attempt' in data ? data.attempt : undefined)}`))
      this.fail(`INV-2: ${id} sent before its offer was committed`)
  }

  acknowledging(device: string, id: string): void {
    this.#acknowledging.add(`${id} ${device}`)
  }

  acknowledged(device: string, id: string): void {
    this.#acknowledged.add(`${id} ${device}`)
  }

  /** Each message that was accepted waits or has ended, one of the two, and an end stays what it is. */
  async check(store: MemoryStore): Promise<void> {
    for (const [id, known] of this.#accepted) {
      // The home first: what has left it has its end by then, and never comes back.
      const waits = queueOf(await store.homes.read(ALICE)).waiting.filter((entry) => entry.id === id).length
      const record = (await store.messages.byId(id))?.value as MessageRecord | undefined
      if (record === undefined) this.fail(`INV-1: ${id} was answered 202 and is nowhere`)
      else if (waits > 1 || (waits === 0 && record.end === undefined))
        this.fail(`INV-1: ${id} waits ${waits} times and has no end`)
      else this.#checkEnd(id, known, record)
    }
  }

  #checkEnd(id: string, known: Known, { end, reports }: MessageRecord): void {
    if (end === undefined) {
      if (reports.length > 0) this.fail(`INV-15: ${id} waits and has a report`)
      return
    }
    const text = JSON.stringify(end)
    if (known.end !== undefined && known.end !== text) this.fail(`INV-3: ${id} ended as ${known.end}, then as ${text}`)
    if (known.end === undefined && (end.state === 'delivered' || end.state === 'discarded')) this.counts[end.state] += 1
    known.end = text
    const isAcknowledged = [PHONE, TABLET].some((device) => this.#acknowledging.has(`${id} ${device}`))
    if (end.state === 'delivered' && !isAcknowledged)
      this.fail(`INV-10: ${id} is delivered, and nobody acknowledged it`)
    if (end.state === 'discarded' && end.at < (known.expires ?? known.submitted + WEEK))
      this.fail(`INV-5: ${id} expired too early`)
    const dispositions = reports.map(({ disposition }) => disposition).join()
    if (dispositions !== (end.state === 'delivered' ? 'delivered' : 'failed'))
      this.fail(`INV-15: ${id} ended ${end.state}, reported ${dispositions}`)
  }

  /**
   * Three quiet seconds later nothing waits that has expired or could go, and everybody with an open inbox has been
   * offered what is his.
   */
  async checkReleased(store: MemoryStore): Promise<void> {
    const home = await store.homes.read(ALICE)
    const now = this.#clock.now()
    const { waiting, registrations } = queueOf(home)
    for (const entry of waiting) {
      const quietSince = Math.max(entry.expires, ...entry.offers.map(({ at }) => at + OFFER))
      if (quietSince < now - 2000) this.fail(`INV-7: ${entry.id} has expired and still waits`)
    }
    if (textOf(home, AUID.activeProfile) !== 'active go') return
    for (const { device } of this.#inboxes) {
      if (disturbs(home, device) || !registrations.some((one) => one.device === device && one.expires > now)) continue
      const out = held(home).filter(({ offers }) =>
        offers.some((offer) => offer.device === device && offer.at + OFFER > now),
      ).length
      for (const entry of waiting) {
        if (!fits(entry, device) || entry.expires <= now) continue
        if (entry.addressees.length === 0)
          this.fail(`INV-32: ${entry.id} could go to ${device.slice(-1)} and was not released`)
        else if (out < OFFERS_AT_MOST && isOwed(home, entry, device))
          this.fail(`INV-8: ${entry.id} was not offered to ${device.slice(-1)}`)
      }
    }
  }

  /** All is well again and everybody acknowledges: nothing waits any more. */
  async checkEnded(store: MemoryStore): Promise<void> {
    const home = await store.homes.read(ALICE)
    for (const { id } of held(home)) this.fail(`INV-8: ${id} still waits`)
    for (const { id } of queueOf(home).outgoing) this.fail(`INV-15: the report ${id} was not carried`)
  }
}

function held(home: Home): readonly Entry[] {
  return [...queueOf(home).waiting, ...queueOf(home).copies]
}

function textOf(home: Home, auid: string): string | undefined {
  return home.documents.get(documentKey(auid, 'index'))?.text
}

function disturbs(home: Home, device: string): boolean {
  const state = textOf(home, AUID.doNotDisturb)
  return state === 'dnd on' || (state === 'dnd phone' && device === PHONE)
}

function fits(entry: Entry, device: string): boolean {
  return entry.kind === 'message' && !(device === TABLET && entry.facts.partTypes.includes('image/png'))
}

/** It was released to the device, at the registration of now, and never offered to it. */
function isOwed(home: Home, entry: Entry, device: string): boolean {
  if (entry.offers.some((offer) => offer.device === device)) return false
  const registered = queueOf(home).registrations.find((registration) => registration.device === device)
  return entry.addressees.some((addressee) => addressee.device === device && addressee.began === registered?.began)
}
