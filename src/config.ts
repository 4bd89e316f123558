/** Reads the settings, the only place that reads the environment, and makes of them what rooms with many take. */
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { AuthenticationSettings } from './access/authenticate.ts'
import type { BearerSettings } from './access/bearer.ts'
import { createRealms, type Realms } from './access/realms.ts'
import type { HttpSettings, TlsFiles } from './http/settings.ts'
import { DEFAULT_PARTICIPATING_SETTINGS, type ParticipatingSettings } from './participating/settings.ts'
import type { Setting } from './setting.ts'
import { SETTINGS } from './settings.ts'
import { didYouMean } from './similar.ts'
import type { SipSettings } from './sip/settings.ts'
import type { XmlLimits } from './xml/limits.ts'
import type { Retention } from './store/store.ts'

/** What is wrong with these is said without them: there may be a password in them. */
const SECRETS: readonly string[] = ['XDMS_STORE', 'XDMS_MESSAGE_STORE', 'XDMS_SMPP', 'XDMS_SMTP', 'XDMS_SMTP_REPORTS']

export type SettingName = keyof typeof SETTINGS
export type Settings = { readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never }

/** What Kubernetes puts into each container of a namespace in which a Service has a name that begins with `xdms`. */
const INJECTED_NAME =
  /^XDMS_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/
const INJECTED_PORT = /^(?:tcp|udp|sctp):\/\//

/** A setting that cannot be read. `message` names it and says what is wrong. */
export class SettingFault extends Error {}

/**
 * Takes the settings of a file, `NAME=value` one a line, into the environment; what that has already counts more, so
 * that one setting can be changed for one command.
 * @throws SettingFault
 */
export function readConfigFile(file: string): void {
  let read: ReturnType<typeof parseEnv>
  try {
    read = parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SettingFault(`The settings in ${file} cannot be read: ${(error as Error).message}`)
  }
  for (const [name, value] of Object.entries(read)) process.env[name] ??= value
}

/**
 * @param environment A name that begins with `XDMS_` and is none of ours is a fault: it would be a setting that
 * silently does nothing. Those that Kubernetes writes are nobody's doing, and are passed over.
 * @throws SettingFault
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const faults: string[] = []
  for (const [name, value = ''] of Object.entries(environment)) {
    if (!name.startsWith('XDMS_') || Object.hasOwn(SETTINGS, name)) continue
    if (INJECTED_NAME.test(name) || (name.endsWith('_PORT') && INJECTED_PORT.test(value))) continue
    faults.push(`${name} is no setting of this server.${didYouMean(name, Object.keys(SETTINGS))}`)
  }
  const settings: Record<string, unknown> = {}
  for (const [name, { default: fallback, shape }] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const written = environment[name] ?? fallback
    if (written === undefined) continue
    const read = shape.safeParse(written)
    if (read.success) settings[name] = read.data
    else if (name.endsWith('_PORT') && INJECTED_PORT.test(written)) faults.push(injected(name, written))
    else {
      const issues = read.error.issues.map((issue) => issue.message).join(', ')
      faults.push(`${name} ${issues}${SECRETS.includes(name) ? '' : `; it is "${written.slice(0, 80)}"`}`)
    }
  }
  if (faults.length > 0) throw new SettingFault(faults.join('\n'))
  return settings as Settings
}

/** Those that are other than by themselves, for the log: of what may have a password in it only that it is set. */
export function settingsSet(settings: Settings): Readonly<Record<string, unknown>> {
  const all = Object.entries(SETTINGS) as [SettingName, Setting<unknown>][]
  return Object.fromEntries(
    all.flatMap(([name, { default: fallback, shape }]) => {
      const value = settings[name]
      const byItself = fallback === undefined ? undefined : shape.parse(fallback)
      if (JSON.stringify(value) === JSON.stringify(byItself)) return []
      return [[name, SECRETS.includes(name) ? 'is set' : value]]
    }),
  )
}

/**
 * Several workers share the default store alone, and what has one door has one process behind it.
 * @throws SettingFault
 */
export function mustAllowWorkers({ XDMS_STORE, XDMS_SIP_CORE }: Settings): void {
  if (XDMS_STORE !== undefined)
    throw new SettingFault(
      'XDMS_WORKERS is for the default store: on MongoDB start several servers, and put a balancer in front of them',
    )
  if (XDMS_SIP_CORE !== undefined)
    throw new SettingFault('XDMS_WORKERS must be 1 with XDMS_SIP_CORE: the port of SIP is that of one process')
}

function injected(name: string, written: string): string {
  const service = name.slice(0, -'_PORT'.length).toLowerCase().replaceAll('_', '-')
  return (
    `${name} is "${written}", which Kubernetes writes for the Service "${service}": set ${name} in the container, ` +
    'or enableServiceLinks: false in the pod'
  )
}

