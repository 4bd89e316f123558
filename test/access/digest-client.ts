/**
 * A client that logs in with HTTP Digest (RFC 7616), written apart from the server: it keeps a nonce and counts its
 * uses.
 *
 * `const alice = new DigestClient({ user: 'alice', password: 'secret' })`, then `await alice.send(origin, 'GET',
 * '/path')`; or, with another HTTP client, `alice.authorization(method, target)` for the header and
 * `alice.learn(answer.headers)` for what came back.
 */
import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

export interface DigestClientOptions {
  readonly user: string
  readonly password: string
  readonly algorithm?: 'SHA-256' | 'MD5'
  /** For tests with known values. */
  readonly cnonce?: () => string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Sending {
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
}

interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly stale: boolean
}

export class DigestClient {
  private readonly options: DigestClientOptions
  private challenge: Challenge | undefined
  private count = 0
  private proof: string | undefined

  constructor(options: DigestClientOptions) {
    this.options = options
  }

  /** The header for a request; `undefined` before the first challenge. Each call uses up one nonce count. */
  authorization(method: string, target: string): string | undefined {
    if (this.challenge === undefined) return undefined
    this.count += 1
    return this.authorizationWith(method, target, this.count)
  }

  /** The same with a nonce count of the caller's choice. */
  authorizationWith(method: string, target: string, count: number): string {
    if (this.challenge === undefined) throw new Error('There was no challenge yet.')
    const { realm, nonce, opaque } = this.challenge
    const { user, password, algorithm = 'SHA-256' } = this.options
    const cnonce = this.options.cnonce?.() ?? randomBytes(12).toString('base64url')
    const nc = count.toString(16).padStart(8, '0')
    const a1 = this.digest(`${user}:${realm}:${password}`)
    const response = this.digest(`${a1}:${nonce}:${nc}:${cnonce}:auth:${this.digest(`${method}:${target}`)}`)
    this.proof = this.digest(`${a1}:${nonce}:${nc}:${cnonce}:auth:${this.digest(`:${target}`)}`)
    const uri = target.replace(/["\\]/g, '\\$&')
    return [
      `Digest username="${user}"`,
      `realm="${realm}"`,
      `uri="${uri}"`,
      `algorithm=${algorithm}`,
      `nonce="${nonce}"`,
      `nc=${nc}`,
      `cnonce="${cnonce}"`,
      'qop=auth',
      `response="${response}"`,
      ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ].join(', ')
  }

  /** Takes a new nonce from a 401 or from `nextnonce`. @returns whether the request is worth another try. */
  learn(headers: IncomingHttpHeaders | Record<string, string | string[] | undefined>): boolean {
    const next = /nextnonce="([^"]*)"/.exec(String(headers['authentication-info'] ?? ''))?.[1]
    if (next !== undefined && this.challenge !== undefined) this.take({ ...this.challenge, nonce: next })
    const challenge = readChallenge(headers['www-authenticate'], this.options.algorithm ?? 'SHA-256')
    if (challenge === undefined) return false
    const first = this.challenge === undefined
    this.take(challenge)
    return first || challenge.stale
  }

  /** RFC 7616 §3.5: whether the server has proved that it knows the password. For the last header made. */
  proves(headers: Record<string, string | string[] | undefined>): boolean {
    return /rspauth="([^"]*)"/.exec(String(headers['authentication-info'] ?? ''))?.[1] === this.proof
  }

  /**
   * One request, and a second one where the first is answered with a challenge. `origin` is `http://127.0.0.1:8080`.
   */
  async send(origin: string, method: string, target: string, sending: Sending = {}): Promise<Answer> {
    const first = await exchange(origin, method, target, sending, this.authorization(method, target))
    if (!this.learn(first.headers) || first.status !== 401) return first
    return exchange(origin, method, target, sending, this.authorization(method, target))
  }

  private take(challenge: Challenge): void {
    this.challenge = challenge
    this.count = 0
  }

  private digest(text: string): string {
    return createHash(this.options.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  }
}

function readChallenge(header: string | string[] | undefined, algorithm: string): Challenge | undefined {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '')
  for (const part of text.split(/(?:^|, )Digest /).slice(1)) {
    const value = (name: string): string | undefined =>
      new RegExp(`(?:^|[ ,])${name}=(?:"([^"]*)"|([^",]+))`).exec(part)?.slice(1).find(Boolean)
    const [realm, nonce] = [value('realm'), value('nonce')]
    if ((value('algorithm') ?? 'MD5') !== algorithm || realm === undefined || nonce === undefined) continue
    return { realm, nonce, opaque: value('opaque'), stale: value('stale') === 'true' }
  }
  return undefined
}

function exchange(
  origin: string,
  method: string,
  target: string,
  sending: Sending,
  authorization: string | undefined,
): Promise<Answer> {
  const { hostname, port } = new URL(origin)
  const headers: OutgoingHttpHeaders = { ...sending.headers, ...(authorization === undefined ? {} : { authorization }) }
  if (sending.body !== undefined) headers['content-length'] = Buffer.byteLength(sending.body)
  return new Promise((resolve, reject) => {
    const req = request({ hostname, port, method, path: target, headers }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }))
    })
    req.on('error', reject)
    req.end(sending.body)
  })
}
