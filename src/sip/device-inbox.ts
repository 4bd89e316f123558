/**
 * The inbox of one device that registered with the core: what the participating function offers it goes out in order,
 * and the device's answer is the acknowledgement (P3). A device that does not answer is left alone for a while; what it
 * was offered is offered anew when its inbox opens again, so nothing is lost with this process either.
 */
import { createAlarm, type Alarm, type Clock, type Instant, type Randomness } from '../clock.ts'
import type { Xui } from '../names.ts'
import type { InboxEvent } from '../participating/contracts/inbox.ts'
import type { Participating } from '../participating/participating.ts'
import { Refused } from '../refusal.ts'
import type { SipLog } from './connection.ts'

/**
 * How it went: `taken` is an acknowledgement; `not-this` refuses this one for good; `not-now` may be tried again;
 * `withdrawn` was not sent, because it may not go any more.
 */
export type DeviceAnswer = 'taken' | 'not-this' | 'not-now' | 'withdrawn'

/** What the participating function lets go to the device, and since when. */
export interface Offered {
  readonly event: InboxEvent
  readonly at: Instant
  readonly isStillGood: () => Promise<boolean>
}

/** What was let go longer ago is asked about once more before it goes (D4). */
export const LATE_MS = 1_000

export interface DeviceAddress {
  readonly owner: Xui
  readonly device: string
  /** What its requests go to. */
  readonly contact: string
}

/**
 * Sends from the beginning of what waits, and tells what became of each as soon as it is known; resolves when it sends
 * no more for now. What it told nothing of waits on.
 */
export type Deliver = (to: DeviceAddress, offered: readonly Offered[], became: Became) => Promise<void>
export type Became = (one: Offered, answer: DeviceAnswer) => Promise<void>

export interface DeviceInboxRooms {
  readonly participating: Pick<Participating, 'openInbox' | 'received' | 'giveBack' | 'hasInbox' | 'deferred'>
  readonly clock: Clock
  readonly random: Randomness
  readonly log: SipLog
  readonly deliver: Deliver
}

/** U15: after 5 s, doubled up to an hour, give or take a fifth. */
const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 3_600_000
/** The device opened another inbox, over HTTP say, and has that as long as it likes. */
const STEPPED_ASIDE_MS = 15_000

export class DeviceInbox {
  readonly #rooms: DeviceInboxRooms
  readonly #retry: Alarm
  readonly #refused = new Set<string>()
  #address: DeviceAddress
  /** There is one while the inbox is open, or about to be. */
  #close: (() => void) | undefined
  #waiting: readonly Offered[] = []
  #isSending = false
  #failures = 0
  /** What waited when it was looked last whether another server does its work; `undefined`: none has the inbox. */
  #leftElsewhere: ReadonlySet<string> | undefined
  #hasEnded = false

  constructor(rooms: DeviceInboxRooms, address: DeviceAddress) {
    this.#rooms = rooms
    this.#address = address
    this.#retry = createAlarm(rooms.clock, () => void this.#comeBack())
  }

  get owner(): Xui {
    return this.#address.owner
  }

  /** It registered, or its registration was refreshed: whatever failed before may go well now. */
  async appeared(address: DeviceAddress): Promise<void> {
    this.#address = address
    // What it refused is offered to an inbox of another name.
    if (this.#refused.size > 0 && !this.#isSending) this.#shut()
    this.#refused.clear()
    // A refresh takes nothing away from an inbox that the device opened itself.
    if (this.#close !== undefined || !this.#hasOther()) await this.#openNow()
    else this.#stepAside()
  }

  /** The core is back. */
  async again(): Promise<void> {
    if (this.#close !== undefined || !this.#hasOther()) await this.#openNow()
  }

  end(): void {
    this.#hasEnded = true
    this.#retry.callOff()
    this.#shut()
  }

  async #openNow(): Promise<void> {
    this.#failures = 0
    this.#retry.callOff()
    await this.#open()
  }

  #shut(): void {
    this.#close?.()
    this.#close = undefined
    this.#waiting = []
  }

  async #open(): Promise<void> {
    if (this.#close !== undefined) return
    this.#leftElsewhere = undefined
    const { owner, device } = this.#address
    // What is offered as it opens comes before the promise resolves, so it counts as open from here on.
    let isShut = false
    this.#close = () => (isShut = true)
    try {
      const close = await this.#rooms.participating.openInbox(owner, device, {
        send: (event, isStillGood) => {
          // What is offered again while it waits here is the same.
          const others = this.#waiting.filter((one) => one.event.id !== event.id)
          this.#waiting = [...others, { event, at: this.#rooms.clock.now(), isStillGood }]
          void this.#drain()
        },
        end: () => {
          if (!this.#hasOther()) this.#leftElsewhere = new Set()
          this.#stepAside()
        },
      })
      if (isShut) close()
      else if (this.#close !== undefined) this.#close = close
    } catch (error) {
      this.#close = undefined
      // Its registration has ended: the next one opens it.
      if (error instanceof Refused && error.refusal.kind === 'not-registered') return
      this.#rooms.log.warn(
        { owner, device, err: error },
        'the inbox of a device could not be opened; it is tried again',
      )
      this.#leaveAlone()
    }
  }

