/**
 * Every setting: its name, its default, its reason.
 * The table of src/cli/README.md is this one (a test compares them).
 */
import { ACCESS_SETTINGS } from './access-settings.ts'
import { DEFAULT_PARTICIPATING_SETTINGS as participating } from './participating/settings.ts'
import { BOUND_SETTINGS } from './bound-settings.ts'
import { FEED_SETTINGS } from './feed-settings.ts'
import { HTTP_LIMIT_SETTINGS } from './http-settings.ts'
import { PEER_SETTINGS } from './peer-settings.ts'
import { milliseconds, optional, port, seconds, setting, someText as text, whole, yesOrNo as flag } from './setting.ts'
import { SIP_SETTINGS } from './sip-settings.ts'
import { DEFAULT_RETENTION as retention } from './store/store.ts'
import { DEFAULT_XML_LIMITS as xml } from './xml/limits.ts'
import * as z from './zod.ts'

const realm = z
  .string()
  .regex(/^[!#-[\]-~][ !#-[\]-~]{0,254}$/, 'must be printable ASCII without quotes, as it stands in header fields')
const root = z
  .string()
  .regex(/^(?:\/[A-Za-z0-9._~@:-]+)*\/?$/, 'must be a path such as /xcap-root')
  .refine(
    (value) => !/^\/(?:api|docs|openapi\.yaml|healthz|readyz|metrics)(?:\/|$)/.test(value),
    'must leave /api, /docs, /openapi.yaml, /healthz, /readyz and /metrics alone',
  )
  .transform((value) => value.replace(/\/$/, ''))

const domains = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9.-]*(?: *, *[a-z0-9.-]+)*$/, 'must be domains, with commas between them')
  .transform((value) => value.split(',').map((domain) => domain.trim()))
  .transform((all) => all.filter((domain) => domain !== ''))

const database = z
  .string()
  .regex(/^mongodb(?:\+srv)?:\/\/[^\s/]/, 'must be a MongoDB connection string, mongodb://host:port/name')

