/** Requests to the server that this page came from: the REST side, and XCAP where a document is meant as text. */
import { readEvents, type HeardEvent } from '../client/event-source.ts'
import type { Get } from '../client/login.ts'
import { held } from './held.ts'
import { conflictIn } from './xml.ts'

export interface Fault {
  readonly path: string
  readonly message: string
}

/** RFC 9457; of XCAP's refusals (RFC 4825 §11) what can be shown. */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly errors: readonly Fault[]
}

export interface Reply {
  readonly status: number
  readonly etag: string | undefined
  /** Where it is JSON. */
  readonly json: any
  readonly text: string
  /** Where it was refused. */
  readonly problem: Problem | undefined
}

export interface Sending {
  readonly json?: unknown
  /** With its media type. */
  readonly text?: { readonly type: string; readonly body: string }
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Nothing came back: no network, or no server. */
export class Unreachable extends Error {}

/** Counts up when the server knows this browser no more. */
export const strangers = held(0)

/** `/ui/` may lie behind a prefix of a proxy; the REST side lies beside it. */
const BESIDE = new URL('../', document.baseURI)

/** A page of another origin cannot send this; with it the server shows no login of the browser's. */
const OURS = { 'x-requested-with': 'cpm-xdms' }

/** @param target from the root of the server on, with its slash. */
function send(target: string, init: RequestInit): Promise<Response> {
  return fetch(new URL(target.slice(1), BESIDE), { ...init, cache: 'no-store', credentials: 'same-origin' })
}

/** @throws Unreachable */
export async function ask(method: string, target: string, sending: Sending = {}): Promise<Reply> {
  try {
    return await replyIn(await send(target, initOf(method, sending)))
  } catch (error) {
    throw new Unreachable(String(error))
  }
}

/**
 * An answer that is a short event stream: each event as it comes.
 * @returns what was refused.
 * @throws Unreachable
 */
export async function askEvents(
  method: string,
  target: string,
  sending: Sending,
  came: (event: HeardEvent) => void,
): Promise<Problem | undefined> {
  try {
    const response = await send(target, initOf(method, sending))
    if (response.status !== 200 || response.body === null) return (await replyIn(response)).problem
    await readEvents(response.body, came)
    return undefined
  } catch (error) {
    throw new Unreachable(String(error))
  }
}

function initOf(method: string, { json, text, headers, signal }: Sending): RequestInit {
  const body = json === undefined ? text?.body : JSON.stringify(json)
  const type = json === undefined ? text?.type : 'application/json'
  return {
    method,
    headers: { ...OURS, ...(type === undefined ? {} : { 'content-type': type }), ...headers },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  }
}

async function replyIn(response: Response): Promise<Reply> {
  const content = await response.text()
  const { status } = response
  if (status === 401) strangers.set(strangers.get() + 1)
  const isJson = /^application\/(?:problem\+)?json/.test(response.headers.get('content-type') ?? '')
  const read = isJson && content !== '' ? (JSON.parse(content) as unknown) : undefined
  return {
    status,
    etag: response.headers.get('etag') ?? undefined,
    json: read,
    text: content,
    problem: status < 400 ? undefined : problemIn(status, read, content),
  }
}

function problemIn(status: number, json: unknown, text: string): Problem {
  if (json !== undefined) {
    const { title = '', detail = '', errors = [] } = json as Partial<Problem>
    return { status, title, detail, errors }
  }
  const conflict = conflictIn(text)
  return { status, title: conflict?.name ?? '', detail: conflict?.phrase ?? text.slice(0, 300), errors: [] }
}

/** For the event stream, which has the same cookie and the same header. */
export const getStream: Get = (target, { headers, signal } = {}) =>
  send(target, { headers: { ...OURS, ...headers }, ...(signal === undefined ? {} : { signal }) })

/** Of a user, below `/api/users/`. */
export function ofUser(xui: string, rest: string): string {
  return `/api/users/${encodeURIComponent(xui)}/${rest}`
}

/** INV-4: a write names the version that it replaces, or that there was none. */
export function replacing(etag: string | undefined): Readonly<Record<string, string>> {
  return etag === undefined ? { 'if-none-match': '*' } : { 'if-match': etag }
}
