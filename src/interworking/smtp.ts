/** One mail over SMTP (RFC 5321), asking for delivery status notifications (RFC 3461). */
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Again, Never } from '../participating/contracts/attempt.ts'
import { saidBy } from './service.ts'

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the beginning. */
  readonly secure: boolean
  /** STARTTLS (RFC 3207): where the server has it, never, or not without. */
  readonly startTls: 'offered' | 'never' | 'always'
  readonly login: { readonly user: string; readonly password: string } | undefined
}

interface Envelope {
  readonly from: string
  readonly to: string
  /** RFC 3461 §4.4: comes back in each report. */
  readonly id: string
}

/** `reports`: the server knows RFC 3461, so it will tell of success too. */
export type Mailed = Again | Never | { readonly kind: 'done'; readonly reports: boolean }

const CONNECT_WITHIN_MS = 10_000
const SILENCE_MS = 60_000

/** What of a conversation is about this mail, not about the server or our right to use it. */
const ABOUT_THE_MAIL: ReadonlySet<string> = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])

export function mail(server: SmtpServer, envelope: Envelope, letter: Buffer, signal: AbortSignal): Promise<Mailed> {
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.secure,
    ignoreTLS: server.startTls === 'never',
    requireTLS: server.startTls === 'always',
    connectionTimeout: CONNECT_WITHIN_MS,
    greetingTimeout: CONNECT_WITHIN_MS,
    socketTimeout: SILENCE_MS,
    logger: false,
  })
  return new Promise((resolve) => {
    const end = (mailed: Mailed): void => {
      signal.removeEventListener('abort', giveUp)
      resolve(mailed)
      if (mailed.kind === 'done') connection.quit()
      else connection.close()
    }
    const fail = (error: unknown): void => end(failure(error))
    const giveUp = (): void => end({ kind: 'again', because: 'It took too long.' })
    if (signal.aborted) return giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    connection.once('error', fail)
    // Behind the first error there may be more of the same connection.
    connection.on('error', () => {})
    connection.once('end', () => end({ kind: 'again', because: 'The server closed the connection.' }))
    connection.connect((error) => {
      if (error != null) return fail(error)
      login(connection, server, (refused) => {
        if (refused != null) return fail(refused)
        const dsn = { id: envelope.id, return: 'headers', notify: ['success', 'failure'], recipient: envelope.to }
        connection.send({ from: envelope.from, to: [envelope.to], size: letter.length, dsn }, letter, (wrong, info) =>
          wrong == null ? end({ kind: 'done', reports: knowsReports(info?.ehlo) }) : fail(wrong),
        )
      })
    })
  })
}

function login(connection: SMTPConnection, { login: as }: SmtpServer, then: (refused?: Error | null) => void): void {
  if (as === undefined) return then()
  connection.login({ credentials: { user: as.user, pass: as.password } }, then)
}

const knowsReports = (ehlo: readonly string[] | undefined): boolean =>
  ehlo?.some((line) => /^DSN\b/i.test(line.trim())) === true

/**
 * RFC 5321 §4.2.1: 5yz is for ever, but only what is said of the mail itself; 4yz passes, and so does a network that is
 * down.
 */
function failure(error: unknown): Again | Never {
  const { responseCode, command, code } = error as {
    readonly responseCode?: number
    readonly command?: string
    readonly code?: string
  }
  const about = ABOUT_THE_MAIL.has(command ?? '') || code === 'EENVELOPE' || code === 'EMESSAGE'
  const forEver = about && (responseCode === undefined ? code === 'EENVELOPE' : responseCode >= 500)
  return { kind: forEver ? 'never' : 'again', because: saidBy(error) }
}

/** `smtp(s)://user:password@host:port?starttls=…`; the port is 465, or 25 without TLS from the beginning. */
export function smtpServer(url: URL): SmtpServer {
  const secure = url.protocol === 'smtps:'
  const user = decodeURIComponent(url.username)
  const startTls = url.searchParams.get('starttls')
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 465 : 25) : Number(url.port),
    secure,
    startTls: startTls === 'never' || startTls === 'always' ? startTls : 'offered',
    login: user === '' ? undefined : { user, password: decodeURIComponent(url.password) },
  }
}