export const SETTINGS = {
  XDMS_HOST: setting('127.0.0.1', text, 'Address to listen on. Only this machine until you decide otherwise.'),
  XDMS_PORT: setting('8080', port, 'Port to listen on; 0 takes a free one and prints it.'),
  XDMS_ADMIN_HOST: optional(
    text,
    'Address of `/`, `/docs`, `/healthz`, `/readyz` and `/metrics`, which ask for no password. The same listener ' +
      'while that is loopback, else 127.0.0.1.',
  ),
  XDMS_ADMIN_PORT: optional(port, 'Port of the same. The same listener while that is loopback, else 8081.'),
  XDMS_DATA: setting('./data', text, 'Folder of the default store; everything lies here.'),
  XDMS_STORE: optional(
    database,
    'A MongoDB database in place of the default store: `mongodb://…/name`, `cpm_xdms` where it names none. ' +
      'As many servers as you like may share it. Never printed or logged with its password.',
  ),
  XDMS_STORE_WAIT_MS: setting(
    '2100',
    milliseconds(1_000),
    'Milliseconds that a request may wait for the database of XDMS_STORE; then it is refused (503), within 2.5 ' +
      'seconds of its arrival. A slow or distant database may need more.',
  ),
  XDMS_WORKERS: setting(
    '1',
    whole().refine((value) => value <= 64, 'must be at most 64'),
    'Processes that serve, all at one address and on the default store: one for each core that there is for them. ' +
      'Each has the limits below for itself. Not with SIP or MongoDB, of which several servers are the way.',
  ),
  XDMS_REALM: setting(
    'example.com',
    realm,
    'Realm of passwords and domain of short user names. Kept at the first start; another one would void ' +
      'all passwords, so it is refused.',
  ),
  XDMS_REALMS: setting(
    '',
    domains,
    'Further realms, with commas between them: domains whose users have passwords of their own realm. A user is ' +
      'of the realm of his domain, else of XDMS_REALM; an account that was made before its realm stood here needs ' +
      'its password set anew.',
  ),
  XDMS_XCAP_ROOT: setting('/xcap-root', root, 'Path of the XCAP root (RFC 4825 §6.1).'),
  XDMS_USAGES: optional(
    text,
    'Folder of usages that you declare: a JSON file for each, and its XSD where it has one. Read at the ' +
      'start; what is wrong in it is said then.',
  ),
  XDMS_USAGES_OFF: setting(
    '',
    z.string(),
    'AUIDs, with commas between them, of shipped usages that are not served, for clients that choose by ' +
      'what xcap-caps lists.',
  ),
  XDMS_USAGES_ON: setting(
    '',
    z.string(),
    'AUIDs, with commas between them, of shipped usages that are served only where they are named: ' +
      '`simservs.ngn.etsi.org`, the supplementary services of telephony (3GPP TS 24.623).',
  ),
  XDMS_SERVICE_DOMAINS: setting(
    '',
    z.string(),
    'Domains, with commas between them, that URIs of rls-services may have beside the realms: a list in ' +
      'another domain would be somebody else’s.',
  ),
  XDMS_ATTRIBUTE_QUOTES: setting(
    'true',
    flag,
    'GET of an attribute gives its value in quotes, as RFC 4825 prints it; `false` for clients of OpenXCAP.',
  ),
  XDMS_LENIENT_CONTENT_TYPE: setting(
    'false',
    flag,
    'Takes a document that comes without a media type, or as a form, for one of its usage. Blink’s library ' +
      'and curl’s default need it; RFC 4825 §8.2.2 says 415.',
  ),
  XDMS_LENIENT_ETAGS: setting(
    'true',
    flag,
    'Understands an entity tag without its quotes, as clients tested with OpenXCAP send it, or with two ' +
      'pairs of them, as MediaTek’s Android client does.',
  ),
  XDMS_LENIENT_NAMES: setting(
    'false',
    flag,
    'Takes `index` for the name of a document of `org.openmobilealliance.pres-rules`, beside OMA’s `pres-rules`: ' +
      'Blink names it so, and stores nothing where xcap-caps does not list that usage.',
  ),
  XDMS_LOG_LEVEL: setting(
    'info',
    z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug'], 'must be silent, fatal, error, warn, info or debug'),
    'How much is logged; `info` is one line a request.',
  ),

  XDMS_DOCUMENTS_AT_MOST: setting('1000', whole(), 'Documents of one user; more is no person’s doing (507).'),
  XDMS_DOCUMENT_BYTES_AT_MOST: setting(
    '2097152',
    whole(),
    'Bytes of all documents of one user together, so that nobody fills the disk alone (507).',
  ),
  XDMS_XML_DEPTH: setting(
    `${xml.depth}`,
    whole(),
    'Elements inside each other. Our formats need 5; parsers get slow with depth.',
  ),
  XDMS_XML_ELEMENTS: setting(`${xml.elements}`, whole(), 'Elements of a document.'),
  XDMS_XML_ATTRIBUTES: setting(
    `${xml.attributesOfElement}`,
    whole(),
    'Attributes of an element; comparing them costs their square.',
  ),
  XDMS_XML_DECLARATIONS: setting(`${xml.namespaceDeclarations}`, whole(), 'Namespace declarations of a document.'),
  XDMS_XML_NAME: setting(`${xml.nameLength}`, whole(), 'Characters of a name.'),
  XDMS_XML_VALUE: setting(`${xml.attributeValueLength}`, whole(), 'Characters of an attribute value.'),

  ...HTTP_LIMIT_SETTINGS,

  ...ACCESS_SETTINGS,

  XDMS_OFFER_MS: setting(
    `${participating.offerFor}`,
    milliseconds(),
    'Milliseconds from when a message went out to a device until it goes again, where it is not acknowledged.',
  ),
  XDMS_OFFERS_AT_MOST: setting(
    `${participating.offersAtMost}`,
    whole(),
    'Messages offered to one device at once: a phone that comes back after a week is not buried.',
  ),
  XDMS_OFFERED_BYTES_AT_MOST: setting(
    `${participating.offeredBytesAtMost}`,
    whole(),
    'Bytes of the same; one message always may.',
  ),
  XDMS_REGISTRATION_SECONDS: setting(
    `${participating.registrationSeconds}`,
    seconds(),
    'Seconds that a registration holds which does not say: the default of SIP.',
  ),
  XDMS_REGISTRATION_SECONDS_AT_MOST: setting(
    `${participating.registrationSecondsAtMost}`,
    seconds(),
    'Seconds that a registration holds at most: a device that vanished must not count as there for ever.',
  ),
  XDMS_DEVICES_AT_MOST: setting(
    `${participating.devicesAtMost}`,
    whole(),
    'Devices of one user, registered or known (507).',
  ),
  XDMS_MESSAGE_KEPT_MS: setting(
    `${participating.keptAfterEnd}`,
    milliseconds(),
    'Milliseconds that the record of a message stays after its end, so that its sender can ask, and ask again: 7 days.',
  ),
  XDMS_ENDED_BYTES: setting(
    `${retention.endedBytesAtMost}`,
    whole(0),
    'Bytes of the records of ended messages to one user; beyond them the oldest go first. Bodies go at the end itself.',
  ),
  XDMS_SWEEP_MS: setting(
    `${participating.sweepEvery}`,
    milliseconds(),
    'Milliseconds between two looks for what is due and no event woke: the net under every wake-up.',
  ),
  XDMS_LEASE_MS: setting(
    `${participating.leaseFor}`,
    milliseconds(),
    'Milliseconds without a sign of life after which another server takes over what time alone decides ' +
      '(ends of do-not-disturb, expiries).',
  ),
  XDMS_SEARCHED_AT_ONCE: setting(
    `${participating.searchedAtOnce}`,
    whole(),
    'Records that one `GET /api/messages` looks at; it says where the next one goes on, so that a million messages ' +
      'hold up nobody.',
  ),
  XDMS_JOURNAL_KEPT_MS: setting(
    `${retention.journal}`,
    milliseconds(600_000),
    'Milliseconds that changes are kept for watchers who were away: 7 days; then they get `resync`.',
  ),
  XDMS_JOURNAL_BYTES: setting(
    `${retention.journalBytesAtMost}`,
    whole(0),
    'Bytes of the kept changes of one user; beyond them his oldest go first, and who has not read those gets `resync`.',
  ),
  XDMS_TEXT_KEPT_MS: setting(
    `${retention.droppedText}`,
    milliseconds(),
    'Milliseconds that a replaced text stays readable: someone may just have read the old state.',
  ),
  XDMS_TEXT_BYTES: setting(
    `${retention.droppedBytesAtMost}`,
    whole(0),
    'Bytes of the replaced texts of one user that stay readable; beyond them the oldest go before their time.',
  ),
  XDMS_VERSIONS_AT_MOST: setting(
    `${retention.versionsAtMost}`,
    whole(0),
    'Earlier versions kept of each document, so that what was lost can be restored.',
  ),
  XDMS_VERSION_BYTES: setting(
    `${retention.versionBytesAtMost}`,
    whole(0),
    'Bytes of all earlier versions of one user together; when an eighth more has come the oldest beyond them go.',
  ),
  XDMS_VERSION_KEPT_MS: setting(
    `${retention.version}`,
    milliseconds(0),
    'Milliseconds that an earlier version is kept: 90 days, within which people notice that something is gone.',
  ),

  ...BOUND_SETTINGS,
  ...FEED_SETTINGS,
  ...PEER_SETTINGS,
  ...SIP_SETTINGS,
} as const
