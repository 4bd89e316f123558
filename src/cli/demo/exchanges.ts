/** Where the demo plays: it makes each exchange, prints it with what came back, and remembers what was missing. */
import { systemClock } from '../../clock.ts'
import type { Terminal } from '../terminal.ts'
import { curlLine, headerOf, type CurlAnswer, type CurlRequest, type Transport } from './exchange.ts'
import { eventsOf, type StreamEvent } from './events.ts'

const WAIT_AT_MOST_MS = 10_000
/** What a reader needs to see of an answer. */
const HEADERS_THAT_MATTER: ReadonlySet<string> = new Set(['etag', 'location', 'content-type', 'allow', 'retry-after'])

export interface DemoDone {
  readonly status: number
  readonly etag: string
  readonly body: string
}

/** An open event stream. Its events are printed as they arrive. */
export interface Watch {
  /**
   * The first event, of those that nobody waited for yet, that is as wanted; `undefined`: none came within ten
   * seconds.
   */
  event(wanted: (event: StreamEvent) => boolean): Promise<StreamEvent | undefined>
  close(): void
}

export interface DemoExchanges {
  chapter(title: string): void
  remark(text: string): void
  /** @param expected its status; another one is noted as missing. */
  ask(exchange: CurlRequest, expected: number): Promise<DemoDone>
  watch(name: string, exchange: CurlRequest): Promise<Watch>
  /** Notes `what` as missing unless `held`. */
  expect(held: boolean, what: string): void
  readonly missing: readonly string[]
  /** Ends what is still open. */
  clear(): void
}

export function createExchanges(terminal: Terminal, transport: Transport): DemoExchanges {
  const paint = (code: number, text: string): string => (terminal.coloured ? `\u001b[${code}m${text}\u001b[0m` : text)
  const missing: string[] = []
  const watches: Watch[] = []

  async function begin(exchange: CurlRequest): Promise<CurlAnswer> {
    terminal.say(`\n${paint(36, `$ ${curlLine(exchange)}`)}`)
    const answer = await transport(exchange)
    terminal.say(paint(answer.status < 400 ? 32 : 33, answer.statusLine))
    for (const [name, value] of answer.headers)
      if (HEADERS_THAT_MATTER.has(name.toLowerCase())) terminal.say(`${name}: ${value}`)
    return answer
  }

  return {
    missing,
    chapter: (title) => terminal.say(`\n${paint(1, `== ${title}`)}`),
    remark: (text) => terminal.say(`\n   ${text}`),
    expect(held, what) {
      if (!held) missing.push(what)
    },
    async ask(exchange, expected) {
      const answer = await begin(exchange)
      let body = ''
      for await (const chunk of answer.body) body += chunk
      if (body !== '') terminal.say(body.trimEnd())
      if (answer.status !== expected)
        missing.push(`${exchange.method} ${exchange.url} was answered ${answer.status}, not ${expected}`)
      return { status: answer.status, etag: headerOf(answer, 'etag') ?? '', body }
    },
    async watch(name, exchange) {
      const answer = await begin({ ...exchange, stream: true })
      if (answer.status !== 200) missing.push(`${exchange.url} was answered ${answer.status}, not 200`)
      const watch = follow(answer, (event) =>
        terminal.say(
          paint(35, `   [${name}] event: ${event.event}  id: ${event.id}\n   [${name}] data: ${event.data}`),
        ),
      )
      watches.push(watch)
      return watch
    },
    clear() {
      for (const watch of watches) watch.close()
    },
  }
}

function follow(answer: CurlAnswer, onEvent: (event: StreamEvent) => void): Watch {
  let unclaimed: readonly StreamEvent[] = []
  const waiting = new Set<() => void>()
  const read = async (): Promise<void> => {
    for await (const event of eventsOf(answer.body)) {
      onEvent(event)
      unclaimed = [...unclaimed, event]
      for (const look of waiting) look()
    }
  }
  // A stream that is cut has no more events; who waits for one learns that by waiting.
  read().catch(() => {})
  return {
    close: () => answer.close(),
    event: (wanted) =>
      new Promise((resolve) => {
        const finish = (found: StreamEvent | undefined): void => {
          waiting.delete(look)
          giveUp()
          unclaimed = unclaimed.filter((event) => event !== found)
          resolve(found)
        }
        const look = (): void => {
          const found = unclaimed.find(wanted)
          if (found !== undefined) finish(found)
        }
        const giveUp = systemClock.at(systemClock.now() + WAIT_AT_MOST_MS, () => finish(undefined))
        waiting.add(look)
        look()
      }),
  }
}
