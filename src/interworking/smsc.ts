/** The connection to an SMSC (SMPP 3.4 §2.2): bound as a transceiver, made anew when it ends. */
import smpp, { type Pdu, type Session } from 'smpp'
import type { Clock } from '../clock.ts'

export interface SmscAccount {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly systemId: string
  readonly password: string
  /** Who SMS come from: up to 11 letters and digits, or a number. */
  readonly from: string
}

export interface Smsc {
  /** Resolves when there is a bound connection. @throws Error what is in the way */
  bound(): Promise<Session>
  close(): Promise<void>
}

const ENQUIRE_EVERY_MS = 30_000
/** For the connection and the answer to the bind together. */
const BIND_WITHIN_MS = 10_000
const INTERFACE_VERSION = 0x34

/** `smpp(s)://systemId:password@host:port?from=CPM`. */
export function smscAccount(url: URL): SmscAccount {
  const tls = url.protocol === 'smpps:'
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (tls ? 3550 : 2775) : Number(url.port),
    tls,
    systemId: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    from: url.searchParams.get('from') ?? '',
  }
}

export function createSmsc(
  account: SmscAccount,
  clock: Clock,
  { delivered, ended }: { delivered(pdu: Pdu, session: Session): void; ended(): void },
): Smsc {
  let current: Promise<Session> | undefined
  const bind = async (): Promise<Session> => {
    const session = await bindOnce(account, clock)
    session.on('deliver_sm', (pdu: Pdu) => delivered(pdu, session))
    session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()))
    session.on('close', () => {
      current = undefined
      ended()
    })
    return session
  }
  return {
    bound() {
      current ??= bind().catch((error: unknown) => {
        current = undefined
        throw error
      })
      return current
    },
    async close() {
      const session = await current?.catch(() => undefined)
      if (session === undefined) return
      await new Promise<void>((done) => {
        session.once('close', () => done())
        session.unbind(() => session.destroy())
      })
    },
  }
}

function bindOnce({ host, port, tls, systemId, password }: SmscAccount, clock: Clock): Promise<Session> {
  return new Promise((resolve, reject) => {
    const session = smpp.connect({
      host,
      port,
      tls,
      ...(tls ? { servername: host } : {}),
      auto_enquire_link_period: ENQUIRE_EVERY_MS,
    })
    const refuse = (error: Error): void => {
      reject(error)
      session.destroy()
    }
    // It stays: an error behind the first would end the process. What it ended says so by `close`.
    session.on('error', refuse)
    const callOff = clock.at(clock.now() + BIND_WITHIN_MS, () => refuse(new Error('The SMSC does not answer.')))
    session.once('close', () => {
      callOff()
      reject(new Error('The SMSC closed the connection.'))
    })
    session.once(tls ? 'secureConnect' : 'connect', () => {
      session.bind_transceiver(
        { system_id: systemId, password, interface_version: INTERFACE_VERSION },
        ({ command_status: status }) => {
          if (status !== 0) return refuse(new Error(`The SMSC refuses us with ${status}.`))
          callOff()
          resolve(session)
        },
      )
    })
  })
}
