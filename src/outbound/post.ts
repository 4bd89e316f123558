/**
 * POST to where somebody else said. The name is looked up and judged by the same call that connects, so that no second
 * answer of a name server leads elsewhere; a redirection is not followed.
 */
import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { Agent as HttpAgent, request as requestByHttp, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestByHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Targets } from './targets.ts'

export interface Posted {
  readonly status: number
  /** Milliseconds that the answer asks to wait for. */
  readonly retryAfter: number | undefined
  readonly text: string
}

/** It is not spoken to, now and later. */
export class NotAdmitted extends Error {}

export interface Posting {
  /** Why this URL will not be asked; `undefined` where only its name's addresses can tell. */
  refusalOf(url: string): string | undefined
  /** @throws NotAdmitted, and what the connection throws. It takes as long as `signal` lets it. */
  post(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array, signal: AbortSignal): Promise<Posted>
  close(): void
}

type Ask = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Of an answer no more is read: an acknowledgement is short, and whoever sends more wants something else. */
const ANSWER_AT_MOST = 16_384
const URL_AT_MOST = 2_048
/** Connections kept to one host. */
const SOCKETS_OF_HOST = 8
const RETRY_AFTER_AT_MOST_MS = 86_400_000

/** @param ask what name servers say. */
export function createPosting(targets: Targets, now: () => number, ask: Ask = dnsLookup): Posting {
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS_OF_HOST }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS_OF_HOST }),
  }
  const lookup = judging(targets, ask)
  const refusalOf = (url: string): string | undefined => {
    const read = URL.canParse(url) && url.length <= URL_AT_MOST ? new URL(url) : undefined
    if (read === undefined || !['https:', 'http:'].includes(read.protocol)) return 'It is no https URL.'
    if (read.username !== '' || read.password !== '') return 'A URL holds no password.'
    const host = bare(read.hostname)
    if (isIP(host) !== 0 && !targets.admits(host)) return 'Its address is not a public one.'
    // In a network that the operator trusts; through any other it would go for all to read.
    if (read.protocol === 'http:' && !targets.trusts(host)) return 'It is no https URL.'
    return undefined
  }
  return {
    refusalOf,
    post(url, headers, body, signal) {
      return new Promise((resolve, reject) => {
        const refusal = refusalOf(url)
        if (refusal !== undefined) return reject(new NotAdmitted(refusal))
        const target = new URL(url)
        const plain = target.protocol === 'http:'
        const request = plain ? requestByHttp : requestByHttps
        const agent = plain ? agents.http : agents.https
        const all = { 'content-length': String(body.byteLength), ...headers }
        const sent = request(target, { method: 'POST', headers: all, agent, lookup, signal }, (response) => {
          read(response, now).then(resolve, reject)
        })
        sent.on('error', reject)
        sent.end(body)
      })
    },
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1').toLowerCase()

/** All addresses of a name must be admitted: the one that is connected to is not ours to choose. */
function judging(targets: Targets, ask: Ask): LookupFunction {
  return (host, options, done) => {
    ask(host, { ...options, all: true }, (error, addresses) => {
      const first = addresses?.[0]
      if (error !== null || first === undefined) return done(error ?? new Error(`${host} has no address`), [])
      const closed = !targets.trusts(host) && addresses.some(({ address }) => !targets.admits(address))
      if (closed) return done(new NotAdmitted('Its address is not a public one.'), [])
      if (options.all === true) done(null, addresses)
      else done(null, first.address, first.family)
    })
  }
}

async function read(response: IncomingMessage, now: () => number): Promise<Posted> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > ANSWER_AT_MOST) break
  }
  return {
    status: response.statusCode ?? 0,
    retryAfter: retryAfter(response.headers['retry-after'], now),
    text: Buffer.concat(pieces).subarray(0, ANSWER_AT_MOST).toString('utf8'),
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfter(said: string | undefined, now: () => number): number | undefined {
  if (said === undefined) return undefined
  const wait = /^\d{1,9}$/.test(said) ? Number(said) * 1000 : Date.parse(said) - now()
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), RETRY_AFTER_AT_MOST_MS) : undefined
}
