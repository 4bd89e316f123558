/** What all benchmarks share: lines for people, users, and load on documents. */
import { Connection, type Answer } from './connection.ts'
import type { Server } from './server.ts'

export const CONNECTIONS = 16
export const SECONDS = 10
/**
 * What a server costs that has run for a while: before that the compilers of JavaScript and WebAssembly are at work,
 * too.
 */
export const WARM_UP_SECONDS = 5

export const LISTS_TYPE = 'application/resource-lists+xml'
export const PROFILE_TYPE = 'application/vnd.cpm-xdms.profile+xml'

const profile = Buffer.from(profileOf(2_048))
/** What did not hold its bound. */
export const missed: string[] = []

/** Microseconds of server CPU that a request may cost. */
export interface Bounds {
  readonly put: number
  readonly get: number
}

/** A profile of about as many bytes: a real one grows by its rules. */
export function profileOf(bytes: number, id = 'work'): string {
  const rule = (n: number): string =>
    `<rule id="r${n}" action="reject"><originator domain="d${n}.example"/><originator ` +
    `uri="sip:u${n}@example.net"/></rule>`
  const frame = (rules: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<profile xmlns="urn:cpm-xdms:profile:1" id="${id}">` +
    `<display-name xml:lang="en">At work</display-name>` +
    `<messages>${rules}<available action="deliver"/><unavailable action="defer"/></messages><deferred ` +
    `mode="push" keep-for="P7D" on-expiry="discard"/></profile>`
  let rules = ''
  for (let n = 1; Buffer.byteLength(frame(rules + rule(n))) <= bytes; n++) rules += rule(n)
  return frame(rules)
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

let saidAt = 0

/** On a terminal in place; elsewhere a line every few seconds, so that a log shows that it lives. */
export function progress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K  ${line}`)
  else if (line !== '' && performance.now() - saidAt > 3_000) {
    saidAt = performance.now()
    say(`  ${line}`)
  }
}

export function expect(answer: Answer, ...statuses: number[]): Answer {
  if (statuses.includes(answer.status)) return answer
  throw new Error(`expected ${statuses.join(' or ')}, got ${answer.status}: ${answer.body.toString().slice(0, 300)}`)
}

export async function addUser(admin: Connection, xui: string, role: string): Promise<void> {
  const body = Buffer.from(JSON.stringify({ role, password: 'p' }))
  expect(await admin.ask('PUT', `/api/users/${xui}`, { 'content-type': 'application/json' }, body), 200, 201)
}

export const login = (name: string): { userName: string; password: string } => ({
  userName: `${name}@example.com`,
  password: 'p',
})

/** @param lane who asks has a connection of his own. */
export type Ask = (n: number, lane: number) => Promise<unknown>

export async function together(from: number, to: number, ask: Ask, name: string, lanes: number): Promise<void> {
  let next = from
  const one = async (_: unknown, lane: number): Promise<void> => {
    for (let n = next++; n < to; n = next++) {
      await ask(n, lane)
      progress(`${name}: ${n - from} of ${to - from}`)
    }
  }
  await Promise.all(Array.from({ length: lanes }, one))
  progress('')
}

export function listsOf(entries: string): string {
  const namespace = 'urn:ietf:params:xml:ns:resource-lists'
  return `<resource-lists xmlns="${namespace}"><list name="l">${entries}</list></resource-lists>`
}

/** Asks on all connections at once for some seconds, then says what a request cost. */
async function load(
  server: Server,
  name: string,
  bound: number | undefined,
  ask: (index: number) => Promise<unknown>,
): Promise<void> {
  const times: number[] = []
  const warm = Date.now() + WARM_UP_SECONDS * 1_000
  const run = async (until: number, record: boolean): Promise<void> => {
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async (_, index) => {
        while (Date.now() < until) {
          const began = performance.now()
          await ask(index)
          if (record) times.push(performance.now() - began)
        }
      }),
    )
  }
  progress(`${name}: warming up`)
  await run(warm, false)
  const cpu = server.cpu()
  const began = performance.now()
  const ticker = setInterval(
    () =>
      progress(`${name}: ${times.length} requests, ${Math.round((performance.now() - began) / 1_000)} of ${SECONDS} s`),
    500,
  )
  await run(Date.now() + SECONDS * 1_000, true)
  clearInterval(ticker)
  const seconds = (performance.now() - began) / 1_000
  const micros = Math.round(((server.cpu() - cpu) / times.length) * 1_000_000)
  times.sort((a, b) => a - b)
  progress('')
  say(
    `${name.padEnd(44)} ${String(micros).padStart(5)} µs server ` +
      `CPU${bound === undefined ? '' : ` (bound ${bound})`}   ${Math.round(times.length / seconds)} ` +
      `requests/s   p50 ${quantile(times, 0.5)} ms   p99 ${quantile(times, 0.99)} ms`,
  )
  if (bound !== undefined && micros > bound) missed.push(`${name}: ${micros} µs, bound ${bound} µs`)
}

export function quantile(sorted: readonly number[], part: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN).toFixed(1)
}

/** A profile of each user is put, got, and got if it is another one, by all of them at once. */
export async function documents(server: Server, admin: Connection, bounds?: Bounds): Promise<void> {
  const connections: Connection[] = []
  const targets: string[] = []
  for (let index = 0; index < CONNECTIONS; index++) {
    await addUser(admin, `sip:doc${index}@example.com`, 'user')
    connections.push(new Connection(server.url, login(`doc${index}`)))
    targets.push(`/xcap-root/org.cpm-xdms.profiles/users/sip:doc${index}@example.com/work`)
  }
  const at = (index: number): { connection: Connection; target: string } => ({
    connection: connections[index] as Connection,
    target: targets[index] as string,
  })
  await load(server, `PUT of a profile, ${profile.length} bytes`, bounds?.put, async (index) => {
    const { connection, target } = at(index)
    expect(await connection.ask('PUT', target, { 'content-type': PROFILE_TYPE }, profile), 200, 201)
  })
  await load(server, `GET of a profile, ${profile.length} bytes`, bounds?.get, async (index) => {
    const { connection, target } = at(index)
    expect(await connection.ask('GET', target), 200)
  })
  const etags = await Promise.all(
    connections.map(
      async (connection, index) => (await connection.ask('GET', at(index).target)).headers.get('etag') ?? '',
    ),
  )
  await load(server, 'GET with If-None-Match (304)', bounds?.get, async (index) => {
    const { connection, target } = at(index)
    expect(await connection.ask('GET', target, { 'if-none-match': etags[index] as string }), 304)
  })
  for (const connection of connections) connection.close()
}
