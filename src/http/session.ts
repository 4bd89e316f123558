/** Sessions of browsers: to log in, to be told who is, and to log out. */
import { isOverTls } from '../access/origin.ts'
import { sessionChallenge } from '../access/session.ts'
import { mustNotBeOfOthers, noSessionCookie, sessionCookie } from '../access/session-cookie.ts'
import { addressBlock } from '../access/throttle.ts'
import { instantText } from '../clock.ts'
import { checkForm } from '../form.ts'
import { Refused } from '../refusal.ts'
import * as z from '../zod.ts'
import { readBody } from './body.ts'
import { emptyAnswer, jsonAnswer, type Answer, type Exchange } from './exchange.ts'
import { mustBeJson, parseJson, type AuthenticatedRequest, type HttpContext, type Route } from './route.ts'

/** A name and a password of 256 characters each, however they are escaped. */
const LOGIN_BYTES = 8_192

const LOGIN = z.strictObject({ user: z.string('must be text'), password: z.string('must be text') })

export function sessionRoutes(context: HttpContext): readonly Route[] {
  const path = '/api/session'
  return [
    { method: 'POST', path, answerAnybody: (exchange) => logIn(context, exchange) },
    { method: 'GET', path, answer: (request) => read(context, request) },
    { method: 'DELETE', path, answer: (request) => logOut(context, request) },
  ]
}

async function logIn(context: HttpContext, exchange: Exchange): Promise<Answer> {
  const { sessions, originOf, clock } = context.rooms
  const { req, address } = exchange
  mustNotBeOfOthers(req, originOf)
  mustBeJson(exchange)
  const { user, password } = checkForm(LOGIN, await parseJson(await readLogin(context, exchange), context))
  exchange.tried = user
  const begun = await sessions.begin(user, password, address, exchange.realm)
  if (begun === undefined)
    throw new Refused({
      kind: 'unauthenticated',
      detail: 'The user name or the password is wrong.',
      challenges: [sessionChallenge(exchange.realm)],
    })
  exchange.principal = begun.principal
  const cookie = sessionCookie(begun.token, clock.now(), begun.expires, isOverTls(req, originOf))
  return emptyAnswer(204, { 'set-cookie': cookie, 'cache-control': 'no-store' })
}

/** A body of somebody who is not known yet has a share of its own, and gives it back when it was read. */
async function readLogin({ shares }: HttpContext, exchange: Exchange): Promise<Buffer> {
  const from = addressBlock(exchange.address)
  shares.logins.take(from, 1)
  try {
    return await readBody(exchange, LOGIN_BYTES, shares.bodies, undefined)
  } finally {
    shares.logins.give(from, 1)
    shares.bodies.give(undefined, exchange.bodyBytes)
    exchange.bodyBytes = 0
  }
}

/** Also for who came in another way: then nothing ends by itself. */
async function read({ rooms }: HttpContext, { exchange, principal }: AuthenticatedRequest): Promise<Answer> {
  const session = exchange.bySession ? await rooms.sessions.of(exchange.req) : undefined
  const expires = session && instantText(session.expires)
  return jsonAnswer(200, { xui: principal.xui, role: principal.role, expires }, { 'cache-control': 'no-store' })
}

async function logOut({ rooms }: HttpContext, { exchange: { req } }: AuthenticatedRequest): Promise<Answer> {
  await rooms.sessions.end(req)
  return emptyAnswer(204, { 'set-cookie': noSessionCookie(isOverTls(req, rooms.originOf)) })
}
