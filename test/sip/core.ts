/**
 * A core of bytes: what a test writes goes to the server as it is, over a connection as the core makes it, and what
 * comes back is text.
 */
import { connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { startServer, type Running } from '../http/server.ts'
import { freePort } from '../servers/free-port.ts'
import { createHappenings } from '../servers/happenings.ts'
import type { Seams } from '../../src/assemble.ts'

export interface Core {
  readonly server: Running
  readonly port: number
  /** Sends the bytes and gives the answer to the request with this Call-ID. */
  ask(request: string): Promise<string>
  write(bytes: string | Buffer): void
  /** What the server sent to the core on its own connection. */
  readonly sent: readonly string[]
  /** Answers what the server sends: the status for each request. */
  answer: (request: string) => string | undefined
  /** Answers something that the server sent before. */
  reply(answer: string): void
  /** Another connection to the server, from this address. */
  connectFrom(address: string): Promise<Socket>
  /** Resolves once the condition holds. */
  until(condition: () => boolean): Promise<void>
  stop(): Promise<void>
}

let made = 0

/** A request as the core hands it on; each character is a byte. */
export function sip(
  method: string,
  {
    uri = 'sip:alice@example.com',
    by = 'sip:bob@example.com',
    headers = [] as readonly string[],
    body = '',
    type = 'text/plain',
  } = {},
): string {
  made += 1
  const bytes = Buffer.from(body).toString('latin1')
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKtest${made}`,
    'Max-Forwards: 70',
    `From: <${by === '' ? 'sip:somebody@example.com' : by}>;tag=t${made}`,
    `To: <${uri}>`,
    `Call-ID: call-${made}@test`,
    `CSeq: 1 ${method}`,
    ...(by === '' ? [] : [`P-Asserted-Identity: <${by}>`]),
    ...headers,
    ...(body === '' ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${bytes.length}`,
    '',
    bytes,
  ].join('\r\n')
}

/** What the core hands back from a device. */
export function answerTo(request: string, status: number, body = '', type = 'text/plain'): string {
  const lines = request.split('\r\n')
  const kept = lines.filter((line) => /^(?:Via|From|Call-ID|CSeq):/i.test(line))
  const to = lines.find((line) => /^To:/i.test(line)) ?? ''
  return [
    `SIP/2.0 ${status} Answer`,
    ...kept,
    /;tag=/.test(to) ? to : `${to};tag=device`,
    'Contact: <sip:device@127.0.0.9:5070>',
    ...(body === '' ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

export function statusOf(answer: string): number {
  return Number(/^SIP\/2\.0 (\d{3}) /.exec(answer)?.[1])
}

export async function startCore(environment: Record<string, string> = {}, seams: Seams = {}): Promise<Core> {
  const sent: string[] = []
  const received: string[] = []
  const { happened, until } = createHappenings()
  let link: Socket | undefined
  const listener = createServer((socket) => {
    link = socket
    socket.on('error', () => {})
    onMessages(socket, (message) => {
      sent.push(message)
      const answer = core.answer(message)
      if (answer !== undefined) socket.write(answer)
      happened()
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port: corePort } = listener.address() as { port: number }
  const port = await freePort()
  const server = await startServer(
    {
      XDMS_SIP_CORE: `sip:127.0.0.1:${corePort};transport=tcp`,
      XDMS_SIP_PORT: String(port),
      XDMS_MSRP_PORT: String(await freePort()),
      ...environment,
    },
    seams,
  )
  const connectFrom = async (address: string): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: address })
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  let own = await connectFrom('127.0.0.1')
  const reconnect = async (): Promise<void> => {
    own = await connectFrom('127.0.0.1')
    onMessages(own, (message) => (received.push(message), happened()))
  }
  onMessages(own, (message) => (received.push(message), happened()))
  const core: Core = {
    server,
    port,
    sent,
    answer: () => undefined,
    reply: (answer) => void link?.write(answer),
    write: (bytes) => void own.write(bytes, 'latin1'),
    async ask(request) {
      if (own.destroyed) await reconnect()
      own.write(request, 'latin1')
      const callId = /^Call-ID: (.*)$/m.exec(request)?.[1]?.trim() ?? ''
      const isIt = (message: string): boolean => message.includes(callId) && statusOf(message) >= 200
      await until(() => received.some(isIt))
      const at = received.findIndex(isIt)
      return received.splice(at, 1)[0] ?? ''
    },
    connectFrom,
    until,
    async stop() {
      own.destroy()
      await server.close()
      listener.close()
    },
  }
  return core
}

/** Whole messages, by their Content-Length. */
export function onMessages(socket: Socket, each: (message: string) => void): void {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    for (;;) {
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = end + 4 + Number(/\r\nContent-Length: *(\d+)/i.exec(text.slice(0, end + 2))?.[1] ?? 0)
      if (text.length < length) return
      each(text.slice(0, length))
      text = text.slice(length)
    }
  })
}
