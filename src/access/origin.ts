/**
 * The origin under which a browser knows this server (RFC 6454 §4): where a trusted proxy stands before it, what that
 * one says.
 */
import type { IncomingMessage } from 'node:http'
import { isInRanges, socketAddress, type Range } from './client-address.ts'

/** `https://xdms.example.com`, in lower case and without the port that goes without saying. */
export type OriginOf = (req: IncomingMessage) => string

export function createOriginOf(proxies: readonly Range[]): OriginOf {
  return (req) => {
    const own = { scheme: 'encrypted' in req.socket ? 'https' : 'http', host: req.headers.host ?? '' }
    const said = proxies.length > 0 && isInRanges(socketAddress(req), proxies) ? saidByProxy(req) : {}
    return normal(`${said.scheme ?? own.scheme}://${said.host ?? own.host}`)
  }
}

/** Whether what is said here is read by nobody on the way, as far as is known. */
export function isOverTls(req: IncomingMessage, originOf: OriginOf): boolean {
  return originOf(req).startsWith('https://')
}

interface Said {
  readonly scheme?: string | undefined
  readonly host?: string | undefined
}

/**
 * Each proxy adds at the end, so the last word is that of the one that asks. RFC 7239 §5.3, §5.4, and its forerunner.
 */
function saidByProxy({ headers }: IncomingMessage): Said {
  const element = headers.forwarded?.split(',').at(-1)
  const parameter = (name: string): string | undefined => {
    const found = new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(element ?? '')
    return found?.[1] ?? found?.[2]
  }
  const scheme = parameter('proto') ?? lastOf(headers['x-forwarded-proto'])
  return {
    scheme: scheme?.toLowerCase() === 'https' ? 'https' : scheme === undefined ? undefined : 'http',
    host: parameter('host') ?? lastOf(headers['x-forwarded-host']),
  }
}

function lastOf(field: string | readonly string[] | undefined): string | undefined {
  return field === undefined ? undefined : String(field).split(',').at(-1)?.trim()
}

function normal(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).origin : origin.toLowerCase()
}
