/**
 * An XDMS and a participating function, each a process of its own that is killed and comes back at its place and port.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { StreamEvent } from '../../src/cli/demo/events.ts'
import type { CurlRequest } from '../../src/cli/demo/exchange.ts'
import { program, type Program } from '../cli/program.ts'
import * as client from './client.ts'
import { ADMIN, ALICE, BOB, type Answer } from './client.ts'

const PF = { name: 'pf@example.com', password: 'pf-secret' }
/** Between two attempts at what was not answered. */
const AGAIN_MS = 50
/** Messages that wait; more of them show nothing more. */
const WAITING_AT_MOST = 50
/** An inbox is open until its server is killed: one that is opened anew lets go what waits. */
const OPEN_AT_MOST_MS = 900_000

export class Killable {
  readonly #start: (port: string) => Program
  #running: Program | undefined
  #port = '0'
  url = ''

  /** @param start at a port; `0` takes a free one, which is kept from then on. */
  constructor(start: (port: string) => Program) {
    this.#start = start
  }

  get isUp(): boolean {
    return this.#running !== undefined
  }

  async start(): Promise<void> {
    const running = this.#start(this.#port)
    const [, url = ''] = await running.printed(/^listening on (http:\S+)$/m)
    this.url = url
    this.#port = new URL(url).port
    this.#running = running
  }

  async kill(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    running?.child.kill('SIGKILL')
    await running?.ended
  }
}

/** @param places of the two stores, each with an administrator, Alice and Bob. */
export async function startApart(places: readonly [string, string]): Promise<{ xdms: Killable; pf: Killable }> {
  const [documents, messages] = places
  const quiet = { XDMS_LOG_LEVEL: 'fatal' }
  const xdms = new Killable((XDMS_PORT) =>
    program(['serve'], { environment: { ...quiet, XDMS_DATA: documents, XDMS_PORT, XDMS_PARTICIPATING: 'false' } }),
  )
  await xdms.start()
  const json = { role: 'participating-function', password: PF.password }
  const url = `${xdms.url}/api/users/sip:${PF.name}`
  const headers = { 'Content-Type': 'application/json' }
  await client.ask({ as: ADMIN, method: 'PUT', url, headers, body: JSON.stringify(json) })
  const words = ['participate', '--xdms', xdms.url, '--as', `sip:${PF.name}`, '--password-stdin']
  const pf = new Killable((XDMS_PORT) =>
    program(words, { environment: { ...quiet, XDMS_DATA: messages, XDMS_PORT }, input: PF.password }),
  )
  await pf.start()
  return { xdms, pf }
}

/** Asked again until it is answered, as a client does whose connection breaks: each of these may be asked twice. */
export async function persist(exchange: CurlRequest, ...expected: readonly number[]): Promise<Answer> {
  for (;;) {
    const answer = await client.tryToAsk(exchange)
    if (answer !== undefined && answer.status !== 503) {
      expect(expected, `${exchange.method} ${exchange.url} ${answer.body}`).toContain(answer.status)
      return answer
    }
    await pause(AGAIN_MS)
  }
}

/** Does something again and again until it is stopped. */
function goOn(work: (count: number) => Promise<void>): { stop(): Promise<void> } {
  let stopped = false
  const run = async (): Promise<void> => {
    for (let count = 0; !stopped; count++) {
      await work(count)
      await pause(AGAIN_MS)
    }
  }
  const running = run()
  running.catch(() => {})
  return {
    async stop() {
      stopped = true
      await running
    },
  }
}

/** A phone that opens its inbox whenever it can, and acknowledges what it gets. */
export class Phone {
  /** What was offered, in order, by its id; `n` times where it came `n` times. */
  readonly offered: {
    readonly id: string
    readonly event: string
    readonly fields: Readonly<Record<string, unknown>>
  }[] = []
  /** Acknowledged, and told so. */
  readonly acknowledged = new Set<string>()
  /** Offered once more behind the answer to its acknowledgement. */
  readonly offeredAgain: string[] = []
  /** Acknowledgements that were refused. */
  readonly faults: string[] = []
  /** How often the inbox was opened. */
  opened = 0
  #stopped = false
  #inbox: client.Inbox | undefined
  readonly #running: Promise<void>

