/**
 * Stands before a database on loopback and spoils connections: every byte passes as it is, until it is told otherwise.
 */
import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'

/** What becomes of a chunk that passes. */
type Fate = 'pass' | 'cut'

/** What it does from now on. */
export type Mood =
  | { readonly kind: 'pass' }
  /** Connections are closed as soon as they are made; those that stood are cut. */
  | { readonly kind: 'refuse' }
  /**
   * Takes connections and bytes, and passes nothing on until the mood changes: then everything that was held goes its
   * way.
   */
  | { readonly kind: 'swallow' }
  /**
   * Every connection is cut behind so many bytes, in one direction, counted from now or from when it is made; asked for
   * each connection.
   */
  | { readonly kind: 'cut'; readonly side: 'command' | 'reply'; readonly behind: () => number }

export interface Proxy {
  readonly port: number
  /** Connections cut by `cut` since it stands. */
  cuts(): number
  become(mood: Mood): void
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Bytes that may still pass before the cut, for each direction that has one. */
  left: Partial<Record<'command' | 'reply', number>>
}

const PASS: Mood = { kind: 'pass' }

export async function openProxy(target: number): Promise<Proxy> {
  let mood: Mood = PASS
  let cuts = 0
  const pairs = new Set<Pair>()

  const part = (pair: Pair): void => {
    // What passed before the cut still arrives.
    pair.client.destroySoon()
    pair.server.destroySoon()
    pairs.delete(pair)
  }
  const spoil = (pair: Pair): void => {
    pair.left = mood.kind === 'cut' ? { [mood.side]: mood.behind() } : {}
    if (mood.kind === 'refuse') return part(pair)
    const flow = mood.kind === 'swallow' ? 'pause' : 'resume'
    pair.client[flow]()
    pair.server[flow]()
  }
  const carry = (pair: Pair, side: 'command' | 'reply', chunk: Buffer): Fate => {
    const [from, to] = side === 'command' ? [pair.client, pair.server] : [pair.server, pair.client]
    const left = pair.left[side]
    if (left !== undefined && chunk.length > left) {
      to.write(chunk.subarray(0, left))
      return 'cut'
    }
    if (left !== undefined) pair.left[side] = left - chunk.length
    if (!to.write(chunk)) {
      from.pause()
      to.once('drain', () => mood.kind !== 'swallow' && from.resume())
    }
    return 'pass'
  }

  const listener = createServer({ noDelay: true }, (client) => {
    const pair: Pair = { client, server: connect({ port: target, host: '127.0.0.1', noDelay: true }), left: {} }
    pairs.add(pair)
    const pass =
      (side: 'command' | 'reply') =>
      (chunk: Buffer): void => {
        if (carry(pair, side, chunk) === 'pass') return
        cuts++
        part(pair)
      }
    client.on('data', pass('command'))
    pair.server.on('data', pass('reply'))
    for (const socket of [client, pair.server]) socket.on('error', () => part(pair)).on('close', () => part(pair))
    spoil(pair)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')

  return {
    port: (listener.address() as { port: number }).port,
    cuts: () => cuts,
    become(next) {
      mood = next
      for (const pair of pairs) spoil(pair)
    },
    async close() {
      for (const pair of pairs) part(pair)
      listener.close()
      await once(listener, 'close')
    },
  }
}
