/** What commands that move or copy a store have in common: a file, and lines for who waits. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { stopwatch } from '../clock.ts'
import type { Settings } from '../config.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import type { Moved, Progress } from '../store/transfer-out.ts'
import { KINDS, type Counts, type Kind } from '../store/transfer.ts'
import { CommandFault } from './fault.ts'
import { createProgress } from './progress.ts'
import { storeOptions } from './store-options.ts'
import type { Terminal } from './terminal.ts'

/** The head is no thing that anybody has. */
type Countable = Exclude<Kind, 'head'>

/** One, and many of them. */
const WORDS: Readonly<Record<Countable, readonly [string, string]>> = {
  kept: ['kept value', 'kept values'],
  account: ['account', 'accounts'],
  text: ['text', 'texts'],
  dropped: ['dropped text', 'dropped texts'],
  message: ['message', 'messages'],
  version: ['version', 'versions'],
  reservation: ['reservation', 'reservations'],
  cut: ['shortened history', 'shortened histories'],
  trail: ['entry of the trail', 'entries of the trail'],
  home: ['home', 'homes'],
  journal: ['change', 'changes'],
}
const ALL = KINDS.filter((kind) => kind !== 'head')
export const MOST_ASKED_FOR: readonly Countable[] = ['account', 'text', 'message', 'version', 'home']

export function readFile(words: readonly string[]): string {
  const { positionals } = parseArgs({ args: [...words], allowPositionals: true, options: {} })
  const [file, ...others] = positionals
  if (file === undefined || file === '' || others.length > 0)
    throw new CommandFault('One FILE is needed, like xdms-export.ndjson.', 2)
  return resolve(file)
}

export async function moveStore(
  settings: Settings,
  terminal: Terminal,
  done: string,
  move: (store: Store, progress: Progress) => Promise<Moved>,
): Promise<number> {
  const store = await openStore(storeOptions(settings))
  const progress = createProgress(terminal, stopwatch)
  try {
    terminal.say(`store: ${store.path}`)
    const { counts, content } = await move(store, progress.show)
    progress.end()
    terminal.say(`${done}: ${countsText(counts, ALL)}`)
    terminal.say(`sha256 of the content: ${content}`)
    return 0
  } finally {
    progress.end()
    await store.close()
  }
}

/** `3 accounts, 1 message` */
export function countsText(counts: Counts, kinds: readonly Countable[]): string {
  return kinds.map((kind) => `${counts[kind]} ${WORDS[kind][counts[kind] === 1 ? 0 : 1]}`).join(', ')
}
