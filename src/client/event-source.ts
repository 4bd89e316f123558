/** An event stream that is opened again and again, behind the last id that came (WHATWG HTML §9.2). */
import type { Get } from './login.ts'
import type { Platform } from './platform.ts'

export interface HeardEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: any
}

export interface StreamParts {
  readonly get: Get
  readonly platform: Platform
  readonly target: string
  /** Headers came: from now on everything is in the stream. `resumed`: so is what was missed. */
  readonly opened: (resumed: boolean) => void
  readonly came: (event: HeardEvent) => void
  /** It ended, or did not come about. `status` where there was an answer. */
  readonly lost: (reason: { readonly status: number | undefined; readonly error: unknown }) => void
  /** To begin behind. */
  readonly after?: string
}

export interface Stream {
  /** When something was heard last, in milliseconds. */
  readonly heard: number
  readonly lastId: string | undefined
  close(): void
}

/** A server that comes back is found within half a second; many clients do not come at once. */
const FIRST_AGAIN_MS = 100
const AGAIN_AT_MOST_MS = 400
/** The server says something every 15 seconds; without two of these signs the connection is as good as gone. */
const SILENT_MS = 40_000

export function openStream(parts: StreamParts): Stream {
  const { get, platform, target } = parts
  let over = new AbortController()
  let closed = false
  let heard = platform.now()
  let lastId = parts.after
  let failures = 0
  let callOff = (): void => {}

  async function readAll(): Promise<void> {
    over = new AbortController()
    const headers = { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) }
    let status: number | undefined
    giveUpIfSilent()
    try {
      const response = await get(target, { headers, signal: over.signal })
      status = response.status
      if (status !== 200 || response.body === null) throw new Error(`the server answered ${status}`)
      failures = 0
      alive()
      parts.opened(lastId !== undefined)
      await readEvents(response.body, take)
      throw new Error('the stream ended')
    } catch (error) {
      callOff()
      if (closed) return
      parts.lost({ status, error })
      failures += 1
      const share = 0.5 + (platform.random(1)[0] ?? 0) / 510
      callOff = platform.after(share * Math.min(FIRST_AGAIN_MS * 2 ** failures, AGAIN_AT_MOST_MS), () => void readAll())
    }
  }

  function alive(): void {
    heard = platform.now()
    giveUpIfSilent()
  }

  function giveUpIfSilent(): void {
    callOff()
    callOff = platform.after(SILENT_MS, () => over.abort(new Error('the server says nothing')))
  }

  function take(event: HeardEvent): void {
    alive()
    if (event.id !== undefined) lastId = event.id
    if (event.data !== undefined) parts.came(event)
  }

  void readAll()
  return {
    get heard() {
      return heard
    },
    get lastId() {
      return lastId
    },
    close() {
      closed = true
      callOff()
      over.abort()
    },
  }
}

/** @param take also told of what is no event, a comment or an id alone: it has no data. */
export function readEvents(body: ReadableStream<Uint8Array>, take: (event: HeardEvent) => void): Promise<void> {
  let rest = ''
  return readText(body, (piece) => {
    const blocks = (rest + piece).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) take(eventIn(block))
  })
}

/** UTF-8, piece by piece as it comes. */
export async function readText(body: ReadableStream<Uint8Array>, take: (piece: string) => void): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  for (let read = await reader.read(); !read.done; read = await reader.read())
    take(decoder.decode(read.value, { stream: true }))
  take(decoder.decode())
}

function eventIn(block: string): HeardEvent {
  const field = (name: string): string | undefined => {
    const line = block.split('\n').find((one) => one.startsWith(`${name}: `))
    return line?.slice(name.length + 2)
  }
  const data = field('data')
  return {
    event: field('event') ?? 'message',
    id: field('id'),
    data: data === undefined ? undefined : (JSON.parse(data) as unknown),
  }
}
