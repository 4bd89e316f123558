/**
 * The file in which a store moves: lines of JSON, each with its `kind`. First a header; then the items; last a footer
 * with the counts and the SHA-256 of everything before it.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { noCounts, sum, type Counts, type Item, type ItemOf, type Snapshot } from './transfer.ts'

const FORMAT = 5
/** Older ones lack what was not kept then; the first has lines of kind `page`, the first four a hash in the footer. */
const FORMATS_READ: readonly number[] = [1, 2, 3, 4, FORMAT]
/** A body of the largest kind in base64, and much room. */
const LINE_LENGTH_AT_MOST = 256 * 1024 * 1024

export interface Moved {
  readonly counts: Counts
  /** SHA-256 over the lines of the items: the same for the same content, whenever and from which store it was taken. */
  readonly content: string
}

interface Footer {
  readonly kind: 'footer'
  readonly counts: Counts
  /** SHA-256 over everything before this line. */
  readonly sha256: string
}

/** Counts and hashes items. */
export function createTally() {
  const counts = noCounts()
  const content = createHash('sha256')
  return {
    /** @returns the item's line. */
    add(item: Item): string {
      const line = JSON.stringify({ kind: item.kind, ...inOrder(item) })
      counts[item.kind] += 1
      content.update(`${line}\n`)
      return line
    },
    done: () => sum(counts),
    moved: (): Moved => ({ counts, content: content.copy().digest('hex') }),
  }
}

/** By name, so that the same item is the same line wherever it comes from. */
function inOrder(fields: object): object {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    present.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, said(name, value)]),
  )
}

function said(name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (name === 'credentials') return (value as readonly object[]).map(inOrder)
  if (name === 'documents') return (value as ItemOf<'home'>['documents']).map(([key, entry]) => [key, inOrder(entry)])
  return value
}

function itemOf(line: object): Item {
  const bytes = Object.entries(line).filter(([name]) => name === 'bytes' || name === 'body')
  const read = Object.fromEntries(bytes.map(([name, text]) => [name, Buffer.from(String(text), 'base64')]))
  return Object.assign(line, read) as object as Item
}

/** @param taken when, RFC 3339. @returns the lines of a file, with their ends. */
export async function* linesOf(of: Snapshot, taken: string, each: (done: number) => void): AsyncGenerator<string> {
  const tally = createTally()
  const whole = createHash('sha256')
  const hashed = (line: string): string => (whole.update(`${line}\n`), `${line}\n`)
  yield hashed(JSON.stringify({ kind: 'header', format: FORMAT, taken, counts: of.counts }))
  for await (const item of of.items()) {
    yield hashed(tally.add(item))
    each(tally.done())
  }
  const footer: Footer = { kind: 'footer', counts: tally.moved().counts, sha256: whole.digest('hex') }
  yield `${JSON.stringify(footer)}\n`
}

/**
 * Reads a file to its end.
 * @param each is called with each item, how long its line is, and how many items the header promises.
 * @throws Error in words for people, at the latest behind the last line, where the file is not what was written.
 */
export async function readExport(
  path: string,
  each: (item: Item, size: number, total: number) => void | Promise<void>,
): Promise<Moved & Footer> {
  const damaged = (): Error => new Error(`${path} is damaged: it does not match its SHA-256.`)
  const tally = createTally()
  const whole = createHash('sha256')
  let total: number | undefined
  let footer: Footer | undefined
  for await (const text of textsIn(path)) {
    if (footer !== undefined) throw new Error(`${path} is damaged: something follows its last line.`)
    const line = parsed(text)
    if (total === undefined) total = sum(countsIn(path, line))
    else if (line?.kind === 'footer') {
      footer = { kind: 'footer', counts: tally.moved().counts, sha256: whole.copy().digest('hex') }
      const { content, ...found } = { ...line, counts: { ...noCounts(), ...line.counts } }
      if (!isDeepStrictEqual(found, footer)) throw damaged()
    } else if (line !== undefined && line.kind in noCounts()) {
      const item = itemOf(line)
      tally.add(item)
      await each(item, text.length, total)
    } else if (line?.kind !== 'page') throw damaged()
    whole.update(`${text}\n`)
  }
  if (footer !== undefined) return { ...tally.moved(), ...footer }
  throw total === undefined ? noExport(path) : new Error(`${path} is cut short: its last line is missing.`)
}

/** Of a header: what it promises. */
function countsIn(path: string, { kind, format, counts }: Partial<Line> = {}): Counts {
  if (kind !== 'header') throw noExport(path)
  if (FORMATS_READ.includes(format!)) return { ...noCounts(), ...counts }
  throw new Error(
    `${path} was written by another version of this program (its format has number ${format}, ` +
      `this program knows ${FORMATS_READ.join(', ')}).`,
  )
}

const noExport = (path: string): Error =>
  new Error(`${path} is no export of this program: it does not begin with the header of one.`)

interface Line {
  readonly kind: string
  readonly format?: number
  readonly counts?: Partial<Counts>
  readonly content?: string
}

function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined
  }
}

/** The lines without their ends; what follows the last one is a line that was cut. */
async function* textsIn(path: string): AsyncGenerator<string, void> {
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1024 * 1024 })) {
    const lines = `${rest}${chunk as string}`.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LINE_LENGTH_AT_MOST) return
    yield* lines
  }
  if (rest !== '') yield rest
}
