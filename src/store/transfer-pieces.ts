/** Reads the file in which a store moves, piece by piece; nothing is given out whose hash is not right. */
import { createReadStream } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { createTally, FORMAT, kindOf, type Footer, type Header, type PageEnd, type Tally } from './transfer-lines.ts'

export type Piece =
  | { readonly kind: 'header'; readonly header: Header; readonly end: Place }
  /** `items`: their lines, as they stand there. */
  | { readonly kind: 'page'; readonly number: number; readonly items: readonly Uint8Array[]; readonly end: Place }
  | { readonly kind: 'footer'; readonly footer: Footer; readonly end: Place }

/** Up to here the file is good. */
export interface Place {
  /** The number of the last line before it. */
  readonly line: number
  /** Bytes before it. */
  readonly offset: number
  /** Of everything before it. */
  readonly tally: Tally
}

/** The file is not, or not to its end, what was written. `message` is for people. */
export class Damaged extends Error {}

/** A body of the largest kind in base64, and much room. */
const LINE_BYTES_AT_MOST = 256 * 1024 * 1024

/** @throws Damaged behind the last good piece, and Error when it cannot be read at all. */
export async function* piecesOf(path: string): AsyncGenerator<Piece, void> {
  const tally = createTally()
  let header: Header | undefined
  let items: Uint8Array[] = []
  let pages = 0
  let good = 0
  let isEnded = false
  for await (const { bytes, line, offset, isWhole } of linesOf(path)) {
    if (isEnded) throw new Damaged(`${path} is damaged: something follows its last line, ${good}.`)
    if (!isWhole) break
    const kind = kindOf(bytes)
    if (line === 1) header = readHeader(path, kind === 'header' ? bytes : undefined)
    if (header === undefined || kind === undefined || (kind === 'header' && line > 1)) throw damaged(path, good)
    if (kind === 'footer') {
      const footer = said<Footer>(bytes)
      if (items.length > 0 || footer === undefined || !isRight(footer, tally)) throw damaged(path, good)
      isEnded = true
      good = line
      yield { kind: 'footer', footer, end: { line, offset, tally } }
      continue
    }
    if (kind === 'page') {
      const end = said<PageEnd>(bytes)
      if (end?.sha256 !== tally.whole()) throw damaged(path, good)
    }
    tally.add(kind, bytes)
    if (kind === 'page') {
      const end: Place = { line, offset, tally: tally.copy() }
      yield pages === 0 ? { kind: 'header', header, end } : { kind: 'page', number: pages, items, end }
      pages += 1
      items = []
      good = line
    } else if (kind !== 'header') items.push(bytes)
  }
  if (isEnded) return
  if (good === 0) throw noExport(path)
  throw new Damaged(`${path} is cut short: line ${good} is its last good one.`)
}

function isRight({ counts, content, sha256 }: Footer, tally: Tally): boolean {
  return sha256 === tally.whole() && content === tally.content() && isDeepStrictEqual(counts, tally.counts)
}

function readHeader(path: string, bytes: Uint8Array | undefined): Header {
  const header = bytes && said<Header>(bytes)
  if (header === undefined) throw noExport(path)
  if (header.format === FORMAT) return header
  throw new Error(
    `${path} was written by another version of this program (its format has number ${header.format}, this ` +
      `program knows ${FORMAT}).`,
  )
}

function noExport(path: string): Error {
  return new Damaged(`${path} is no export of this program: it does not begin with the header of one.`)
}

function damaged(path: string, good: number): Damaged {
  if (good === 0) return new Damaged(`${path} is damaged: its header is not what was written.`)
  return new Damaged(`${path} is damaged: line ${good} is its last good one, what follows does not match its SHA-256.`)
}

function said<T>(bytes: Uint8Array): T | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as T
  } catch {
    return undefined
  }
}

interface Line {
  /** Without its end. */
  readonly bytes: Uint8Array
  /** Counts from 1. */
  readonly line: number
  /** Bytes of the file up to behind this line. */
  readonly offset: number
  /** It has an end. */
  readonly isWhole: boolean
}

const LINE_END = 0x0a

async function* linesOf(path: string): AsyncGenerator<Line, void> {
  let begun: Uint8Array[] = []
  let size = 0
  let line = 0
  let offset = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0
    for (let to = chunk.indexOf(LINE_END); to >= 0; to = chunk.indexOf(LINE_END, from)) {
      const bytes = begun.length === 0 ? chunk.subarray(from, to) : Buffer.concat([...begun, chunk.subarray(from, to)])
      begun = []
      size = 0
      line += 1
      offset += bytes.length + 1
      from = to + 1
      yield { bytes, line, offset, isWhole: true }
    }
    if (from === chunk.length) continue
    begun.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > LINE_BYTES_AT_MOST) break
  }
  if (size > 0) yield { bytes: Buffer.concat(begun), line: line + 1, offset: offset + size, isWhole: false }
}
