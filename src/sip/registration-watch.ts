/**
 * The core says who registered (C1) by its event package `reg` (RFC 3680): a subscription for each user that has
 * something to wait for, in place of third-party REGISTERs, for cores that send none. It lives as long as something
 * waits, and a NOTIFY is its word at that moment, so none that is lost does harm for longer than a subscription lasts.
 */
import { createAlarm, type Alarm, type Clock } from '../clock.ts'
import type { Homes } from '../home/home.ts'
import type { Xui } from '../names.ts'
import type { Participating } from '../participating/participating.ts'
import { oneAtATime } from '../queue.ts'
import type { SipLog } from './connection.ts'
import { secondsOf } from './contacts.ts'
import type { DialogOwner, SipAnswer, SipDialog, SipPort, SipRequest } from './port.ts'
import { readReginfo, REGINFO_TYPE } from './reginfo.ts'
import type { RegisteredDevices } from './registered-devices.ts'

export interface RegistrationWatchRooms {
  readonly port: Pick<SipPort, 'subscribe' | 'contact' | 'isConnected'>
  readonly participating: Pick<Participating, 'deferred'>
  readonly homes: Pick<Homes, 'onCommit' | 'scheduled'>
  readonly devices: RegisteredDevices
  /** Whether it is for this server, of those behind the core, to watch for him. */
  readonly serves: (owner: Xui) => boolean
  readonly ownAddress: string
  readonly clock: Clock
  readonly log: SipLog
}

export interface RegistrationWatch {
  /** Watches for whomever something waits: at the start, and when the core was away. */
  begin(): Promise<void>
  /** Users have other servers than before: who is another one's is watched no more, and who is ours is. */
  share(): Promise<void>
  stop(): void
}

const SECONDS = 600
/** Renewed at this part of its time. */
const RENEWED_AT = 0.5
/** A core that refuses, or that forgot the subscription. */
const AGAIN_MS = 5_000
const HOMES_AT_ONCE = 200
/** What another server took in waits no longer than this before its device is asked for. */
const LOOKS_AROUND_MS = 1_000

export function createRegistrationWatch(rooms: RegistrationWatchRooms): RegistrationWatch {
  const watched = new Map<Xui, Watching>()
  let isStopped = false

  const watch = async (owner: Xui): Promise<void> => {
    if (isStopped || watched.has(owner) || !rooms.serves(owner) || !rooms.port.isConnected()) return
    if ((await rooms.participating.deferred(owner)).length === 0) return
    if (isStopped || watched.has(owner) || !rooms.serves(owner)) return
    const watching = new Watching(rooms, owner, () => {
      watched.delete(owner)
      look(owner)
    })
    watched.set(owner, watching)
    await watching.subscribe()
  }
  const failed = (error: unknown): void =>
    rooms.log.warn({ err: error }, 'the core could not be asked who registered; it is asked again')
  const look = (owner: Xui): void => void watch(owner).catch(failed)
  /** What waits expires, so the home of whom it waits for has a next step. */
  const watchAll = oneAtATime(async () => {
    for (let page = await rooms.homes.scheduled('', HOMES_AT_ONCE); page.length > 0; ) {
      for (const owner of page) if (owner !== 'global') await watch(owner).catch(failed)
      page = await rooms.homes.scheduled(page.at(-1) ?? '', HOMES_AT_ONCE)
    }
  })
  // Another server committed something, and often it is not known in whose home.
  let isAsked = false
  const lookAround = createAlarm(rooms.clock, () => {
    isAsked = false
    void watchAll().catch(failed)
  })
  const unsubscribe = rooms.homes.onCommit((owner) => {
    if (owner === undefined && !isAsked) lookAround.set(rooms.clock.now() + LOOKS_AROUND_MS)
    isAsked ||= owner === undefined
    if (owner !== undefined && owner !== 'global') look(owner)
  })

  return {
    async begin() {
      for (const watching of watched.values()) watching.abandon()
      watched.clear()
      await watchAll()
    },
    async share() {
      const others = [...watched].filter(([owner]) => !rooms.serves(owner))
      for (const [, watching] of others) await watching.end().catch(failed)
      await watchAll()
    },
    stop() {
      isStopped = true
      unsubscribe()
      lookAround.callOff()
      for (const watching of watched.values()) watching.abandon()
    },
  }
}

