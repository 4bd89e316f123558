/**
 * The realms of one server: the domain of a user says which is his, and passwords are hashed with the realm in them, so
 * that those of one are good in no other.
 */
import type { IncomingMessage } from 'node:http'
import { canonicalXui } from '../xui.ts'

export interface Realms {
  /** Of everybody who is of no other one. */
  readonly first: string
  readonly all: readonly string[]
  /** @param xui in its canonical form, as are domains in it. */
  of(xui: string): string
  /** Of bare names in a request for this host: the realm itself, or a name below it, such as `xcap.example.com`. */
  ofHost(host: string | undefined): string
  /** @param bare where a name without a domain belongs. */
  ofUserName(userName: string, bare: string): string
  /** Under which name the store knows a user name of this realm: a bare name is there in each. */
  loginName(userName: string, realm: string): string
}

/** No user name has a blank. */
const IN = ' in '

/** @param further domains, each the realm of its users. */
export function createRealms(first: string, further: readonly string[] = []): Realms {
  const all = [first, ...further]
  const domains = new Map(all.map((realm) => [realm.toLowerCase(), realm]))
  const of = (xui: string): string => domains.get(xui.slice(xui.indexOf('@') + 1)) ?? first
  const ofName = (host: string): string => {
    const labels = host.toLowerCase().replace(/:\d*$/, '').split('.')
    for (let at = 0; at < labels.length; at++) {
      const realm = domains.get(labels.slice(at).join('.'))
      if (realm !== undefined) return realm
    }
    return first
  }
  // A server is asked by one name, mostly, and each request wants to know some times over.
  let last = { host: '', realm: ofName('') }
  return {
    first,
    all,
    of,
    ofHost(host = '') {
      if (host !== last.host) last = { host, realm: ofName(host) }
      return last.realm
    },
    ofUserName(userName, bare) {
      const xui = canonicalXui(userName)
      return xui === undefined ? bare : of(xui)
    },
    loginName(userName, realm) {
      if (realm !== first) return `${userName}${IN}${realm}`
      return userName.includes(IN) ? '' : userName
    },
  }
}

/** The inverse of `loginName`. */
export function readLoginName(loginName: string, { first }: Realms): { readonly userName: string; realm: string } {
  const [userName = '', realm = first] = loginName.split(IN)
  return { userName, realm }
}

/**
 * The realm that a request is about: that of the XUI in its target, else of its host. RFC 7616 §3.4: a client has a
 * password for each realm, and learns from the challenge which is wanted.
 */
export function realmAsked(realms: Realms, { url = '', headers }: IncomingMessage): string {
  const bare = realms.ofHost(headers.host)
  const segment = /\/users\/([^/?]+)/.exec(url)?.[1]
  return segment === undefined ? bare : realms.ofUserName(decoded(segment), bare)
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
