/** A mail server for the demo: it takes what comes over SMTP (RFC 5321) from this machine, and keeps it to be shown. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { systemClock } from '../../clock.ts'

interface Mail {
  readonly to: string
  /** With its header fields; lines end with a line feed. */
  readonly text: string
}

export interface MailServer {
  readonly port: number
  /** The first mail that nobody waited for yet; `undefined`: none came within ten seconds. */
  next(): Promise<Mail | undefined>
  close(): Promise<void>
}

const WAIT_AT_MOST_MS = 10_000
/** A server of the demo sends no more. */
const BYTES_AT_MOST = 1_000_000

export async function startMailServer(): Promise<MailServer> {
  const mails: Mail[] = []
  const sockets = new Set<Socket>()
  let look = (): void => {}
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    converse(socket, (mail) => {
      mails.push(mail)
      look()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    next: () =>
      new Promise((resolve) => {
        const giveUp = systemClock.at(systemClock.now() + WAIT_AT_MOST_MS, () => resolve(undefined))
        look = () => {
          const mail = mails.shift()
          if (mail === undefined) return
          giveUp()
          resolve(mail)
        }
        look()
      }),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** RFC 5321 §3.3: the envelope, then the text up to a line with a dot alone. */
function converse(socket: Socket, take: (mail: Mail) => void): void {
  let read = ''
  let to = ''
  let isText = false
  const say = (line: string): void => void socket.write(`${line}\r\n`)
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'RCPT') to = /<(.*?)>/.exec(line)?.[1] ?? ''
    isText = verb === 'DATA'
    if (isText) say('354 Go ahead.')
    else if (verb === 'QUIT') socket.end('221 Goodbye.\r\n')
    else say(['EHLO', 'HELO', 'MAIL', 'RCPT', 'RSET', 'NOOP'].includes(verb) ? '250 demo' : '502 Not here.')
  }
  say('220 demo ESMTP')
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    read += chunk
    if (read.length > BYTES_AT_MOST) return void socket.destroy()
    for (;;) {
      const end = read.indexOf(isText ? '\r\n.\r\n' : '\r\n')
      if (end < 0) return
      const line = read.slice(0, end)
      read = read.slice(end + (isText ? 5 : 2))
      if (!isText) {
        command(line)
        continue
      }
      isText = false
      // RFC 5321 §4.5.2: a dot was put before a line that begins with one.
      take({ to, text: line.replaceAll('\r\n', '\n').replace(/^\.\./gm, '.') })
      say('250 It is here.')
    }
  })
}
