/** Which tests run when: every test file is in one lane. A new folder is in the lane `built` until it is named here. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Lane = 'unit' | 'built' | 'slow' | 'peers'

/**
 * Pure, or over memory: no build, no process, no database. They share their modules, whose reading took half of their
 * time.
 */
const UNIT_FOLDERS = [
  'adaptation',
  'access',
  'cpim',
  'feed',
  'ground',
  'interworking',
  'mime',
  'msrp',
  'notify',
  'page',
  'participating',
  'preferences',
  'tidy',
  'usage',
  'xcap',
  'xml',
]

/**
 * In one of these folders, and yet not pure: a process is started, a module of Node replaced, thousands of histories
 * tried, or a file written a thousand times.
 */
const BUILT_ALL_THE_SAME = [
  'access/curl.test.ts',
  'access/unknown-user.test.ts',
  'participating/commit-bytes.test.ts',
  'participating/decision-table.test.ts',
  'participating/simulation.test.ts',
  'participating/simulation/outgoing.test.ts',
  'tidy/unused.test.ts',
  'xml/kept-names.test.ts',
]

/** What wants a database of its own, or servers that are killed for minutes. */
const SLOW = /^(kill\/|mongodb\/|servers\/mongodb|store\/mongodb|cli\/(?:transfer-mongodb|killed|backup))/

/** What tries at random (`trials.ts`): some trials in its lane, all of them in the project `trials`, which is slow. */
export const AT_RANDOM = [
  'test/feed/xcap-diff.test.ts',
  'test/participating/simulation.test.ts',
  'test/participating/simulation/outgoing.test.ts',
  'test/preferences/agreement.test.ts',
  'test/preferences/property.test.ts',
  'test/sip/hostile.test.ts',
  'test/store/sqlite-processes.test.ts',
  'test/xcap/property.test.ts',
]

/**
 * What is asked over HTTP and SIP holds on every store. A database that is slow here makes these tests slow, and
 * nothing else.
 */
export const ON_EVERY_STORE = [
  ...['messages', 'documents', 'streams', 'watching', 'users', 'history', 'xcap', 'races', 'session', 'queue'].map(
    (name) => `test/http/${name}.test.ts`,
  ),
  ...['webhooks', 'webhook-life', 'xdms-alone', 'retrieval', 'out-of-band', 'stored', 'decisions'].map(
    (name) => `test/http/${name}.test.ts`,
  ),
  'test/client/preference-watcher.test.ts',
  ...['message-in', 'decided', 'push', 'reg-event', 'notices', 'reports', 'retrieval', 'watching'].map(
    (name) => `test/sip/${name}.test.ts`,
  ),
]

/** What cannot be asked of workers in processes of their own, file by file, and why. */
const NOT_OF_WORKERS: Readonly<Record<string, string>> = {
  admission: 'no server is started',
  draining: 'what happens from the moment on in which the end begins, which only the process itself knows',
  'event-stream': 'no server is started',
  'import-users': 'one import at a time is one at each worker',
  'json-bounds': 'bytes and time of one process are measured',
  metrics: 'the figures of one process; of several: test/workers',
  'page-files': 'the files of the page, whoever serves them',
  queue: 'what is answered says whether the inbox is open at the very worker that is asked',
  shares: 'limits are those of each worker',
  statuses: 'what rooms do is replaced, to see every status',
  'unread-inboxes': 'the memory of one process is measured',
}

/** What is asked over HTTP holds of two workers, too. */
export function filesWithWorkers(): string[] {
  return readdirSync(fileURLToPath(new URL('http', import.meta.url)))
    .filter((name) => name.endsWith('.test.ts') && !Object.hasOwn(NOT_OF_WORKERS, name.slice(0, -'.test.ts'.length)))
    .map((name) => `test/http/${name}`)
    .sort()
}

/** @param path of a test file, from `test/` on. */
function laneOf(path: string): Lane {
  if (SLOW.test(path)) return 'slow'
  // Peers that are installed, at addresses and ports of their own: one file after the other.
  if (/^(?:peers|page\/stories)\//.test(path)) return 'peers'
  const folder = path.slice(0, path.indexOf('/'))
  return UNIT_FOLDERS.includes(folder) && !BUILT_ALL_THE_SAME.includes(path) ? 'unit' : 'built'
}

/** The test files of a lane, from the root of the repository. */
export function filesOf(lane: Lane): string[] {
  return readdirSync(fileURLToPath(new URL('.', import.meta.url)), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.test.ts') && laneOf(path) === lane)
    .map((path) => `test/${path}`)
    .sort()
}
