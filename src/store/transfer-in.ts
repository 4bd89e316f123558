/** Everything out of a file into an empty store. */
import { isDeepStrictEqual } from 'node:util'
import { createTally, itemOf, lineOf } from './transfer-lines.ts'
import { check, pagesOf, sum, type Moved, type Progress } from './transfer-out.ts'
import { piecesOf } from './transfer-pieces.ts'
import { KINDS, type ImportMark, type Transfer } from './transfer.ts'
import type { Store } from './store.ts'

/**
 * The whole file is checked before anything is written; when all is written the store is read back and compared with
 * the file. Only then the import is complete, and the store can be served. One that was interrupted goes on behind the
 * last page that is durable.
 * @param file an absolute path.
 * @throws Error in words for people.
 */
export async function importFrom(file: string, { transfer, path }: Store, progress: Progress): Promise<Moved> {
  const footer = await check(file, progress)
  const mark = await transfer.begin({ import: footer.sha256, file, pages: 0 })
  if (mark === undefined)
    throw new Error(`There is something in the store ${path} already. An import wants an empty one.`)
  if (mark.import !== footer.sha256) {
    throw new Error(
      `The store ${path} holds a part of another import, of ${mark.file}. Finish that one, or take ` +
        `another, empty store.`,
    )
  }
  const { end, found } = await write(file, transfer, mark, footer.sha256, sum(footer.counts), progress)
  const back = await readBack(transfer, progress)
  if (back.content !== footer.content || !isDeepStrictEqual(back.counts, footer.counts)) {
    throw new Error(
      `What the store ${path} gives back is not what is in ${file}. Take another, empty store; this one is not served.`,
    )
  }
  await transfer.finish(end)
  return { ...back, found }
}

async function write(
  file: string,
  transfer: Transfer,
  begun: ImportMark,
  sha256: string,
  total: number,
  progress: Progress,
): Promise<{ readonly end: ImportMark; readonly found: number }> {
  let mark = begun
  let found = 0
  for await (const piece of piecesOf(file)) {
    if (piece.kind === 'footer' && piece.footer.sha256 !== sha256)
      throw new Error(`${file} was changed while it was read. Run the import again.`)
    if (piece.kind !== 'page') continue
    const done = sum(piece.end.tally.counts)
    if (piece.number <= begun.pages) {
      found = done
      continue
    }
    if (!(await transfer.write(piece.items.map(itemOf), mark, piece.number)))
      throw new Error('Somebody else imports into this store at the same time. Leave it to one.')
    mark = { ...mark, pages: piece.number }
    progress('importing', done, total)
  }
  return { end: mark, found }
}

async function readBack(transfer: Transfer, progress: Progress): Promise<Pick<Moved, 'counts' | 'content'>> {
  const picture = await transfer.picture()
  try {
    const tally = createTally()
    const total = sum(picture.counts)
    for (const kind of KINDS) {
      for await (const items of pagesOf(picture, kind)) {
        for (const item of items) tally.add(kind, lineOf(item))
        progress('checking the store', sum(tally.counts), total)
      }
    }
    return { counts: tally.counts, content: tally.content() }
  } finally {
    await picture.close()
  }
}
