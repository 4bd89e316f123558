/**
 * The file in which a store moves: lines of JSON, each with its `kind`. First a header; then the items, in pages; the
 * header and each page are ended by the SHA-256 of the file up to there; last a footer with the counts, the SHA-256 of
 * the items alone (the same for the same content, whenever and from which store it was taken) and that of the file.
 */
import { createHash, type Hash } from 'node:crypto'
import { KINDS, noCounts, type Counts, type Item, type ItemOf, type Kind } from './transfer.ts'
import type { DocumentEntry } from '../home/home.ts'

export const FORMAT = 1

export interface Header {
  readonly kind: 'header'
  readonly format: number
  /** The kind of store it was taken from. */
  readonly store: string
  /** When, RFC 3339. */
  readonly taken: string
  /** Of the picture: an export that was interrupted goes on only while it is the same. */
  readonly stamp: string
  readonly counts: Counts
}

export interface PageEnd {
  readonly kind: 'page'
  /** Counts from 0, which is that of the header alone. */
  readonly number: number
  /** Over everything before this line. */
  readonly sha256: string
}

export interface Footer {
  readonly kind: 'footer'
  readonly counts: Counts
  /** SHA-256 over the lines of the items alone. */
  readonly content: string
  /** SHA-256 over everything before this line. */
  readonly sha256: string
}

/** What was read or written up to here. */
export interface Tally {
  readonly counts: Counts
  add(kind: Kind | 'header' | 'page', line: string | Uint8Array): void
  content(): string
  whole(): string
  /** As it is now, whatever is added to this one. */
  copy(): Tally
}

export function createTally(
  counts: Record<Kind, number> = noCounts(),
  content: Hash = createHash('sha256'),
  whole: Hash = createHash('sha256'),
): Tally {
  return {
    counts,
    add(kind, line) {
      whole.update(line).update('\n')
      if (kind === 'header' || kind === 'page') return
      content.update(line).update('\n')
      counts[kind] += 1
    },
    content: () => content.copy().digest('hex'),
    whole: () => whole.copy().digest('hex'),
    copy: () => createTally({ ...counts }, content.copy(), whole.copy()),
  }
}

const LINE_KIND = /^\{"kind":"([a-z]+)"/
const OTHERS: ReadonlySet<string> = new Set(['header', 'page', 'footer'])

/** A text may have many MB, so only the beginning of a line is looked at. `undefined`: no line of ours. */
export function kindOf(line: Uint8Array): Kind | 'header' | 'page' | 'footer' | undefined {
  const [, kind = ''] = LINE_KIND.exec(Buffer.from(line.subarray(0, 32)).toString('latin1')) ?? []
  return OTHERS.has(kind) || (KINDS as readonly string[]).includes(kind) ? (kind as Kind) : undefined
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
  message: ({ kind, id, uniqueName, owner, value, body, sweepAt }) => ({
    kind,
    id,
    uniqueName,
    owner,
    sweepAt,
    value,
    body: base64(body),
  }),
  version: ({ kind, owner, document, revision, replaced, ...entry }) => ({
    kind,
    owner,
    document,
    revision,
    replaced,
    ...inOrder(entry),
  }),
  reservation: ({ kind, space, name, owner, since }) => ({ kind, space, name, owner, since }),
  home: ({ kind, owner, revision, next, documents, parts }) => ({
    kind,
    owner,
    revision,
    next,
    documents: documents.map(([key, entry]) => [key, inOrder(entry)]),
    parts,
  }),
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
  if (item.kind === 'message') return { ...item, body: Buffer.from(item.body as string, 'base64') }
  return item
}
