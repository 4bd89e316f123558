import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstMatch, takesAll } from '../../src/participating/decision/media.ts'
import { partTypesOf } from '../../src/participating/decision/parts.ts'

function multipart(boundary: string, parts: readonly string[]): Buffer {
  return Buffer.from(parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('') + `--${boundary}--\r\n`)
}

describe('X7: the media types of all parts of a message', () => {
  it.each<[string, Buffer, readonly string[]]>([
    ['Text/Plain; charset=utf-8', Buffer.from('hello'), ['text/plain']],
    [
      'multipart/mixed; boundary=b',
      multipart('b', ['Content-Type: text/plain\r\n\r\nhello', 'content-type: IMAGE/png\r\n\r\n...']),
      ['multipart/mixed', 'text/plain', 'image/png'],
    ],
    ['multipart/mixed; boundary="a b"', multipart('a b', ['\r\nno header at all']), ['multipart/mixed', 'text/plain']],
    [
      'multipart/digest; boundary=b',
      multipart('b', ['\r\nSubject: x']),
      ['multipart/digest', 'message/rfc822', 'text/plain'],
    ],
    [
      'multipart/mixed; boundary=b',
      multipart('b', ['X-Other: 1\r\nContent-Type: audio/ogg;\r\n codecs=opus\r\n\r\n']),
      ['multipart/mixed', 'audio/ogg'],
    ],
    [
      'multipart/mixed; boundary=out',
      multipart('out', [
        `Content-Type: multipart/alternative; ` +
          `boundary=in\r\n\r\n${multipart('in', ['Content-Type: text/html\r\n\r\n<p>']).toString()}`,
        'Content-Type: image/gif\r\n\r\n',
      ]),
      ['multipart/mixed', 'multipart/alternative', 'text/html', 'image/gif'],
    ],
  ])('RFC 2046 §5.1: of %s', (contentType, body, types) => {
    expect(partTypesOf(contentType, body)).toEqual(types)
  })

  it.each([
    ['no boundary', 'multipart/mixed', '--b\r\n\r\nx\r\n--b--'],
    ['no closing delimiter', 'multipart/mixed; boundary=b', '--b\r\nContent-Type: image/png\r\n\r\nx'],
    ['no part', 'multipart/mixed; boundary=b', '--b--'],
    [
      'a nested one without a boundary',
      'multipart/mixed; boundary=b',
      '--b\r\nContent-Type: multipart/mixed\r\n\r\nx\r\n--b--',
    ],
    ['the delimiter within a line', 'multipart/mixed; boundary=b', 'x --b\r\n\r\ny --b--'],
  ])('RFC 2046 §5.1.1: %s: the type of the message is all that is known', (_, contentType, body) => {
    expect(partTypesOf(contentType, Buffer.from(body))).toEqual(['multipart/mixed'])
  })

  it('RFC 2046 §5.1.1: any bytes are read, and a body twice as long takes not much longer', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.string(),
        (body, boundary) => partTypesOf(`multipart/mixed; boundary=${boundary}`, body).length > 0,
      ),
    )
    const hostile = [
      '--b\r\n',
      '\r\n',
      '--b',
      '--b \t',
      'content-type:',
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n',
      ';boundary="\\"',
    ]
    for (const piece of hostile) {
      const started = process.cpuUsage()
      partTypesOf('multipart/mixed; boundary=b', Buffer.from(piece.repeat(Math.ceil(1_000_000 / piece.length))))
      partTypesOf(`multipart/mixed; ${piece.repeat(1000)}`, Buffer.from('x'))
      expect(process.cpuUsage(started).user / 1000, JSON.stringify(piece)).toBeLessThan(500)
    }
  })
})

describe('X10: what a device takes', () => {
  it.each([
    ['text/*', 'text/plain', true],
    ['TEXT/PLAIN', 'text/plain', true],
    ['*/*', 'image/png', true],
    ['text/*', 'textual/plain', false],
    ['image/png', 'image/pngx', false],
  ])('X10: %s and %s', (pattern, type, fits) => {
    expect(firstMatch([pattern], String, type) !== undefined).toBe(fits)
  })

  it('X10: every part must be taken, the boxes they come in do not count', () => {
    expect(takesAll(['text/*'], ['multipart/mixed', 'text/plain'])).toBe(true)
    expect(takesAll(['text/*'], ['multipart/mixed', 'text/plain', 'image/png'])).toBe(false)
    expect(takesAll(['text/*'], ['multipart/mixed'])).toBe(false)
    expect(takesAll(undefined, ['image/png'])).toBe(true)
  })

  it('U12: an empty list accepts nothing, a missing one everything', () => {
    expect(takesAll([], ['text/plain'])).toBe(false)
    expect(takesAll(undefined, ['text/plain'])).toBe(true)
  })
})
