import { describe, expect, it } from 'vitest'
import { inTurns, piecesWithBody, type BodyMember } from '../../src/http/body-json.ts'
import { countRounds } from '../rounds-counted.ts'

/** A piece is made of so many bytes. */
const PIECE = 262_143

const SUBJECT = 'says "body":"" and "bodyBase64":""'
const write = (member: BodyMember): string => `data: ${JSON.stringify({ subject: SUBJECT, ...member, attempt: 1 })}\n\n`

function written(contentType: string, body: Buffer): { readonly pieces: number; readonly data: unknown } {
  const pieces = [...piecesWithBody(contentType, body, write)]
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces))
  expect(text).toMatch(/^data: [^\n]*\n\n$/)
  return { pieces: pieces.length, data: JSON.parse(text.slice('data: '.length)) }
}

describe('HOST-S1: a body in JSON', () => {
  it.each(['a', 'é', '€', '😀', '"', '\\', '\n', '\u0000', '\u007f', '\u0085', '\u2028', '\ufeff'])(
    'HOST-S1: is the text that came, wherever a piece ends: %j',
    (character) => {
      const bytes = Buffer.byteLength(character)
      for (let before = 0; before < bytes; before++) {
        const text = 'x'.repeat(PIECE - before) + character.repeat(3) + 'yyyy'
        const { pieces, data } = written('text/plain', Buffer.from(text))
        expect(data).toEqual({ subject: SUBJECT, body: text, attempt: 1 })
        expect(pieces).toBe(4)
      }
    },
  )

  it('HOST-S1: is Base64 where it is no text, and reads as what came', () => {
    const body = Buffer.alloc(2 * PIECE + 1, Buffer.from([0xff, 0x00, 0x41, 0x42]))
    const base64 = `/wBBQv8AQUL/AEFC`.repeat(Math.ceil(body.length / 12)).slice(0, Math.floor((body.length / 3) * 4))
    const { pieces, data } = written('text/plain', body)
    expect(pieces).toBe(5)
    const { bodyBase64 } = data as { bodyBase64: string }
    expect(bodyBase64.slice(0, base64.length - 4)).toBe(base64.slice(0, -4))
    expect(Buffer.from(bodyBase64, 'base64').equals(body)).toBe(true)
  })

  it.each([
    ['text/plain', 'é', { body: 'é' }],
    ['text/plain;charset=iso-8859-1', 'é', { bodyBase64: 'w6k=' }],
    ['image/png', 'é', { bodyBase64: 'w6k=' }],
    ['application/cpim+xml', '\ufeff<a/>', { body: '\ufeff<a/>' }],
    ['text/plain', '', { body: '' }],
  ])('HOST-S1: a short one is one piece: %s %j', (contentType, text, member) => {
    const { pieces, data } = written(contentType, Buffer.from(text))
    expect(pieces).toBe(1)
    expect(data).toEqual({ subject: SUBJECT, ...member, attempt: 1 })
  })

  it('HOST-S1: others are served between two pieces of a large one, and a short one waits for nobody', async () => {
    const rounds = async (body: Buffer): Promise<number> => {
      const { count, stop } = countRounds()
      await inTurns(piecesWithBody('text/plain', body, write))
      stop()
      return count()
    }
    expect(await rounds(Buffer.from('short'))).toBe(0)
    // A byte becomes six, which takes longest: there is time for two pieces in a round, not for many.
    expect(await rounds(Buffer.alloc(20 * PIECE, 1))).toBeGreaterThanOrEqual(20)
  })
})
