/**
 * What leaves a home to somebody who can fail: Bob writes to people whose messages go to the store, to somebody else,
 * to a mail server and to a webhook. The last two are real ones, in this process, and outlive the server that is
 * killed.
 */
import { expect } from 'vitest'
import type { CurlRequest, Login } from '../../src/cli/demo/exchange.ts'
import { startMailServer, type MailServer } from '../../src/cli/demo/mail-server.ts'
import { Receiver } from '../http/receiver.ts'
import { persist } from './apart.ts'
import * as client from './client.ts'
import { ADMIN, BOB, BOBS_PHONE } from './client.ts'

const login = (name: string): Login => ({ name: `${name}@example.com`, password: `${name}-secret` })

/** Whose messages go which way, and how each of them ends. */
export const WAYS = {
  store: { who: login('stella'), ends: 'stored' },
  forward: { who: login('flora'), ends: 'forwarded' },
  interwork: { who: login('ines'), ends: 'interworked' },
  push: { who: login('piet'), ends: 'deferred' },
} as const
export type Way = keyof typeof WAYS

const CAROL = login('carol')
export const PEOPLE: readonly Login[] = [...Object.values(WAYS).map(({ who }) => who), CAROL]

const PIETS_PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000b1e7'
const WAIT = { timeout: 60_000, interval: 50 }
const READ_AT_MOST_MS = 20_000

interface Mail {
  readonly mailId: string
  readonly id: string
}

const userUrl = (url: string, { name }: Login): string => `${url}/api/users/sip:${name}`

function put(url: string, as: Login, auid: string, name: string, inside: string): CurlRequest {
  const root = { profiles: 'profile', 'active-profile': 'active-profile', 'provider-policy': 'provider-policy' }[auid]
  const folder = auid === 'provider-policy' ? 'global' : `users/sip:${as.name}`
  const namespace = `urn:cpm-xdms:${root}:1`
  return {
    as,
    method: 'PUT',
    url: `${url}/xcap-root/org.cpm-xdms.${auid}/${folder}/${name}`,
    headers: { 'Content-Type': `application/vnd.cpm-xdms.${root}+xml` },
    body: inside.replace(/^<([a-z-]+)/, `<$1 xmlns="${namespace}"`),
  }
}

function profile(action: string, more = ''): string {
  const both = `<available action="${action}"/><unavailable action="${action}"/>`
  return `<profile id="only"><display-name>Only</display-name><messages>${both}</messages>${more}</profile>`
}

async function readJson<T>(as: Login, url: string): Promise<T> {
  return JSON.parse((await persist({ as, method: 'GET', url }, 200)).body) as T
}

export class OutgoingStory {
  readonly #mailServer: MailServer
  readonly #receiver: Receiver
  readonly #mails: Mail[] = []
  readonly #reading: Promise<void>
  #ended = false
  /** The id of each that was accepted, by its `messageId`. */
  readonly accepted: Readonly<Record<Way, Map<string, string>>> = {
    store: new Map(),
    forward: new Map(),
    interwork: new Map(),
    push: new Map(),
  }

  private constructor(mailServer: MailServer, receiver: Receiver) {
    this.#mailServer = mailServer
    this.#receiver = receiver
    this.#reading = this.#read()
  }

  static async make(): Promise<OutgoingStory> {
    return new OutgoingStory(await startMailServer(), await Receiver.start())
  }

  /** Of the server. */
  get settings(): Readonly<Record<string, string>> {
    const from = encodeURIComponent('xdms@example.com')
    return {
      XDMS_SMTP: `smtp://127.0.0.1:${this.#mailServer.port}?from=${from}&starttls=never`,
      XDMS_WEBHOOK_TARGETS: '127.0.0.1',
    }
  }

  async close(): Promise<void> {
    this.#ended = true
    await this.#mailServer.close()
    await this.#receiver.close()
    await this.#reading
  }

