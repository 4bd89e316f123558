import { describe, expect, it } from 'vitest'
import { mimeHeader, readCpim, writeCpim } from '../../src/cpim/cpim.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const text = (body: Uint8Array): string => Buffer.from(body).toString()

const EXAMPLE = [
  'From: MR SANDERS <im:piglet@100akerwood.com>',
  'To: Depressed Donkey <im:eeyore@100akerwood.com>',
  'DateTime: 2000-12-13T13:40:00-08:00',
  'Subject: the weather will be fine today',
  "Subject:;lang=fr beau temps prevu pour aujourd'hui",
  'NS: MyFeatures <mid:MessageFeatures@id.foo.com>',
  'Require: From',
  'MyFeatures.WackyMessageOption: Use-silly-font',
  '',
  'Content-type: text/xml; charset=utf-8',
  'Content-ID: <1234567890@foo.com>',
  '',
  '<body>\r\n\r\nHere is the text of my message.</body>',
].join('\r\n')

describe('message/cpim', () => {
  it('RFC 3862 §5.1: the example is read, the body stays as it is', () => {
    const message = readCpim(bytes(EXAMPLE))
    expect({ ...message, body: text(message.body) }).toEqual({
      from: { name: 'MR SANDERS', uri: 'im:piglet@100akerwood.com' },
      to: [{ name: 'Depressed Donkey', uri: 'im:eeyore@100akerwood.com' }],
      dateTime: '2000-12-13T13:40:00-08:00',
      subject: 'the weather will be fine today',
      extensions: [
        { namespace: 'mid:MessageFeatures@id.foo.com', name: 'WackyMessageOption', value: 'Use-silly-font' },
      ],
      mime: [
        ['content-type', 'text/xml; charset=utf-8'],
        ['content-id', '<1234567890@foo.com>'],
      ],
      body: '<body>\r\n\r\nHere is the text of my message.</body>',
    })
    expect(mimeHeader(message, 'content-type')).toBe('text/xml; charset=utf-8')
  })

  it('RFC 3862 §2.3: escapes are read, and written so that no value begins another header', () => {
    const read = readCpim(bytes('Subject: a\\nTo: <sip:eve@example.com>\\u00fc\\\\\r\n\r\n\r\n'))
    expect(read.subject).toBe('a\nTo: <sip:eve@example.com>ü\\')
    const written = text(writeCpim(read))
    expect(written).toBe('Subject: a\\nTo: <sip:eve@example.com>ü\\\\\r\n\r\n\r\n')
    expect(readCpim(bytes(written)).subject).toBe('a\nTo: <sip:eve@example.com>ü\\')
  })

  it('RFC 3862 §4.1: a formal name and a URI cannot break out of their address', () => {
    const written = text(
      writeCpim({
        from: { name: 'A" <b>\r\n', uri: 'sip:a@b>\r\nTo: x' },
        to: [],
        extensions: [],
        mime: [],
        body: bytes(''),
      }),
    )
    expect(written.split('\r\n').filter((line) => line !== '')).toHaveLength(1)
  })

  it('RFC 3862 §3.4: a namespace is the one declared before its prefix, and the default can be another', () => {
    const message = readCpim(
      bytes(
        'NS: x <urn:a>\r\nx.H: 1\r\nNS: x <urn:b>\r\nx.H: 2\r\nNS: <urn:c>\r\nFrom: not an address\r\n\r\n\r\nbody',
      ),
    )
    expect(message.extensions).toEqual([
      { namespace: 'urn:a', name: 'H', value: '1' },
      { namespace: 'urn:b', name: 'H', value: '2' },
      { namespace: 'urn:c', name: 'From', value: 'not an address' },
    ])
    expect(message.from).toBeUndefined()
  })

  it('RFC 3862 §3.5: a message that requires what is not known is refused', () => {
    expect(() => readCpim(bytes('Require: Frobnicate\r\n\r\n\r\n'))).toThrow('it requires Frobnicate')
  })

  it.each([
    ['', 'do not end'],
    ['From: <sip:a@b>\r\n', 'do not end'],
    ['no header\r\n\r\n\r\n', 'is no header'],
    ['From: sip:a@b\r\n\r\n\r\n', 'no <URI>'],
    ['From: <sip:a@b>\r\n\r\n: x\r\n\r\n', 'has no name'],
    [`${'X: y\r\n'.repeat(65)}\r\n\r\n`, 'too many headers'],
    [`X: ${'y'.repeat(20_000)}\r\n\r\n\r\n`, 'do not end'],
  ])('RFC 3862 §2: refused, with its reason: %j', (written, reason) => {
    expect(() => readCpim(bytes(written))).toThrow(reason)
  })

  it('RFC 3862 §3.2: a header that is not UTF-8 is refused', () => {
    expect(() => readCpim(Buffer.from('Subject: \xff\r\n\r\n\r\n', 'latin1'))).toThrow('not UTF-8')
  })

  it('RFC 3862 §2: what was written is read again, bytes of the body included', () => {
    const body = Buffer.from([0, 255, 13, 10, 13, 10, 128])
    const message = readCpim(
      writeCpim({
        from: { uri: 'sip:bob@example.com' },
        to: [{ uri: 'sip:alice@example.com' }],
        dateTime: '2026-11-27T12:00:00Z',
        extensions: [{ namespace: 'urn:ietf:params:imdn', name: 'Message-ID', value: 'm1' }],
        mime: [['Content-Type', 'application/octet-stream']],
        body,
      }),
    )
    expect(message.body).toEqual(body)
    expect(message.extensions).toEqual([{ namespace: 'urn:ietf:params:imdn', name: 'Message-ID', value: 'm1' }])
  })
})
