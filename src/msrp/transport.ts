/**
 * The connections of MSRP sessions: ours to the far end or its relay, and theirs to us. One that comes in belongs to
 * the session that its first frame names (RFC 4975 §5.4); one that names none that is expected is closed.
 */
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Clock } from '../clock.ts'
import { MsrpFrames, writeFrame, type MsrpFrame, type MsrpLimits } from './frames.ts'
import type { MsrpChannel, MsrpSession } from './session.ts'
import { readPath, sameSession, type MsrpUri } from './uri.ts'

export interface MsrpSettings {
  /** Where far ends reach us, and from where we connect to them. */
  readonly host: string
  readonly port: number
  /** Of one frame, and of one message that comes in. */
  readonly limits: MsrpLimits & { readonly messageBytes: number }
}

/** Makes the session once there is a connection for it. */
export type SessionOf = (channel: MsrpChannel) => MsrpSession

export interface MsrpTransport {
  /** @throws where it cannot listen. */
  start(): Promise<void>
  /** Resolves with the session once it is connected. @throws Error: the far end cannot be reached. */
  connect(to: MsrpUri, session: SessionOf): Promise<MsrpSession>
  /** Waits for the far end to connect and name `local`. Calling off: it is expected no more. */
  expect(local: MsrpUri, session: SessionOf): { readonly connected: Promise<MsrpSession>; callOff(): void }
  stop(): Promise<void>
}

/** A connection that names no session. */
const UNBOUND_MS = 10_000
const UNBOUND_AT_MOST = 256
const CONNECT_MS = 10_000
/** A port below is some other service’s: what a device says must not make us knock there. */
const LOWEST_PORT = 1024

interface Expected {
  readonly local: MsrpUri
  readonly session: SessionOf
  readonly resolve: (session: MsrpSession) => void
}

export function createMsrpTransport({ host, port, limits }: MsrpSettings, clock: Clock): MsrpTransport {
  const expected = new Set<Expected>()
  const open = new Set<Socket>()
  let unbound = 0
  let server: Server | undefined

  const follow = (socket: Socket, take: (frame: MsrpFrame) => void, gone: () => void): void => {
    const frames = new MsrpFrames(limits)
    open.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => {
      open.delete(socket)
      gone()
    })
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of frames.push(chunk)) take(frame)
      } catch {
        socket.destroy()
      }
    })
  }

  const accept = (socket: Socket): void => {
    if (unbound >= UNBOUND_AT_MOST) {
      socket.destroy()
      return
    }
    unbound += 1
    let session: MsrpSession | undefined
    const callOff = clock.at(clock.now() + UNBOUND_MS, () => socket.destroy())
    const isBound = (): void => {
      callOff()
      unbound -= 1
    }
    follow(
      socket,
      (frame) => {
        if (session === undefined) {
          const found = claimed(frame)
          if (found === undefined) {
            socket.end(noSession(frame))
            return
          }
          expected.delete(found)
          isBound()
          session = found.session(channelOf(socket))
          found.resolve(session)
        }
        session.frame(frame)
      },
      () => (session === undefined ? isBound() : session.closed()),
    )
  }

  const claimed = (frame: MsrpFrame): Expected | undefined => {
    const [first] = readPath(frame.headers.get('to-path') ?? '') ?? []
    if (frame.kind !== 'request' || first === undefined) return undefined
    return [...expected].find(({ local }) => sameSession(local, first))
  }

  return {
    async start() {
      const listening = createServer(accept)
      server = listening
      await begun(listening, port, host)
    },
    connect: (to, sessionOf) =>
      new Promise((resolve, reject) => {
        if (to.port < LOWEST_PORT) {
          reject(new Error(`Port ${to.port} is none of a device.`))
          return
        }
        const target = { host: to.host, port: to.port, localAddress: host }
        const socket = to.secure ? connectTls({ ...target, servername: to.host }) : connectTcp(target)
        const callOff = clock.at(clock.now() + CONNECT_MS, () => socket.destroy())
        let session: MsrpSession | undefined
        follow(
          socket,
          (frame) => session?.frame(frame),
          () => {
            callOff()
            session?.closed()
            reject(new Error(`${to.host}:${to.port} cannot be reached.`))
          },
        )
        socket.once(to.secure ? 'secureConnect' : 'connect', () => {
          callOff()
          session = sessionOf(channelOf(socket))
          resolve(session)
        })
      }),
    expect(local, session) {
      let callOff = (): void => {}
      const connected = new Promise<MsrpSession>((resolve) => {
        const one = { local, session, resolve }
        expected.add(one)
        callOff = () => expected.delete(one)
      })
      return { connected, callOff: () => callOff() }
    },
    async stop() {
      for (const socket of open) socket.destroy()
      await ended(server)
    },
  }
}

async function begun(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}

async function ended(server: Server | undefined): Promise<void> {
  if (server?.listening === true) await new Promise((resolve) => server.close(resolve))
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

function channelOf(socket: Socket): MsrpChannel {
  return {
    write: (bytes) => {
      if (socket.writable) socket.write(bytes)
    },
    drained: () =>
      socket.writableNeedDrain && socket.writable
        ? new Promise((resolve) => {
            socket.once('drain', resolve)
            socket.once('close', resolve)
          })
        : Promise.resolve(),
    close: () => socket.end(),
  }
}
