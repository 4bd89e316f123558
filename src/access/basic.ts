/** Who asks with a password in plain (RFC 7617): only over TLS, and only where it is switched on. */
import type { IncomingMessage } from 'node:http'
import type { AddressOf } from './client-address.ts'
import { quoted } from './digest-header.ts'
import { isOverTls, type OriginOf } from './origin.ts'
import type { CheckPassword } from './password.ts'
import { realmAsked, type Realms } from './realms.ts'
import type { Scheme, SchemeOutcome } from './strategy.ts'

interface BasicParts {
  readonly check: CheckPassword
  readonly addressOf: AddressOf
  readonly originOf: OriginOf
  readonly realms: Realms
}

/** Without TLS it is not even offered: whoever listens would have the password. */
export function createBasic({ check, addressOf, originOf, realms }: BasicParts): Scheme {
  // RFC 7617 §2.1: the password comes in UTF-8.
  const challengesOf = (realm: string): readonly string[] => [`Basic realm=${quoted(realm)}, charset="UTF-8"`]
  const refuse = (detail: string | undefined, offered: readonly string[]): SchemeOutcome => ({
    kind: 'unauthenticated',
    challenges: offered,
    detail,
  })
  return async (req) => {
    const sent = readBasic(req)
    if (!isOverTls(req, originOf)) return refuse(sent && 'A password in plain is taken over TLS only.', [])
    const realm = realmAsked(realms, req)
    if (sent === undefined) return refuse(undefined, challengesOf(realm))
    const known = await check(sent.userName, sent.password, addressOf(req), realm)
    if (known === undefined) return refuse('The user name or the password is wrong.', challengesOf(realm))
    const { xui, role } = known.account
    return { kind: 'authenticated', principal: { xui, role }, answerHeaders: {} }
  }
}

/** RFC 7617 §2: the user name ends at the first colon, so an XUI is sent without its scheme. */
function readBasic({ headers }: IncomingMessage): { readonly userName: string; readonly password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(headers.authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { userName: text.slice(0, colon), password: text.slice(colon + 1) }
}
