/**
 * What growth costs: `npm run bench:flat -- --users N`. One user with 1,000 profiles, a list of 1,000 entries, and
 * many users with five documents each, against the same with few; `--only manyUsers` (`profilesOfOne`, `entriesOfOne`)
 * for one of them. Only the ratios of one run count, so it is the
 * server's own CPU that is compared. Ends with exit 1 where a bound is missed.
 */
import { parseArgs } from 'node:util'
import { Connection } from './connection.ts'
import { addUser, CONNECTIONS, expect, listsOf, LISTS_TYPE, login, missed, PROFILE_TYPE } from './load.ts'
import { profileOf, progress, say, together, type Ask } from './load.ts'
import { provision } from './provision.ts'
import { ADMINISTRATOR, startServer, type Server } from './server.ts'

const PROFILES = 1_000
const ENTRIES = 1_000
/** Half of them: with a name for each, the list would be longer than a document may be. */
const EDITED = ENTRIES / 2
const FEW = 1_000
const DOCUMENTS_EACH = 5
/** So many requests for one figure: Linux counts CPU time in hundredths of a second, two microseconds of each. */
const ASKED = 5_000
const ENTRY_MS = 2
const LISTING_MS = 20
const TIMES_ONE_USER = 2
const TIMES_MANY_USERS = 1.25
const START_MS = 2_000
const RSS_MB = 400

const { values } = parseArgs({ options: { users: { type: 'string', default: '10000' }, only: { type: 'string' } } })
const users = Math.max(FEW, Number(values.users))

const server = await startServer()
const admins = Array.from({ length: CONNECTIONS }, () => new Connection(server.url, ADMINISTRATOR))
try {
  for (const part of [profilesOfOne, entriesOfOne, manyUsers])
    if (values.only === undefined || values.only === part.name) await part(server)
} finally {
  for (const each of admins) each.close()
  await server.stop()
}
for (const each of missed) say(`missed: ${each}`)
process.exitCode = missed.length === 0 ? 0 : 1

async function profilesOfOne({ cpu, url }: Server): Promise<void> {
  await addUser(admins[0] as Connection, 'sip:many@example.com', 'user')
  const own = new Connection(url, login('many'))
  const put: Ask = async (n) => {
    const target = `/xcap-root/org.cpm-xdms.profiles/users/sip:many@example.com/p${n}`
    expect(
      await own.ask('PUT', target, { 'content-type': PROFILE_TYPE }, Buffer.from(profileOf(2_048, `p${n}`))),
      200,
      201,
    )
  }
  await put(0, 0)
  const first = await micros(cpu, 'PUT of the only profile', 1_000, () => put(0, 0))
  for (let n = 1; n < PROFILES; n++) await put(n, 0)
  const last = await micros(cpu, `PUT of one of ${PROFILES} profiles`, 1_000, () => put(PROFILES / 2, 0))
  compare(`PUT of one profile, among ${PROFILES}`, first, last, TIMES_ONE_USER)
  const listing = await micros(cpu, `a list of ${PROFILES} profiles`, 50, async () =>
    expect(await own.ask('GET', '/api/users/sip:many@example.com/profiles'), 200),
  )
  bound(`listing ${PROFILES} profiles`, listing / 1_000, LISTING_MS, 'ms')
  own.close()
}

