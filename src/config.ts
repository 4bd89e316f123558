/**
 * Every setting: its name, its default, its reason. The only place that reads the environment.
 * The README's table is this one (a test compares them).
 */
import { z } from 'zod'

interface Setting<T> {
  /** As it would be written in the environment; `undefined`: it follows from others, or there is none. */
  readonly default: string | undefined
  readonly shape: z.ZodType<T, string>
  /** What it is, with its unit, and why the default is what it is. */
  readonly says: string
}

function setting<T>(fallback: string | undefined, shape: z.ZodType<T, string>, says: string): Setting<T> {
  return { default: fallback, shape, says }
}

const text = z.string().min(1, 'must not be empty')
const port = z.string().regex(/^\d{1,5}$/, 'must be a port').transform(Number).refine((value) => value <= 65_535, 'must be a port, 0 to 65535')
const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')
const root = z
  .string()
  .regex(/^(?:\/[A-Za-z0-9._~@:-]+)*\/?$/, 'must be a path such as /xcap-root')
  .transform((value) => value.replace(/\/$/, ''))

function count(least = 1): z.ZodType<number, string> {
  return z.string().regex(/^\d{1,15}$/, 'must be a whole number').transform(Number).refine((value) => value >= least, `must be at least ${least}`)
}

export const SETTINGS = {
  XDMS_HOST: setting('127.0.0.1', text, 'Address to listen on. Only this machine until you decide otherwise: there is no TLS here.'),
  XDMS_PORT: setting('8080', port, 'Port to listen on; 0 takes a free one and prints it.'),
  XDMS_ADMIN_HOST: setting(undefined, text, 'Address of `/healthz`, `/readyz` and `/metrics`, which ask for no password. The same listener while that is loopback, else 127.0.0.1.'),
  XDMS_ADMIN_PORT: setting(undefined, port, 'Port of the same. The same listener while that is loopback, else 8081.'),
  XDMS_DATA: setting('./data', text, 'Folder of the default store; everything lies here.'),
  XDMS_STORE: setting(undefined, z.literal('', 'only the default store is built'), 'Another store than the default one in `XDMS_DATA`. None is built yet.'),
  XDMS_REALM: setting('example.com', text, 'Realm of passwords and domain of short user names. Kept at the first start; another one would void all passwords, so it is refused.'),
  XDMS_XCAP_ROOT: setting('/xcap-root', root, 'Path of the XCAP root (RFC 4825 §6.1).'),
  XDMS_ATTRIBUTE_QUOTES: setting('true', flag, 'GET of an attribute gives its value in quotes, as RFC 4825 prints it; `false` for clients of OpenXCAP.'),
  XDMS_LOG_LEVEL: setting('info', z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug'], 'must be silent, fatal, error, warn, info or debug'), 'How much is logged; `info` is one line a request.'),

  XDMS_DOCUMENTS_AT_MOST: setting('1000', count(), 'Documents of one user; more is no person’s doing (507).'),
  XDMS_DOCUMENT_BYTES_AT_MOST: setting('2097152', count(), 'Bytes of all documents of one user together, so that nobody fills the disk alone (507).'),
  XDMS_XML_DEPTH: setting('64', count(), 'Elements inside each other. Our formats need 5; parsers get slow with depth.'),
  XDMS_XML_ELEMENTS: setting('10000', count(), 'Elements of a document.'),
  XDMS_XML_ATTRIBUTES: setting('64', count(), 'Attributes of an element; comparing them costs their square.'),
  XDMS_XML_DECLARATIONS: setting('128', count(), 'Namespace declarations of a document.'),
  XDMS_XML_NAME: setting('256', count(), 'Characters of a name.'),
  XDMS_XML_VALUE: setting('8192', count(), 'Characters of an attribute value.'),
} as const

export type SettingName = keyof typeof SETTINGS
export type Settings = { readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T | ((typeof SETTINGS)[Name]['default'] extends string ? never : undefined) : never }

/** A setting that cannot be read. `message` names it and says what is wrong. */
export class SettingFault extends Error {}

/**
 * @param environment A name that begins with `XDMS_` and is none of ours is a fault: it would be a setting that silently does nothing.
 * @throws SettingFault
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const faults: string[] = []
  for (const name of Object.keys(environment)) {
    if (name.startsWith('XDMS_') && !Object.hasOwn(SETTINGS, name)) faults.push(`${name} is no setting of this server`)
  }
  const settings: Record<string, unknown> = {}
  for (const [name, { default: fallback, shape }] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const written = environment[name] ?? fallback
    if (written === undefined) continue
    const read = shape.safeParse(written)
    if (read.success) settings[name] = read.data
    else faults.push(`${name} ${read.error.issues.map((issue) => issue.message).join(', ')}; it is "${written.slice(0, 80)}"`)
  }
  if (faults.length > 0) throw new SettingFault(faults.join('\n'))
  return settings as Settings
}
