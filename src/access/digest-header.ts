/**
 * Reads an `Authorization: Digest …` header (RFC 7616 §3.4, RFC 9110 §11.4) in one pass, and writes the strings that go
 * back.
 */
import { Refused } from '../refusal.ts'

/** What a client sends is below 1 KB; the rest is somebody trying. */
const CHARACTERS_AT_MOST = 12_288

/** What the client says, as it says it. What is optional in the header is `undefined` where it is missing. */
export interface DigestHeader {
  /** `undefined`: the client sends `username*`, which is for names that are not ASCII; no user here has one. */
  readonly username: string | undefined
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly response: string
  /** In lower case; `md5` where it is missing (RFC 7616 §3.4). */
  readonly algorithm: string
  readonly qop: string | undefined
  readonly cnonce: string | undefined
  readonly nc: string | undefined
  readonly userhash: boolean
}

/**
 * @returns `undefined` for another scheme than Digest.
 * @throws Refused `bad-request` for a header that cannot be read or lacks what it must have, `header-too-large` above 4
 * KB.
 */
export function readDigestHeader(text: string): DigestHeader | undefined {
  if (!/^digest(?![^ \t])/i.test(text)) return undefined
  if (text.length > CHARACTERS_AT_MOST)
    throw new Refused({ kind: 'header-too-large', detail: 'The Authorization header is longer than 4 KB.' })
  const parameters = readParameters(text, 'digest'.length)
  const needed = (name: string): string => {
    const value = parameters.get(name)
    if (value === undefined) throw malformed(`it has no ${name}`)
    return value
  }
  return {
    username: parameters.has('username*') ? undefined : needed('username'),
    realm: needed('realm'),
    nonce: needed('nonce'),
    uri: needed('uri'),
    response: needed('response'),
    algorithm: (parameters.get('algorithm') ?? 'md5').toLowerCase(),
    qop: parameters.get('qop'),
    cnonce: parameters.get('cnonce'),
    nc: parameters.get('nc'),
    userhash: parameters.get('userhash')?.toLowerCase() === 'true',
  }
}

/** RFC 9110 §5.6.4: a quoted-string. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

const TOKEN = charactersOf("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
const SPACE = charactersOf(' \t')
const SPACE_OR_COMMA = charactersOf(' \t,')
const BACKSLASH = 0x5c
const QUOTE = 0x22

function charactersOf(text: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const character of text) table[character.charCodeAt(0)] = 1
  return table
}

/**
 * RFC 9110 §11.2, §5.6.1.2: `#auth-param`; a recipient takes empty list elements. Every character is looked at once.
 */
function readParameters(text: string, start: number): Map<string, string> {
  const parameters = new Map<string, string>()
  let at = skip(text, start, SPACE_OR_COMMA)
  while (at < text.length) {
    const nameEnd = skip(text, at, TOKEN)
    if (nameEnd === at) throw malformed('a parameter has no name')
    const name = text.slice(at, nameEnd).toLowerCase()
    if (parameters.has(name)) throw malformed(`${name} is there twice`)
    at = skip(text, nameEnd, SPACE)
    if (text[at] !== '=') throw malformed(`${name} has no value`)
    at = skip(text, at + 1, SPACE)
    const value = text[at] === '"' ? readQuoted(text, at, name) : readToken(text, at, name)
    parameters.set(name, value.text)
    at = skip(text, value.end, SPACE)
    if (at < text.length && text[at] !== ',') throw malformed(`${name} is not followed by a comma`)
    at = skip(text, at, SPACE_OR_COMMA)
  }
  return parameters
}

function skip(text: string, start: number, table: Uint8Array): number {
  let at = start
  while (at < text.length && table[text.charCodeAt(at)] === 1) at += 1
  return at
}

interface Value {
  readonly text: string
  readonly end: number
}

function readToken(text: string, start: number, name: string): Value {
  const end = skip(text, start, TOKEN)
  if (end === start) throw malformed(`${name} has no value`)
  return { text: text.slice(start, end), end }
}

/**
 * XCAP targets hold quotes (`rule[@id="a"]`), and curl and python-xcaplib copy them into `uri` as they are. There a
 * quote ends the value only before a comma or the end; what comes out must equal the request target anyway.
 */
function readQuoted(text: string, start: number, name: string): Value {
  let value = ''
  let from = start + 1
  for (let at = from; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character === BACKSLASH) {
      value += text.slice(from, at)
      at += 1
      from = at
    } else if (character === QUOTE && (name !== 'uri' || endsHere(text, at + 1))) {
      return { text: value + text.slice(from, at), end: at + 1 }
    }
  }
  throw malformed(`${name} does not end`)
}

function endsHere(text: string, start: number): boolean {
  const at = skip(text, start, SPACE)
  return at === text.length || text[at] === ','
}

function malformed(what: string): Refused {
  return new Refused({ kind: 'bad-request', detail: `The Authorization header cannot be read: ${what}.` })
}
