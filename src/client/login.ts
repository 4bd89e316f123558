/**
 * Requests of somebody who can say who he is: HTTP Digest with SHA-256 (RFC 7616), or a header that the caller knows.
 */
import { hex, type Platform } from './platform.ts'

export type WatcherLogin =
  | { readonly user: string; readonly password: string }
  /** The value of `Authorization`, asked for before each request. */
  | { readonly authorization: () => string | Promise<string> }

export interface Asking {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** @param target begins with a slash. */
export type Get = (target: string, asking?: Asking) => Promise<Response>

interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  count: number
}

export function createGet(url: string, login: WatcherLogin, platform: Platform): Get {
  const base = url.replace(/\/+$/, '')
  const { origin } = new URL(base)
  let challenge: Challenge | undefined

  const ask = async (target: string, { headers, signal }: Asking): Promise<Response> => {
    const authorization = 'authorization' in login ? await login.authorization() : await answer(target)
    const all = { ...headers, ...(authorization === undefined ? {} : { authorization }) }
    return platform.fetch(origin + target, {
      headers: all,
      cache: 'no-store',
      ...(signal === undefined ? {} : { signal }),
    })
  }

  async function answer(target: string): Promise<string | undefined> {
    if (challenge === undefined || 'authorization' in login) return undefined
    const { realm, nonce, opaque } = challenge
    challenge.count += 1
    const nc = challenge.count.toString(16).padStart(8, '0')
    const cnonce = hex(platform.random(12))
    const a1 = await platform.sha256(`${login.user}:${realm}:${login.password}`)
    const a2 = await platform.sha256(`GET:${target}`)
    const response = await platform.sha256(`${a1}:${nonce}:${nc}:${cnonce}:auth:${a2}`)
    const fields = { username: login.user, realm, uri: target, nonce, cnonce, response, ...(opaque && { opaque }) }
    const quoted = Object.entries(fields).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
    return `Digest ${[...quoted, 'algorithm=SHA-256', 'qop=auth', `nc=${nc}`].join(', ')}`
  }

  return async (asked, asking = {}) => {
    // As it will be sent: the answer to the challenge names it.
    const { pathname, search } = new URL(base + asked)
    const target = pathname + search
    let answered = await ask(target, asking)
    // The second challenge is of the realm of this user, where the server has several: he was not known at the first.
    for (let tries = 0; tries < 2 && answered.status === 401; tries++) {
      const given = challengeIn(answered)
      if (given === undefined || 'authorization' in login) return answered
      if (tries > 0 && given.realm === challenge?.realm) return answered
      challenge = given
      await answered.body?.cancel()
      answered = await ask(target, asking)
    }
    return answered
  }
}

/** Several challenges come in one header: the one with SHA-256 counts. */
function challengeIn({ headers }: Response): Challenge | undefined {
  const all = (headers.get('www-authenticate') ?? '').split(/(?=\bDigest\s)/i)
  for (const text of all.filter((one) => /\balgorithm="?SHA-256"?(?![-\w])/i.test(one))) {
    const fields = new Map<string, string>()
    for (const [, name = '', quoted, plain] of text.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g))
      fields.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
    const [realm, nonce] = [fields.get('realm'), fields.get('nonce')]
    if (realm !== undefined && nonce !== undefined) return { realm, nonce, opaque: fields.get('opaque'), count: 0 }
  }
  return undefined
}
