/** The connections of MSRP sessions: ours to the far end or its relay, and theirs to us. */
import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { createSecureServer, type TlsIdentity } from '../tls-identity.ts'
import { connectTo, type FarEnd, type SessionOf } from './active.ts'
import { OpenChannels } from './connection.ts'
import type { MsrpLimits } from './frames.ts'
import { PassiveSide } from './passive.ts'
import type { MsrpSession } from './session.ts'

export interface MsrpSettings {
  /** Where far ends reach us, and from where we connect to them. */
  readonly host: string
  readonly port: number
  /** Whether they reach us over TLS (`msrps`). */
  readonly secure: boolean
  /** Of one frame, and of one message that comes in. */
  readonly limits: MsrpLimits & { readonly messageBytes: number }
}

export interface MsrpTransport extends Pick<PassiveSide, 'expect'> {
  /** @throws where it cannot listen. */
  start(): Promise<void>
  /** Resolves with the session once it is connected. @throws Error: the far end cannot be reached. */
  connect(to: FarEnd, session: SessionOf): Promise<MsrpSession>
  stop(): Promise<void>
}

export function createMsrpTransport(
  { host, port, secure, limits }: MsrpSettings,
  { clock, tls }: { readonly clock: Clock; readonly tls: TlsIdentity },
): MsrpTransport {
  const open = new OpenChannels(limits)
  const passive = new PassiveSide(clock, open)
  let server: Server | undefined

  const hasRoom = (socket: Socket): boolean => {
    if (passive.hasRoom()) return true
    socket.destroy()
    return false
  }
  const created = (): Server =>
    secure
      ? createSecureServer(tls, 'anybody', {
          accepts: hasRoom,
          secured: (socket) => passive.accept(socket),
          failed: () => {},
        })
      : createServer((socket) => {
          if (hasRoom(socket)) passive.accept(socket)
        })

  return {
    async start() {
      const listening = created()
      server = listening
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject)
        listening.listen(port, host, resolve)
      })
    },
    connect: (to, sessionOf) => connectTo(to, sessionOf, { host, clock, tls, open }),
    expect: (local, session) => passive.expect(local, session),
    async stop() {
      open.destroy()
      const closing = server
      if (closing?.listening === true) await new Promise((resolve) => closing.close(resolve))
    },
  }
}
