/** The name under which somebody tried to log in, for the log alone: nobody is known by it. */

const AT_MOST = 128
const USERNAME = /^Digest\s(?:.*[\s,])?username\s*=\s*"((?:[^"\\]|\\.)*)"/i
const BASIC = /^Basic\s+([A-Za-z0-9+/]+=*)$/i

/** @returns `undefined` where none was said, or it cannot be read. Never what comes behind a Basic name. */
export function claimedName(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const digest = USERNAME.exec(authorization)?.[1]?.replace(/\\(.)/g, '$1')
  return printableName(digest ?? basicName(authorization))
}

function basicName(authorization: string): string | undefined {
  const pair = Buffer.from(BASIC.exec(authorization)?.[1] ?? '', 'base64').toString()
  // RFC 7617 §2: the name ends at the first colon; one behind a scheme is of a client that sends the XUI all the same.
  return /^(?:sips?:)?[^:]+(?=:)/.exec(pair)?.[0]
}

/** Printable and short: it goes into a line of the log. */
export function printableName(name: string | undefined): string | undefined {
  return name?.slice(0, AT_MOST).replace(/[^\x20-\x7e]/g, '?')
}
