/** Whereto the server speaks because a user said so: the public Internet, and what the operator names besides. */
import { BlockList, isIP } from 'node:net'

export interface Targets {
  /** The operator named this host, or a network that this address is in. */
  trusts(hostOrAddress: string): boolean
  /** Public, or trusted. */
  admits(address: string): boolean
}

/** IANA's special-purpose registry for IPv4: what no stranger on the Internet has. */
const PRIVATE_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]
/** Of IPv6 only what is given out to the world counts, less what carries IPv4 in it or is for documentation. */
const PUBLIC_IPV6: readonly [string, number] = ['2000::', 3]
const PRIVATE_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/** Whether `createTargets` takes it. */
export function isTarget(text: string): boolean {
  try {
    createTargets([text])
    return true
  } catch {
    return false
  }
}

/**
 * @param allowed addresses, CIDRs and host names that may be spoken to although they are private.
 * @throws Error for what is none of these.
 */
export function createTargets(allowed: readonly string[]): Targets {
  const closed = new BlockList()
  for (const [net, bits] of PRIVATE_IPV4) closed.addSubnet(net, bits, 'ipv4')
  for (const [net, bits] of PRIVATE_IPV6) closed.addSubnet(net, bits, 'ipv6')
  const world = new BlockList()
  world.addSubnet(...PUBLIC_IPV6, 'ipv6')
  const open = new BlockList()
  const hosts = new Set<string>()
  for (const each of allowed) {
    const [address = '', bits] = each.split('/')
    const family = familyOf(address)
    if (family === undefined) hosts.add(hostName(each))
    else open.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : prefix(bits, each), family)
  }
  const trusts = (hostOrAddress: string): boolean => {
    const family = familyOf(hostOrAddress)
    return family === undefined ? hosts.has(hostOrAddress.toLowerCase()) : open.check(hostOrAddress, family)
  }
  return {
    trusts,
    admits(address) {
      const family = familyOf(address)
      if (family === undefined) return false
      if (trusts(address)) return true
      return !closed.check(address, family) && (family === 'ipv4' || world.check(address, family))
    },
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address)
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6'
}

function prefix(bits: string, whole: string): number {
  if (!/^\d{1,3}$/.test(bits)) throw new Error(`"${whole}" is no network`)
  return Number(bits)
}

function hostName(text: string): string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text)) throw new Error(`"${text}" is no address and no host`)
  return text.toLowerCase()
}