export function realmsOf({ XDMS_REALM, XDMS_REALMS }: Settings): Realms {
  return createRealms(XDMS_REALM, XDMS_REALMS)
}

export function authenticationSettings(settings: Settings): AuthenticationSettings {
  return {
    nonceLifetime: settings.XDMS_NONCE_MS,
    window: settings.XDMS_FAILURES_WINDOW_MS,
    failuresOfUser: settings.XDMS_FAILURES_OF_USER,
    failuresOfAddress: settings.XDMS_FAILURES_OF_ADDRESS,
    digest: settings.XDMS_DIGEST,
    certificates: settings.XDMS_TLS_CLIENT_CA !== undefined,
    bearer: bearerSettings(settings),
    basic: settings.XDMS_BASIC,
    sessions: { lifetime: settings.XDMS_SESSION_MS, ofUser: settings.XDMS_SESSIONS_OF_USER },
  }
}

function bearerSettings(settings: Settings): BearerSettings | undefined {
  const { XDMS_JWKS: jwks, XDMS_JWT_ISSUER: issuer, XDMS_JWT_AUDIENCE: audience } = settings
  if (jwks === undefined) return undefined
  if (issuer === undefined || audience === undefined)
    throw new SettingFault(
      'XDMS_JWKS needs XDMS_JWT_ISSUER and XDMS_JWT_AUDIENCE: other tokens of the issuer are not for us',
    )
  return {
    jwks,
    issuer,
    audience,
    xuiClaim: settings.XDMS_JWT_XUI,
    roleClaim: settings.XDMS_JWT_ROLE,
    strict: settings.XDMS_JWT_STRICT,
  }
}

function tlsFiles(settings: Settings): TlsFiles | undefined {
  const { XDMS_TLS_CERT: cert, XDMS_TLS_KEY: key, XDMS_TLS_CLIENT_CA: clientCa } = settings
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa }
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined
  throw new SettingFault('TLS needs both XDMS_TLS_CERT and XDMS_TLS_KEY')
}

export function participatingSettings(settings: Settings): ParticipatingSettings {
  return {
    offerFor: settings.XDMS_OFFER_MS,
    offersAtMost: settings.XDMS_OFFERS_AT_MOST,
    offeredBytesAtMost: settings.XDMS_OFFERED_BYTES_AT_MOST,
    registrationSeconds: settings.XDMS_REGISTRATION_SECONDS,
    registrationSecondsAtMost: settings.XDMS_REGISTRATION_SECONDS_AT_MOST,
    devicesAtMost: settings.XDMS_DEVICES_AT_MOST,
    keptAfterEnd: settings.XDMS_MESSAGE_KEPT_MS,
    sweepEvery: settings.XDMS_SWEEP_MS,
    sweptAtOnce: DEFAULT_PARTICIPATING_SETTINGS.sweptAtOnce,
    retryFirst: settings.XDMS_RETRY_FIRST_MS,
    retryAtMost: settings.XDMS_RETRY_AT_MOST_MS,
    leaseFor: settings.XDMS_LEASE_MS,
    searchedAtOnce: settings.XDMS_SEARCHED_AT_ONCE,
  }
}

export function retentionSettings(settings: Settings): Retention {
  return {
    journal: settings.XDMS_JOURNAL_KEPT_MS,
    droppedText: settings.XDMS_TEXT_KEPT_MS,
    version: settings.XDMS_VERSION_KEPT_MS,
    versionsAtMost: settings.XDMS_VERSIONS_AT_MOST,
    versionBytesAtMost: settings.XDMS_VERSION_BYTES,
    endedBytesAtMost: settings.XDMS_ENDED_BYTES,
    droppedBytesAtMost: settings.XDMS_TEXT_BYTES,
    journalBytesAtMost: settings.XDMS_JOURNAL_BYTES,
    trail: settings.XDMS_TRAIL_KEPT_MS,
    trailAtMost: settings.XDMS_TRAIL_AT_MOST,
  }
}

/** A body in CPIM is longer than the message by its headers. */
const CPIM_HEADERS_BYTES = 16_384

