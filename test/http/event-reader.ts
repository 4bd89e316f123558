/** Reads `text/event-stream`, and holds the data of every event against openapi.yaml. */
import type { IncomingMessage } from 'node:http'
import { checkEventAgainstOpenapi } from './openapi.ts'

export interface SeenEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: any
}

export class EventReader {
  readonly response: IncomingMessage
  /** All that came. */
  readonly events: SeenEvent[] = []
  comments = 0
  /** As a browser keeps it: moved by lines without data too. */
  lastId: string | undefined
  /** `clean`: ended as HTTP ends; `cut`: the connection broke. */
  over: 'clean' | 'cut' | undefined
  private rest = ''
  private readonly target: string
  private waiting: (() => void)[] = []

  constructor(target: string, response: IncomingMessage) {
    this.target = target
    this.response = response
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.take(text))
    response.on('end', () => this.end('clean'))
    response.on('error', () => this.end('cut'))
    response.on('close', () => this.end(response.complete ? 'clean' : 'cut'))
  }

  /** Resolves when `holds` does; fails after `within` milliseconds. */
  async until(holds: (reader: EventReader) => boolean, within = 5_000): Promise<void> {
    const limit = performance.now() + within
    while (!holds(this)) {
      const left = limit - performance.now()
      if (left <= 0)
        throw new Error(`in vain after ${this.events.length} events: ${JSON.stringify(this.events.slice(-3))}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.waiting.push(() => (clearTimeout(timer), resolve()))
      })
    }
  }

  /** The event at `index`, from 0, once it came. */
  async event(index: number): Promise<SeenEvent> {
    await this.until(({ events }) => events.length > index)
    return this.events[index] as SeenEvent
  }

  async ended(): Promise<'clean' | 'cut'> {
    await this.until(({ over }) => over !== undefined)
    return this.over as 'clean' | 'cut'
  }

  close(): void {
    this.response.destroy()
  }

  private take(text: string): void {
    const blocks = (this.rest + text).split('\n\n')
    this.rest = blocks.pop() ?? ''
    for (const block of blocks) this.read(block.split('\n'))
    this.tell()
  }

  private read(lines: readonly string[]): void {
    const field = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    if (lines.some((line) => line.startsWith(':'))) this.comments += 1
    const id = field('id')
    if (id !== undefined) this.lastId = id
    const data = field('data')
    if (data === undefined) return
    const event = field('event') ?? 'message'
    const seen = { event, id, data: JSON.parse(data) as unknown }
    checkEventAgainstOpenapi(this.target, event, seen.data)
    this.events.push(seen)
  }

  private end(how: 'clean' | 'cut'): void {
    this.over ??= how
    this.tell()
  }

  private tell(): void {
    for (const wake of this.waiting.splice(0)) wake()
  }
}
