/** A stored object as a mail (RFC 5322) that any mail client shows, and back. */
import type { Instant } from '../clock.ts'
import { instantText } from '../clock.ts'
import { fieldOf } from '../mime/multipart.ts'
import { decodedBytes, readMail } from '../mime/part.ts'
import { mediaTypeOf } from '../media-type.ts'
import type { StoredEntry, StoredView } from '../participating/contracts/message-store.ts'

/** By it a mail is found again. A search for a header field finds whatever holds the text, so who found compares. */
export const ID_FIELD = 'IMDN-Message-ID'
/** What of an entry no field of mail can hold: as JSON in base64url. */
const ENTRY_FIELD = 'X-CPM-Entry'
/** RFC 4021 §2.1.50 and ours: until when it is temporary, and what comes then. */
const EXPIRES_FIELD = 'Expires'
const ON_EXPIRY_FIELD = 'X-CPM-On-Expiry'
/** The media type of content that no mail may hold as it is. */
const WRAPPED_FIELD = 'X-CPM-Content-Type'
/** All that a view needs. */
export const VIEW_FIELDS = [ENTRY_FIELD, EXPIRES_FIELD, ON_EXPIRY_FIELD]

/** RFC 5322 §2.1.1, RFC 2045 §2.7. */
const LINE_AT_MOST = 998
const ENCODED_WORD_BYTES = 45
const BASE64_LINE = 76

export function mailOf(entry: StoredEntry, body: Uint8Array): Buffer {
  const { temporary, ...rest } = entry
  const fields: (readonly [string, string])[] = [
    ['Date', new Date(entry.sent).toUTCString().replace('GMT', '+0000')],
    ['From', mailbox(entry.from)],
    ['To', mailbox(entry.to)],
    ...(entry.subject === undefined ? [] : [['Subject', encodedWords(entry.subject)] as const]),
    ['Message-ID', `<${entry.id}@stored.invalid>`],
    [ID_FIELD, entry.id],
    [ENTRY_FIELD, folded(Buffer.from(JSON.stringify({ ...rest, size: body.byteLength })).toString('base64url'))],
    ...(temporary === undefined
      ? []
      : ([
          [EXPIRES_FIELD, instantText(temporary.expires)],
          [ON_EXPIRY_FIELD, temporary.onExpiry],
        ] as const)),
    ['MIME-Version', '1.0'],
  ]
  const { content, said } = contentOf(entry.contentType, Buffer.from(body))
  const header = [...fields, ...said].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`${header}\r\n`), content])
}

/** What the header fields say; `undefined`: it is no mail of ours. */
export function storedEntryOf(header: string): (StoredEntry & { readonly size: number }) | undefined {
  const kept = fieldOf(header, ENTRY_FIELD)?.replace(/\s/g, '')
  if (kept === undefined) return undefined
  const expires: Instant = Date.parse(fieldOf(header, EXPIRES_FIELD) ?? '')
  const onExpiry = fieldOf(header, ON_EXPIRY_FIELD) === 'store' ? 'store' : 'discard'
  try {
    const entry = JSON.parse(Buffer.from(kept, 'base64url').toString()) as StoredEntry & { readonly size: number }
    return { ...entry, ...(Number.isNaN(expires) ? {} : { temporary: { expires, onExpiry } }) }
  } catch {
    return undefined
  }
}

/** The bytes that were put: a server may have ended the last line. */
export function storedBodyOf(source: Uint8Array, { size }: StoredView): Buffer {
  return decodedBytes(readMail(source)).subarray(0, size)
}

/** Without `temporary` for what is ordinary by now. */
export function storedViewOf(
  { temporary, ...entry }: StoredEntry & { readonly size: number },
  { stored, read, ordinary }: { readonly stored: Instant; readonly read: boolean; readonly ordinary: boolean },
): StoredView {
  return { ...entry, stored, read, ...(temporary === undefined || ordinary ? {} : { temporary }) }
}

type Fields = readonly (readonly [string, string])[]

/**
 * Boxes go as they are where a mail may hold their bytes: RFC 2046 §5.1 lets nobody encode them. All else is encoded
 * where it must be.
 */
function contentOf(contentType: string, body: Buffer): { readonly content: Buffer; readonly said: Fields } {
  const type = mediaTypeOf(contentType)
  const text = body.toString('latin1')
  const isBox = type.startsWith('multipart/') || type === 'message/rfc822'
  const line = contentType.replace(/[\r\n]+/g, ' ')
  if (isBox ? goesAsItIs(text, /^[\x01-\xff]*$/) : goesAsItIs(text, /^[\t\r\n -~]*$/)) {
    const encoding = /^[\x01-\x7f]*$/.test(text) ? '7bit' : '8bit'
    return {
      content: body,
      said: [
        ['Content-Type', line],
        ['Content-Transfer-Encoding', encoding],
      ],
    }
  }
  const wrapped: Fields = isBox
    ? [
        ['Content-Type', 'application/octet-stream'],
        [WRAPPED_FIELD, line],
      ]
    : [['Content-Type', line]]
  const encoded = body.toString('base64').replace(new RegExp(`.{${BASE64_LINE}}`, 'g'), '$&\r\n')
  return { content: Buffer.from(encoded), said: [...wrapped, ['Content-Transfer-Encoding', 'base64']] }
}

/** Servers make one line break of any, so only those of mail come back as they went. */
function goesAsItIs(text: string, alphabet: RegExp): boolean {
  return (
    alphabet.test(text) &&
    !/[^\r]\n|^\n|\r(?!\n)/.test(text) &&
    !text.split('\r\n').some((line) => line.length > LINE_AT_MOST)
  )
}

/** `sip:bob@example.com` as bob@example.com; a URI that is no address stands beside one that nobody has. */
function mailbox(uri: string): string {
  const address = /^[a-z]+:([^\s@<>,;:"()[\]\\]+@[A-Za-z0-9.-]+)$/i.exec(uri)?.[1]
  return address ?? `${encodedWords(uri.replace(/["\\]/g, ''))} <nobody@stored.invalid>`
}

/** RFC 2047. Always encoded: then nothing in it can end the line. */
function encodedWords(text: string): string {
  const words: string[] = ['']
  for (const character of text) {
    const last = words[words.length - 1] ?? ''
    if (Buffer.byteLength(last + character) > ENCODED_WORD_BYTES) words.push(character)
    else words[words.length - 1] = last + character
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ')
}

const folded = (text: string): string => text.replace(/.{900}/g, '$&\r\n ')
