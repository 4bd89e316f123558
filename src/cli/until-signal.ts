/** From the settings to a server that listens, and from a signal to its end. */
import { resolve } from 'node:path'
import { assemble, type Assembled } from '../assemble.ts'
import type { PreferenceWatcher } from '../client/preference-watcher.ts'
import { systemClock } from '../clock.ts'
import { settingsSet, type Settings } from '../config.ts'
import { SETTINGS } from '../settings.ts'
import { version } from '../version.ts'
import type { Worker } from '../workers/worker.ts'
import { faultLines } from './fault.ts'
import { askedToEnd } from './signals.ts'
import type { Terminal } from './terminal.ts'

/** A supervisor waits ten seconds before it kills. What is durable stays durable either way. */
const DRAIN_AT_MOST_MS = 9_500

/** Whoever waited for the server is served first. */
const PREPARED_AFTER_MS = 5_000

export interface ServeBeside {
  /** Of the XDMS where the preferences lie, if they do not lie here. */
  readonly watcher?: PreferenceWatcher
  /** What this process is among several. */
  readonly worker?: Worker
}

export async function serveUntilSignal(
  settings: Settings,
  terminal: Terminal,
  { watcher, worker }: ServeBeside = {},
): Promise<number> {
  const asked = askedToEnd(worker?.stopped)
  const assembled = await assemble(settings, {}, { watcher, workers: worker })
  process.on('uncaughtException', (error) => {
    assembled.log.fatal({ err: error }, 'uncaught: the process ends, the store is whole')
    process.exit(1)
  })
  try {
    terminal.say(`store: ${assembled.store.path}`)
    const { url, adminUrl, trustedUrl } = await assembled.start()
    const set = settingsSet(settings)
    assembled.log.info({ version: version(), store: assembled.store.path, url, settings: set }, 'started')
    for (const line of await firstSteps(assembled, settings)) terminal.say(line)
    if (adminUrl !== url) terminal.say(`health and metrics on ${adminUrl}`)
    if (trustedUrl !== undefined) terminal.say(`asserted identities are taken on ${trustedUrl}`)
    terminal.say(`listening on ${url}`)
    worker?.serving()
    systemClock.at(systemClock.now() + PREPARED_AFTER_MS, () => prepare(assembled))
    const by = await asked
    assembled.log.info({ signal: by }, 'stopping')
    terminal.say(`stopping on ${by}: no new requests, what runs may finish`)
  } catch (error) {
    await assembled.close().catch((other: unknown) => terminal.complain(`cpm-xdms: ${faultLines(other).join(' ')}`))
    throw error
  }
  const outcome = await closed(assembled)
  assembled.log.info({ outcome }, 'stopped')
  if (outcome === 'late') terminal.complain('cpm-xdms: not everything ended in time; what was answered is durable')
  process.exit(0)
}

function prepare({ prepare, log }: Assembled): void {
  prepare().catch((error: unknown) => log.warn({ err: error }, 'what was to be prepared is left to the first request'))
}

async function closed(assembled: Assembled): Promise<'in-time' | 'late'> {
  const late = new Promise<'late'>((tell) => systemClock.at(systemClock.now() + DRAIN_AT_MOST_MS, () => tell('late')))
  return await Promise.race([assembled.close().then(() => 'in-time' as const), late])
}

/** What to do next, for somebody who has just started it for the first time. */
async function firstSteps({ accounts }: Assembled, settings: Settings): Promise<readonly string[]> {
  if ((await accounts.count()) > 0) return []
  const store = settings.XDMS_STORE === undefined ? '' : "XDMS_STORE='the same as here' "
  const data = settings.XDMS_DATA === SETTINGS.XDMS_DATA.default ? '' : `XDMS_DATA='${resolve(settings.XDMS_DATA)}' `
  const realm = settings.XDMS_REALM === SETTINGS.XDMS_REALM.default ? '' : `XDMS_REALM='${settings.XDMS_REALM}' `
  return [
    'There is no user yet. The story in the README begins with the first ones; or make your own in another ' +
      'terminal, while this one goes on:',
    `  ${store}${data}${realm}npx cpm-xdms user add sip:admin@${settings.XDMS_REALM} --role administrator`,
    '`npm run demo` plays the story on a store of its own.',
  ]
}
