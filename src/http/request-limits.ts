/** What every request is held to before anybody looks at what it wants. */
import { Refused } from '../refusal.ts'
import type { Request } from './http-server.ts'
import type { HttpLimits } from './settings.ts'

/** RFC 9112 §3.2: a host of RFC 3986 §3.2.2 and a port, or nothing. */
const HOST = /^(?:\[[0-9A-Za-z:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::\d*)?$/

/**
 * The request target in origin form, otherwise as it was sent (RFC 9112 §3.2).
 * @throws Refused `bad-request`, `uri-too-long`, `header-too-large`
 */
export function admitRequest(req: Request, limits: HttpLimits): string {
  const sent = req.url
  if (sent.length > limits.targetBytes) {
    throw new Refused({ kind: 'uri-too-long', detail: `A request target has at most ${limits.targetBytes} bytes.` })
  }
  const raw = req.rawHeaders
  if (raw.length > 2 * limits.headers) {
    throw new Refused({ kind: 'header-too-large', detail: `A request has at most ${limits.headers} header fields.` })
  }
  // RFC 9112 §3.2: more than one Host is 400, whatever they say. Node takes the first.
  let hosts = 0
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  if (hosts > 1) throw badRequest('A request names one host.')
  if (!HOST.test(req.headers.host ?? '')) throw badRequest('This Host names no host.')
  // RFC 9112 §2.3: the parser reads heads of HTTP/0.9 and HTTP/2.0 as well, and this server speaks neither.
  if (req.httpVersionMajor !== 1) throw badRequest('This server speaks HTTP/1.1.')
  // RFC 9110 §14.5: a part that was taken for the whole would replace it.
  if (req.method === 'PUT' && req.headers['content-range'] !== undefined)
    throw badRequest('A PUT brings the whole of what it names; Content-Range is of no use here.')
  if (sent.includes('#')) throw badRequest('A request target has no fragment.')
  return sent.startsWith('/') ? sent : originForm(req, sent)
}

export function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

/** RFC 9112 §3.2.2, §3.2.4. A target for another host than the one asked is for a proxy, which this is not. */
function originForm(req: Request, sent: string): string {
  if (sent === '*' && req.method === 'OPTIONS') return sent
  const overTls = 'encrypted' in req.socket
  const [, authority, path] = (overTls ? /^https:\/\/([^/?#]*)(.*)$/is : /^http:\/\/([^/?#]*)(.*)$/is).exec(sent) ?? []
  if (
    authority === undefined ||
    path === undefined ||
    authority.toLowerCase() !== (req.headers.host ?? '').toLowerCase()
  ) {
    throw badRequest('This is no request target of this server.')
  }
  return path.startsWith('/') ? path : `/${path}`
}

function badRequest(detail: string): Refused {
  return new Refused({ kind: 'bad-request', detail })
}
