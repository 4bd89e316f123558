/** RFC 4825 §8.2.2: a document is UTF-8, and nothing else is guessed. */
import { Refused } from '../refusal.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A byte order mark stays in the text, so that offsets and bytes agree. @throws Refused `not-utf-8`. */
export function decodeUtf8(bytes: Uint8Array): string {
  if (isWide(bytes)) throw notUtf8()
  const text = decoded(bytes)
  const encoding = DECLARED.exec(text)?.[1]
  if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') {
    throw new Refused({ kind: 'not-utf-8', phrase: `The XML declaration says ${encoding}; only UTF-8 is accepted.` })
  }
  return text
}

/** XML 1.0 §4.3.3: the encoding that an XML declaration names. */
const DECLARED = /^\uFEFF?<\?xml[ \t\r\n][^>]*?encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']/

function decoded(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw notUtf8()
  }
}

/**
 * XML 1.0 §F.1: a `<` beside zero bytes is UTF-16 or UTF-32 without a byte order mark, which happens to be valid UTF-8
 * as well.
 */
function isWide(bytes: Uint8Array): boolean {
  const [first, second, third, fourth] = bytes
  if (first === 0 && second === 0) return third === 0 && fourth === 0x3c
  return (first === 0 && second === 0x3c) || (first === 0x3c && second === 0)
}

function notUtf8(): Refused {
  return new Refused({ kind: 'not-utf-8', phrase: 'The bytes are not UTF-8.' })
}
