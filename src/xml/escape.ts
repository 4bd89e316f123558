/** Character data and attribute values as markup, for text that is put into a document. XML 1.0 §2.4, §3.3.3. */
import { Refused } from '../refusal.ts'

// Line ends would be normalised, and in an attribute a tab too: as references they survive the next reading. Decimal
// ones, because the writer of documents knows only those for references.
const TEXT = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['\r', '&#13;'],
])
const ATTRIBUTE = new Map([...TEXT, ['"', '&quot;'], ['\n', '&#10;'], ['\t', '&#9;']])

/** XML 1.0 §2.2 has no way to write these, not even as references. */
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu

/** @throws Refused `not-well-formed` for characters that XML cannot carry. */
export function escapeText(value: string): string {
  return carried(value).replace(/[&<>\r]/g, (character) => TEXT.get(character) ?? character)
}

/** For a value between double quotes. @throws Refused `not-well-formed` for characters that XML cannot carry. */
export function escapeAttribute(value: string): string {
  return carried(value).replace(/[&<>"\r\n\t]/g, (character) => ATTRIBUTE.get(character) ?? character)
}

/** The same text with U+FFFD for what XML cannot carry, for phrases that quote what somebody sent. */
export function printable(value: string): string {
  return value.replace(FORBIDDEN, '\uFFFD')
}

function carried(value: string): string {
  const at = value.search(FORBIDDEN)
  if (at === -1) return value
  const code = value.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')
  throw new Refused({ kind: 'not-well-formed', phrase: `XML cannot carry the character U+${code}.` })
}
