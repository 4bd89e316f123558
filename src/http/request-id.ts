/** The name by which a client, the proxies before us and our log know one request. */
import { identifier, type Randomness } from '../clock.ts'
import type { Request } from './http-server.ts'

const PLAIN = /^[A-Za-z0-9._:+/=@-]{1,128}$/

/** What comes from outside is taken as it is, or not at all: it goes into the log and into the answer. */
export function requestIdOf({ headers }: Request, random: Randomness): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && PLAIN.test(given) ? given : identifier(random)
}
