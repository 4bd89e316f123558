/** One input at a time over a socket of its own, and what may never come of it. */
import { connect } from 'node:net'
import { Connection } from '../bench/connection.ts'
import { login } from '../bench/load.ts'
import { chanceOf } from './chance.ts'
import { KINDS, type Sign } from './kinds.ts'

/** Longer than any input may take; the server cuts those that never end after ten seconds. */
const ANSWER_WITHIN_MS = 15_000
/** After so many the sender logs in anew and somebody asks an honest question. */
const ROUND = 200

export interface Fault {
  readonly kind: string
  readonly round: number
  readonly input: Buffer
  readonly answer: string
  readonly what: string
}

export interface Thrown {
  readonly inputs: number
  readonly byStatus: ReadonlyMap<number, number>
  readonly faults: readonly Fault[]
}

/**
 * @param goesOn asked before each round, with how many inputs there were.
 * @param by short name of who throws, at what is his.
 */
export async function throwAt(
  url: string,
  seed: number,
  goesOn: (inputs: number) => boolean,
  by = 'alice',
): Promise<Thrown> {
  const byStatus = new Map<number, number>()
  const faults: Fault[] = []
  let inputs = 0
  for (let round = 0; goesOn(inputs); round++) {
    const chance = chanceOf(seed + round)
    const sender = new Connection(url, login(by))
    await sender.ask('GET', '/api/policy')
    const sign: Sign = (method, target, fields, length) =>
      sender.signed(method, target.replaceAll('alice', by), { connection: 'close', ...fields }, length)
    for (let n = 0; n < ROUND; n++, inputs++) {
      const kind = chance.one(Object.keys(KINDS))
      const input = KINDS[kind]?.(chance, sign) ?? Buffer.alloc(0)
      const answer = await answerTo(url, input)
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer ?? '')?.[1] ?? 0)
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
      const what = wrongWith(answer, status)
      if (what !== undefined) faults.push({ kind, round, input, answer: answer?.slice(0, 2_000) ?? '', what })
    }
    sender.close()
    const honest = new Connection(url, login('bob'))
    const { status } = await honest.ask('GET', '/api/users/sip:bob@example.com/profiles')
    honest.close()
    if (status !== 200) throw new Error(`after round ${round} of seed ${seed} an honest client gets ${status}`)
  }
  return { inputs, byStatus, faults }
}

/** What came until the other side closed, or until an event stream began; `undefined`: nothing came in time. */
function answerTo(url: string, input: Buffer): Promise<string | undefined> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    let text = ''
    const over = (answer: string | undefined): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => over(undefined), ANSWER_WITHIN_MS)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('text/event-stream')) over(text)
    })
    socket
      .on('error', () => over(text))
      .on('close', () => over(text))
      .on('end', () => over(text))
    socket.end(input)
  })
}

/** A line of a stack begins with `at`, raw or within JSON; "has at most …" and a time of day behind it are none. */
const LEAKS =
  /(?:\n|\\n)\s*at .+:\d+:\d+|node_modules|\.(?:js|ts):\d+|SQLITE_|MongoServerError|TypeError|RangeError|AssertionError/

function wrongWith(answer: string | undefined, status: number): string | undefined {
  if (answer === undefined) return 'no answer in time'
  if (status >= 500 && ![501, 505, 507].includes(status)) return `status ${status}`
  const statuses = answer.match(/^HTTP\/1\.1 \d{3}[^\r\n]*\r$/gm)
  if (answer !== '' && statuses === null) return 'an answer that is none'
  if (status >= 400 && LEAKS.test(answer)) return 'an answer that tells of our insides'
  return undefined
}
