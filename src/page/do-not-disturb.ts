/** The hand switch: what it writes into the do-not-disturb document, of which everything else stays. */
import { ask, ofUser, type Problem, type Reply } from './ask.ts'
import type { DoNotDisturb, InForce } from './shapes.ts'

export type Switch =
  | { readonly kind: 'on'; readonly until?: string }
  | { readonly kind: 'off' }
  /** The hand is taken off: the week says it again. */
  | { readonly kind: 'week' }

/** Somebody else may write at the same moment, and again; more often than this it is no accident. */
const ATTEMPTS = 4

/**
 * A switch says one thing and nothing about the rest. So when another device wrote meanwhile, it is done again on what
 * that one wrote, and nobody has to compare anything.
 */
export async function switchDisturb(xui: string, to: Switch): Promise<Problem | undefined> {
  const byHand = to.kind === 'on' ? { on: true, ...(to.until === undefined ? {} : { until: to.until }) } : {}
  const problem = await write(xui, byHand)
  if (problem !== undefined || to.kind !== 'off') return problem
  // The week may say quiet now; then off means until that window is over, else the week would be off for good.
  const { json, problem: unread } = await ask('GET', ofUser(xui, 'preferences'))
  if (unread !== undefined) return unread
  const { on, until } = (json as InForce).doNotDisturb
  return on ? write(xui, { on: false, ...(until === undefined ? {} : { until }) }) : undefined
}

async function write(
  xui: string,
  byHand: { readonly on?: boolean; readonly until?: string },
): Promise<Problem | undefined> {
  const target = ofUser(xui, 'do-not-disturb')
  let reply: Reply | undefined
  for (let attempt = 0; attempt < ATTEMPTS && (reply === undefined || reply.status === 412); attempt++) {
    const found = await ask('GET', target)
    if (found.problem !== undefined && found.status !== 404) return found.problem
    const { on: _on, until: _until, ...rest } = (found.status === 404 ? {} : found.json) as DoNotDisturb
    reply = await ask('PUT', target, {
      json: { ...byHand, ...rest },
      headers: found.etag === undefined ? { 'if-none-match': '*' } : { 'if-match': found.etag },
    })
  }
  return reply?.problem
}
