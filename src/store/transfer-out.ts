/**
 * Everything out of a store into a file (`transfer-lines.ts`). Until it is complete and checked it is called FILE.part.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { instantText, type Instant } from '../clock.ts'
import {
  createTally,
  FORMAT,
  itemOf,
  lineOf,
  type Footer,
  type Header,
  type PageEnd,
  type Tally,
} from './transfer-lines.ts'
import { Damaged, piecesOf } from './transfer-pieces.ts'
import {
  isEmpty,
  KINDS,
  mustBeWhole,
  type Counts,
  type Item,
  type ItemOf,
  type Kind,
  type Picture,
} from './transfer.ts'
import type { Store } from './store.ts'

/** What is being done, how many items it is done for, and of how many. */
export type Progress = (doing: string, done: number, total: number) => void

export interface Moved {
  readonly counts: Counts
  /** SHA-256 of the items, as in the footer. */
  readonly content: string
  /** How many items were there already, from a run that was interrupted. */
  readonly found: number
}

/**
 * An export that was interrupted goes on where it was, if nothing in the store has changed since; else it begins again.
 * @param file an absolute path where nothing is yet.
 * @throws Error in words for people.
 */
export async function exportTo(file: string, store: Store, now: Instant, progress: Progress): Promise<Moved> {
  await mustBeWhole(store)
  if (existsSync(file)) throw new Error(`${file} is there already. Give another name.`)
  const part = `${file}.part`
  const picture = await store.transfer.picture()
  try {
    if (isEmpty(picture.counts)) throw new Error(`The store ${store.path} is empty: there is nothing to export.`)
    const begun = await begunBefore(part, picture.stamp)
    const found = begun === undefined ? 0 : sum(begun.tally.counts)
    const header: Header = {
      kind: 'header',
      format: FORMAT,
      store: store.transfer.store,
      taken: instantText(now),
      stamp: picture.stamp,
      counts: picture.counts,
    }
    const footer = await write(part, picture, header, begun, progress)
    if (!(await picture.isTrue())) {
      await rm(part)
      throw new Error(
        `The store ${store.path} was written to while it was exported, so there is no consistent picture ` +
          `of it. Stop what writes there, and run it again.`,
      )
    }
    await check(part, progress)
    await rename(part, file)
    await sync(dirname(file))
    return { counts: footer.counts, content: footer.content, found }
  } finally {
    await picture.close()
  }
}

/** Where a run that was interrupted can go on. */
interface Begun {
  readonly offset: number
  readonly tally: Tally
  readonly pages: number
  readonly last: Item | undefined
}

/** `undefined`: there is none, or it is of another state of the store. */
async function begunBefore(part: string, stamp: string): Promise<Begun | undefined> {
  if (!existsSync(part)) return undefined
  let begun: Begun | undefined
  let last: Uint8Array | undefined
  try {
    for await (const piece of piecesOf(part)) {
      if (piece.kind === 'header' && piece.header.stamp !== stamp) return undefined
      // A footer is written anew: what comes before it may be all there is.
      if (piece.kind === 'footer') break
      if (piece.kind === 'page') last = piece.items.at(-1)
      begun = { ...piece.end, pages: piece.kind === 'page' ? piece.number : 0, last: undefined }
    }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
  return begun && { ...begun, last: last && itemOf(last) }
}

async function write(
  part: string,
  picture: Picture,
  header: Header,
  begun: Begun | undefined,
  progress: Progress,
): Promise<Footer> {
  const out = await open(part, begun === undefined ? 'w' : 'r+', 0o600)
  try {
    await out.chmod(0o600)
    await out.truncate(begun?.offset ?? 0)
    const pages = createPages(out, begun)
    if (begun === undefined) await pages.header(header)
    const total = sum(picture.counts)
    const { last } = begun ?? {}
    for (const kind of KINDS.slice(last === undefined ? 0 : KINDS.indexOf(last.kind))) {
      for await (const items of pagesOf(picture, kind, last?.kind === kind ? last : undefined)) {
        await pages.add(items)
        progress('exporting', sum(pages.tally.counts), total)
      }
    }
    const footer = await pages.footer()
    await out.sync()
    return footer
  } finally {
    await out.close()
  }
}

/** All items of a kind, behind `after`. */
export async function* pagesOf(picture: Picture, kind: Kind, after?: Item): AsyncGenerator<readonly Item[], void> {
  let last = after as ItemOf<Kind> | undefined
  for (;;) {
    const items = await picture.page(kind, last)
    if (items.length === 0) return
    yield items
    last = items.at(-1)
  }
}

function createPages(out: FileHandle, begun: Begun | undefined) {
  const tally = begun?.tally.copy() ?? createTally()
  let offset = begun?.offset ?? 0
  let number = begun === undefined ? 0 : begun.pages + 1

  async function append(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    for (let from = 0; from < bytes.length; )
      from += (await out.write(bytes, from, bytes.length - from, offset + from)).bytesWritten
    offset += bytes.length
  }

  async function endPage(lines: readonly string[]): Promise<void> {
    const end: PageEnd = { kind: 'page', number, sha256: tally.whole() }
    const line = JSON.stringify(end)
    tally.add('page', line)
    number += 1
    await append([...lines, line])
  }

  return {
    tally,
    async header(header: Header) {
      const line = JSON.stringify(header)
      tally.add('header', line)
      await endPage([line])
    },
    async add(items: readonly Item[]) {
      const lines = items.map(lineOf)
      for (const [at, { kind }] of items.entries()) tally.add(kind, lines[at]!)
      await endPage(lines)
    },
    async footer(): Promise<Footer> {
      const footer: Footer = { kind: 'footer', counts: tally.counts, content: tally.content(), sha256: tally.whole() }
      await append([JSON.stringify(footer)])
      return footer
    },
  }
}

/** Reads a file to its end. @throws Error in words for people, when it is not what was written. */
export async function check(file: string, progress: Progress): Promise<Footer> {
  let total = 0
  let footer: Footer | undefined
  for await (const piece of piecesOf(file)) {
    if (piece.kind === 'header') total = sum(piece.header.counts)
    else if (piece.kind === 'page') progress('checking the file', sum(piece.end.tally.counts), total)
    else footer = piece.footer
  }
  assert(footer, 'a file without a footer is cut short')
  return footer
}

export function sum(counts: Counts): number {
  return KINDS.reduce((all, kind) => all + counts[kind], 0)
}

/** So that the new name of a file is durable as well. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
