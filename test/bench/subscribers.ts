/**
 * What subscribers cost: `npm run bench:subscribers`. A thousand users with five webhooks each, a hundred writes a
 * second, and one who watches the stream while nothing else happens. Exit 1 where a figure misses its bound.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection } from './connection.ts'
import { addUser, expect, login, missed, progress, quantile, say } from './load.ts'
import { ADMINISTRATOR, startServer, type Server } from './server.ts'

const USERS = 1_000
const WEBHOOKS_OF_USER = 5
const WRITES_PER_SECOND = 100
const SECONDS = 20
const MEMORY_BYTES = 512 * 1024 * 1024
const IDLE_WRITES = 200
const IDLE_P99_MS = 50
const WAIT_AT_MOST_MS = 30_000
const WHAT = 'org.cpm-xdms.do-not-disturb'

const JSON_TYPE = { 'content-type': 'application/json' }
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

/** When each change came in, by its ETag and as often as it came. */
const arrivals = new Map<string, number[]>()

function receiver(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const said = JSON.parse(Buffer.concat(pieces).toString()) as {
        readonly challenge?: string
        readonly data?: { readonly newEtag: string }
      }
      const { challenge, data } = said
      if (data !== undefined) arrivals.set(data.newEtag, [...(arrivals.get(data.newEtag) ?? []), performance.now()])
      response.end(challenge === undefined ? '' : JSON.stringify({ challenge }))
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
      resolve({ url, close: () => (server.closeAllConnections(), server.close()) })
    })
  })
}

async function write(connection: Connection, name: string, on: boolean): Promise<string> {
  const target = `/api/users/sip:${name}@example.com/do-not-disturb`
  const { headers } = expect(await connection.ask('PUT', target, JSON_TYPE, json({ on })), 200, 201)
  return (headers.get('etag') ?? '').slice(1, -1)
}

async function stream(server: Server): Promise<void> {
  const writer = new Connection(server.url, login('u0'))
  const watcher = new Connection(server.url, login('u0'))
  const came = new Map<string, number>()
  await watcher.watch(`/api/changes?what=${WHAT}`, (_, data) => {
    came.set((JSON.parse(data) as { readonly newEtag: string }).newEtag, performance.now())
  })
  const times: number[] = []
  for (let n = 0; n < IDLE_WRITES; n++) {
    const etag = await write(writer, 'u0', n % 2 === 0)
    const answered = performance.now()
    while (!came.has(etag)) await pause(1)
    times.push(Math.max(0, (came.get(etag) ?? answered) - answered))
  }
  watcher.close()
  writer.close()
  times.sort((a, b) => a - b)
  const p99 = quantile(times, 0.99)
  say(`200 to the stream, idle: p50 ${quantile(times, 0.5)} ms   p99 ${p99} ms (bound ${IDLE_P99_MS})`)
  if (Number(p99) > IDLE_P99_MS) missed.push(`stream p99 ${p99} ms, bound ${IDLE_P99_MS} ms`)
}

async function webhooks(server: Server, url: string): Promise<void> {
  const users: Connection[] = []
  for (let n = 0; n < USERS; n++) {
    const user = new Connection(server.url, login(`u${n}`))
    users.push(user)
    progress(`subscribing: ${n * WEBHOOKS_OF_USER} of ${USERS * WEBHOOKS_OF_USER}`)
    for (let k = 0; k < WEBHOOKS_OF_USER; k++)
      expect(await user.ask('POST', '/api/subscriptions', JSON_TYPE, json({ url: `${url}/${k}`, what: [WHAT] })), 201)
  }
  const answered = new Map<string, number>()
  let memory = 0
  const began = performance.now()
  const cpu = server.cpu()
  await Promise.all(
    Array.from({ length: WRITES_PER_SECOND * SECONDS }, async (_, n) => {
      await pause(Math.max(0, began + (n * 1_000) / WRITES_PER_SECOND - performance.now()))
      const place = n % USERS
      const etag = await write(users[place] as Connection, `u${place}`, Math.floor(n / USERS) % 2 === 1)
      answered.set(etag, performance.now())
      memory = Math.max(memory, server.rss())
      progress(`writing: ${answered.size}`)
    }),
  )
  const took = (performance.now() - began) / 1_000
  const last = [...answered.keys()].at(-1) ?? ''
  const deadline = performance.now() + WAIT_AT_MOST_MS
  while ((arrivals.get(last)?.length ?? 0) < WEBHOOKS_OF_USER && performance.now() < deadline) await pause(20)
  const times = [...answered].flatMap(([etag, at]) => (arrivals.get(etag) ?? []).map((when) => Math.max(0, when - at)))
  times.sort((a, b) => a - b)
  const used = Math.round(((server.cpu() - cpu) / times.length) * 1_000_000)
  say(
    `${USERS * WEBHOOKS_OF_USER} webhooks, ${Math.round(answered.size / took)} writes/s: ${times.length} delivered   ` +
      `p50 ${quantile(times, 0.5)} ms   p99 ${quantile(times, 0.99)} ms   ${used} µs server CPU each, with writes   ` +
      `memory ${Math.round(memory / 1024 / 1024)} MB (bound ${MEMORY_BYTES / 1024 / 1024})`,
  )
  if (memory > MEMORY_BYTES) missed.push(`memory ${memory} bytes`)
  if ((arrivals.get(last)?.length ?? 0) < WEBHOOKS_OF_USER) missed.push('the last change did not arrive everywhere')
  for (const user of users) user.close()
}

const target = await receiver()
const server = await startServer({ XDMS_WEBHOOK_TARGETS: '127.0.0.1', XDMS_KEEP_ALIVE_MS: '600000' })
try {
  const admin = new Connection(server.url, ADMINISTRATOR)
  for (let n = 0; n < USERS; n++) {
    progress(`users: ${n} of ${USERS}`)
    await addUser(admin, `sip:u${n}@example.com`, 'user')
  }
  admin.close()
  await stream(server)
  await webhooks(server, target.url)
} finally {
  progress('')
  await server.stop()
  target.close()
}
for (const line of missed) say(`MISSED: ${line}`)
process.exit(missed.length > 0 ? 1 : 0)
