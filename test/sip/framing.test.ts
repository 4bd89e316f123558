import { describe, expect, it } from 'vitest'
import { SipFrames } from '../../src/sip/framing.ts'

const one = 'MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 5\r\n\r\nhello'
const other = 'OPTIONS sip:a@b SIP/2.0\r\nl:0\r\n\r\n'

describe('SIP over a stream', () => {
  it('RFC 3261 §18.3: messages are told apart by Content-Length, wherever the stream is cut', () => {
    const all = Buffer.from(`\r\n\r\n${one}${other}\r\n${one}`)
    for (let size = 1; size <= all.length; size++) {
      const frames = new SipFrames(1000)
      const texts: string[] = []
      for (let at = 0; at < all.length; at += size)
        texts.push(...frames.push(all.subarray(at, at + size)).map(({ text }) => text))
      expect(texts).toEqual([one, other, one])
    }
  })

  it('RFC 3261 §18.3: a body that is too large is passed over, and the next message is read', () => {
    const frames = new SipFrames(4)
    expect(frames.push(Buffer.from(one + other))).toEqual([
      { text: 'MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 5\r\n\r\n', bodyTooLarge: true },
      { text: other, bodyTooLarge: false },
    ])
  })

  it.each([
    'Content-Length: 5\r\nContent-Length: 6',
    'Content-Length: 5\r\nl: 0',
    'Content-Length: five',
    'Content-Length:\r\n 5',
    'Content-Length: -1',
    'Content-Length: 0x5',
    'Content-Length: 99999999999',
  ])('RFC 3261 §20.14: a length that two readers could read in two ways ends the connection: %j', (headers) => {
    expect(() => new SipFrames(1000).push(Buffer.from(`MESSAGE sip:a@b SIP/2.0\r\n${headers}\r\n\r\nhello`))).toThrow(
      'its Content-Length is no one number',
    )
  })

  it('RFC 3261 §7.3: headers without an end are not kept for ever', () => {
    const frames = new SipFrames(1000)
    expect(() => {
      for (let at = 0; at < 100; at++) frames.push(Buffer.alloc(1000, 'x'))
    }).toThrow('the headers do not end')
  })
})
