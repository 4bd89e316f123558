/**
 * Many accounts at once: lines of JSON in, a stream of what became of them out. A line that is wrong is told and passed
 * over; who has an account keeps it as it is, unless `existing=change` is said. Sent again, it goes on where it ended.
 */
import { mustStillHold } from '../access/authorize.ts'
import type { Actor } from '../access/trail.ts'
import { checkForm } from '../form.ts'
import { laterRound } from '../rounds.ts'
import { Refused } from '../refusal.ts'
import { userNamed } from '../xui.ts'
import * as z from '../zod.ts'
import { eventText, type EventStream } from './event-stream.ts'
import type { Answer } from './exchange.ts'
import { jsonFault } from './json-fault.ts'
import { bodyTextOf, chosen, contentTypeOf, mustBeAllowed, mustStillBeAllowed, readBodyOf } from './route.ts'
import type { AuthenticatedRequest, HttpContext, Route } from './route.ts'
import { actorOf } from './trail.ts'
import { ACCOUNT, putAccount } from './users.ts'

/** They share the store's syncs. */
const AT_ONCE = 100
/** A name and a password, however they are escaped. */
const LINE_AT_MOST = 8_192
const EXISTING = ['keep', 'change'] as const

const LINE = z.strictObject({ ...ACCOUNT.shape, xui: z.string('must be text') })

interface Import {
  readonly context: HttpContext
  readonly realm: string
  readonly actor: Actor
  readonly existing: (typeof EXISTING)[number]
}

type Outcome =
  | { readonly kind: 'created' | 'changed' | 'kept' }
  | { readonly kind: 'refused'; readonly xui: string | undefined; readonly detail: string }

export function importRoutes(context: HttpContext): readonly Route[] {
  let isRunning = false
  return [
    {
      method: 'POST',
      path: '/api/users',
      async answer(request) {
        await mustBeAllowed(context, request, 'manage-accounts', 'global')
        if (isRunning)
          throw new Refused({ kind: 'unavailable', detail: 'Another import is running here.', retryAfter: 5 })
        isRunning = true
        const over = (): void => void (isRunning = false)
        try {
          return await begin(context, request, over)
        } catch (error) {
          over()
          throw error
        }
      },
    },
  ]
}

async function begin(context: HttpContext, request: AuthenticatedRequest, over: () => void): Promise<Answer> {
  const { exchange, principal, query } = request
  if (contentTypeOf(exchange) !== 'application/x-ndjson')
    throw new Refused({ kind: 'unsupported-media-type', detail: 'This takes application/x-ndjson.' })
  const existing = chosen('existing', EXISTING, query.get('existing')) ?? 'keep'
  const bytes = await readBodyOf(exchange, principal, context, context.settings.limits.importBytes)
  await mustStillBeAllowed(exchange, principal, context)
  const text = await bodyTextOf(bytes)
  const lines = text.split('\n')
  const work = { context, realm: exchange.realm, actor: actorOf(exchange), existing }
  const mayGoOn = (): Promise<void> => mustStillHold(context.rooms.accounts, principal)
  return { kind: 'stream', run: (stream) => importAll(work, lines, stream, mayGoOn).finally(over) }
}

async function importAll(
  work: Import,
  lines: readonly string[],
  stream: EventStream,
  mayGoOn: () => Promise<void>,
): Promise<void> {
  const told = { created: 0, changed: 0, kept: 0, refused: 0 }
  for (let at = 0; at < lines.length && stream.open; at += AT_ONCE) {
    await mayGoOn()
    const some = lines.slice(at, at + AT_ONCE)
    const outcomes = await Promise.all(
      some.map(async (line) => (line.trim() === '' ? undefined : importOne(work, line))),
    )
    outcomes.forEach((outcome, index) => {
      if (outcome === undefined) return
      told[outcome.kind] += 1
      if (outcome.kind !== 'refused') return
      const { xui, detail } = outcome
      stream.write(eventText('refused', undefined, JSON.stringify({ line: at + index + 1, xui, detail })))
    })
    stream.write(
      eventText(
        'progress',
        undefined,
        JSON.stringify({ lines: Math.min(at + AT_ONCE, lines.length), of: lines.length }),
      ),
    )
    await stream.ready()
    await laterRound()
  }
  stream.write(eventText('end', undefined, JSON.stringify(told)))
  stream.end()
}

/** @throws what is no refusal of this one line: trouble of the store ends the import. */
async function importOne({ context, realm, actor, existing }: Import, line: string): Promise<Outcome> {
  let named: string | undefined
  try {
    const { xui: text, ...form } = checkForm(LINE, parsed(line))
    named = text
    const xui = userNamed(text, realm)
    if (xui === undefined)
      return { kind: 'refused', xui: text, detail: 'This is no XUI, such as sip:alice@example.com.' }
    if (existing === 'keep' && (await context.rooms.accounts.find(xui)) !== undefined) return { kind: 'kept' }
    const { outcome } = await putAccount(context, actor, xui, form)
    return { kind: outcome }
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal.kind === 'unavailable') throw error
    const { refusal } = error
    const said = 'phrase' in refusal ? refusal.phrase : refusal.detail
    const faults = 'errors' in refusal ? (refusal.errors ?? []).map(({ path, message }) => ` ${path} ${message}.`) : []
    return { kind: 'refused', xui: named, detail: `${said}${faults.join('')}` }
  }
}

function parsed(line: string): unknown {
  if (line.length > LINE_AT_MOST)
    throw new Refused({ kind: 'bad-request', detail: `A line has at most ${LINE_AT_MOST} characters.` })
  try {
    return JSON.parse(line)
  } catch {
    throw new Refused({ kind: 'bad-request', detail: jsonFault(line, 'line') })
  }
}
