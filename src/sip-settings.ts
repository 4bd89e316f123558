/** The settings of the SIP side. */
import { isIP } from 'node:net'
import { milliseconds, optional, setting, someText, whole, yesOrNo } from './setting.ts'
import * as z from './zod.ts'

const core = z
  .string()
  .regex(/^sip:[^\s:;]+:\d{1,5};transport=(?:tcp|tls)$/, 'must be sip:host:port;transport=tcp or …=tls')
  .transform((value) => {
    const [, host = '', port = '', transport = ''] = /^sip:(.+):(\d+);transport=(.+)$/.exec(value) ?? []
    return { host, port: Number(port), transport: transport === 'tls' ? ('tls' as const) : ('tcp' as const) }
  })

const relay = z.string().regex(/^msrps?:\/\/[^\s\/]+\/[^\s;]+;tcp$/, 'must be msrp://host:port/name;tcp')

const host = z.string().regex(/^[0-9A-Za-z.:-]+$/, 'must be an address or a host name')

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port, 1 to 65535')
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535, 'must be a port, 1 to 65535')

/** Connections are made from it, and a session description names it: a name would not do. */
const address = z.string().refine((value) => isIP(value) !== 0, 'must be an IP address')

const xcapRoot = z
  .string()
  .regex(/^https?:\/\/[^\s\/?#"<>&]+(?:\/[^\s?#"<>&]*)?$/, 'must be the URI of an XCAP root')
  .transform((value) => value.replace(/\/*$/, '/'))

export const SIP_SETTINGS = {
  XDMS_SIP_CORE: optional(
    core,
    'The SIP/IP core in front of the participating function, `sip:host:port;transport=tcp` (or `tls`). ' +
      'Without it there is no SIP. It alone is believed about who sent what, so nobody else may connect.',
  ),
  XDMS_SIP_HOST: setting('127.0.0.1', address, 'Address where the core reaches us, and from which we connect to it.'),
  XDMS_SIP_PORT: setting('5062', port, 'Port of the same.'),
  XDMS_SIP_DOMAIN: optional(host, 'Domain of the users’ SIP addresses; the realm, where this says nothing.'),
  XDMS_SIP_XCAP_ROOT: optional(
    xcapRoot,
    'The XCAP root URI that watchers over SIP are told (RFC 5875 §4.4), as they reach it: they come without HTTP, so ' +
      'what a proxy in front makes of it (its scheme, name and port) must be said here. None: that domain, at the ' +
      'port that goes without saying, over TLS where XDMS_TLS_CERT is set.',
  ),
  XDMS_SIP_REGISTRATIONS: setting(
    'third-party',
    z.enum(['third-party', 'reg-event'], 'must be third-party or reg-event'),
    'How the core says who registered: `third-party`, by REGISTERs of its own (3GPP TS 24.229 §5.4.1.7), which name ' +
      'devices; `reg-event`, when it is asked for a user to whom something waits (RFC 3680).',
  ),
  XDMS_SIP_CA: optional(
    someText,
    'File (PEM) with the authorities that certify the core and a relay of `msrps`. With it the core has to show ' +
      'a certificate where it connects to us, too. None: those that Node.js believes.',
  ),
  XDMS_MSRP_PORT: setting(
    '2855',
    port,
    'Port, at XDMS_SIP_HOST, where devices that cannot be connected to connect themselves for a session ' +
      '(RFC 4975, whose port it is).',
  ),
  XDMS_MSRP_RELAY: optional(
    relay,
    'Relay of MSRP through which all sessions go (RFC 4976), `msrp://host:port/name;tcp` (or `msrps`). ' +
      'None: this server and the device connect to each other.',
  ),
  XDMS_MSRP_TLS: setting(
    'false',
    yesOrNo,
    'Sessions with devices go over TLS (`msrps`), with the certificate of XDMS_TLS_CERT.',
  ),
  XDMS_SIP_REQUESTS_IN_FLIGHT: setting(
    '1000',
    whole(),
    'SIP requests being worked on at once; more are answered 503 with Retry-After, and the core tries again.',
  ),
  XDMS_SIP_REQUESTS_OF_USER: setting('100', whole(), 'The same of one sender, so that he leaves room for the others.'),
  XDMS_SIP_SUBSCRIPTIONS: setting(
    '10000',
    whole(),
    'Subscriptions to documents over SIP (RFC 5875) at once; more are answered 503.',
  ),
  XDMS_SIP_SUBSCRIPTIONS_OF_USER: setting('32', whole(), 'The same of one user: a few for each of his devices.'),
  XDMS_SIP_SESSIONS: setting(
    '10000',
    whole(),
    'Sessions between callers and our users’ devices at once; more are answered 503.',
  ),
  XDMS_SIP_SESSIONS_OF_USER: setting('16', whole(), 'The same of one user who is called.'),
  XDMS_SIP_INVITE_MS: setting(
    '60000',
    milliseconds(),
    'Milliseconds that a device has to answer an INVITE of ours; a push does not ring longer.',
  ),
} as const
