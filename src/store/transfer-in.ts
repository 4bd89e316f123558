/** Everything out of a file into an empty store. */
import { isDeepStrictEqual } from 'node:util'
import { createTally, itemOf, lineOf, readExport, sum, type Footer } from './transfer-file.ts'
import { check, type Moved, type Progress } from './transfer-out.ts'
import type { ImportMark, Item, Transfer } from './transfer.ts'
import type { Store } from './store.ts'

const ITEMS_AT_ONCE = 500
const BYTES_AT_ONCE = 1024 * 1024

/**
 * The whole file is checked before anything is written; when all is written the store is read back and compared with
 * the file. Only then the import is complete, and the store can be served. One that was interrupted writes everything
 * again.
 * @param file an absolute path.
 * @param forgetting the name of a kept value that is not to be the same in the store.
 * @throws Error in words for people.
 */
export async function importFrom(
  file: string,
  { transfer, path }: Store,
  progress: Progress,
  forgetting?: string,
): Promise<Moved> {
  const footer = await check(file, progress)
  const mark = await transfer.begin({ import: footer.sha256, file })
  if (mark === undefined)
    throw new Error(`There is something in the store ${path} already. An import wants an empty one.`)
  if (mark.import !== footer.sha256) {
    throw new Error(
      `The store ${path} holds a part of another import, of ${mark.file}. Finish that one, or take ` +
        `another, empty store.`,
    )
  }
  const written = await write(file, transfer, mark, progress)
  if (written.sha256 !== footer.sha256) throw new Error(`${file} was changed while it was read. Run the import again.`)
  const back = await readBack(transfer, progress)
  if (back.content !== footer.content || !isDeepStrictEqual(back.counts, footer.counts)) {
    throw new Error(
      `What the store ${path} gives back is not what is in ${file}. Take another, empty store; this one is not served.`,
    )
  }
  // Before it is complete: an import that is killed here is run again, and forgets again.
  if (forgetting !== undefined) await transfer.forget(forgetting)
  await transfer.finish(mark)
  return back
}

async function write(file: string, transfer: Transfer, mark: ImportMark, progress: Progress): Promise<Footer> {
  let items: Item[] = []
  let size = 0
  let done = 0
  const flush = async (): Promise<void> => {
    if (!(await transfer.write(items, mark)))
      throw new Error('Somebody else imports into this store at the same time. Leave it to one.')
    items = []
    size = 0
  }
  const footer = await readExport(file, async (line, total) => {
    items.push(itemOf(line))
    size += line.length
    done += 1
    if (items.length < ITEMS_AT_ONCE && size < BYTES_AT_ONCE) return
    await flush()
    progress('importing', done, total)
  })
  await flush()
  return footer
}

async function readBack(transfer: Transfer, progress: Progress): Promise<Moved> {
  const snapshot = await transfer.snapshot()
  try {
    const tally = createTally()
    const total = sum(snapshot.counts)
    for await (const item of snapshot.items()) {
      tally.add(item.kind, lineOf(item))
      if (tally.done() % ITEMS_AT_ONCE === 0) progress('checking the store', tally.done(), total)
    }
    const { counts, content } = tally.footer()
    return { counts, content }
  } finally {
    await snapshot.close()
  }
}
