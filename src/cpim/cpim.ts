/**
 * `message/cpim`, RFC 3862: who writes to whom, when and about what, around one MIME body. Read and written here,
 * nothing else: pure, and bounded, because what is read was written by strangers. Header values are text; the body
 * stays bytes.
 */
import { Refused } from '../refusal.ts'

export const CPIM_TYPE = 'message/cpim'

/** RFC 3862 §4.1: `[formal name] <URI>`. */
export interface CpimAddress {
  readonly name?: string
  readonly uri: string
}

/** A header beside those of RFC 3862 itself. `namespace` is the URI behind its prefix, empty for none. */
export interface CpimHeader {
  readonly namespace: string
  readonly name: string
  readonly value: string
}

export interface CpimMessage {
  readonly from?: CpimAddress
  readonly to: readonly CpimAddress[]
  readonly cc?: readonly CpimAddress[]
  /** RFC 3339, as it was written. */
  readonly dateTime?: string
  /** The first one; others are the same in other languages (RFC 3862 §4.5). */
  readonly subject?: string
  readonly extensions: readonly CpimHeader[]
  /** Of the body: names in lower case, in their order. */
  readonly mime: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** Bytes of all headers together; a message of MSRP or SIP has a handful. */
const HEAD_BYTES_AT_MOST = 16_384
const HEADERS_AT_MOST = 64

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** RFC 3862 §3.4: the namespace of the headers that have no prefix, until `NS` says otherwise. */
const OWN_NAMESPACE = ''

/** The prefix is up to the first dot, the parameters (a language) are passed over. */
const HEADER = /^([^\s:;.]+(?:\.[^\s:;]+)?):((?:;[^\s=;]+=[^\s;]*)*)[ \t]?(.*)$/

/**
 * Line ends are CRLF; LF alone is read too.
 * @throws Refused `bad-request`: no headers, too many, not UTF-8, a `Require` that is not known, an address that is
 * none.
 */
export function readCpim(bytes: Uint8Array): CpimMessage {
  const [head, rest] = blockOf(bytes)
  const [mimeHead, body] = blockOf(rest)
  const message: Collected = { to: [], cc: [], extensions: [], namespaces: new Map() }
  for (const line of head) collect(message, line)
  const { namespaces: _, cc, ...fields } = message
  return { ...fields, ...(cc.length === 0 ? {} : { cc }), mime: mimeHead.map(mimeHeaderOf), body }
}

interface Collected {
  from?: CpimAddress
  to: CpimAddress[]
  cc: CpimAddress[]
  dateTime?: string
  subject?: string
  extensions: CpimHeader[]
  readonly namespaces: Map<string, string>
}

function collect(message: Collected, line: string): void {
  const [, fullName = '', , written = ''] = HEADER.exec(line) ?? fault(`"${line.slice(0, 40)}" is no header`)
  const value = unescaped(written)
  const dot = fullName.indexOf('.')
  const prefix = dot < 0 ? '' : fullName.slice(0, dot)
  const name = fullName.slice(dot + 1)
  const namespace = message.namespaces.get(prefix) ?? (prefix === '' ? OWN_NAMESPACE : prefix)
  if (namespace !== OWN_NAMESPACE) {
    message.extensions.push({ namespace, name, value })
    return
  }
  switch (name) {
    case 'From':
      message.from ??= addressOf(value)
      return
    case 'To':
      message.to.push(addressOf(value))
      return
    case 'cc':
      message.cc.push(addressOf(value))
      return
    case 'DateTime':
      message.dateTime ??= value
      return
    case 'Subject':
      message.subject ??= value
      return
    case 'NS': {
      const [, declared = '', uri = ''] = /^(?:([^\s<]+) *)?<([^<>]*)>$/.exec(value) ?? fault('NS names no namespace')
      message.namespaces.set(declared, uri)
      return
    }
    case 'Require':
      // RFC 3862 §3.5: a receiver "MUST NOT" process a message that requires a header it does not know.
      for (const required of value.split(',')) mustKnow(required.trim(), message)
      return
    default:
      message.extensions.push({ namespace, name, value })
  }
}

const KNOWN = new Set(['From', 'To', 'cc', 'DateTime', 'Subject', 'NS', 'Require'])
export const IMDN_NAMESPACE = 'urn:ietf:params:imdn'

function mustKnow(required: string, { namespaces }: Collected): void {
  const dot = required.indexOf('.')
  const isKnown = dot < 0 ? KNOWN.has(required) : namespaces.get(required.slice(0, dot)) === IMDN_NAMESPACE
  if (!isKnown) fault(`it requires ${required.slice(0, 40)}, which is not known here`)
}

/** The lines up to an empty one, and what is behind it. */
function blockOf(bytes: Uint8Array): readonly [lines: readonly string[], rest: Uint8Array] {
  const lines: string[] = []
  let start = 0
  for (;;) {
    const end = bytes.indexOf(0x0a, start)
    if (end < 0 || end > HEAD_BYTES_AT_MOST) fault('its headers do not end')
    const line = bytes.subarray(start, bytes[end - 1] === 0x0d && end > start ? end - 1 : end)
    start = end + 1
    if (line.length === 0) return [lines, bytes.subarray(start)]
    if (lines.length >= HEADERS_AT_MOST) fault('it has too many headers')
    lines.push(decoded(line))
  }
}

function decoded(line: Uint8Array): string {
  try {
    return decoder.decode(line)
  } catch {
    return fault('a header is not UTF-8')
  }
}

function mimeHeaderOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) fault('a header of its body has no name')
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
}

