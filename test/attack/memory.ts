/**
 * How much memory a server holds before and after an attack, measured alike. A server that has just started has empty
 * caches, code that is not compiled, and a heap that has not grown: what it takes then it takes for anybody. So honest
 * users work first, large pictures included, until it takes no more; and garbage is collected before it is looked at,
 * both times.
 */
import { setTimeout as after } from 'node:timers/promises'
import { Connection } from '../bench/connection.ts'
import { login } from '../bench/load.ts'
import type { Server } from '../bench/server.ts'
import { JSON_TYPE, MIB } from './attack.ts'

/** In bytes, as node says it of itself, beside what the system says. */
export interface OfNode {
  readonly heapTotal: number
  readonly external: number
}

const WORKERS = 8
const WARM_AT_LEAST_MS = 6_000
const WARM_AT_MOST_MS = 30_000
/** So long nothing may change to be called at rest. */
const AT_REST_MS = 3_000
const REST_AT_MOST_MS = 30_000
const LOOK_MS = 100
/** A change that is none. */
const NOISE_MIB = 2

const home = (auid: string, name: string): string => `/xcap-root/org.cpm-xdms.${auid}/users/sip:${name}@example.com`
const wordy = `<rule id="r" action="reject"><originator domain="spam.example"/></rule>`

/** What people do, one after the other; the last is a mistake. */
async function work(connection: Connection, name: string, n: number): Promise<void> {
  const type = (of: string): Record<string, string> => ({ 'content-type': `application/vnd.cpm-xdms.${of}+xml` })
  const quiet = Buffer.from(`<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="${n % 2 === 0}"/>`)
  const profile = Buffer.from(
    `<profile xmlns="urn:cpm-xdms:profile:1" id="w${n % 50}"><display-name xml:lang="en">At work</display-name>` +
      `<messages>${wordy}<available action="deliver"/></messages></profile>`,
  )
  const body = JSON.stringify({ to: `sip:${name}@example.com`, contentType: 'text/plain', body: 'x'.repeat(1_000) })
  await connection.ask('PUT', `${home('do-not-disturb', name)}/index`, type('do-not-disturb'), quiet)
  await connection.ask('GET', `${home('do-not-disturb', name)}/index`)
  await connection.ask('PUT', `${home('profiles', name)}/w${n % 50}`, type('profile'), profile)
  await connection.ask('GET', `/api/users/sip:${name}@example.com/profiles`)
  await connection.ask('POST', '/api/messages', JSON_TYPE, Buffer.from(body))
  await connection.ask('PUT', `${home('profiles', name)}/wrong`, type('profile'), Buffer.from('<profile/>'))
}

/** Resolves when honest work makes the server take no more memory than before. */
export async function warmUp(server: Server, names: readonly string[]): Promise<void> {
  let going = true
  const workers = Array.from({ length: WORKERS }, async (_, worker) => {
    const name = names[worker % names.length] as string
    const connection = new Connection(server.url, login(name))
    await connection.ask('GET', '/api/policy')
    const picture = JSON.stringify({ to: `sip:${name}@example.com`, contentType: 'image/x', body: 'x'.repeat(8 * MIB) })
    await connection.ask('POST', '/api/messages', JSON_TYPE, Buffer.from(picture))
    for (let n = worker; going; n += WORKERS) await work(connection, name, n)
    connection.close()
  })
  await atRest(server, 'most', WARM_AT_LEAST_MS, WARM_AT_MOST_MS)
  going = false
  await Promise.all(workers)
}

/**
 * What the server holds when that has not changed for some seconds, in MiB.
 * @param side `most`: it grows no more. `least`: it gives nothing back any more.
 */
export async function atRest(
  server: Server,
  side: 'most' | 'least',
  atLeast = 0,
  atMost = REST_AT_MOST_MS,
): Promise<number> {
  const began = performance.now()
  let best = server.rss() / MIB
  let changed = began
  for (;;) {
    await after(LOOK_MS)
    const now = server.rss() / MIB
    const isNews = side === 'most' ? now > best + NOISE_MIB : now < best - NOISE_MIB
    best = side === 'most' ? Math.max(best, now) : Math.min(best, now)
    if (isNews) changed = performance.now()
    const waited = performance.now() - began
    if (waited > atMost || (waited > atLeast && performance.now() - changed > AT_REST_MS)) return best
  }
}
