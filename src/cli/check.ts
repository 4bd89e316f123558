/** `check`: whether everything that the store keeps is there and can be read, and what to do where it is not. */
import { parseArgs } from 'node:util'
import { stopwatch } from '../clock.ts'
import { readSettings, type Settings } from '../config.ts'
import type { Home } from '../home/home.ts'
import { queueOf } from '../participating/state/queue.ts'
import { checkStore, type Checked, type Expected } from '../store/check.ts'
import { openStore } from '../store/open.ts'
import { noCounts } from '../store/transfer.ts'
import { mustBeThere } from './existing.ts'
import { faultLines } from './fault.ts'
import { countsText, MOST_ASKED_FOR } from './counts.ts'
import { createProgress } from './progress.ts'
import { storeOptions } from './store-options.ts'
import type { Terminal } from './terminal.ts'

const ANY = Number.MAX_SAFE_INTEGER

/** What was stored under other settings is no damage. */
export const EXPECTED: Expected = {
  waitingIn: (home: Home) => [...queueOf(home).waiting, ...queueOf(home).copies].map(({ id }) => id),
  xml: {
    depth: ANY,
    elements: ANY,
    attributesOfElement: ANY,
    namespaceDeclarations: ANY,
    nameLength: ANY,
    attributeValueLength: ANY,
  },
}

export async function checkCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  parseArgs({ args: [...words], options: {} })
  const settings = readSettings()
  await mustBeThere(settings)
  const progress = createProgress(terminal, stopwatch)
  const checked = await look(settings, terminal, progress.show).finally(progress.end)
  if (checked.found === 0) {
    terminal.say(`whole: ${countsText(checked.counts, MOST_ASKED_FOR)}`)
    return 0
  }
  for (const line of checked.damage) terminal.complain(`cpm-xdms: ${line}`)
  if (checked.found > checked.damage.length)
    terminal.complain(`cpm-xdms: and ${checked.found - checked.damage.length} more`)
  for (const line of nextSteps(settings)) terminal.say(line)
  return 1
}

async function look(
  settings: Settings,
  terminal: Terminal,
  progress: Parameters<typeof checkStore>[2],
): Promise<Checked> {
  try {
    const store = await openStore(storeOptions(settings))
    terminal.say(`store: ${store.path}`)
    return await checkStore(store, EXPECTED, progress).finally(() => store.close())
  } catch (error) {
    return { counts: noCounts(), damage: faultLines(error), found: 1 }
  }
}

function nextSteps({ XDMS_STORE }: Settings): readonly string[] {
  if (XDMS_STORE !== undefined)
    return [
      'What to do: stop the servers and check again. If it is still so, restore the last backup into another, empty',
      'database: XDMS_STORE=mongodb://…/another npx cpm-xdms restore FILE.',
    ]
  return [
    'What to do: stop the server, and put back the last backup; what is there now is kept beside it:',
    '  npx cpm-xdms restore FILE --replace',
    'Without a backup: `npx cpm-xdms export FILE` writes what can still be read, if all of it can; else SQLite’s own',
    '  sqlite3 xdms.sqlite .recover | sqlite3 recovered.sqlite',
    'and `restore recovered.sqlite --replace`. And look at the disk: files do not get damaged by themselves.',
  ]
}