function addressOf(value: string): CpimAddress {
  const [, name = '', uri = ''] = /^([^<>]*)<([^<>\s]+)>$/.exec(value.trim()) ?? fault('an address has no <URI>')
  const formal = name.trim().replace(/^"(.*)"$/s, '$1')
  return { uri, ...(formal === '' ? {} : { name: formal }) }
}

function fault(what: string): never {
  throw new Refused({ kind: 'bad-request', detail: `The message/cpim body cannot be read: ${what}.` })
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  r: '\r',
  '"': '"',
  "'": "'",
  '\\': '\\',
}

/** RFC 3862 §2.3: `\uhhhh` and seven letters; another backslash stands for itself. */
function unescaped(value: string): string {
  return value.replace(/\\(?:u([0-9A-Fa-f]{4})|([btnr"'\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

const LETTERS: Readonly<Record<string, string>> = { '\b': 'b', '\t': 't', '\n': 'n', '\r': 'r', '\\': '\\' }

/** RFC 3862 §2.3: control characters, and the backslash itself. So no value of ours begins another header. */
function escaped(value: string): string {
  return value.replace(/[\u0000-\u001f\u007f\\]/g, (character) => {
    const letter = LETTERS[character]
    return letter === undefined ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : `\\${letter}`
  })
}

/** Headers in the order of RFC 3862 §4; extensions are under the prefix that `prefixes` gives their namespace. */
export function writeCpim(
  message: CpimMessage,
  prefixes: Readonly<Record<string, string>> = { [IMDN_NAMESPACE]: 'imdn' },
): Uint8Array {
  const { from, to, cc = [], dateTime, subject, extensions, mime, body } = message
  const used = new Set(extensions.map(({ namespace }) => namespace).filter((namespace) => namespace !== ''))
  const lines = [
    ...(from === undefined ? [] : [`From: ${addressText(from)}`]),
    ...to.map((address) => `To: ${addressText(address)}`),
    ...cc.map((address) => `cc: ${addressText(address)}`),
    ...(dateTime === undefined ? [] : [`DateTime: ${escaped(dateTime)}`]),
    ...(subject === undefined ? [] : [`Subject: ${escaped(subject)}`]),
    ...[...used].map((namespace) => `NS: ${prefixes[namespace] ?? namespace} <${namespace}>`),
    ...extensions.map(({ namespace, name, value }) => {
      const prefix = namespace === '' ? '' : `${prefixes[namespace] ?? namespace}.`
      return `${prefix}${name}: ${escaped(value)}`
    }),
    '',
    ...mime.map(([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}`),
    '',
    '',
  ]
  return Buffer.concat([encoder.encode(lines.join('\r\n')), body])
}

function addressText({ name, uri }: CpimAddress): string {
  const formal = name === undefined ? '' : `"${escaped(name).replaceAll('"', '\\u0022').replace(/[<>]/g, '')}" `
  return `${formal}<${uri.replace(/[<>\s\u0000-\u001f]/g, '')}>`
}

/** A header of the body, by its name in lower case. */
export function mimeHeader({ mime }: CpimMessage, name: string): string | undefined {
  return mime.find(([known]) => known === name)?.[1]
}
