/** The settings of what stands on the far side of the participating function. */
import { isTarget } from './outbound/targets.ts'
import { milliseconds, optional, setting, whole } from './setting.ts'
import * as z from './zod.ts'

/** Whom a push service writes to, RFC 8292 §2.1. */
const contact = z.string().regex(/^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, 'must be a mailto: or https: URI')

const targets = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  )
  .refine((value) => value.every(isTarget), 'must be addresses, networks (10.0.0.0/8) and hosts, with commas between')

/** @param asks what else must be in it. */
function address(schemes: readonly string[], says: string, asks: (url: URL) => boolean = () => true) {
  return z
    .string()
    .refine((value) => {
      const url = URL.canParse(value) ? new URL(value) : undefined
      return url !== undefined && url.hostname !== '' && schemes.includes(url.protocol.replace(/:$/, '')) && asks(url)
    }, says)
    .transform((value) => new URL(value))
}

const smtp = address(
  ['smtp', 'smtps'],
  'must be smtp(s)://user:password@host:port?from=ADDRESS, with starttls=offered, never or always where you like',
  ({ searchParams }) =>
    /^[^\s@]+@[^\s@]+$/.test(searchParams.get('from') ?? '') &&
    ['offered', 'never', 'always'].includes(searchParams.get('starttls') ?? 'offered'),
)

const services = z
  .string()
  .regex(/^(?:[a-z][a-z0-9-]*=(?:smtp|smpp)(?:,|$))*$/, 'must be names with what they go by, email=smtp,sms=smpp')
  .transform((value) => new Map(value.split(',').map((each) => each.split('=') as [string, string])))

export const PEER_SETTINGS = {
  XDMS_PUSH_CONTACT: optional(
    contact,
    'Whom a push service may write to about what this server sends: `mailto:…` or `https://…` (RFC 8292 ' +
      '§2.1). Without it nobody is named, which Apple’s service refuses.',
  ),
  XDMS_WEBHOOK_TARGETS: setting(
    '',
    targets,
    'Addresses, networks such as `10.0.0.0/8` and host names, with commas between them, that webhooks and ' +
      'push may reach although they are not public, and by http. None: a user could make the server knock at ' +
      'the doors of your network.',
  ),
  XDMS_INTERWORKING: setting(
    'email=smtp,sms=smpp',
    services,
    'Services outside, by the names that profiles give them, and what each goes by. One whose server is ' +
      'not set is not there.',
  ),
  XDMS_SMPP: optional(
    address(['smpp', 'smpps'], 'must be smpp(s)://systemId:password@host:port?from=SENDER', ({ searchParams }) =>
      /^(?:\+?\d{2,20}|[A-Za-z0-9 ]{1,11})$/.test(searchParams.get('from') ?? ''),
    ),
    'The SMSC that takes messages for telephone numbers, by SMPP 3.4: ' +
      '`smpp(s)://systemId:password@host:port?from=SENDER`, where the sender is a number or up to 11 letters ' +
      'and digits. Never printed or logged.',
  ),
  XDMS_SMTP: optional(
    smtp,
    'The mail server that takes messages for e-mail addresses: ' +
      '`smtp(s)://user:password@host:port?from=ADDRESS`. Mail comes from its sender’s own address where that ' +
      'is in the realm or in the domain of `from`, else from that address, with Reply-To. `&starttls=never` ' +
      'or `always` for what is else taken where it is given. Never printed or logged.',
  ),
  XDMS_MESSAGE_STORE: optional(
    address(['imap', 'imaps'], 'must be imap(s)://master:password@host:port/?user=%u*master', ({ searchParams }) =>
      (searchParams.get('user') ?? '%u').includes('%u'),
    ),
    'An IMAP server that keeps what is stored, in a folder `RCSMessageStore` of each user: ' +
      '`imap(s)://master:password@host:port/?user=%u*master`, where `user` is how the master user opens ' +
      'somebody’s mailbox and `%u` the XUI without its scheme. Without it this server keeps it. Never ' +
      'printed or logged.',
  ),
  XDMS_STORED_AT_MOST: setting(
    '1000',
    whole(),
    'Messages that this server keeps in the store of one user, where it keeps them itself; what comes beyond waits ' +
      'until there is room.',
  ),
  XDMS_RETRY_FIRST_MS: setting(
    '5000',
    milliseconds(),
    'Milliseconds until what a peer (message store, mail server, push service) could not take is tried ' +
      'again; doubled each time, ± 20 %, so that a peer that is down is not hammered.',
  ),
  XDMS_RETRY_AT_MOST_MS: setting(
    '3600000',
    milliseconds(),
    'Milliseconds between two such attempts at most: a peer that was down for a day is found to be back within the ' +
      'hour.',
  ),
  XDMS_SMTP_REPORTS: optional(
    address(['imap', 'imaps'], 'must be imap(s)://user:password@host:port'),
    'The mailbox of `from`, where delivery status notifications arrive: ' +
      '`imap(s)://user:password@host:port`. It is for this alone; what has been looked at is marked as read. ' +
      'Without it, mail that the server has taken counts as delivered. Never printed or logged.',
  ),
} as const
