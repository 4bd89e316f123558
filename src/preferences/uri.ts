/**
 * Who a URI names, so that two spellings of one address are one: RFC 3261 §19.1.4 for sip and sips, RFC 3966 §5 for
 * tel. This is about identity, not about reaching somebody, so passwords, ports, headers and parameters of SIP
 * URIs do not count, nor whether the way there is secured.
 */
import { canonicalUser } from '../xui.ts'

/** Two URIs name the same when they have a key in common: a SIP URI of a telephone number has a second one. */
export interface Identity {
  readonly keys: readonly string[]
  /** The domain, in lower case, without a port. */
  readonly host: string | undefined
}

/** RFC 3966 §3: parameters that belong to the number itself. */
const PART_OF_NUMBER = /^(?:ext|isub|phone-context)=/

/** What is no such URI is its own only key, so that it equals itself. */
export function identityOf(uri: string): Identity {
  const text = uri.trim()
  const colon = text.indexOf(':')
  const scheme = text.slice(0, Math.max(colon, 0)).toLowerCase()
  const rest = text.slice(colon + 1)
  if (scheme === 'tel') return { keys: [telKey(rest)], host: undefined }
  const sip = scheme === 'sip' || scheme === 'sips'
  const [before = '', behind, ...more] = rest.split('@')
  // A second at sign must be encoded; where it is not, readers differ about the host, so it names nobody else.
  const opaque = rest.startsWith('//') || (behind === undefined && !sip)
  if (opaque || more.length > 0) return { keys: [scheme === '' ? text : `${scheme}:${rest}`], host: undefined }
  if (sip) return behind === undefined ? sipIdentity('', before) : sipIdentity(before, behind)
  // mailto, im, pres, xmpp, acct: all of the form user@host.
  return addressIdentity(scheme, before, hostPort(behind ?? ''))
}

/** U8: a person has one address, whichever way leads there. */
function sipIdentity(userinfo: string, rest: string): Identity {
  const { host, parameters } = hostPort(rest)
  const [user = ''] = userinfo.split(':')
  const { keys } = addressIdentity('sip', user, { host, port: '', parameters })
  const telephone = parameters.some((parameter) => parameter.toLowerCase() === 'user=phone')
  // RFC 3261 §19.1.6: the user part is a number that stands for itself, at whatever domain.
  return { keys: telephone && /^\+/.test(user) ? [...keys, telKey(user)] : keys, host }
}

function addressIdentity(scheme: string, user: string, { host, port }: ReturnType<typeof hostPort>): Identity {
  return {
    keys: [`${scheme}:${user === '' ? '' : `${canonicalUser(user)}@`}${host}${port === '' ? '' : `:${port}`}`],
    host,
  }
}

function hostPort(text: string): {
  readonly host: string
  readonly port: string
  readonly parameters: readonly string[]
} {
  const [address = '', ...parameters] = (text.split('?')[0] ?? '').split(';')
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*):?(.*)$/.exec(address) ?? []
  return { host: host.toLowerCase().replace(/\.$/, ''), port, parameters }
}

/** RFC 3966 §5: visual separators do not count, hexadecimal digits and parameters in either case are equal. */
function telKey(rest: string): string {
  const [number = '', ...parameters] = rest.toLowerCase().split(';')
  const counted = parameters
    .filter((parameter) => PART_OF_NUMBER.test(parameter))
    .map(withoutSeparators)
    .sort()
  return ['tel:' + number.replace(/[-.()]/g, ''), ...counted].join(';')
}

/** A context or an extension that is a number has separators too; one that is a domain keeps its dots. */
function withoutSeparators(parameter: string): string {
  const [name, value] = [parameter.slice(0, parameter.indexOf('=') + 1), parameter.slice(parameter.indexOf('=') + 1)]
  return /^\+?[0-9.()-]*$/.test(value) ? name + value.replace(/[-.()]/g, '') : parameter
}
