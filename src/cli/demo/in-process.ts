/** The same exchange without curl, where there is none: the challenge is asked for, then answered (RFC 7616 §3.4). */
import { createHash } from 'node:crypto'
import { request, type IncomingMessage } from 'node:http'
import { systemRandomness } from '../../clock.ts'
import type { CurlRequest, Login, Transport } from './exchange.ts'

export const inProcess: Transport = async (exchange) => {
  const challenged = await send(exchange, undefined)
  challenged.resume()
  const challenge = challengeOf(challenged)
  const answer = challenge === undefined ? challenged : await send(exchange, authorization(exchange, challenge))
  answer.setEncoding('utf8')
  const headers: (readonly [string, string])[] = []
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
    headers.push([answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? ''])
  return {
    statusLine: `HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage}`,
    status: answer.statusCode ?? 0,
    headers,
    body: answer as AsyncIterable<string>,
    close: () => void answer.destroy(),
  }
}

function send(exchange: CurlRequest, authorized: string | undefined): Promise<IncomingMessage> {
  const body = authorized === undefined ? undefined : exchange.body
  const headers = {
    ...exchange.headers,
    ...(authorized === undefined ? {} : { authorization: authorized }),
    ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
  }
  return new Promise((resolve, reject) => {
    request(exchange.url, { method: exchange.method, headers, agent: false }, resolve).on('error', reject).end(body)
  })
}

/** The parameters of the first challenge, which offers SHA-256. */
function challengeOf(answer: IncomingMessage): ReadonlyMap<string, string> | undefined {
  if (answer.statusCode !== 401) return undefined
  const [first = ''] = (answer.headersDistinct['www-authenticate'] ?? []).filter((value) =>
    value.includes('algorithm=SHA-256'),
  )
  const challenge = first.split(/,\s*Digest /)[0] ?? ''
  return new Map(
    [...challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^\s",]+))/g)].map(([, name = '', quoted, bare]) => [
      name,
      quoted ?? bare ?? '',
    ]),
  )
}

function authorization(exchange: CurlRequest, challenge: ReadonlyMap<string, string>): string {
  const uri = exchange.url.slice(new URL(exchange.url).origin.length)
  const [realm = '', nonce = '', opaque] = ['realm', 'nonce', 'opaque'].map((name) => challenge.get(name))
  const cnonce = Buffer.from(systemRandomness(12)).toString('base64url')
  const response = sha256(
    `${secret(exchange.as, realm)}:${nonce}:00000001:${cnonce}:auth:${sha256(`${exchange.method}:${uri}`)}`,
  )
  const parts = [
    `username="${exchange.as.name}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    'algorithm=SHA-256',
    'qop=auth',
    'nc=00000001',
    `cnonce="${cnonce}"`,
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
  ]
  return `Digest ${parts.join(', ')}`
}

function secret(login: Login, realm: string): string {
  return sha256(`${login.name}:${realm}:${login.password}`)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
