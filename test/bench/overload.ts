/**
 * `npm run bench:overload`: first what the server can do at its best, then three times as much for OVERLOAD_SECONDS
 * (60). Ends with exit 1 where what is done in time falls below 85 % of the best, memory grows, or what is to be shed
 * last is shed like the rest.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { setTimeout as after } from 'node:timers/promises'
import { Connection } from './connection.ts'
import { addUser, login, progress, say } from './load.ts'
import { ADMINISTRATOR, startServer, type Server } from './server.ts'
import type { Counted, Order } from './overload-load.ts'

const SECONDS = Number(process.env['OVERLOAD_SECONDS'] ?? 60)
const BEST_SECONDS = Math.min(SECONDS, 15)
const TIMES = 3
const LEAST_GOODPUT = 0.85
const GROWTH_MIB = 64
const MIB = 1024 * 1024
const LOAD = new URL('overload-load.ts', import.meta.url).pathname

async function run(child: ChildProcess, order: Order): Promise<Counted> {
  const counted = new Promise<Counted>((resolve) => child.once('message', (message) => resolve(message as Counted)))
  child.send(order)
  return counted
}

async function most(server: Server, signal: AbortSignal): Promise<{ first: number; last: number }> {
  const figures: number[] = []
  while (!signal.aborted) {
    figures.push(server.rss() / MIB)
    await after(250)
  }
  // In the first third there is still being fetched what overload needs.
  const third = Math.ceil(figures.length / 3)
  return { first: Math.max(...figures.slice(third, 2 * third)), last: Math.max(...figures.slice(2 * third)) }
}

const server = await startServer({ XDMS_LOG_LEVEL: 'warn' })
const child = fork(LOAD, { execArgv: ['--import', 'tsx'] })
let missed = 0
const bound = (holds: boolean, line: string): void => {
  missed += holds ? 0 : 1
  say(`${holds ? 'held  ' : 'MISSED'} ${line}`)
}
try {
  const admin = new Connection(server.url, ADMINISTRATOR)
  for (let n = 0; n < 16; n++) await addUser(admin, `sip:load${n}@example.com`, 'user')
  admin.close()
  const users = Array.from({ length: 16 }, (_, n) => login(`load${n}`))
  progress('warming up')
  await run(child, { url: server.url, users, seconds: 5, perSecond: undefined })
  progress('the best')
  const cpuBefore = server.cpu()
  const best = await run(child, { url: server.url, users, seconds: BEST_SECONDS, perSecond: undefined })
  const capacity = best.done / BEST_SECONDS
  const bestOfCpu = best.done / (server.cpu() - cpuBefore)
  progress(`three times ${capacity.toFixed(0)} requests a second`)
  const ended = new AbortController()
  const memory = most(server, ended.signal)
  const cpu = server.cpu()
  const over = await run(child, { url: server.url, users, seconds: SECONDS, perSecond: TIMES * capacity })
  const ofCpu = over.done / (server.cpu() - cpu)
  ended.abort()
  const { first, last } = await memory
  progress('')
  const goodput = over.done / SECONDS
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)} %`
  const asked = over.asked / SECONDS
  say(`best ${capacity.toFixed(0)} requests/s; asked ${asked.toFixed(0)}/s`)
  say(`done ${goodput.toFixed(0)}/s, ${percent(goodput, capacity)}`)
  // Others on the machine take from the one and the other as they like; a second of the server's own processor time is
  // the same in both.
  bound(
    ofCpu >= LEAST_GOODPUT * bestOfCpu,
    `goodput of a second of processor time: ${percent(ofCpu, bestOfCpu)} of the best`,
  )
  bound(
    last <= first + GROWTH_MIB,
    `memory: ${first.toFixed(0)} MiB in the second third, ${last.toFixed(0)} in the last`,
  )
  const shareOf = ({ asked, done }: { asked: number; done: number }): number => (asked === 0 ? 1 : done / asked)
  const [urgent, other] = [shareOf(over.urgent), shareOf(over.other)]
  bound(
    urgent > other,
    `done of what is shed last ${(100 * urgent).toFixed(0)} %, of the rest ${(100 * other).toFixed(0)} %`,
  )
  bound(over.otherStatuses.length === 0, `no other answers ${over.otherStatuses.join(', ')}`)
  bound(
    over.shedP99Ms <= 250,
    `503 at once: p99 ${over.shedP99Ms.toFixed(0)} ms, and of what was done ${over.p99Ms.toFixed(0)} ms`,
  )
} finally {
  child.kill()
  await server.stop()
}
process.exit(missed === 0 ? 0 : 1)
