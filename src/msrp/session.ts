/**
 * One MSRP session over one connection, RFC 4975 §5 to §7: messages out in chunks, each answered by the next hop and
 * reported by the far end; messages in, put together from theirs. Bounded on both sides.
 */
import { identifier, type Clock, type Randomness } from '../clock.ts'
import { writeFrame, type MsrpFrame } from './frames.ts'
import { Incoming, type MsrpMessage } from './incoming.ts'
import { pathText, readPath, type MsrpUri } from './uri.ts'

/** What a session needs of its connection. */
export interface MsrpChannel {
  write(bytes: Buffer): void
  /** Resolves when what was written has gone, or nothing can be written any more. */
  drained(): Promise<void>
  close(): void
}

export interface SessionRooms {
  readonly clock: Clock
  readonly random: Randomness
}

export interface SessionEnds {
  readonly local: readonly MsrpUri[]
  readonly remote: readonly MsrpUri[]
  /** Bytes of one message that comes in. */
  readonly messageBytes: number
  readonly received: (message: MsrpMessage) => void
}

/** RFC 4975 §7.1.1: "SHOULD NOT send … chunks larger than 2048 octets" without being able to interrupt them. */
const CHUNK_BYTES = 2048
/** RFC 4975 §7.1.1: no answer to a request for 30 seconds is a failure. */
const ANSWER_MS = 30_000
/** For the report of the far end, behind its last answer. */
const REPORT_MS = 30_000

type Answered = (status: number) => void

interface Reporting {
  readonly size: number
  readonly ranges: [first: number, last: number][]
  readonly done: (status: number) => void
}

export class MsrpSession {
  readonly #channel: MsrpChannel
  readonly #rooms: SessionRooms
  readonly #ends: SessionEnds
  readonly #incoming: Incoming
  readonly #answers = new Map<string, Answered>()
  readonly #reports = new Map<string, Reporting>()
  #isClosed = false

  constructor(channel: MsrpChannel, rooms: SessionRooms, ends: SessionEnds) {
    this.#channel = channel
    this.#rooms = rooms
    this.#ends = ends
    this.#incoming = new Incoming(ends.messageBytes)
  }

