/**
 * From where does the client ask? Behind proxies that are trusted, what they say of it counts (RFC 7239 and its
 * forerunner).
 */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The address of the client, as far as it is known; empty where the connection has ended. */
export type AddressOf = (req: IncomingMessage) => string

type Address = ipaddr.IPv4 | ipaddr.IPv6
export type Range = [Address, number]

/**
 * @param proxies addresses and CIDR blocks, with commas between them.
 * @throws Error for what is neither.
 */
export function readAddressRanges(proxies: string): readonly Range[] {
  return proxies
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each): Range => {
      if (each.includes('/')) return ipaddr.parseCIDR(each)
      // ipaddr.js also reads what C once did, `10.0.0` for one.
      if (isIP(each) === 0) throw new Error(`${each} is no address`)
      const address = ipaddr.process(each)
      return [address, address.kind() === 'ipv4' ? 32 : 128]
    })
}

export function isInRanges(address: string, ranges: readonly Range[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const one = ipaddr.process(address)
  return ranges.some(([base, bits]) => base.kind() === one.kind() && one.match(base, bits))
}

/**
 * Each proxy adds at the end whom it was asked by, so the list is read from its end, over those that are trusted.
 * What stands further to the left, anybody may have sent.
 */
export function createAddressOf(proxies: readonly Range[]): AddressOf {
  if (proxies.length === 0) return socketAddress
  return (req) => {
    const peer = socketAddress(req)
    if (!isInRanges(peer, proxies)) return peer
    const said = [forwarded(req), xForwardedFor(req)].filter((each) => each !== undefined)
    const clients = said.map((addresses) => lastUntrusted(addresses, proxies) ?? peer)
    // A proxy that writes one of the two headers lets the other one through as it came: where they differ, one of
    // them is forged.
    const [client = peer] = clients
    return clients.every((each) => each === client) ? client : peer
  }
}

export function socketAddress(req: IncomingMessage): string {
  return req.socket.remoteAddress ?? ''
}

/**
 * The first from the right that is no trusted proxy; the leftmost, where all are; `undefined` where what is said is no
 * address.
 */
function lastUntrusted(addresses: readonly string[], proxies: readonly Range[]): string | undefined {
  for (const [index, address] of addresses.toReversed().entries()) {
    if (!ipaddr.isValid(address)) return undefined
    if (!isInRanges(address, proxies) || index === addresses.length - 1) return ipaddr.process(address).toString()
  }
  return undefined
}

function xForwardedFor({ headers }: IncomingMessage): string[] | undefined {
  const text = headers['x-forwarded-for']
  return text === undefined ? undefined : String(text).split(',').map(withoutPort)
}

/**
 * RFC 7239 §4: `for="[2001:db8::1]:4711";proto=https, for=192.0.2.1`. Each element has its `for`, or the hop is not
 * known.
 */
function forwarded({ headers }: IncomingMessage): string[] | undefined {
  const text = headers.forwarded
  if (text === undefined) return undefined
  return text.split(',').map((element) => {
    const node = /(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;\s]*))/i.exec(element)
    return withoutPort(node?.[1] ?? node?.[2] ?? '')
  })
}

/** RFC 7239 §6: an IPv6 address is in brackets; a port may follow. */
function withoutPort(node: string): string {
  const text = node.trim()
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)
  if (bracketed !== null) return bracketed[1] ?? ''
  return text.split(':').length === 2 ? text.slice(0, text.indexOf(':')) : text
}
