import { describe, expect, it } from 'vitest'
import { MsrpFrames, writeFrame, type MsrpFrame } from '../../src/msrp/frames.ts'

const limits = { headBytes: 4096, bodyBytes: 65_536 }
const read = (bytes: Buffer | string): readonly MsrpFrame[] => new MsrpFrames(limits).push(Buffer.from(bytes as string))

/** RFC 4975 §4. */
const EXAMPLE = [
  'MSRP a786hjs2 SEND',
  'To-Path: msrp://biloxi.example.com:12763/kjhd37s2s20w2a;tcp',
  'From-Path: msrp://atlanta.example.com:7654/jshA7weztas;tcp',
  'Message-ID: 87652491',
  'Byte-Range: 1-25/25',
  'Content-Type: text/plain',
  '',
  'Hey Bob, are you there?',
  '-------a786hjs2$',
  '',
].join('\r\n')

function frame(body: Buffer | undefined): Buffer {
  const headers = [
    ['To-Path', 'msrp://a.example:1/x;tcp'],
    ['From-Path', 'msrp://b.example:1/y;tcp'],
    ['Message-ID', 'm'],
    ['Content-Type', 'text/plain'],
  ] as const
  return writeFrame('abcd1234', 'SEND', headers, body)
}

/** A small generator of numbers, the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state % below
  }
}

describe('MSRP frames', () => {
  it('RFC 4975 §4: the example is read', () => {
    const [one] = read(EXAMPLE)
    expect(one).toMatchObject({ kind: 'request', method: 'SEND', id: 'a786hjs2', flag: '$' })
    expect(one?.headers.get('byte-range')).toBe('1-25/25')
    expect(Buffer.from(one?.body ?? []).toString()).toBe('Hey Bob, are you there?')
  })

  it('RFC 4975 §7.2: an answer, also without a comment', () => {
    expect(read('MSRP d93kswow 200 OK\r\nTo-Path: a\r\n-------d93kswow$\r\n')).toMatchObject([
      { kind: 'response', status: 200, body: undefined },
    ])
    expect(read('MSRP d93kswow 481\r\nTo-Path: a\r\n-------d93kswow$\r\n')).toMatchObject([{ status: 481 }])
  })

  it('RFC 4975 §7.1: dashes in a body end nothing, an empty body is one', () => {
    const body = Buffer.from('\r\n-------abcd1234x\r\n-------other$\r\n')
    expect(Buffer.from(read(frame(body))[0]?.body ?? [])).toEqual(body)
    expect(read(frame(Buffer.alloc(0)))[0]?.body).toEqual(Buffer.alloc(0))
    expect(read(frame(undefined))[0]?.body).toBeUndefined()
  })

  it('RFC 4975 §9: frames are the same wherever the stream is cut', () => {
    const below = numbers(7)
    for (let round = 0; round < 1000; round++) {
      const bodies = Array.from({ length: 1 + below(4) }, () =>
        below(4) === 0 ? undefined : Buffer.alloc(below(600), '\r\n-------abcd1'),
      )
      const all = Buffer.concat(bodies.map(frame))
      const frames = new MsrpFrames(limits)
      const got: MsrpFrame[] = []
      for (let at = 0; at < all.length; ) {
        const size = 1 + below(50)
        got.push(...frames.push(all.subarray(at, at + size)))
        at += size
      }
      expect(got.map(({ body }) => body && Buffer.from(body))).toEqual(bodies)
    }
  })

  it.each([
    ['no start line', 'GET / HTTP/1.1\r\n\r\n'],
    ['a start line without an end', 'M'.repeat(300)],
    ['a short identifier', 'MSRP abc SEND\r\n-------abc$\r\n'],
    ['a header without a name', 'MSRP abcd SEND\r\nnothing\r\n-------abcd$\r\n'],
    ['a header twice', 'MSRP abcd SEND\r\nTo-Path: a\r\nto-path: b\r\n-------abcd$\r\n'],
    [
      'too many headers',
      `MSRP abcd SEND\r\n${Array.from({ length: 40 }, (_, n) => `H${n}: x\r\n`).join('')}-------abcd$\r\n`,
    ],
    ['headers that are too long', `MSRP abcd SEND\r\nX: ${'y'.repeat(5000)}\r\n-------abcd$\r\n`],
    ['a body that is too long', frame(Buffer.alloc(65_537))],
    ['a frame that does not end', `MSRP abcd SEND\r\nX: y\r\n\r\n${'z'.repeat(80_000)}`],
  ])('RFC 4975 §9: refused: %s', (_, bytes) => {
    expect(() => read(bytes as string)).toThrow()
  })

  it('RFC 4975 §9: 20,000 mutated frames are read or refused, never anything else', () => {
    const below = numbers(11)
    const known = /start line|does not end|headers|header|body is too long/
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(EXAMPLE)
      for (let change = 0; change <= below(3); change++) bytes[below(bytes.length)] = below(256)
      try {
        read(bytes)
      } catch (error) {
        expect((error as Error).message).toMatch(known)
      }
    }
  })

  it('RFC 4975 §9: a frame of a mebibyte is one frame, in however many reads it comes', () => {
    const big = frame(Buffer.alloc(1 << 20, 'a'))
    const frames = new MsrpFrames({ headBytes: 4096, bodyBytes: 1 << 21 })
    let count = 0
    for (let at = 0; at < big.length; at += 65_536) count += frames.push(big.subarray(at, at + 65_536)).length
    expect(count).toBe(1)
  })
})
