/** What a notice says of the messages that wait (D5), as XML: `schemas/deferred-list.xsd`. */
import { ANONYMOUS } from '../names.ts'
import type { Notice, NoticedMessage } from '../participating/contracts/notice.ts'
import { writeDocument, type Written } from '../xml/write.ts'

export const DEFERRED_LIST_TYPE = 'application/vnd.cpm-xdms.deferred-list+xml'

const NAMESPACE = 'urn:cpm-xdms:deferred-list:1'
/** RFC 3428 §8: a MESSAGE has at most 1300 bytes; what does not fit is counted. The first message always stands. */
const BYTES_AT_MOST = 1_000
const SUBJECT_CHARACTERS_AT_MOST = 200

/** @param retrieveFrom where an INVITE goes that retrieves them. */
export function writeDeferredList({ messages, more }: Notice, retrieveFrom: string): Uint8Array {
  for (let count = messages.length; ; count--) {
    const others = more + messages.length - count
    const document = writeDocument({
      name: 'deferred-list',
      namespace: NAMESPACE,
      attributes: { more: String(others), 'retrieve-from': retrieveFrom },
      children: messages.slice(0, count).map(messageElement),
    })
    if (count <= 1 || document.length <= BYTES_AT_MOST) return document
  }
}

function messageElement({ id, messageId, from, subject, contentType, sent, size, expires }: NoticedMessage): Written {
  return {
    name: 'message',
    attributes: {
      id,
      'message-id': carried(messageId),
      from: from === ANONYMOUS ? undefined : carried(from),
      subject: carried(subject?.slice(0, SUBJECT_CHARACTERS_AT_MOST)),
      'content-type': carried(contentType),
      sent,
      size: String(size),
      expires,
    },
  }
}

/** What XML cannot carry (XML 1.0 §2.2) is a blank. */
function carried(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined
  return value.toWellFormed().replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ')
}
