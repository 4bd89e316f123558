/**
 * Everything out of a store into a file (`transfer-file.ts`). Until it is complete and checked it is called FILE.part.
 */
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { instantText, type Instant } from '../clock.ts'
import { createTally, FORMAT, lineOf, readExport, sum, type Footer, type Header } from './transfer-file.ts'
import { isEmpty, mustBeWhole, type Counts, type Snapshot } from './transfer.ts'
import type { Store } from './store.ts'

/** What is being done, how many items it is done for, and of how many. */
export type Progress = (doing: string, done: number, total: number) => void

export interface Moved {
  readonly counts: Counts
  /** SHA-256 of the items, as in the footer. */
  readonly content: string
}

const LINES_AT_ONCE = 500
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
    const header: Header = {
      kind: 'header',
      format: FORMAT,
      store: store.transfer.store,
      taken: instantText(now),
      counts,
    }
    const footer = await write(part, snapshot, header, progress)
    if (!(await snapshot.isOfOneMoment())) {
      await rm(part)
      throw new Error(
        `The store ${store.path} was written to while it was exported, so there is no consistent picture of it. ` +
          'Stop what writes there, and run it again.',
      )
    }
    await check(part, progress)
    await rename(part, file)
    await sync(dirname(file))
    return { counts: footer.counts, content: footer.content }
  } finally {
    await snapshot.close()
  }
}

async function write(part: string, snapshot: Snapshot, header: Header, progress: Progress): Promise<Footer> {
  const out = await open(part, 'wx', 0o600)
  try {
    const tally = createTally()
    const total = sum(snapshot.counts)
    let lines = [tally.add('header', JSON.stringify(header))]
    let size = 0
    const flush = async (): Promise<void> => {
      await out.appendFile(`${lines.join('\n')}\n`)
      lines = []
      size = 0
      progress('exporting', tally.done(), total)
    }
    for await (const item of snapshot.items()) {
      const line = tally.add(item.kind, lineOf(item))
      lines.push(line)
      size += line.length
      if (lines.length >= LINES_AT_ONCE || size >= BYTES_AT_ONCE) await flush()
    }
    const footer = tally.footer()
    lines.push(JSON.stringify(footer))
    await flush()
    await out.sync()
    return footer
  } finally {
    await out.close()
  }
}

/** Reads a file to its end. @throws Error in words for people, when it is not what was written. */
export async function check(file: string, progress: Progress): Promise<Footer> {
  let done = 0
  return await readExport(file, (_, total) => {
    done += 1
    if (done % LINES_AT_ONCE === 0 || done === total) progress('checking the file', done, total)
  })
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