async function entriesOfOne({ cpu, url }: Server): Promise<void> {
  await addUser(admins[0] as Connection, 'sip:long@example.com', 'user')
  const own = new Connection(url, login('long'))
  const target = '/xcap-root/resource-lists/users/sip:long@example.com/index'
  const entry = (n: number, name: string): string =>
    `<entry uri="sip:u${n}@example.net">${name === '' ? '' : `<display-name>${name}</display-name>`}</entry>`
  const all = Array.from({ length: ENTRIES }, (_, n) => entry(n, '')).join('')
  const lists = listsOf(all)
  // Learns the nonce: so long a body is not read from somebody who has not logged in.
  expect(await own.ask('GET', target), 404)
  expect(await own.ask('PUT', target, { 'content-type': LISTS_TYPE }, Buffer.from(lists)), 201)
  const edit: Ask = async (n) => {
    const selector = `resource-lists/list%5B@name=%22l%22%5D/entry%5B@uri=%22sip:u${n % EDITED}@example.net%22%5D`
    const body = Buffer.from(entry(n % EDITED, `Name ${n}`))
    expect(await own.ask('PUT', `${target}/~~/${selector}`, { 'content-type': 'application/xcap-el+xml' }, body), 200)
  }
  // What a server costs that has run for a while: before that the compiler of JavaScript is at work, too.
  await together(0, 2 * ENTRIES, edit, 'editing entries', 1)
  const cost = await micros(cpu, `PUT of one of ${ENTRIES} entries`, ENTRIES, edit)
  bound(`PUT of one of ${ENTRIES} entries`, cost / 1_000, ENTRY_MS, 'ms')
  own.close()
}

async function manyUsers(here: Server): Promise<void> {
  const document = (n: number): string =>
    `/xcap-root/resource-lists/users/sip:u${Math.floor(n / DOCUMENTS_EACH)}@example.com/d${n % DOCUMENTS_EACH}`
  const lists = Buffer.from(
    listsOf(Array.from({ length: 20 }, (_, n) => `<entry uri="sip:friend${n}@example.net"/>`).join('')),
  )
  const documents = Array.from({ length: DOCUMENTS_EACH }, (_, n) => `d${n}`)
  const fill = async (from: number, to: number): Promise<void> => {
    const done = (count: number): void => progress(`users: ${count} of ${to - from}`)
    await provision({ folder: here.folder, from, to, documents, bytes: lists, progress: done })
    progress('')
  }
  const put: Ask = async (n, lane) =>
    expect(await (admins[lane] as Connection).ask('PUT', document(n), { 'content-type': LISTS_TYPE }, lists), 200, 201)
  const get: Ask = async (n, lane) => expect(await (admins[lane] as Connection).ask('GET', document(n)), 200)
  const costs = async (count: number): Promise<{ readonly gets: number; readonly puts: number }> => {
    // Steps that visit all of them before one comes again.
    const any = (n: number): number => (n * 7_919) % (count * DOCUMENTS_EACH)
    const gets = await micros(here.cpu, `GET with ${count} users`, ASKED, (n, lane) => get(any(n), lane), CONNECTIONS)
    return {
      gets,
      puts: await micros(here.cpu, `PUT with ${count} users`, ASKED, (n, lane) => put(any(n), lane), CONNECTIONS),
    }
  }
  await fill(0, FEW)
  const few = await costs(FEW)
  await fill(FEW, users)
  const many = await costs(users)
  compare(`GET with ${users} users, five documents each`, few.gets, many.gets, TIMES_MANY_USERS)
  compare(`PUT with ${users} users, five documents each`, few.puts, many.puts, TIMES_MANY_USERS)
  bound(`memory with ${users} users`, here.rss() / 1e6, RSS_MB, 'MB')
  bound(`start with ${users} users`, await here.restart(), START_MS, 'ms')
}

/** The server's CPU for one request, in microseconds. */
async function micros(cpu: () => number, name: string, count: number, ask: Ask, lanes = 1): Promise<number> {
  await together(0, Math.ceil(count / 5), ask, `${name}: warming up`, lanes)
  const before = cpu()
  await together(0, count, ask, name, lanes)
  return ((cpu() - before) / count) * 1e6
}

function compare(name: string, few: number, many: number, times: number): void {
  const ratio = many / few
  say(`${name.padEnd(52)} ${few.toFixed(0)} µs, then ${many.toFixed(0)} µs: ${ratio.toFixed(2)} times (bound ${times})`)
  if (ratio > times) missed.push(`${name}: ${ratio.toFixed(2)} times, bound ${times}`)
}

function bound(name: string, value: number, most: number, unit: string): void {
  say(`${name.padEnd(52)} ${value.toFixed(1)} ${unit} (bound ${most})`)
  if (value > most) missed.push(`${name}: ${value.toFixed(1)} ${unit}, bound ${most}`)
}
