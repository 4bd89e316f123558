/**
 * Who sent a request and whom it is for, as the core says (RFC 3325): what the sender claims in From counts for
 * nothing.
 */
import type { Xui } from '../names.ts'
import { Refused } from '../refusal.ts'
import { canonicalXui } from '../xui.ts'
import type { SipRequest } from './port.ts'
import { QUOTED } from './quoted.ts'

export interface Asserted {
  /** A user's identifier where it has the form of one. */
  readonly uri: string
  readonly xui: Xui | undefined
  /** RFC 3323: he asked that nobody be shown who he is. */
  readonly hides: boolean
}

/** `Name: <uri>;params, …`: what stands between the brackets, or is all there is, of each value of the header. */
function addressesIn(values: readonly string[]): readonly string[] {
  return values.flatMap((written) => {
    const value = written.replace(QUOTED, '')
    const bracketed = [...value.matchAll(/<([^<>]*)>/g)].map(([, uri = '']) => uri.trim())
    return bracketed.length > 0 ? bracketed : value.split(',').map((uri) => (uri.split(';')[0] ?? '').trim())
  })
}

/** Without its parameters and headers, which name a device or a way and not a person (U8). */
export function addressOfRecord(uri: string): string {
  return (uri.split(/[;?]/)[0] ?? '').replace(/^(sips?:[^@]+@[^:]+|[^:]*):\d+$/i, '$1')
}

/** @throws Refused `forbidden`: the core asserts nobody. */
export function senderOf(request: SipRequest): Asserted {
  const uris = addressesIn(request.headers('p-asserted-identity')).map(addressOfRecord)
  const uri = uris.find((each) => /^sips?:/i.test(each)) ?? uris[0]
  if (uri === undefined || uri === '')
    throw new Refused({ kind: 'forbidden', detail: 'The core asserts no identity of the sender.' })
  const privacy = request
    .headers('privacy')
    .flatMap((value) => value.split(/[;,]/))
    .map((token) => token.trim().toLowerCase())
  return { uri, xui: canonicalXui(uri), hides: privacy.some((token) => /^(?:id|user|header|session)$/.test(token)) }
}

/**
 * The Request-URI, or where that is our own address P-Called-Party-ID (RFC 7315 §4.2).
 * @throws Refused `unknown-user`: it is no user's address.
 */
export function calledUser(request: SipRequest): Xui {
  const [party] = addressesIn(request.headers('p-called-party-id'))
  for (const uri of [party, request.uri]) {
    const xui = uri === undefined ? undefined : canonicalXui(addressOfRecord(uri))
    if (xui !== undefined) return xui
  }
  throw new Refused({ kind: 'unknown-user', detail: 'The request is for no user.' })
}
