/**
 * The file in which a store moves: lines of JSON, each with its `kind`. First a header; then the items; last a footer
 * with the counts, the SHA-256 of the items alone (the same for the same content, whenever and from which store it was
 * taken) and that of everything before it.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { DocumentEntry } from '../home/home.ts'
import { KINDS, noCounts, type Counts, type Item, type ItemOf, type Kind } from './transfer.ts'

export const FORMAT = 4
/**
 * In the first format each page of items ended with a line of its own, of kind `page`, which only says what the footer
 * does; before the third there was no trail, before the fourth all messages had bodies and no journal was cut.
 */
const FORMATS_READ: readonly number[] = [1, 2, 3, FORMAT]

export interface Header {
  readonly kind: 'header'
  readonly format: number
  /** The kind of store it was taken from. */
  readonly store: string
  /** When, RFC 3339. */
  readonly taken: string
  readonly counts: Counts
}

export interface Footer {
  readonly kind: 'footer'
  readonly counts: Counts
  /** SHA-256 over the lines of the items alone. */
  readonly content: string
  /** SHA-256 over everything before this line. */
  readonly sha256: string
}

type LineKind = Kind | 'header' | 'page' | 'footer'

/** Counts and hashes what is read or written. */
export function createTally() {
  const counts = noCounts()
  const content = createHash('sha256')
  const whole = createHash('sha256')
  return {
    /** @returns the line. */
    add<L extends string | Uint8Array>(kind: Exclude<LineKind, 'footer'>, line: L): L {
      whole.update(line).update('\n')
      if (kind === 'header' || kind === 'page') return line
      content.update(line).update('\n')
      counts[kind] += 1
      return line
    },
    done: () => sum(counts),
    footer: (): Footer => ({
      kind: 'footer',
      counts,
      content: content.copy().digest('hex'),
      sha256: whole.copy().digest('hex'),
    }),
  }
}

export function sum(counts: Counts): number {
  return KINDS.reduce((all, kind) => all + counts[kind], 0)
}

/**
 * What a line says of each kind: its fields in a fixed order, so that the same item is the same line wherever it comes
 * from.
 */
const SAID: { readonly [K in Kind]: (item: ItemOf<K>) => object } = {
  kept: ({ kind, name, value }) => ({ kind, name, value }),
  account: ({ kind, xui, role, credentials }) => ({
    kind,
    xui,
    role,
    credentials: credentials.map(({ userName, md5, sha256 }) => ({ userName, md5, sha256 })),
  }),
  text: ({ kind, id, bytes }) => ({ kind, id, bytes: base64(bytes) }),
  dropped: ({ kind, at, text }) => ({ kind, at, text }),
  message: ({ body, ...item }) => {
    const { kind, id, uniqueName, owner, value, sweepAt } = item
    return { kind, id, uniqueName, owner, sweepAt, value, body: body && base64(body) }
  },
  version: ({ kind, owner, document, revision, replaced, ...entry }) => ({
    kind,
    owner,
    document,
    revision,
    replaced,
    ...inOrder(entry),
  }),
  reservation: ({ kind, space, name, owner, since }) => ({ kind, space, name, owner, since }),
  trail: ({ kind, id, at, by, from, what, user, before, after }) => ({
    kind,
    id,
    at,
    by,
    from,
    what,
    user,
    before,
    after,
  }),
  home: ({ documents, ...item }) => {
    const { kind, owner, revision, next, parts } = item
    return { kind, owner, revision, next, documents: documents.map(([key, entry]) => [key, inOrder(entry)]), parts }
  },
  cut: ({ kind, owner, position }) => ({ kind, owner, position }),
  journal: ({ kind, position, at, owner, record }) => ({ kind, position, at, owner, record }),
  head: ({ kind, position }) => ({ kind, position }),
}

