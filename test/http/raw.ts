/** Bytes over a socket, as they are. */
import { connect, type Socket } from 'node:net'

export interface Raw {
  readonly socket: Socket
  /** What came so far. */
  readonly text: () => string
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<string>
  until(holds: (text: string) => boolean): Promise<string>
}

export async function openRaw(url: string, first: string | Uint8Array = ''): Promise<Raw> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: string[] = []
  const text = (): string => chunks.join('')
  const waiting: (() => void)[] = []
  const tell = (): void => waiting.forEach((wake) => wake())
  socket.on('data', (chunk: Buffer) => (chunks.push(chunk.toString('latin1')), tell()))
  socket.on('error', () => undefined)
  const closed = new Promise<string>((resolve) => socket.on('close', () => (tell(), resolve(text()))))
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.write(first)
  return {
    socket,
    text,
    closed,
    until: (holds) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (holds(text())) resolve(text())
          else if (socket.destroyed) reject(new Error(`closed after: ${text()}`))
        }
        waiting.push(look)
        look()
      }),
  }
}

/** Sends, and gives what came until the other side closed. */
export async function sendRaw(url: string, bytes: string | Uint8Array): Promise<string> {
  const raw = await openRaw(url, bytes)
  return raw.closed
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)
}
