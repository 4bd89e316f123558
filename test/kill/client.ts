/** What Alice, Bob and their phones do in the kill tests. Nothing here sleeps: it waits for what it was told to see. */
import { eventsOf, type StreamEvent } from '../../src/cli/demo/events.ts'
import { headerOf, type CurlRequest, type Login } from '../../src/cli/demo/exchange.ts'
import { inProcess } from '../../src/cli/demo/in-process.ts'
import { checkAgainstOpenapi } from '../http/openapi.ts'

export const ADMIN: Login = { name: 'admin@example.com', password: 'admin-secret' }
export const ALICE: Login = { name: 'alice@example.com', password: 'alice-secret' }
export const BOB: Login = { name: 'bob@example.com', password: 'bob-secret' }
export const ALICES_PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000a11c'
export const BOBS_PHONE = 'urn:uuid:00000000-0000-1000-8000-000000000b0b'

const EVENT_AT_MOST_MS = 20_000

export interface Answer {
  readonly status: number
  readonly etag: string | undefined
  readonly body: string
}

export async function ask(exchange: CurlRequest): Promise<Answer> {
  return checked(exchange, await answerTo(exchange))
}

/** The answer, or `undefined` when the connection broke before it was whole: then nobody knows what the server did. */
export async function tryToAsk(exchange: CurlRequest): Promise<Answer | undefined> {
  const answer = await answerTo(exchange).catch(() => undefined)
  return answer && checked(exchange, answer)
}

async function answerTo(exchange: CurlRequest): Promise<Answer & { readonly type: string | undefined }> {
  const answer = await inProcess(exchange)
  let body = ''
  for await (const chunk of answer.body) body += chunk
  return { status: answer.status, etag: headerOf(answer, 'etag'), type: headerOf(answer, 'content-type'), body }
}

function checked(
  { method, url }: CurlRequest,
  { type, ...answer }: Answer & { readonly type: string | undefined },
): Answer {
  const isJson = /^application\/(?:problem\+)?json$/.test(type ?? '') && answer.body !== ''
  checkAgainstOpenapi(method, url, answer.status, type, isJson ? JSON.parse(answer.body) : undefined)
  return answer
}

export interface Inbox {
  /** The next event, in the order in which they came. */
  next(): Promise<StreamEvent>
  close(): void
}

/** @param atMost milliseconds until an event. */
export async function openStream(as: Login, url: string, atMost = EVENT_AT_MOST_MS): Promise<Inbox> {
  const answer = await inProcess({ as, method: 'GET', url, stream: true })
  if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}`)
  const events = eventsOf(answer.body)[Symbol.asyncIterator]()
  return {
    async next() {
      let late: NodeJS.Timeout | undefined
      const timeout = new Promise<never>(
        (_, reject) => (late = setTimeout(() => reject(new Error(`no event in ${url}`)), atMost)),
      )
      const { value, done } = await Promise.race([events.next(), timeout]).finally(() => clearTimeout(late))
      if (done === true) throw new Error(`${url} ended`)
      return value as StreamEvent
    },
    close: () => answer.close(),
  }
}

function userUrl(url: string, who: Login): string {
  return `${url}/api/users/sip:${who.name}`
}

function json(as: Login, method: 'PUT' | 'POST', url: string, body: unknown): CurlRequest {
  return { as, method, url, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

export function account(url: string, who: Login): CurlRequest {
  return json(ADMIN, 'PUT', userUrl(url, who), { role: 'user', password: who.password })
}

export function register(url: string, who: Login, device: string): CurlRequest {
  return json(who, 'PUT', `${userUrl(url, who)}/registrations/${device}`, { expiresIn: 86_400 })
}

const DISTURB_TYPE = 'application/vnd.cpm-xdms.do-not-disturb+xml'
const DISTURB_NAMESPACE = 'urn:cpm-xdms:do-not-disturb:1'

/** `attributes` of the root, as `on="true"`, and what is inside of it. */
export function disturb(url: string, attributes: string, inside = ''): CurlRequest {
  const body = `<do-not-disturb xmlns="${DISTURB_NAMESPACE}" ${attributes}>${inside}</do-not-disturb>`
  return { as: ALICE, method: 'PUT', url: disturbUrl(url), headers: { 'Content-Type': DISTURB_TYPE }, body }
}

export function disturbUrl(url: string): string {
  return `${url}/xcap-root/org.cpm-xdms.do-not-disturb/users/sip:${ALICE.name}/index`
}

export function message(url: string, messageId: string, more: Readonly<Record<string, unknown>> = {}): CurlRequest {
  const body = {
    messageId,
    to: `sip:${ALICE.name}`,
    subject: messageId,
    contentType: 'text/plain',
    body: 'Lunch?',
    reports: ['delivery', 'failure'],
    ...more,
  }
  return json(BOB, 'POST', `${url}/api/messages`, body)
}

function messageUrl(url: string, id: string): string {
  return `${url}/api/messages/${id}`
}

export async function openInbox(url: string, who: Login, device: string, atMost?: number): Promise<Inbox> {
  return await openStream(who, `${userUrl(url, who)}/devices/${device}/inbox`, atMost)
}

export function received(url: string, who: Login, device: string, id: string): CurlRequest {
  return { as: who, method: 'POST', url: `${userUrl(url, who)}/devices/${device}/inbox/${id}/received` }
}

export async function deferredIds(url: string): Promise<readonly string[]> {
  const { body } = await ask({ as: ALICE, method: 'GET', url: `${userUrl(url, ALICE)}/deferred` })
  return (JSON.parse(body) as { messages: { id: string }[] }).messages.map(({ id }) => id)
}

export async function stateOf(url: string, id: string, as = ALICE): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await ask({ as, method: 'GET', url: messageUrl(url, id) })
  if (status !== 200) throw new Error(`GET of message ${id} was answered ${status}`)
  return JSON.parse(body) as Record<string, unknown>
}

export function fieldsOf(event: StreamEvent): Readonly<Record<string, unknown>> {
  return JSON.parse(event.data) as Record<string, unknown>
}