/** `undefined`: there is no core, so there is no SIP. */
export function sipSettings(settings: Settings): SipSettings | undefined {
  if (settings.XDMS_SIP_CORE === undefined) return undefined
  const domain = settings.XDMS_SIP_DOMAIN ?? settings.XDMS_REALM
  const scheme = settings.XDMS_TLS_CERT === undefined ? 'http' : 'https'
  return {
    core: settings.XDMS_SIP_CORE,
    host: settings.XDMS_SIP_HOST,
    port: settings.XDMS_SIP_PORT,
    domain,
    registrations: settings.XDMS_SIP_REGISTRATIONS,
    msrpPort: settings.XDMS_MSRP_PORT,
    relay: settings.XDMS_MSRP_RELAY,
    leaseFor: settings.XDMS_LEASE_MS,
    msrpSecure: settings.XDMS_MSRP_TLS,
    tls: {
      cert: settings.XDMS_TLS_CERT,
      key: settings.XDMS_TLS_KEY,
      authorities: settings.XDMS_SIP_CA,
    },
    xcapRoot: {
      uri: settings.XDMS_SIP_XCAP_ROOT ?? `${scheme}://${domain}${settings.XDMS_XCAP_ROOT}/`,
      path: settings.XDMS_XCAP_ROOT,
    },
    limits: {
      messageBytes: settings.XDMS_MESSAGE_BYTES + CPIM_HEADERS_BYTES,
      requestsInFlight: settings.XDMS_SIP_REQUESTS_IN_FLIGHT,
      requestsOfUser: settings.XDMS_SIP_REQUESTS_OF_USER,
      sessions: settings.XDMS_SIP_SESSIONS,
      sessionsOfUser: settings.XDMS_SIP_SESSIONS_OF_USER,
      subscriptions: settings.XDMS_SIP_SUBSCRIPTIONS,
      subscriptionsOfUser: settings.XDMS_SIP_SUBSCRIPTIONS_OF_USER,
      inviteFor: settings.XDMS_SIP_INVITE_MS,
    },
  }
}

/** @param elsewhere whether the documents are. */
export function httpSettings(settings: Settings, elsewhere: boolean): HttpSettings {
  return {
    host: settings.XDMS_HOST,
    port: settings.XDMS_PORT,
    adminHost: settings.XDMS_ADMIN_HOST,
    adminPort: settings.XDMS_ADMIN_PORT,
    trusted:
      settings.XDMS_TRUSTED_PORT === undefined
        ? undefined
        : { host: settings.XDMS_TRUSTED_HOST, port: settings.XDMS_TRUSTED_PORT },
    tls: tlsFiles(settings),
    root: settings.XDMS_XCAP_ROOT,
    realms: realmsOf(settings),
    serves: elsewhere ? 'messages' : settings.XDMS_PARTICIPATING ? 'all' : 'documents',
    limits: {
      targetBytes: settings.XDMS_TARGET_BYTES,
      headers: settings.XDMS_HEADERS,
      headerBytes: settings.XDMS_HEADER_BYTES,
      headersTimeout: settings.XDMS_HEADERS_TIMEOUT_MS,
      requestTimeout: settings.XDMS_REQUEST_TIMEOUT_MS,
      keepAliveTimeout: settings.XDMS_KEEP_ALIVE_MS,
      requestsInFlight: settings.XDMS_REQUESTS_IN_FLIGHT,
      requestsWhenBusy: settings.XDMS_REQUESTS_WHEN_BUSY,
      earlyRetry: settings.XDMS_EARLY_RETRY_MS,
      bodyBytesInFlight: settings.XDMS_BODY_BYTES_IN_FLIGHT,
      requestsOfUser: settings.XDMS_REQUESTS_OF_USER,
      logins: settings.XDMS_LOGINS,
      loginsOfAddress: settings.XDMS_LOGINS_OF_ADDRESS,
      requestsAhead: settings.XDMS_REQUESTS_AHEAD,
      answerTimeout: settings.XDMS_ANSWER_MS,
      bodyBytesOfUser: settings.XDMS_BODY_BYTES_OF_USER,
      streamsOfUser: settings.XDMS_STREAMS_OF_USER,
      backlogBytes: settings.XDMS_BACKLOG_BYTES,
      backlogBytesOfUser: settings.XDMS_BACKLOG_BYTES_OF_USER,
      jsonBytes: settings.XDMS_JSON_BYTES,
      importBytes: settings.XDMS_IMPORT_BYTES,
      jsonDepth: settings.XDMS_JSON_DEPTH,
      jsonMembers: settings.XDMS_JSON_MEMBERS,
      messageBytes: settings.XDMS_MESSAGE_BYTES,
      streams: settings.XDMS_STREAMS,
      inboxBacklogBytes: settings.XDMS_INBOX_BACKLOG_BYTES,
      quietEvery: settings.XDMS_QUIET_MS,
      censusEvery: settings.XDMS_CENSUS_MS,
      drain: settings.XDMS_DRAIN_MS,
      lameDuck: settings.XDMS_LAME_DUCK_MS,
    },
  }
}

export function xmlLimits(settings: Settings): XmlLimits {
  return {
    depth: settings.XDMS_XML_DEPTH,
    elements: settings.XDMS_XML_ELEMENTS,
    attributesOfElement: settings.XDMS_XML_ATTRIBUTES,
    namespaceDeclarations: settings.XDMS_XML_DECLARATIONS,
    nameLength: settings.XDMS_XML_NAME,
    attributeValueLength: settings.XDMS_XML_VALUE,
  }
}
