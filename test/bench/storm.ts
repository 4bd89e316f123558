/**
 * What many who wait cost: `npm run bench:storm -- --users N --waiting M`. N users with open inboxes leave
 * do-not-disturb at once, ten messages each; M messages wait in the default store, a tenth of them overdue at the next
 * start; and a mail server is down for an hour, with a thousand messages for it. The participating function on its
 * store, in this process, without HTTP. `--only storm`, `waiting` or `down` is one of the three; of those that wait,
 * `--laid-down L` lie there before the measured ones come. Exit 1 where something is lost, doubled, or misses its
 * bound.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock, systemRandomness, type Clock } from '../../src/clock.ts'
import { boundHeap } from '../../src/heap.ts'
import { documentKey } from '../../src/home/home.ts'
import { update } from '../../src/home/update.ts'
import { createInterworking } from '../../src/interworking/create.ts'
import { createEmail } from '../../src/interworking/email.ts'
import { AUID, type Etag, type Xui } from '../../src/names.ts'
import { createParticipating } from '../../src/participating/create.ts'
import type { Participating } from '../../src/participating/participating.ts'
import { queueOf, withWaiting } from '../../src/participating/state/queue.ts'
import { DEFAULT_PARTICIPATING_SETTINGS } from '../../src/participating/settings.ts'
import type { ParticipatingPeers } from '../../src/participating/transaction/contract.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { PF, PHONE, registration, submission } from '../participating/testbed.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { missed, progress, say } from './load.ts'

const { values } = parseArgs({
  options: {
    users: { type: 'string' },
    waiting: { type: 'string' },
    'laid-down': { type: 'string' },
    only: { type: 'string' },
  },
})
const USERS = Number(values.users ?? 100)
const WAITING = Number(values.waiting ?? 5_000)
const LAID_DOWN = Number(values['laid-down'] ?? 0)
/** So many wait for each of their users. */
const WAITING_FOR_ONE = 100
const EACH = 10
const DRAINED_WITHIN_S = 60
const CLEARED_WITHIN_S = 30
const ARRIVALS_PER_SECOND = 1_500
const MEMORY_MB = 512
const DOWN_SECONDS = 3_600
const DOWN_MESSAGES = 1_000
const DOWN_USERS = 20
const CORE_AT_MOST = 0.01
/** Senders, and arrivals, under way at the same time. */
const AT_ONCE = 64

interface Running {
  readonly store: Store
  readonly pf: Participating
  close(): Promise<void>
}

const megabytes = (): number => Math.round(process.memoryUsage().rss / 1024 / 1024)
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}
const xui = (index: number): Xui => `sip:user${index}@example.com` as Xui
const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function bar(what: string, done: number, total: number): void {
  const full = Math.floor((30 * done) / Math.max(1, total))
  progress(`${what.padEnd(20)} [${'#'.repeat(full)}${' '.repeat(30 - full)}] ${done} of ${total}`)
}

async function each(what: string, total: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  let done = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < total; index = next++) {
      await work(index)
      done += 1
      bar(what, done, total)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  progress('')
}

async function start(folder: string, clock: Clock, peers: ParticipatingPeers = {}): Promise<Running> {
  const store = await openSqliteStore({ folder, clock })
  const documents = new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 16_000_000 })
  const { homes, messages, leases, accounts } = store
  const pf = createParticipating({
    homes,
    messages,
    leases,
    accounts,
    clock,
    random: systemRandomness,
    preferencesOf: (home) => readPreferences({ homes, documents }, home),
    peers,
    settings: DEFAULT_PARTICIPATING_SETTINGS,
    log: { warn: () => {}, error: (details, text) => say(`${text} ${JSON.stringify(details)}`) },
    failpoint: () => {},
  })
  const close = async (): Promise<void> => {
    await pf.stop()
    await store.close()
  }
  return { store, pf, close }
}

async function put({ store }: Running, owner: Xui, auid: string, name: string, xml: string): Promise<void> {
  await update(store.homes, owner, (home) => {
    const text = `${owner} ${home.revision}`
    const now = Date.now()
    const entry = { etag: text as Etag, text, size: xml.length, changed: now, by: owner }
    const documents = new Map(home.documents).set(documentKey(auid, name), entry)
    return {
      answer: undefined,
      commit: {
        home: { ...home, documents, next: Math.min(home.next ?? now, now) },
        texts: [{ id: text, bytes: Buffer.from(xml) }],
      },
    }
  })
}

const disturb = (running: Running, owner: Xui, on: boolean): Promise<void> =>
  put(running, owner, AUID.doNotDisturb, 'index', `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="${on}"/>`)

