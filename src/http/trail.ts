/** Who changed what of others: told where it is done, and read by administrators. */
import { DEEDS, documentEntry, type Actor, type KeptEntry, type TrailEntry } from '../access/trail.ts'
import { instantText } from '../clock.ts'
import type { Owner } from '../names.ts'
import type { Address } from '../xcap/request.ts'
import { jsonAnswer, type Answer, type Exchange } from './exchange.ts'
import { chosen, mustBeAllowed, ownerOf, pageSize } from './route.ts'
import type { AuthenticatedRequest, HttpContext, Route } from './route.ts'

export function trailRoutes(context: HttpContext): readonly Route[] {
  return [
    { method: 'GET', path: '/api/record', answer: (request) => read(context, request, undefined) },
    {
      method: 'GET',
      path: '/api/users/{xui}/record',
      answer: (request) => read(context, request, ownerOf(request)),
    },
  ]
}

export function actorOf({ principal, address }: Exchange): Actor {
  return { by: principal?.xui ?? 'nobody', from: address }
}

/** Behind what was done. The line of the audit trail says the same. */
export async function recordDeed({ rooms }: HttpContext, exchange: Exchange, entry: TrailEntry): Promise<void> {
  exchange.deed = entry
  await rooms.record(actorOf(exchange), [entry])
}

/** What users write of their own has its versions; what is written for everybody is recorded. */
export async function recordGlobal(context: HttpContext, exchange: Exchange, { selector }: Address): Promise<void> {
  if (selector.owner !== 'global') return
  await recordDeed(context, exchange, documentEntry(selector, exchange.changed ?? {}))
}

async function read(context: HttpContext, request: AuthenticatedRequest, user: Owner | undefined): Promise<Answer> {
  await mustBeAllowed(context, request, 'manage-accounts', user ?? 'global')
  const { query } = request
  const what = chosen('what', DEEDS, query.get('what'))
  const limit = pageSize(query.get('limit'))
  const search = { ...(user === undefined ? {} : { user }), ...(what === undefined ? {} : { what }) }
  const entries = await context.rooms.trail.read(search, query.get('after') ?? undefined, limit + 1)
  const page = entries.slice(0, limit)
  const next = entries.length > limit ? page.at(-1)?.id : undefined
  return jsonAnswer(200, { entries: page.map(shown), next })
}

function shown({ at, ...entry }: KeptEntry): object {
  return { ...entry, at: instantText(at) }
}
