/**
 * The core says who registered (C1) by its event package `reg` (RFC 3680): a subscription for each user that has
 * something to wait for, in place of third-party REGISTERs, for cores that send none. It lives as long as something
 * waits, and a NOTIFY is its word at that moment, so none that is lost does harm for longer than a subscription lasts.
 */
import { allAccounts, type Accounts } from '../access/account.ts'
import { createAlarm, type Alarm, type Clock } from '../clock.ts'
import type { Homes } from '../home/home.ts'
import type { Xui } from '../names.ts'
import type { Participating } from '../participating/participating.ts'
import type { SipLog } from './connection.ts'
import { secondsOf } from './contacts.ts'
import type { DialogOwner, SipAnswer, SipDialog, SipPort, SipRequest } from './port.ts'
import { readReginfo, REGINFO_TYPE } from './reginfo.ts'
import type { RegisteredDevices } from './registered-devices.ts'

export interface RegistrationWatchRooms {
  readonly port: Pick<SipPort, 'subscribe' | 'contact' | 'isConnected'>
  readonly participating: Pick<Participating, 'deferred'>
  readonly accounts: Pick<Accounts, 'list'>
  readonly homes: Pick<Homes, 'onCommit'>
  readonly devices: RegisteredDevices
  readonly ownAddress: string
  readonly clock: Clock
  readonly log: SipLog
}

export interface RegistrationWatch {
  /** Watches for whomever something waits: at the start, and when the core was away. */
  begin(): Promise<void>
  stop(): void
}

const SECONDS = 600
/** Renewed at this part of its time. */
const RENEWED_AT = 0.5
/** A core that refuses, or that forgot the subscription. */
const AGAIN_MS = 5_000

export function createRegistrationWatch(rooms: RegistrationWatchRooms): RegistrationWatch {
  const watched = new Map<Xui, Watching>()
  let isStopped = false

  const watch = async (owner: Xui): Promise<void> => {
    if (isStopped || watched.has(owner) || !rooms.port.isConnected()) return
    if ((await rooms.participating.deferred(owner)).length === 0) return
    if (isStopped || watched.has(owner)) return
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
  const unsubscribe = rooms.homes.onCommit((owner) => {
    if (owner !== undefined) look(owner as Xui)
  })

  return {
    async begin() {
      for (const watching of watched.values()) watching.abandon()
      watched.clear()
      for await (const { xui } of allAccounts(rooms.accounts)) await watch(xui).catch(failed)
    },
    stop() {
      isStopped = true
      unsubscribe()
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
  async #end(): Promise<void> {
    this.#isOver = true
    this.#ended()
    await this.#dialog?.send('SUBSCRIBE', this.#headers(0))
    this.abandon()
  }

  async #renew(): Promise<void> {
    try {
      const { length: waiting } = await this.#rooms.participating.deferred(this.#owner)
      if (this.#isOver) return
      if (waiting === 0) await this.#end()
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
