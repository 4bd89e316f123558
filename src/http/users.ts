/** Accounts. A password comes in and never goes out. */
import * as z from '../zod.ts'
import { ROLES, type Account, type Role } from '../access/account.ts'
import { accountEntry } from '../access/change-account.ts'
import { credentialsIn } from '../access/credentials.ts'
import type { Realms } from '../access/realms.ts'
import type { Actor, TrailEntry } from '../access/trail.ts'
import type { Xui } from '../names.ts'
import { Refused } from '../refusal.ts'
import { canonicalXui, unknownUser } from '../xui.ts'
import { emptyAnswer, jsonAnswer, type Answer } from './exchange.ts'
import { checkForm } from '../form.ts'
import { mustBeAllowed, ownerOf, pageSize, readJson } from './route.ts'
import type { AuthenticatedRequest, HttpContext, Route } from './route.ts'
import { removalEntry } from '../remove-user.ts'
import { actorOf, recordDeed } from './trail.ts'

export const ACCOUNT = z.strictObject({
  role: z.enum(ROLES, `must be one of ${ROLES.join(', ')}`).exactOptional(),
  password: z.string('must be text').exactOptional(),
})

export function userRoutes(context: HttpContext): readonly Route[] {
  return [
    { method: 'GET', path: '/api/users', answer: (request) => list(context, request) },
    { method: 'GET', path: '/api/users/{xui}', answer: (request) => read(context, request) },
    { method: 'PUT', path: '/api/users/{xui}', answer: (request) => put(context, request) },
    { method: 'DELETE', path: '/api/users/{xui}', answer: (request) => remove(context, request) },
    { method: 'POST', path: '/api/users/{xui}/unlock', answer: (request) => unlock(context, request) },
  ]
}

async function list(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  await mustBeAllowed(context, request, 'manage-accounts', 'global')
  const limit = pageSize(request.query.get('limit'))
  const users = await context.rooms.accounts.list(request.query.get('after') ?? '', limit + 1)
  const page = users.slice(0, limit)
  const next = users.length > limit ? page.at(-1)?.xui : undefined
  return jsonAnswer(200, { users: page.map(({ xui, role }) => ({ xui, role })), next })
}

async function read(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const xui = ownerOf(request)
  await mustBeAllowed(context, request, 'manage-accounts', xui)
  const { role } = await known(context, xui)
  return jsonAnswer(200, { xui, role })
}

async function put(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const named = ownerOf(request)
  await mustBeAllowed(context, request, 'manage-accounts', named)
  const xui = canonicalXui(named)
  if (xui === undefined)
    throw new Refused({
      kind: 'bad-request',
      detail: 'This is no XCAP user identifier, such as sip:alice@example.com.',
    })
  const form = checkForm(ACCOUNT, await readJson(request, context, context.settings.limits.jsonBytes))
  const { outcome, entry, role } = await putAccount(context, actorOf(request.exchange), xui, form)
  request.exchange.deed = entry
  return jsonAnswer(outcome === 'created' ? 201 : 200, { xui, role })
}

/** @throws Refused `bad-request` for a new account that lacks something, `conflict`, `unavailable` */
export async function putAccount(
  context: HttpContext,
  actor: Actor,
  xui: Xui,
  form: z.infer<typeof ACCOUNT>,
): Promise<{ readonly outcome: 'created' | 'changed'; readonly entry: TrailEntry; readonly role: Role }> {
  const { accounts, changeAccount } = context.rooms
  const present = await accounts.find(xui)
  const account = accountOf(xui, form, present, context.settings.realms)
  const outcome = await changeAccount(account, present, actor)
  if (outcome === 'taken')
    throw new Refused({
      kind: 'conflict',
      detail: 'Somebody else logs in under one of the user names of this account.',
    })
  if (outcome === 'names-a-list') throw new Refused({ kind: 'conflict', detail: 'A list service has this URI.' })
  if (outcome === 'last-administrator') throw lastAdministrator()
  return { outcome, entry: accountEntry(account, present), role: account.role }
}

/** A new account needs both; of one that is there, what is not said stays. */
function accountOf(xui: Xui, form: z.infer<typeof ACCOUNT>, present: Account | undefined, realms: Realms): Account {
  const role = form.role ?? present?.role
  const credentials = form.password === undefined ? present?.credentials : credentialsIn(realms, xui, form.password)
  if (role === undefined || credentials === undefined) {
    const missing = [...(role === undefined ? ['/role'] : []), ...(credentials === undefined ? ['/password'] : [])]
    const errors = missing.map((path) => ({ path, message: 'is missing' }))
    throw new Refused({ kind: 'bad-request', detail: 'A new account needs a role and a password.', errors })
  }
  return { xui, role, credentials }
}

async function remove(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const xui = ownerOf(request)
  await mustBeAllowed(context, request, 'manage-accounts', xui)
  const documents = request.query.get('documents')
  if (documents !== 'keep' && documents !== 'delete') {
    throw new Refused({
      kind: 'bad-request',
      detail: 'Say what becomes of the documents: ?documents=keep or ?documents=delete.',
    })
  }
  if (canonicalXui(xui) === undefined) throw unknownUser(xui)
  const outcome = await context.rooms.removeUser(xui, documents, actorOf(request.exchange))
  if (outcome === 'last-administrator') throw lastAdministrator()
  if (outcome === 'unknown') throw unknownUser(xui)
  request.exchange.deed = removalEntry(xui, documents)
  return emptyAnswer(204)
}

/**
 * Failed logins under his names are forgotten, and those at the addresses where they were: here at once, elsewhere when
 * somebody would be refused.
 */
async function unlock(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const xui = ownerOf(request)
  await mustBeAllowed(context, request, 'manage-accounts', xui)
  await known(context, xui)
  await recordDeed(context, request.exchange, { what: 'account-unlocked', user: xui })
  await context.rooms.heedUnlocks()
  return emptyAnswer(204)
}

async function known(context: HttpContext, xui: Xui): Promise<Account> {
  const account = await context.rooms.accounts.find(xui)
  if (account === undefined) throw unknownUser(xui)
  return account
}

function lastAdministrator(): Refused {
  return new Refused({ kind: 'conflict', detail: 'This is the last administrator.' })
}