function inOrder({ etag, text, size, changed, by }: DocumentEntry): DocumentEntry {
  return { etag, text, size, changed, by }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Without its line end. */
export function lineOf(item: Item): string {
  return JSON.stringify((SAID[item.kind] as (item: Item) => object)(item))
}

/** @param line whose hash was right: it is what `lineOf` made. */
export function itemOf(line: Uint8Array): Item {
  const item = JSON.parse(Buffer.from(line).toString('utf8')) as Item & {
    readonly bytes?: string
    readonly body?: string
  }
  if (item.kind === 'text') return { ...item, bytes: Buffer.from(item.bytes as string, 'base64') }
  if (item.kind === 'message' && item.body !== undefined)
    return { ...item, body: Buffer.from(item.body as unknown as string, 'base64') }
  return item
}

/**
 * Reads a file to its end.
 * @param each is called with each item's line, and how many items the header promises.
 * @throws Error in words for people, at the latest behind the last line, where the file is not what was written.
 */
export async function readExport(
  path: string,
  each: (line: Uint8Array, total: number) => void | Promise<void>,
): Promise<Footer> {
  const tally = createTally()
  let total: number | undefined
  let footer: Footer | undefined
  for await (const line of linesOf(path)) {
    if (footer !== undefined) throw new Error(`${path} is damaged: something follows its last line.`)
    const kind = kindOf(line)
    if (total === undefined) total = sum(readHeader(path, kind === 'header' ? line : undefined).counts)
    else if (kind === undefined || kind === 'header') throw damaged(path)
    if (kind === 'footer') footer = readFooter(path, line, tally.footer())
    else tally.add(kind as Kind, line)
    if (kind !== 'footer' && kind !== 'header' && kind !== 'page') await each(line, total)
  }
  if (total === undefined) throw noExport(path)
  if (footer === undefined) throw new Error(`${path} is cut short: its last line is missing.`)
  return footer
}

const LINE_KIND = /^\{"kind":"([a-z]+)"/
const LINE_KINDS: ReadonlySet<string> = new Set([...KINDS, 'header', 'page', 'footer'])

/** A text may have many MB, so only the beginning of a line is read. `undefined`: no line of ours. */
function kindOf(line: Uint8Array): LineKind | undefined {
  const [, kind = ''] = LINE_KIND.exec(Buffer.from(line.subarray(0, 32)).toString('latin1')) ?? []
  return LINE_KINDS.has(kind) ? (kind as LineKind) : undefined
}

function readHeader(path: string, line: Uint8Array | undefined): Header {
  const header = line && parsed<Header>(line)
  if (header === undefined) throw noExport(path)
  if (FORMATS_READ.includes(header.format)) {
    if (typeof header.counts !== 'object' || header.counts === null) throw damaged(path)
    return { ...header, counts: { ...noCounts(), ...header.counts } }
  }
  throw new Error(
    `${path} was written by another version of this program (its format has number ${header.format}, ` +
      `this program knows ${FORMATS_READ.join(', ')}).`,
  )
}

function readFooter(path: string, line: Uint8Array, found: Footer): Footer {
  const said = parsed<Footer>(line)
  if (!isDeepStrictEqual(said && { ...said, counts: { ...noCounts(), ...said.counts } }, found)) throw damaged(path)
  return found
}

function noExport(path: string): Error {
  return new Error(`${path} is no export of this program: it does not begin with the header of one.`)
}

function damaged(path: string): Error {
  return new Error(`${path} is damaged: it does not match its SHA-256.`)
}

function parsed<T>(line: Uint8Array): T | undefined {
  try {
    return JSON.parse(Buffer.from(line).toString('utf8')) as T
  } catch {
    return undefined
  }
}

/** A body of the largest kind in base64, and much room. */
const LINE_BYTES_AT_MOST = 256 * 1024 * 1024
const LINE_END = 0x0a

/** Those that have an end. */
async function* linesOf(path: string): AsyncGenerator<Uint8Array, void> {
  let begun: Buffer[] = []
  let size = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0
    for (let to = chunk.indexOf(LINE_END); to >= 0; to = chunk.indexOf(LINE_END, from)) {
      yield begun.length === 0 ? chunk.subarray(from, to) : Buffer.concat([...begun, chunk.subarray(from, to)])
      begun = []
      size = 0
      from = to + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > LINE_BYTES_AT_MOST) return
  }
  // What follows the last line end is a line that was cut.
  if (size > 0) yield Buffer.concat(begun)
}
