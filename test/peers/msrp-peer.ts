/** A far end of MSRP as small as it can be, written from RFC 4975 alone: it knows nothing of src/msrp. */
import { connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { createHappenings } from '../servers/happenings.ts'

export interface MsrpPeer {
  readonly path: string
  /** Each SEND: its headers as text, its body. */
  readonly chunks: readonly { readonly head: string; readonly body: string; readonly flag: string }[]
  /** Bodies of whole messages, in their order. */
  readonly messages: readonly string[]
  /** Connects itself, as a device behind a NAT, and names itself with a SEND without a body. */
  dial(remote: string): void
  /** Sends one message in one chunk. */
  say(remote: string, type: string, body: string): void
  until(condition: () => boolean): Promise<void>
  /** Reports the last message after all. */
  reportLast(): void
  stop(): void
}

interface Chunk {
  readonly head: string
  readonly body: string
  readonly flag: string
}

/** @param reports how whole messages are reported; `undefined`: not at all. */
export async function startMsrpPeer(
  host: string,
  port: number,
  reports: (count: number) => string | undefined = () => '000 200 OK',
  certificate?: { readonly cert: Buffer; readonly key: Buffer },
): Promise<MsrpPeer> {
  const path = `msrp${certificate === undefined ? '' : 's'}://${host}:${port}/peer;tcp`
  const chunks: Chunk[] = []
  const messages: string[] = []
  const { happened, until } = createHappenings()
  const sockets = new Set<Socket>()
  let part = ''
  let made = 0
  let lastReport: (status: string) => void = () => {}
  const header = (head: string, name: string): string =>
    new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1]?.trim() ?? ''

  const follow = (socket: Socket): void => {
    let text = ''
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1')
      for (;;) {
        const id = /^MSRP (\S+) /.exec(text)?.[1]
        const end = id === undefined ? null : new RegExp(`\\r\\n-------${id}([$+#])\\r\\n`).exec(text)
        if (id === undefined || end === null) return
        take(socket, id, text.slice(0, end.index), end[1] ?? '')
        text = text.slice(end.index + end[0].length)
      }
    })
  }

  const take = (socket: Socket, id: string, frame: string, flag: string): void => {
    const [head = '', ...rest] = frame.split('\r\n\r\n')
    if (!head.startsWith(`MSRP ${id} SEND`)) return
    const to = header(head, 'From-Path')
    socket.write(`MSRP ${id} 200 OK\r\nTo-Path: ${to.split(' ')[0]}\r\nFrom-Path: ${path}\r\n-------${id}$\r\n`)
    if (rest.length > 0) {
      const body = rest.join('\r\n\r\n')
      chunks.push({ head, body, flag })
      part += body
      if (flag === '$') whole(socket, head, to)
    }
    happened()
  }

  const whole = (socket: Socket, head: string, to: string): void => {
    messages.push(part)
    const size = part.length
    part = ''
    lastReport = (status) => report(socket, head, to, size, status)
    const status = reports(messages.length)
    if (status !== undefined) lastReport(status)
  }

  const report = (socket: Socket, head: string, to: string, size: number, status: string): void => {
    made += 1
    const lines = [
      `MSRP rep${made}x REPORT`,
      `To-Path: ${to}`,
      `From-Path: ${path}`,
      `Message-ID: ${header(head, 'Message-ID')}`,
      `Byte-Range: 1-${size}/${size}`,
      `Status: ${status}`,
      `-------rep${made}x$\r\n`,
    ]
    socket.write(lines.join('\r\n'))
  }

  const server = certificate === undefined ? createServer(follow) : createTlsServer(certificate, follow)
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const write = (remote: string, more: string): void => {
    made += 1
    const [, to = '', at = ''] = /^msrp:\/\/([^:/]+):(\d+)\//.exec(remote) ?? []
    const socket =
      [...sockets].find((each) => !each.destroyed) ?? connect({ host: to, port: Number(at), localAddress: host })
    if (!sockets.has(socket)) follow(socket)
    const head = `MSRP ask${made}x SEND\r\nTo-Path: ${remote}\r\nFrom-Path: ${path}\r\nMessage-ID: ask${made}\r\n`
    socket.write(`${head}${more}-------ask${made}x$\r\n`)
  }
  return {
    path,
    chunks,
    messages,
    dial: (remote) => write(remote, ''),
    say: (remote, type, body) =>
      write(remote, `Byte-Range: 1-${body.length}/${body.length}\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`),
    until,
    reportLast: () => lastReport('000 200 OK'),
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

export function sdp(host: string, path: string, setup: 'active' | 'passive', more: readonly string[] = []): string {
  const port = /:(\d+)\//.exec(path)?.[1] ?? '9'
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=message ${port} TCP/${path.startsWith('msrps') ? 'TLS/' : ''}MSRP *`,
    'a=accept-types:message/cpim',
    'a=accept-wrapped-types:*',
    `a=setup:${setup}`,
    `a=path:${path}`,
    ...more,
    '',
  ].join('\r\n')
}
