import { describe, expect, it } from 'vitest'
import { decodedBytes, readContent, readMail, decodedText, type MimePart } from '../../src/mime/part.ts'

const types = (part: MimePart): unknown => (part.parts.length === 0 ? part.type : [part.type, part.parts.map(types)])

describe('the tree', () => {
  it('RFC 2046 §5.1: boxes in boxes, and what does not say is text', () => {
    const inner =
      'Content-Type: multipart/alternative; boundary="in"\r\n\r\n--in\r\n\r\na\r\n--in\r\nContent-Type: ' +
      'text/html\r\n\r\nb\r\n--in--'
    const body = Buffer.from(`--out\r\n${inner}\r\n--out\r\nContent-Type: image/png\r\n\r\nx\r\n--out--\r\n`)
    expect(types(readContent('multipart/mixed; boundary=out', body))).toEqual([
      'multipart/mixed',
      [['multipart/alternative', ['text/plain', 'text/html']], 'image/png'],
    ])
  })

  it('RFC 3862 §2: a message/cpim holds one part', () => {
    const body = Buffer.from('From: <sip:a@b>\r\n\r\nContent-Type: text/html\r\n\r\n<p>')
    expect(types(readContent('Message/CPIM', body))).toEqual(['message/cpim', ['text/html']])
  })

  it('RFC 2046 §5.1.1: a multipart that is cut short is a part without parts', () => {
    expect(types(readContent('multipart/mixed; boundary=b', Buffer.from('--b\r\n\r\nx')))).toBe('multipart/mixed')
    expect(types(readContent('multipart/mixed', Buffer.from('--b\r\n\r\nx\r\n--b--')))).toBe('multipart/mixed')
  })

  it('HOST-MIME1: a thousand boxes in each other are not opened', () => {
    let text = 'x'
    for (let n = 0; n < 1000; n++)
      text = `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n${text}\r\n--b${n}--`
    expect(JSON.stringify(types(readMail(Buffer.from(text)))).match(/multipart/g)).toHaveLength(8)
  })
})

describe('the bytes', () => {
  it.each([
    ['base64', 'R3L8\r\n32U=', Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65])],
    [
      'Quoted-Printable',
      'Gr=FC=\r\n=DFe  \r\n=ZZ',
      Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65, 13, 10, 0x3d, 0x5a, 0x5a]),
    ],
    ['binary', 'a\r\n\nb', Buffer.from('a\r\n\nb')],
  ])('RFC 2045 §6: %s', (encoding, content, bytes) => {
    expect(decodedBytes(readMail(Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n\r\n${content}`)))).toEqual(
      bytes,
    )
  })

  it('RFC 2046 §4.1.2: text in its charset, and in UTF-8 where that is not known', () => {
    expect(decodedText(readContent('text/plain; charset="ISO-8859-1"', Buffer.from([0xfc])))).toBe('ü')
    expect(decodedText(readContent('text/plain; charset=martian', Buffer.from('ü')))).toBe('ü')
  })
})