  /**
   * 1. Another server opens the inbox of the device, and this one is ended. 2. This one takes it back. 3. So does the
   * other one, for ever, and what is on its way each time goes twice. So it is left there, unless something waits there
   * for a while.
   */
  async #comeBack(): Promise<void> {
    const isLeft = this.#close === undefined && (this.#hasOther() || (await this.#isDoneElsewhere()))
    if (this.#hasEnded) return
    if (isLeft) this.#stepAside()
    else await this.#open()
  }

  async #isDoneElsewhere(): Promise<boolean> {
    const before = this.#leftElsewhere
    if (before === undefined) return false
    const waiting = await this.#rooms.participating.deferred(this.#address.owner).catch(() => [])
    if (this.#leftElsewhere !== undefined) this.#leftElsewhere = new Set(waiting.map(({ id }) => id))
    return !waiting.some(({ id }) => before.has(id))
  }

  #hasOther(): boolean {
    return this.#rooms.participating.hasInbox(this.#address.owner, this.#address.device)
  }

  /** The last inbox that was opened is the one; when it has gone this one is there again. */
  #stepAside(): void {
    this.#close = undefined
    this.#waiting = []
    this.#retry.set(this.#rooms.clock.now() + STEPPED_ASIDE_MS)
  }

  #leaveAlone(wasOffered = this.#waiting.length > 0): void {
    this.#shut()
    if (wasOffered) this.#giveBack()
    this.#failures += 1
    const wait = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS)
    const { clock, random } = this.#rooms
    this.#retry.set(clock.now() + wait * (0.8 + (0.4 * (random(1)[0] ?? 0)) / 255))
  }

  /** Where that fails nothing is lost: an attempt is over by itself, some time later. */
  #giveBack(id?: string): void {
    const { owner, device } = this.#address
    void this.#rooms.participating
      .giveBack(owner, device, id)
      .catch((error: unknown) =>
        this.#rooms.log.warn({ owner, device, err: error }, 'an attempt could not be given back'),
      )
  }

  async #drain(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    // What is let go together is here together.
    await Promise.resolve()
    try {
      for (let next = this.#next(); next.length > 0; next = this.#next()) {
        const before = this.#waiting
        await this.#rooms.deliver(this.#address, next, (one, answer) => this.#became(one, answer))
        // Nothing became of anything: it would go round for ever.
        if (this.#waiting === before) this.#leaveAlone()
      }
    } catch (error) {
      this.#rooms.log.error({ err: error }, 'what goes to a device of the core could not be sent; it is offered again')
      this.#leaveAlone()
    } finally {
      this.#isSending = false
    }
  }

  #next(): readonly Offered[] {
    return this.#waiting.filter(({ event }) => !this.#refused.has(event.id))
  }

  async #became(one: Offered, answer: DeviceAnswer): Promise<void> {
    const { event } = one
    // Offered again while it was on its way, it has arrived all the same; withdrawn, it may have been offered anew.
    this.#waiting = this.#waiting.filter(
      (each) => each !== one && (answer === 'withdrawn' || each.event.id !== event.id),
    )
    const { owner, device } = this.#address
    switch (answer) {
      case 'taken':
        this.#failures = 0
        await this.#rooms.participating.received(owner, device, event.id)
        return
      case 'not-this':
        this.#refused.add(event.id)
        this.#giveBack(event.id)
        return
      case 'withdrawn':
        return
      case 'not-now':
        this.#leaveAlone(true)
    }
  }
}
