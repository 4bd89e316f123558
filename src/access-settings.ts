/** The settings of who asks, and how. */
import { readAddressRanges } from './access/client-address.ts'
import { DIGEST_ORDERS } from './access/digest.ts'
import { milliseconds, optional, port, setting, someText as text, whole, yesOrNo as flag } from './setting.ts'
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
    milliseconds(),
    'Milliseconds for which a Digest nonce is good: a client seldom asks twice, and where servers share a ' +
      'database, for so long a stolen request can be repeated once at each other one.',
  ),
  XDMS_FAILURES_WINDOW_MS: setting(
    '300000',
    milliseconds(),
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
  XDMS_BASIC: setting(
    'false',
    flag,
    'Passwords are taken in plain as well (RFC 7617), for clients that know no Digest: over TLS only, ours ' +
      'or that of a trusted proxy. Whoever reads them there has them, so it is off.',
  ),
  XDMS_SESSION_MS: setting(
    '43200000',
    milliseconds(1_000),
    'Milliseconds from a browser’s login to the end of its session: 12 hours, so that one a day is enough, and a ' +
      'browser left open somewhere is nobody’s the next morning.',
  ),
  XDMS_SESSIONS_OF_USER: setting(
    '16',
    whole(),
    'Sessions of one user at once, the oldest ends for one more: a few browsers on a few machines.',
  ),
  XDMS_TLS_CERT: optional(
    text,
    'File of the certificate, with its chain, in PEM: with it the server speaks TLS 1.2 and up, and no ' +
      'plain HTTP. Read again when it changes.',
  ),
  XDMS_TLS_KEY: optional(text, 'File of its key, in PEM. Read again when it changes.'),
  XDMS_TLS_CLIENT_CA: optional(
    text,
    'File of the authorities, in PEM, whose client certificates are taken: a URI among the subject’s ' +
      'alternative names is the XUI, and must have an account.',
  ),
  XDMS_JWKS: optional(
    text,
    'Keys of who issues access tokens: a file, or a URL of http or https. With it bearer tokens are taken ' +
      '(RFC 6750), for users who have an account.',
  ),
  XDMS_JWT_ISSUER: optional(text, '`iss` of the tokens. Needed with XDMS_JWKS.'),
  XDMS_JWT_AUDIENCE: optional(text, '`aud` of tokens for this server. Needed with XDMS_JWKS.'),
  XDMS_JWT_XUI: setting('sub', text, 'Claim of a token that is the XUI, or the user’s name in the realm.'),
  XDMS_JWT_ROLE: optional(
    text,
    'Claim of a token that must name the role of the account (`user`, `participating-function`, ' +
      '`administrator`), alone or in a list. Without it the account alone says the role.',
  ),
  XDMS_JWT_STRICT: setting(
    'true',
    flag,
    'Tokens are those of RFC 9068: `typ` is `at+jwt`, and `client_id` is there. `false` for issuers that ' +
      'write others, as Keycloak does unless it is told.',
  ),
  XDMS_TRUSTED_PORT: optional(
    port,
    'Port of a listener for the provider’s own servers and authentication proxies, whose ' +
      '`X-3GPP-Asserted-Identity` and `X-XCAP-Asserted-Identity` say who asks (3GPP TS 24.547 Annex A): ' +
      'nobody else may reach it. With TLS where the other listener has it. Without it there is none.',
  ),
  XDMS_TRUSTED_HOST: setting('127.0.0.1', text, 'Address of the same. Only this machine until you decide otherwise.'),
  XDMS_TRUSTED_PEERS: setting(
    '',
    ranges,
    'Addresses and CIDR blocks, with commas between them, of such servers that come to the other listener. From ' +
      'anybody else an asserted identity is 403. Who is named here must let none through that it was sent.',
  ),
  XDMS_TRUSTED_PROXIES: setting(
    '',
    ranges,
    'Addresses and CIDR blocks, with commas between them, of proxies whose `Forwarded` and ' +
      '`X-Forwarded-For` name the client in the log ' +
      'and where failed logins are counted. Where both are sent and differ, neither counts.',
  ),
} as const
