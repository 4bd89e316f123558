/** `what`, `form` and `diff`: what of the changes is wanted, and in which words. */
import type { IncomingMessage } from 'node:http'
import type { Principal } from '../access/account.ts'
import type { View } from '../feed/changes.ts'
import { namedInFull, readTargets } from '../feed/targets.ts'
import { chosen, type AuthenticatedRequest, type HttpContext } from './route.ts'

export const FORMS = ['json', 'xcap-diff'] as const
export const DIFFS = ['patches', 'etags', 'documents'] as const

/** @throws Refused `bad-request` */
export function viewOf(context: HttpContext, { query, principal, exchange }: AuthenticatedRequest): View {
  const what = query.getAll('what')
  const form = chosen('form', FORMS, query.get('form')) ?? 'json'
  return {
    targets: what.length === 0 ? undefined : targetsOf(context, principal, namedInFull(what, exchange.realm)),
    form,
    diff: chosen('diff', DIFFS, query.get('diff')) ?? defaultDiff(form),
    root: rootOf(context, exchange.req),
  }
}

function targetsOf({ rooms }: HttpContext, principal: Principal, what: readonly string[]): View['targets'] {
  return readTargets(what, rooms.xcap.usages, principal)
}

export function defaultDiff(form: View['form']): View['diff'] {
  return form === 'xcap-diff' ? 'patches' : 'etags'
}

/**
 * RFC 4825 §6.1: the XCAP root URI, under the name and the scheme by which the watcher has come; who names none means
 * the realm.
 */
export function rootOf({ rooms, settings }: HttpContext, req: IncomingMessage): string {
  const origin = rooms.originOf(req)
  return `${origin}${origin.endsWith('://') ? settings.realms.first : ''}${settings.root}/`
}