  /** The connection has gone: nobody is answered any more. */
  closed(): void {
    this.#isClosed = true
    for (const answered of [...this.#answers.values()]) answered(0)
    for (const { done } of [...this.#reports.values()]) done(0)
  }

  close(): void {
    this.closed()
    this.#channel.close()
  }

  /**
   * RFC 4975 §5.4: a SEND without a body binds the connection to the session.
   * @returns the status; 0 or 408 for none.
   */
  bind(): Promise<number> {
    return this.#request([...this.#paths(), ['Message-ID', identifier(this.#rooms.random)]], undefined, '$')
  }

  /**
   * @returns what the far end reports of the whole message: 200, or what it, a hop between, or the lack of an answer
   * says (0 the connection broke, 408 in time).
   */
  async send(type: string, body: Uint8Array): Promise<number> {
    const messageId = identifier(this.#rooms.random)
    const reported = this.#reportOf(messageId, body.length)
    for (let at = 0; at === 0 || at < body.length; at += CHUNK_BYTES) {
      const part = body.subarray(at, at + CHUNK_BYTES)
      const headers: readonly (readonly [string, string])[] = [
        ...this.#paths(),
        ['Message-ID', messageId],
        ['Success-Report', 'yes'],
        ['Failure-Report', 'yes'],
        ['Byte-Range', `${at + 1}-${at + part.length}/${body.length}`],
        ['Content-Type', type],
      ]
      const status = await this.#request(headers, part, at + part.length >= body.length ? '$' : '+')
      if (status !== 200) {
        this.#reports.delete(messageId)
        return status
      }
      await this.#channel.drained()
    }
    const callOff = this.#rooms.clock.at(this.#rooms.clock.now() + REPORT_MS, () =>
      this.#reports.get(messageId)?.done(408),
    )
    const status = await reported
    callOff()
    return status
  }

  /** What came over the connection. */
  frame(frame: MsrpFrame): void {
    if (frame.kind === 'response') {
      this.#answers.get(frame.id)?.(frame.status)
      return
    }
    switch (frame.method) {
      case 'REPORT':
        // RFC 4975 §7.1.2: "MUST NOT" be answered.
        this.#report(frame.headers)
        return
      case 'SEND':
        this.#sent(frame)
        return
      default:
        this.#answer(frame, '501 Unknown method')
    }
  }

  #sent(frame: MsrpFrame & { readonly kind: 'request' }): void {
    const taken = this.#incoming.chunk(frame)
    if (frame.headers.get('failure-report') !== 'no') this.#answer(frame, taken.answer)
    if (taken.message === undefined) return
    const from = readPath(frame.headers.get('from-path') ?? '')
    if (frame.headers.get('success-report') === 'yes' && from !== undefined) {
      const { id, body } = taken.message
      this.#write(identifier(this.#rooms.random), 'REPORT', [
        ['To-Path', pathText(from)],
        ['From-Path', pathText(this.#ends.local)],
        ['Message-ID', id],
        ['Byte-Range', `1-${body.length}/${body.length}`],
        ['Status', '000 200 OK'],
      ])
    }
    this.#ends.received(taken.message)
  }

  #answer(frame: MsrpFrame, status: string): void {
    const back = (frame.headers.get('from-path') ?? '').split(' ')[0] ?? ''
    this.#write(frame.id, status, [
      ['To-Path', back],
      ['From-Path', this.#ends.local[0]?.text ?? ''],
    ])
  }

  /** RFC 4975 §7.1.2: reports may come for each chunk, so the ranges are added up. */
  #report(headers: ReadonlyMap<string, string>): void {
    const reporting = this.#reports.get(headers.get('message-id') ?? '')
    if (reporting === undefined) return
    const status = Number(/^\d{3} (\d{3})/.exec(headers.get('status') ?? '')?.[1] ?? 0)
    if (status !== 200) {
      reporting.done(status)
      return
    }
    const range = /^(\d{1,15})-(\d{1,15}|\*)\//.exec(headers.get('byte-range') ?? '')
    if (range === null || reporting.ranges.length > reporting.size / CHUNK_BYTES + 64) return
    reporting.ranges.push([Number(range[1]), range[2] === '*' ? reporting.size : Number(range[2])])
    if (covers(reporting.ranges, reporting.size)) reporting.done(200)
  }

  #reportOf(messageId: string, size: number): Promise<number> {
    return new Promise((resolve) => {
      const done = (status: number): void => {
        this.#reports.delete(messageId)
        resolve(status)
      }
      this.#reports.set(messageId, { size, ranges: [], done })
    })
  }

  #request(
    headers: readonly (readonly [string, string])[],
    body: Uint8Array | undefined,
    flag: '$' | '+',
  ): Promise<number> {
    if (this.#isClosed) return Promise.resolve(0)
    let id = identifier(this.#rooms.random).replace(/[-_]/g, 'x')
    // RFC 4975 §7.1: the end line must not stand in the body.
    while (body !== undefined && Buffer.from(body).includes(`-------${id}`))
      id = identifier(this.#rooms.random).replace(/[-_]/g, 'x')
    const { clock } = this.#rooms
    return new Promise((resolve) => {
      const callOff = clock.at(clock.now() + ANSWER_MS, () => answered(408))
      const answered = (status: number): void => {
        callOff()
        this.#answers.delete(id)
        resolve(status)
      }
      this.#answers.set(id, answered)
      this.#write(id, 'SEND', headers, body, flag)
    })
  }

  #paths(): readonly (readonly [string, string])[] {
    return [
      ['To-Path', pathText(this.#ends.remote)],
      ['From-Path', pathText(this.#ends.local)],
    ]
  }

  #write(...frame: Parameters<typeof writeFrame>): void {
    this.#channel.write(writeFrame(...frame))
  }
}

function covers(ranges: readonly (readonly [first: number, last: number])[], size: number): boolean {
  let reached = 0
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    if (first > reached + 1) return false
    reached = Math.max(reached, last)
  }
  return reached >= size
}
