/** The settings of who asks, and how. */
import { readAddressRanges } from './access/client-address.ts'
import { DIGEST_ORDERS } from './access/digest.ts'
import { setting, whole } from './setting.ts'
import * as z from './zod.ts'

const ranges = z
  .string()
  .refine(isReadable, 'must be addresses or CIDR blocks, with commas between them')
  .transform(readAddressRanges)

function isReadable(text: string): boolean {
  try {
    readAddressRanges(text)
    return true
  } catch {
    return false
  }
}

export const ACCESS_SETTINGS = {
  XDMS_NONCE_MS: setting(
    '300000',
    whole(),
    'Milliseconds for which a Digest nonce is good: a client seldom asks twice, and where servers share a ' +
      'database, for so long a stolen request can be repeated once at each other one.',
  ),
  XDMS_FAILURES_WINDOW_MS: setting(
    '300000',
    whole(),
    'Milliseconds over which the failed logins that are allowed are forgotten, evenly.',
  ),
  XDMS_FAILURES_OF_USER: setting(
    '10',
    whole(),
    'Failed logins of one user from one address in the window (429): a person mistypes less, a guesser ' +
      'needs more. One exchange counts once. Who has a nonce that was given for his password, and ' +
      'participating functions, are let in all the same.',
  ),
  XDMS_FAILURES_OF_ADDRESS: setting(
    '100',
    whole(),
    'Failed logins from one address in the window (429); many users may share one. Who has logged in from ' +
      'there before is let in all the same.',
  ),
  XDMS_DIGEST: setting(
    'sha-256,md5',
    z.enum(DIGEST_ORDERS, `must be ${DIGEST_ORDERS.join(' or ')}`),
    'Algorithms of Digest in the order in which they are offered. `md5,sha-256` for clients that read the ' +
      'first challenge only ' +
      '(Python’s urllib up to 3.13, so xcaplib and Blink); `sha-256` alone where no client needs MD5.',
  ),
  XDMS_TRUSTED_PROXIES: setting(
    '',
    ranges,
    'Addresses and CIDR blocks, with commas between them, of proxies whose `Forwarded` and ' +
      '`X-Forwarded-For` name the client in the log ' +
      'and where failed logins are counted. Where both are sent and differ, neither counts.',
  ),
} as const
