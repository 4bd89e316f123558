/**
 * Devices are named by URNs (their `+sip.instance`), in whatever spelling: two that are equal name one device, which is
 * given back as it was written.
 */

/** RFC 8141 §2. What follows the assigned name does not count (§3.1). */
const URN = /^urn:([a-z0-9][a-z0-9-]{0,30}[a-z0-9]):([^?#]*)/i

/** The same for all spellings of one name; any other URI is its own. */
export function deviceKey(uri: string): string {
  // Each entry of a long list is asked for, and its address begins otherwise.
  if (!uri.startsWith('u') && !uri.startsWith('U')) return uri
  const [, namespace, name] = URN.exec(uri) ?? []
  if (namespace === undefined || name === undefined) return uri
  const space = namespace.toLowerCase()
  // RFC 9562 §4: hexadecimal digits of either case are equal. RFC 8141 §3.1: elsewhere only those of an escape are.
  const same =
    space === 'uuid' ? name.toLowerCase() : name.replace(/%[0-9a-f]{2}/gi, (escaped) => escaped.toUpperCase())
  return `urn:${space}:${same}`
}

/** U9. Asked often: most names that differ are told apart by a look. */
export function isSameDevice(one: string, other: string): boolean {
  return one === other || (one.slice(0, 4).toLowerCase() === 'urn:' && deviceKey(one) === deviceKey(other))
}
