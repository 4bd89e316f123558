/** Reads bodies as the bytes that were sent, and no more of them than are wanted. */
import { stopwatch } from '../clock.ts'
import { othersFirst } from '../rounds.ts'
import { Refused } from '../refusal.ts'
import type { Exchange } from './exchange.ts'
import type { Shares, Taker } from './shares.ts'

/** RFC 9110 §8.4.1: names of charsets are none of codings. Jitsi sends `Content-Encoding: UTF-8` with every PUT. */
const NO_CODINGS: ReadonlySet<string> = new Set(['identity', 'utf-8', 'us-ascii'])

/**
 * @param limit bytes
 * @param room what the bodies of all requests in flight may have. Bytes count once they are here: who only announces
 * them takes nothing.
 * @throws Refused `unsupported-media-type` for a content coding, `too-large`, `unavailable` while other bodies take all
 * the room, `too-many-requests` while those of the same user do, `bad-request` for a body that was cut short. What was
 * refused is not read to its end.
 */
export async function readBody(exchange: Exchange, limit: number, room: Shares, taker: Taker): Promise<Buffer> {
  const { req, res } = exchange
  const coding = req.headers['content-encoding']
  if (coding !== undefined && !NO_CODINGS.has(coding.toLowerCase())) {
    throw new Refused({ kind: 'unsupported-media-type', detail: 'A body comes without content coding here.' })
  }
  const declared = req.headers['content-length']
  if (declared !== undefined && Number(declared) > limit) throw tooLarge(limit)
  room.mustFit(taker, Number(declared ?? 0))
  // RFC 9110 §10.1.1: everything that could be refused without the body has been by now.
  if (exchange.awaitsContinue) {
    exchange.awaitsContinue = false
    res.writeContinue()
  }
  return joined(await collect(exchange, limit, room, taker))
}

/**
 * What is received comes in pieces whose room the system does not get back when they are freed, because others lie
 * between them; so of a large body they are moved into blocks of this size, which it gets back whole.
 */
const BLOCK_BYTES = 1_048_576

/** One after the other, and others between them: the room for them all is new to the process, which takes time too. */
async function joined(pieces: readonly Buffer[]): Promise<Buffer> {
  if (pieces.length === 1 && pieces[0] !== undefined) return pieces[0]
  const size = pieces.reduce((sum, { length }) => sum + length, 0)
  if (size <= BLOCK_BYTES) return Buffer.concat(pieces, size)
  const all = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
    await othersFirst(piece.length)
  }
  return all
}

function collect(exchange: Exchange, limit: number, room: Shares, taker: Taker): Promise<readonly Buffer[]> {
  const { req } = exchange
  return new Promise((resolve, reject) => {
    const blocks: Buffer[] = []
    let pieces: Buffer[] = []
    let loose = 0
    const began = stopwatch()
    let size = 0
    exchange.waits(1)
    const finish = (outcome: () => void): void => {
      exchange.waits(-1)
      req.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut)
      outcome()
    }
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      try {
        if (size > limit) throw tooLarge(limit)
        room.take(taker, chunk.length)
        exchange.bodyBytes += chunk.length
        pieces.push(chunk)
        loose += chunk.length
        if (loose < BLOCK_BYTES) return
        blocks.push(Buffer.concat(pieces, loose))
        pieces = []
        loose = 0
      } catch (error) {
        req.pause()
        finish(() => reject(error as Refused))
      }
    }
    const onEnd = (): void => {
      exchange.bodyTaken = true
      exchange.bodyTook = stopwatch() - began
      finish(() => resolve([...blocks, ...pieces]))
    }
    const onCut = (): void =>
      finish(() => reject(new Refused({ kind: 'bad-request', detail: 'The body was cut short.' })))
    req.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut)
  })
}

function tooLarge(limit: number): Refused {
  return new Refused({ kind: 'too-large', detail: `A body has at most ${limit} bytes here.` })
}