  constructor(pf: Killable, who: typeof ALICE, device: string) {
    this.#running = this.#run(pf, who, device)
    this.#running.catch(() => {})
  }

  async stop(): Promise<void> {
    expect(this.faults).toEqual([])
    this.#stopped = true
    this.#inbox?.close()
    await this.#running
  }

  #take(event: StreamEvent, pf: Killable, who: typeof ALICE, device: string): void {
    const { id } = event
    if (this.acknowledged.has(id)) this.offeredAgain.push(id)
    this.offered.push({ id, event: event.event, fields: client.fieldsOf(event) })
    const work = persist(client.received(pf.url, who, device, id), 204)
    work.then(
      () => this.acknowledged.add(id),
      (error: unknown) => this.faults.push(String(error)),
    )
  }

  async #run(pf: Killable, who: typeof ALICE, device: string): Promise<void> {
    while (!this.#stopped) {
      const inbox = await client.openInbox(pf.url, who, device, OPEN_AT_MOST_MS).catch(() => undefined)
      if (inbox === undefined) {
        await pause(AGAIN_MS)
        continue
      }
      this.#inbox = inbox
      this.opened += 1
      // Read as it comes, whatever becomes of the acknowledgements: what lies here unread would seem to come later.
      for (;;) {
        const event = await inbox.next().catch(() => undefined)
        if (event === undefined || this.#stopped) break
        if (event.event === 'message' || event.event === 'report') this.#take(event, pf, who, device)
      }
      inbox.close()
    }
  }
}

/** Bob, who sends one message after the other; each under its `messageId` until it is accepted. */
export class Sender {
  /** The id of each that was accepted, by its `messageId`. */
  readonly accepted = new Map<string, string>()
  /** `messageId`s that were tried, in order. */
  readonly begun: string[] = []
  readonly #going: { stop(): Promise<void> }

  /** @param gone how many of them wait no more. */
  constructor(pf: Killable, gone: () => number) {
    this.#going = goOn(async () => {
      if (this.accepted.size - gone() < WAITING_AT_MOST) await this.send(pf, `load-${this.begun.length}`)
    })
  }

  async send(pf: Killable, messageId: string): Promise<string> {
    this.begun.push(messageId)
    const { body } = await persist(client.message(pf.url, messageId), 202)
    const { id } = JSON.parse(body) as { id: string }
    this.accepted.set(messageId, id)
    return id
  }

  stop(): Promise<void> {
    return this.#going.stop()
  }
}

/** What waits for Alice. */
export async function deferredIn(pf: Killable): Promise<readonly { id: string; state: string; reason?: string }[]> {
  const { body } = await persist(
    { as: ALICE, method: 'GET', url: `${pf.url}/api/users/sip:${ALICE.name}/deferred` },
    200,
  )
  return (JSON.parse(body) as { messages: { id: string; state: string; reason?: string }[] }).messages
}

/** Resolves when the participating function says that Alice is left alone, or not. */
export async function untilKnown(pf: Killable, on: boolean): Promise<void> {
  const url = `${pf.url}/api/users/sip:${ALICE.name}/preferences`
  for (;;) {
    const { body } = await persist({ as: ALICE, method: 'GET', url }, 200)
    if ((JSON.parse(body) as { doNotDisturb: { on: boolean } }).doNotDisturb.on === on) return
    await pause(AGAIN_MS)
  }
}

/** Bob changes documents of his at the XDMS, so that it is killed in the middle of something. */
export function writeLists(xdms: Killable): { stop(): Promise<void> } {
  return goOn(async (count) => {
    const url = `${xdms.url}/xcap-root/resource-lists/users/sip:${BOB.name}/index`
    const list = `<list name="l${count}"/>`
    const body = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${list}</resource-lists>`
    const headers = { 'Content-Type': 'application/resource-lists+xml' }
    await persist({ as: BOB, method: 'PUT', url, headers, body }, 200, 201)
  })
}
