import { describe, expect, it } from 'vitest'
import { readCpim } from '../../src/cpim/cpim.ts'
import { imdnRequest, imdnRequestOf, readImdn, writeImdn } from '../../src/cpim/imdn.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

/** RFC 5438 §7.2.1.1, the example of a delivery notification. */
const EXAMPLE = `<?xml version="1.0" encoding="UTF-8"?>
<imdn xmlns="urn:ietf:params:xml:ns:imdn">
  <message-id>34jk324j</message-id>
  <datetime>2008-04-04T12:16:49-05:00</datetime>
  <recipient-uri>im:bob@example.com</recipient-uri>
  <original-recipient-uri>im:bob@example.com</original-recipient-uri>
  <delivery-notification><status><delivered/></status></delivery-notification>
</imdn>`

describe('IMDN', () => {
  it('RFC 5438 §7.2.1.1: the example is read', () => {
    expect(readImdn(bytes(EXAMPLE))).toEqual({
      kind: 'delivery',
      status: 'delivered',
      messageId: '34jk324j',
      dateTime: '2008-04-04T12:16:49-05:00',
      recipient: 'im:bob@example.com',
      originalRecipient: 'im:bob@example.com',
    })
  })

  it('RFC 5438 §11.1: what is written has the order of the schema and is read again', () => {
    const imdn = {
      kind: 'delivery',
      status: 'failed',
      messageId: 'a<b&c',
      dateTime: '2026-11-27T12:00:00Z',
      recipient: 'sip:alice@example.com',
    } as const
    expect(Buffer.from(writeImdn(imdn)).toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><imdn xmlns="urn:ietf:params:xml:ns:imdn">' +
        '<message-id>a&lt;b&amp;c</message-id><datetime>2026-11-27T12:00:00Z</datetime>' +
        '<recipient-uri>sip:alice@example.com</recipient-uri>' +
        '<delivery-notification><status><failed/></status></delivery-notification></imdn>',
    )
    expect(readImdn(writeImdn(imdn))).toEqual(imdn)
  })

  it.each([
    ['<imdn xmlns="urn:x"/>', 'its root is not imdn'],
    ['<imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>m</message-id></imdn>', 'no known status'],
    [EXAMPLE.replace('<delivered/>', '<displayed/>'), 'no known status'],
    [EXAMPLE.replace('34jk324j', ''), 'names no message'],
    ['<!DOCTYPE imdn><imdn xmlns="urn:ietf:params:xml:ns:imdn"/>', 'document type'],
    ['no XML', 'Line 1'],
  ])('RFC 5438 §11.1: refused, with its reason: %#', (written, reason) => {
    expect(() => readImdn(bytes(written))).toThrow(reason)
  })

  it('RFC 5438 §6.2: what a sender asks for is read by its namespace, whatever the prefix', () => {
    const head = 'NS: i <urn:ietf:params:imdn>\r\ni.Message-ID: 34jk324j\r\n'
    const asks = 'i.Disposition-Notification: positive-delivery, negative-delivery;x=y\r\n'
    const other = 'NS: imdn <urn:other>\r\nimdn.Disposition-Notification: display\r\n\r\n\r\n'
    expect(imdnRequestOf(readCpim(bytes(head + asks + other)))).toEqual({
      messageId: '34jk324j',
      asked: ['positive-delivery', 'negative-delivery'],
    })
    expect(imdnRequest('m1', ['display'])).toEqual([
      { namespace: 'urn:ietf:params:imdn', name: 'Message-ID', value: 'm1' },
      { namespace: 'urn:ietf:params:imdn', name: 'Disposition-Notification', value: 'display' },
    ])
  })
})
