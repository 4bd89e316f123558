/** Who asks with a client certificate: the XUI is a URI among its subject's alternative names (RFC 5280 §4.2.1.6). */
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { Xui } from '../names.ts'
import { canonicalXui } from '../xui.ts'
import type { Accounts } from './account.ts'
import { NOT_SAID, type Scheme } from './strategy.ts'

/**
 * A request that says who asks in its header is known by that: somebody may ask for others over his own connection.
 */
export function createCertificate(accounts: Pick<Accounts, 'find'>): Scheme {
  return async (req) => {
    if (req.headers.authorization !== undefined) return NOT_SAID
    for (const xui of xuisOf(req)) {
      const account = await accounts.find(xui)
      if (account === undefined) continue
      return { kind: 'authenticated', principal: { xui: account.xui, role: account.role }, answerHeaders: {} }
    }
    return NOT_SAID
  }
}

/** Of a certificate that the authorities of `XDMS_TLS_CLIENT_CA` vouch for; of any other, none. */
function xuisOf({ socket }: IncomingMessage): readonly Xui[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return []
  const names = socket.getPeerX509Certificate()?.subjectAltName ?? ''
  // A name that holds a comma is written in quotes (CVE-2021-44532): such a one is no XUI.
  return names
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => canonicalXui(name.slice('URI:'.length)))
    .filter((xui) => xui !== undefined)
}