  async prepare(url: string): Promise<void> {
    const ok = (exchange: CurlRequest) => persist(exchange, 200, 201)
    const mailbox = '<interworking><service priority="1" name="email" address="mailto:x@example.net"/></interworking>'
    const carol = `<rule id="on" action="forward" to="sip:${CAROL.name}"><content-type>text/*</content-type></rule>`
    const profiles: Readonly<Record<Way, string>> = {
      store: profile('store'),
      forward: `<profile id="only"><display-name>Only</display-name><messages>${carol}</messages></profile>`,
      interwork: profile('interwork', mailbox),
      push: profile('defer'),
    }
    await ok(
      put(url, ADMIN, 'provider-policy', 'index', '<provider-policy><notices out-of-band="each"/></provider-policy>'),
    )
    for (const [way, text] of Object.entries(profiles) as [Way, string][]) {
      await ok(put(url, WAYS[way].who, 'profiles', 'only', text))
      await ok(put(url, WAYS[way].who, 'active-profile', 'index', '<active-profile default="only"/>'))
    }
    await ok(client.register(url, BOB, BOBS_PHONE))
    const piets = `${userUrl(url, WAYS.push.who)}/registrations`
    const push = { kind: 'webhook', url: this.#receiver.url }
    const { body } = await ok({
      as: WAYS.push.who,
      method: 'PUT',
      url: `${piets}/${PIETS_PHONE}`,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ expiresIn: 1, push }),
    })
    this.#receiver.secrets.push((JSON.parse(body) as { pushSecret: string }).pushSecret)
    const isGone = async (): Promise<boolean | undefined> =>
      (await readJson<{ registrations: { registered: boolean }[] }>(WAYS.push.who, piets)).registrations[0]?.registered
    await expect.poll(isGone, WAIT).toBe(false)
  }

  /** Until it is accepted, as a sender does whose connection breaks: at whatever address the server has then. */
  async send(url: () => string, way: Way, messageId: string): Promise<void> {
    const to = `sip:${WAYS[way].who.name}`
    for (;;) {
      const answer = await client.tryToAsk(client.message(url(), messageId, { to }))
      if (answer === undefined || answer.status === 503) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        continue
      }
      expect(answer.status, answer.body).toBe(202)
      this.accepted[way].set(messageId, (JSON.parse(answer.body) as { id: string }).id)
      return
    }
  }

  /** All that was accepted has gone its way, once each; who asked has one report of each that ended. */
  async expectAllOnce(url: string): Promise<void> {
    for (const [way, { who, ends }] of Object.entries(WAYS) as [Way, (typeof WAYS)[Way]][]) {
      for (const id of this.accepted[way].values())
        await expect.poll(async () => (await client.stateOf(url, id, who))['state'], WAIT).toBe(ends)
    }
    const ids = (way: Way): readonly string[] => [...this.accepted[way].values()].sort()
    const stored = await readJson<{ messages: { id: string }[] }>(
      WAYS.store.who,
      `${userUrl(url, WAYS.store.who)}/stored`,
    )
    expect(stored.messages.map(({ id }) => id).sort()).toEqual(ids('store'))
    const waiting = await readJson<{ messages: { messageId: string }[] }>(CAROL, `${userUrl(url, CAROL)}/deferred`)
    expect(waiting.messages.map(({ messageId }) => messageId).sort()).toEqual([...this.accepted.forward.keys()].sort())

    // Asked twice by who was killed in between, a service has it under one name.
    await expect.poll(() => [...new Set(this.#mails.map(({ id }) => id))].sort(), WAIT).toEqual(ids('interwork'))
    expect(new Set(this.#mails.map(({ mailId }) => mailId)).size).toBe(ids('interwork').length)
    const pushed = (): ReadonlyMap<string, ReadonlySet<string>> => {
      const works = new Map<string, Set<string>>()
      for (const { id: work, json } of this.#receiver.received) {
        for (const { id } of (json as { messages: { id: string }[] }).messages)
          works.set(id, (works.get(id) ?? new Set()).add(work))
      }
      return works
    }
    await expect.poll(() => [...pushed().keys()].sort(), WAIT).toEqual(ids('push'))
    expect([...pushed()].filter(([, works]) => works.size !== 1)).toEqual([])
    expect(this.#receiver.faults).toEqual([])
    await this.#expectReports(url, [...ids('store'), ...ids('interwork')])
  }

  async #expectReports(url: string, ids: readonly string[]): Promise<void> {
    const inbox = await client.openInbox(url, BOB, BOBS_PHONE, READ_AT_MOST_MS)
    const told: string[] = []
    const acknowledged = new Set<string>()
    while (told.length < ids.length) {
      const event = await inbox.next()
      // One that is not acknowledged within 30 s is offered again: sixty of them take longer on a busy machine.
      if (event.event !== 'report' || acknowledged.has(event.id)) continue
      acknowledged.add(event.id)
      const { message, disposition } = client.fieldsOf(event)
      expect(disposition).toBe('delivered')
      told.push(String(message))
      expect((await client.ask(client.received(url, BOB, BOBS_PHONE, event.id))).status).toBe(204)
    }
    inbox.close()
    expect(told.sort()).toEqual([...ids].sort())
    for (const way of ['store', 'interwork'] as const) {
      for (const id of this.accepted[way].values())
        expect((await client.stateOf(url, id, WAYS[way].who))['reports']).toHaveLength(1)
    }
  }

  async #read(): Promise<void> {
    while (!this.#ended) {
      const mail = await this.#mailServer.next()
      if (mail === undefined) continue
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(mail.text)?.[1] ?? ''
      this.#mails.push({ mailId: field('Message-ID'), id: field('IMDN-Message-ID') })
    }
  }
}
