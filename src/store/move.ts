/**
 * Everything out of a store into a file (`transfer-file.ts`), and out of a file into an empty store. Until a file is
 * complete and checked it is called FILE.part.
 */
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isDeepStrictEqual } from 'node:util'
import { instantText, type Instant } from '../clock.ts'
import { createTally, linesOf, readExport, type Moved } from './transfer-file.ts'
import { isEmpty, mustBeWhole, sum, type ImportMark, type Item, type Transfer } from './transfer.ts'
import type { Store } from './store.ts'
import { sync } from './sync.ts'

/** What is being done, how many items it is done for, and of how many. */
export type Progress = (doing: string, done: number, total: number) => void

const ITEMS_AT_ONCE = 500
const BYTES_AT_ONCE = 1024 * 1024

/**
 * An export that was interrupted begins again.
 * @param file an absolute path where nothing is yet.
 * @throws Error in words for people.
 */
export async function exportTo(file: string, store: Store, now: Instant, progress: Progress): Promise<Moved> {
  await mustBeWhole(store)
  if (existsSync(file)) throw new Error(`${file} is there already. Give another name.`)
  const part = `${file}.part`
  const snapshot = await store.transfer.snapshot()
  try {
    const { counts } = snapshot
    if (isEmpty(counts)) throw new Error(`The store ${store.path} is empty: there is nothing to export.`)
    await rm(part, { force: true })
    const total = sum(counts)
    const lines = linesOf(snapshot, instantText(now), (done) => {
      if (done % ITEMS_AT_ONCE === 0) progress('exporting', done, total)
    })
    const out = await open(part, 'wx', 0o600)
    await pipeline(lines, out.createWriteStream({ flush: true, highWaterMark: BYTES_AT_ONCE }))
    if (!(await snapshot.isOfOneMoment())) {
      await rm(part)
      throw new Error(
        `The store ${store.path} was written to while it was exported, so there is no consistent picture of it. ` +
          'Stop what writes there, and run it again.',
      )
    }
    const footer = await check(part, progress)
    await rename(part, file)
    await sync(dirname(file))
    return { counts: footer.counts, content: footer.content }
  } finally {
    await snapshot.close()
  }
}

/** Reads a file to its end. @throws Error in words for people, when it is not what was written. */
async function check(file: string, progress: Progress): ReturnType<typeof readExport> {
  let done = 0
  return await readExport(file, (_item, _length, total) => {
    done += 1
    if (done % ITEMS_AT_ONCE === 0 || done === total) progress('checking the file', done, total)
  })
}

/**
 * The whole file is checked before anything is written; when all is written the store is read back and compared with
 * the file. Only then the import is complete, and the store can be served. One that was interrupted writes everything
 * again.
 * @param file an absolute path.
 * @param forgetting the name of a kept value that is not to be the same in the store.
 * @throws Error in words for people.
 */
export async function importFrom(file: string, store: Store, progress: Progress, forgetting?: string): Promise<Moved> {
  const { transfer, path } = store
  const footer = await check(file, progress)
  const mark = await begin(transfer, { import: footer.sha256, file })
  if (mark === undefined)
    throw new Error(`There is something in the store ${path} already. An import wants an empty one.`)
  if (mark.import !== footer.sha256)
    throw new Error(
      `The store ${path} holds a part of another import, of ${mark.file}. ` +
        'Finish that one, or take another, empty store.',
    )
  if ((await write(file, transfer, mark, progress)) !== mark.import)
    throw new Error(`${file} was changed while it was read. Run the import again.`)
  const back = await readBack(transfer, progress)
  if (!isDeepStrictEqual(back, { counts: footer.counts, content: footer.content }))
    throw new Error(
      `What the store ${path} gives back is not what is in ${file}. Take another, empty store; this one is not served.`,
    )
  // Before it is complete: an import that is killed here is run again, and forgets again.
  if (forgetting !== undefined) await transfer.forget(forgetting)
  await transfer.mark(mark, undefined)
  return back
}

/** @returns the mark that the store has now; `undefined`: there is something in the store, and it is left as it was. */
export async function begin(transfer: Transfer, mark: ImportMark): Promise<ImportMark | undefined> {
  const present = await transfer.unfinished()
  if (present !== undefined) return present
  if (!(await hasNothing(transfer))) return undefined
  if (!(await transfer.mark(undefined, mark))) return await transfer.unfinished()
  // A server writes, and then asks for a mark; here the mark comes first, and then the look: one sees the other.
  if (await hasNothing(transfer)) return mark
  await transfer.mark(mark, undefined)
  return undefined
}

async function hasNothing(transfer: Transfer): Promise<boolean> {
  const { counts, close } = await transfer.snapshot()
  await close()
  return isEmpty(counts)
}

async function write(file: string, transfer: Transfer, mark: ImportMark, progress: Progress): Promise<string> {
  let items: Item[] = []
  let size = 0
  let done = 0
  const flush = async (): Promise<void> => {
    if (!(await transfer.write(items, mark)))
      throw new Error('Somebody else imports into this store at the same time. Leave it to one.')
    done += items.length
    items = []
    size = 0
  }
  const { sha256 } = await readExport(file, async (item, length, total) => {
    items.push(item)
    size += length
    if (items.length < ITEMS_AT_ONCE && size < BYTES_AT_ONCE) return
    await flush()
    progress('importing', done, total)
  })
  await flush()
  return sha256
}

async function readBack(transfer: Transfer, progress: Progress): Promise<Moved> {
  const snapshot = await transfer.snapshot()
  try {
    const tally = createTally()
    for await (const item of snapshot.items()) {
      tally.add(item)
      if (tally.done() % ITEMS_AT_ONCE === 0) progress('checking the store', tally.done(), sum(snapshot.counts))
    }
    return tally.moved()
  } finally {
    await snapshot.close()
  }
}
