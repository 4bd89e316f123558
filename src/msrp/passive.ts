/**
 * The passive side of a connection (RFC 6135 §4.2): far ends connect to us. A connection belongs to the session that
 * its first frame names (RFC 4975 §5.4); one that names none that is expected is closed.
 */
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { SessionOf } from './active.ts'
import { channelOf, type OpenChannels } from './connection.ts'
import { writeFrame, type MsrpFrame } from './frames.ts'
import type { MsrpSession } from './session.ts'
import { readPath, sameSession, type MsrpUri } from './uri.ts'

interface Expected {
  readonly local: MsrpUri
  readonly session: SessionOf
  readonly resolve: (session: MsrpSession) => void
}

/** A connection that names no session. */
const UNBOUND_MS = 10_000
const UNBOUND_AT_MOST = 256

export class PassiveSide {
  readonly #clock: Clock
  readonly #open: OpenChannels
  readonly #expected = new Set<Expected>()
  #unbound = 0

  constructor(clock: Clock, open: OpenChannels) {
    this.#clock = clock
    this.#open = open
  }

  /** Waits for the far end to connect and name `local`. Calling off: it is expected no more. */
  expect(local: MsrpUri, session: SessionOf): { readonly connected: Promise<MsrpSession>; callOff(): void } {
    let callOff = (): void => {}
    const connected = new Promise<MsrpSession>((resolve) => {
      const one = { local, session, resolve }
      this.#expected.add(one)
      callOff = () => this.#expected.delete(one)
    })
    return { connected, callOff: () => callOff() }
  }

  hasRoom(): boolean {
    return this.#unbound < UNBOUND_AT_MOST
  }

  accept(socket: Socket): void {
    this.#unbound += 1
    let session: MsrpSession | undefined
    const callOff = this.#clock.at(this.#clock.now() + UNBOUND_MS, () => socket.destroy())
    const isBound = (): void => {
      callOff()
      this.#unbound -= 1
    }
    this.#open.follow(
      socket,
      (frame) => {
        if (session === undefined) {
          const found = this.#claimed(frame)
          if (found === undefined) {
            socket.end(noSession(frame))
            return
          }
          isBound()
          session = found.session(channelOf(socket))
          found.resolve(session)
        }
        session.frame(frame)
      },
      () => (session === undefined ? isBound() : session.closed()),
    )
  }

  #claimed(frame: MsrpFrame): Expected | undefined {
    const [first] = readPath(frame.headers.get('to-path') ?? '') ?? []
    if (frame.kind !== 'request' || first === undefined) return undefined
    const found = [...this.#expected].find(({ local }) => sameSession(local, first))
    if (found !== undefined) this.#expected.delete(found)
    return found
  }
}

/** RFC 4975 §7.3: a request for a session that is not there. */
function noSession(frame: MsrpFrame): Buffer {
  const [to = '', from = ''] = ['from-path', 'to-path'].map(
    (name) => (frame.headers.get(name) ?? '').split(' ')[0] ?? '',
  )
  return writeFrame(frame.id, '481 No such session', [
    ['To-Path', to],
    ['From-Path', from],
  ])
}
