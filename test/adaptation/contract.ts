/** What every implementation of `Adaptation` does. */
import { describe, expect, it } from 'vitest'
import { decodedBytes, decodedText, readContent, type MimePart } from '../../src/mime/part.ts'
import type { Adaptation, Content } from '../../src/participating/contracts/adaptation.ts'

const never = new AbortController().signal
const leaves = (part: MimePart): readonly MimePart[] => (part.parts.length === 0 ? [part] : part.parts.flatMap(leaves))

/** The types and texts of its parts; of what is no text the length. */
function shown({ contentType, body }: Content): readonly (readonly [string, string | number])[] {
  return leaves(readContent(contentType, body)).map((part) => [
    part.type,
    part.type.startsWith('text/') ? decodedText(part).trim() : decodedBytes(part).length,
  ])
}

const message = (contentType: string, body: string | Uint8Array): Content => ({
  contentType,
  body: typeof body === 'string' ? Buffer.from(body) : body,
})

const mixed = (...parts: readonly string[]): Content =>
  message('multipart/mixed; boundary=b', [...parts.map((part) => `--b\r\n${part}\r\n`), '--b--\r\n'].join(''))

const TEXT = 'Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße'
const HTML = 'Content-Type: text/html; charset=utf-8\r\n\r\n<p>Grüße aus <b>Kassel</b></p>'
const FILM = `Content-Type: video/mp4; name="film.mp4"\r\n\r\n${'x'.repeat(1_000)}`
const CARD = 'Content-Type: application/x-card\r\n\r\n{}'

export function adaptationContract(adaptation: () => Promise<Adaptation>): void {
  const adapt = async (content: Content, accepts?: readonly string[], maxBytes?: number) =>
    (await adaptation()).adapt(content, { accepts, maxBytes }, never)

  it('X10: what fits stays as it is, byte for byte', async () => {
    const content = mixed(TEXT, FILM)
    expect(await adapt(content)).toEqual({ ...content, converted: [] })
    expect(await adapt(content, ['text/*', 'video/mp4'], content.body.byteLength)).toEqual({
      ...content,
      converted: [],
    })
  })

  describe('types', () => {
    it('X10: HTML becomes plain text', async () => {
      const adapted = await adapt(message('text/html; charset=utf-8', '<p>At <b>noon</b>?</p>'), ['text/plain'])
      expect(adapted).toEqual({
        ...message('text/plain; charset=utf-8', 'At noon?'),
        converted: ['text/html to text/plain'],
      })
    })

    it('X10: of alternatives the best that is taken is picked, and it stays as it is', async () => {
      const body = `--a\r\n${TEXT}\r\n--a\r\n${HTML}\r\n--a\r\n${CARD}\r\n--a--`
      const adapted = await adapt(message('multipart/alternative; boundary=a', body), ['text/plain', 'text/html'])
      expect(adapted).toEqual({
        ...message('text/html; charset=utf-8', '<p>Grüße aus <b>Kassel</b></p>'),
        converted: ['multipart/alternative to text/html'],
      })
      const inside = mixed(`Content-Type: multipart/alternative; boundary=a\r\n\r\n${body}`, CARD)
      expect(shown((await adapt(inside, ['text/plain', 'application/*'])) ?? inside)).toEqual([
        ['application/x-card', 2],
        ['application/x-card', 2],
      ])
    })

    it('X10: of alternatives none of which is taken, one is converted', async () => {
      const body = `--a\r\n${HTML}\r\n--a\r\n${CARD}\r\n--a--`
      expect(await adapt(message('multipart/alternative; boundary=a', body), ['text/plain'])).toMatchObject({
        converted: ['multipart/alternative to text/html', 'text/html to text/plain'],
      })
    })

    it('X10: a part that is not taken is left out, with a note in its place', async () => {
      const content = mixed(TEXT, FILM)
      const adapted = await adapt(content, ['text/plain'])
      expect(adapted?.converted).toEqual(['video/mp4 left out'])
      expect(shown(adapted ?? content)).toEqual([
        ['text/plain', 'Grüße'],
        ['text/plain', '[video/mp4 film.mp4, 1000 bytes, left out]'],
      ])
      expect(shown(content)[1]).toEqual(['video/mp4', 1000])
    })

    it('X10: what a message/cpim holds is adapted in it', async () => {
      const content = message('message/cpim', `From: <sip:a@b>\r\n\r\n${HTML}`)
      const adapted = await adapt(content, ['text/plain'])
      expect(Buffer.from(adapted?.body ?? []).toString()).toMatch(/^From: <sip:a@b>\r\n\r\nContent-Type: text\/plain/)
      expect(shown(adapted ?? content)).toEqual([['text/plain', 'Grüße aus Kassel']])
    })

    it.each([
      ['nothing would be left', mixed(FILM), ['text/plain']],
      ['a lone part is not taken', message('video/mp4', 'x'), ['text/plain']],
      ['nobody could be told what is left out', mixed(CARD, FILM), ['application/*']],
      ['nothing is taken', message('text/plain', 'x'), []],
    ])('X10: a device is not applicable where %s', async (_, content, accepts) => {
      expect(await adapt(content, accepts)).toBeUndefined()
    })
  })

  describe('size', () => {
    it('X10: where all is too much, the largest that is no text goes first', async () => {
      const content = mixed(TEXT, CARD, FILM)
      const adapted = await adapt(content, undefined, 700)
      expect(adapted?.converted).toEqual(['video/mp4 left out'])
      expect(adapted?.body.byteLength).toBeLessThanOrEqual(700)
    })

    it('X10: text that is too long cannot be adapted', async () => {
      expect(await adapt(message('text/plain', 'x'.repeat(100)), undefined, 99)).toBeUndefined()
      expect(await adapt(mixed(TEXT, FILM), undefined, 60)).toBeUndefined()
    })
  })

  it('HOST-MIME2: HTML with elements in each other and without end is text within seconds', async () => {
    for (const html of ['<div>'.repeat(50_000), '<b>x</b>'.repeat(100_000), `<a ${'a=b '.repeat(200_000)}>x`]) {
      const began = performance.now()
      expect(await adapt(message('text/html', html), ['text/plain'])).toBeDefined()
      expect(performance.now() - began).toBeLessThan(3_000)
    }
  })

  it('X10: who gives up is not answered', async () => {
    const given = (await adaptation()).adapt(
      mixed(TEXT, FILM),
      { accepts: ['text/plain'], maxBytes: undefined },
      AbortSignal.abort(),
    )
    await expect(given).rejects.toThrow('aborted')
  })
}