async function addUsers({ store }: Running, count: number): Promise<void> {
  await store.accounts.put({ ...PF, credentials: [] })
  await each('accounts', count, (index) => store.accounts.put({ xui: xui(index), role: 'user', credentials: [] }))
}

async function storm(folder: string): Promise<void> {
  const running = await start(folder, systemClock)
  const { pf } = running
  await pf.start()
  await addUsers(running, USERS)
  const got = new Map<string, number>()
  const sent: string[] = []
  await each('inboxes', USERS, async (index) => {
    await disturb(running, xui(index), true)
    await pf.register(xui(index), PHONE, registration())
    await pf.openInbox(xui(index), PHONE, {
      send: ({ id }) => {
        got.set(id, (got.get(id) ?? 0) + 1)
        void pf.received(xui(index), PHONE, id)
      },
      end: () => {},
    })
  })
  await each('messages', USERS * EACH, async (index) => {
    sent.push((await pf.accept(PF, submission({ from: 'sip:sender@elsewhere.example', to: xui(index % USERS) }))).id)
  })
  const early = got.size
  const began = performance.now()
  const cpu = cpuSeconds()
  await Promise.all(Array.from({ length: USERS }, (_, index) => disturb(running, xui(index), false)))
  // Where many are, all is drained by now.
  let memory = megabytes()
  while (pf.figures().ended.delivered < sent.length && performance.now() - began < 10 * DRAINED_WITHIN_S * 1_000) {
    bar('drained', pf.figures().ended.delivered, sent.length)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  progress('')
  const seconds = (performance.now() - began) / 1_000
  const lost = sent.filter((id) => !got.has(id)).length
  const doubled = sent.filter((id) => (got.get(id) ?? 0) > 1).length
  say(
    `the storm, ${USERS} users: ${sent.length} drained in ${seconds.toFixed(1)} s (bound ${DRAINED_WITHIN_S}), ` +
      `${(cpuSeconds() - cpu).toFixed(1)} s of processor; lost ${lost}, doubled ${doubled}, early ${early}; ` +
      `${memory} MB`,
  )
  if (seconds > DRAINED_WITHIN_S || lost + doubled + early > 0) missed.push('the storm')
  await running.close()
}

/** What waits there already: copies of one that came, all of a user in one commit, the first ten until `expires`. */
async function layDown({ store, pf }: Running, users: number, expires: number): Promise<void> {
  const { id } = await pf.accept(PF, submission({ from: 'sip:sender@elsewhere.example', to: xui(0) }))
  const record = (await store.messages.byId(id))?.value as object
  const [entry] = queueOf(await store.homes.read(xui(0))).waiting
  if (entry === undefined) throw new Error('what came waits')
  await each('laid down', users, async (user) => {
    const home = await store.homes.read(xui(user))
    const { waiting: came } = queueOf(home)
    const copies = Array.from({ length: Math.floor(LAID_DOWN / users) - came.length }, (_, at) => {
      const until = at < WAITING_FOR_ONE / 10 ? expires : entry.expires
      return { ...entry, id: `${id}-${user}-${at}`, turn: at + 2, expires: until }
    })
    const messages = copies.map(({ id: copy, expires: until }) => {
      const value = { ...record, id: copy, messageId: copy, to: home.owner, expires: until }
      return { id: copy, uniqueName: `laid down ${copy}`, owner: home.owner, value, body: Buffer.from('hello') }
    })
    const laid = withWaiting(home, [...came, ...copies])
    await store.homes.commit({ home: { ...laid, next: Math.min(expires, entry.expires) }, messages })
  })
}

async function waiting(folder: string): Promise<void> {
  const users = Math.max(1, Math.ceil(WAITING / WAITING_FOR_ONE))
  const first = await start(folder, systemClock)
  await first.pf.start()
  await addUsers(first, users)
  // Not before the last one has come: what expires meanwhile is cleared at once.
  const expires = Date.now() + Math.max(60_000, WAITING * 5)
  const arriving = WAITING - LAID_DOWN
  if (LAID_DOWN > 0) await layDown(first, users, expires)
  const overdue = Math.floor(WAITING / 10)
  const began = performance.now()
  const cpu = cpuSeconds()
  await each('arrivals', arriving, (index) =>
    first.pf.accept(PF, {
      ...submission({ from: 'sip:sender@elsewhere.example', to: xui(index % users) }),
      expires: LAID_DOWN === 0 && index < overdue ? expires : undefined,
    }),
  )
  const perSecond = arriving / ((performance.now() - began) / 1_000)
  const perMessage = ((cpuSeconds() - cpu) / arriving) * 1_000
  say(
    `${WAITING} waiting: ${Math.round(perSecond)} arrivals/s (bound ${ARRIVALS_PER_SECOND}), ` +
      `${perMessage.toFixed(2)} ms ` +
      `of processor each; ${megabytes()} MB (bound ${MEMORY_MB})`,
  )
  if (megabytes() > MEMORY_MB) missed.push(`${megabytes()} MB with ${WAITING} waiting`)
  if (perSecond < ARRIVALS_PER_SECOND) missed.push(`${Math.round(perSecond)} arrivals/s`)
  await first.close()
  await clearing(folder, overdue, expires)
}

/** Behind a start, what was kept in memory before it is gone. */
async function clearing(folder: string, overdue: number, expires: number): Promise<void> {
  const later: Clock = {
    ...systemClock,
    now: () => Math.max(systemClock.now(), expires + systemClock.now() - restarted),
  }
  const restarted = systemClock.now()
  const second = await start(folder, later)
  const again = performance.now()
  const before = cpuSeconds()
  let memory = megabytes()
  const looking = setInterval(() => (memory = Math.max(memory, megabytes())), 20)
  await second.pf.start()
  while (second.pf.figures().ended.discarded < overdue && performance.now() - again < 10 * CLEARED_WITHIN_S * 1_000) {
    bar('overdue', second.pf.figures().ended.discarded, overdue)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  clearInterval(looking)
  progress('')
  const seconds = (performance.now() - again) / 1_000
  const cleared = second.pf.figures().ended.discarded
  say(
    `${cleared} of ${overdue} overdue cleared ${seconds.toFixed(1)} s after the start (bound ${CLEARED_WITHIN_S}), ` +
      `${(((cpuSeconds() - before) / overdue) * 1_000).toFixed(2)} ms of processor each; ` +
      `${memory} MB at most, ${megabytes()} at the end`,
  )
  if (memory > MEMORY_MB) missed.push(`${memory} MB while what is overdue is cleared`)
  if (cleared !== overdue || seconds > CLEARED_WITHIN_S) missed.push('overdue')
  await second.close()
}

/** The clock is moved by hand, and the connections are real ones, to a port where nobody listens. */
async function down(folder: string): Promise<void> {
  const clock = createHandClock()
  const server = { host: '127.0.0.1', port: 1, secure: false, startTls: 'never', login: undefined } as const
  const email = createEmail({
    server,
    head: { address: 'xdms@example.com', domains: ['example.com'] },
    reports: undefined,
  })
  let attempts = 0
  let under = 0
  const send: typeof email.send = async (message, signal) => {
    attempts += 1
    under += 1
    return email.send(message, signal).finally(() => (under -= 1))
  }
  const running = await start(folder, clock, {
    interworking: createInterworking(new Map([['email', { ...email, send }]])),
  })
  const { pf } = running
  await pf.start()
  await addUsers(running, DOWN_USERS)
  const profile =
    '<profile xmlns="urn:cpm-xdms:profile:1" id="away"><display-name>Away</display-name><messages><available ' +
    'action="interwork"/><unavailable action="interwork"/></messages><interworking><service priority="1" ' +
    'name="email" address="mailto:me@example.net"/></interworking></profile>'
  const active = '<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="away"/>'
  for (let index = 0; index < DOWN_USERS; index++) {
    await put(running, xui(index), AUID.profiles, 'away', profile)
    await put(running, xui(index), AUID.activeProfile, 'index', active)
  }
  await each('messages', DOWN_MESSAGES, (index) =>
    pf.accept(PF, submission({ from: 'sip:a@example.net', to: xui(index % DOWN_USERS) })),
  )
  const cpu = cpuSeconds()
  const end = clock.now() + DOWN_SECONDS * 1_000
  while (clock.now() < end) {
    clock.move(1_000)
    do await round()
    while (under > 0 || pf.figures().working > 0)
    bar('an hour of no answer', DOWN_SECONDS - Math.round((end - clock.now()) / 1_000), DOWN_SECONDS)
  }
  progress('')
  const share = (cpuSeconds() - cpu) / DOWN_SECONDS
  const { ended } = pf.figures()
  const lost = Object.values(ended).reduce((sum, count) => sum + count, 0)
  say(
    `a mail server down for an hour, ${DOWN_MESSAGES} for it: ${attempts} attempts, ` +
      `${(share * 100).toFixed(2)} % of a core ` +
      `(bound ${CORE_AT_MOST * 100}), lost ${lost}`,
  )
  if (share > CORE_AT_MOST || lost > 0) missed.push('a peer that is down')
  await running.close()
}

// As the program does.
boundHeap()
for (const part of [storm, waiting, down].filter(({ name }) => name === (values.only ?? name))) {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-storm-'))
  try {
    await part(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
for (const line of missed) say(`missed: ${line}`)
process.exitCode = missed.length > 0 ? 1 : 0
