/**
 * IMAP connections (RFC 9051). An `ImapFlow` does not come back after its connection ended: each is used while it
 * lasts.
 */
import type { ImapFlow, ImapFlowOptions } from 'imapflow'

export type { ImapFlow }

export interface ImapAccount {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly user: string
  readonly password: string
}

const CONNECT_WITHIN_MS = 10_000
/** A server that says nothing for so long while something is asked of it is down. */
const SILENCE_MS = 60_000
/** IDLE can stall without a sign (RFC 2177 asks to begin anew within 29 minutes). */
const IDLE_AT_MOST_MS = 300_000

/** `imaps://user:password@host:port/`; the port is 993, or 143 without TLS. */
export function imapAccount(url: URL): ImapAccount {
  const secure = url.protocol === 'imaps:'
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 993 : 143) : Number(url.port),
    secure,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
}

/**
 * Connected and logged in.
 * @throws Error what the server or the network said; whoever was refused has `authenticationFailed`.
 */
export async function connectImap({ host, port, secure, user, password }: ImapAccount): Promise<ImapFlow> {
  const options: ImapFlowOptions = {
    host,
    port,
    secure,
    auth: { user, pass: password },
    logger: false,
    connectionTimeout: CONNECT_WITHIN_MS,
    greetingTimeout: CONNECT_WITHIN_MS,
    socketTimeout: SILENCE_MS,
    maxIdleTime: IDLE_AT_MOST_MS,
  }
  // With its parsers it is the largest of all libraries here, and most servers have no mailbox to look into.
  const library = await import('imapflow')
  const client = new library.ImapFlow(options)
  // Without a listener the end of an idle connection would end the process; whoever asks next learns of it.
  client.on('error', () => {})
  await client.connect()
  return client
}