/** One user's subscription. */
class Watching implements DialogOwner {
  readonly #rooms: RegistrationWatchRooms
  readonly #owner: Xui
  readonly #ended: () => void
  readonly #renewal: Alarm
  #dialog: SipDialog | undefined
  #isOver = false

  constructor(rooms: RegistrationWatchRooms, owner: Xui, ended: () => void) {
    this.#rooms = rooms
    this.#owner = owner
    this.#ended = ended
    this.#renewal = createAlarm(rooms.clock, () => void this.#renew())
  }

  async subscribe(): Promise<void> {
    const { port, ownAddress } = this.#rooms
    const headers = [...this.#headers(SECONDS), `P-Asserted-Identity: <${ownAddress}>`]
    const asked = { method: 'SUBSCRIBE', uri: this.#owner, from: ownAddress, to: this.#owner, headers }
    const { response, dialog } = await port.subscribe(asked, this)
    if (this.#isOver) return dialog?.forget()
    this.#dialog = dialog
    if (dialog === undefined) this.#again()
    else this.#renewIn(secondsOf(response.header('expires')) ?? SECONDS)
  }

  async request(request: SipRequest): Promise<SipAnswer> {
    if (request.method !== 'NOTIFY') return { status: 405, headers: ['Allow: NOTIFY'] }
    // Another server watches him by now, and has his devices.
    if (!this.#rooms.serves(this.#owner)) return { status: 200 }
    if (request.body.length > 0) await this.#rooms.devices.reported(this.#owner, readReginfo(request.body))
    // RFC 6665 §4.4.1: it has ended; whether it is wanted is asked anew.
    if (/^\s*terminated/i.test(request.header('subscription-state') ?? '') && !this.#isOver) {
      this.#dialog?.forget()
      this.#again()
    }
    return { status: 200 }
  }

  /** Nothing more comes of it. */
  abandon(): void {
    this.#isOver = true
    this.#renewal.callOff()
    this.#dialog?.forget()
  }

  #headers(seconds: number): readonly string[] {
    return [
      'Event: reg',
      `Accept: ${REGINFO_TYPE}`,
      `Expires: ${seconds}`,
      `Contact: ${this.#rooms.port.contact('registrations')}`,
    ]
  }

  #renewIn(seconds: number): void {
    this.#renewAfter(seconds * 1000 * RENEWED_AT)
  }

  #again(): void {
    this.#dialog = undefined
    this.#renewAfter(AGAIN_MS)
  }

  #renewAfter(milliseconds: number): void {
    if (!this.#isOver) this.#renewal.set(this.#rooms.clock.now() + milliseconds)
  }

  /**
   * 1. It is found that nothing waits. 2. Something comes, for somebody who is watched. 3. The core has been told that
   * he is watched no more. So he is looked at anew before that.
   */
  async end(): Promise<void> {
    this.#isOver = true
    this.#ended()
    await this.#dialog?.send('SUBSCRIBE', this.#headers(0))
    this.abandon()
  }

  async #renew(): Promise<void> {
    try {
      const { length: waiting } = await this.#rooms.participating.deferred(this.#owner)
      if (this.#isOver) return
      if (waiting === 0) await this.end()
      else if (this.#dialog === undefined) await this.subscribe()
      else {
        const { status, header } = await this.#dialog.send('SUBSCRIBE', this.#headers(SECONDS))
        if (status < 300) this.#renewIn(secondsOf(header('expires')) ?? SECONDS)
        else {
          this.#dialog.forget()
          this.#again()
        }
      }
    } catch (error) {
      this.#rooms.log.warn({ owner: this.#owner, err: error }, 'whether a user registered could not be asked')
      this.#again()
    }
  }
}
