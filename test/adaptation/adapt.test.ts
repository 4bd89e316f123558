import { describe, expect, it } from 'vitest'
import { createAdaptation } from '../../src/adaptation/create.ts'
import { loadShrink } from '../../src/adaptation/picture.ts'
import { decodedBytes, readContent } from '../../src/mime/part.ts'
import { canBeAdapted } from '../../src/participating/decision/adaptable.ts'
import { adaptationContract } from './contract.ts'

const never = new AbortController().signal

describe('with nothing for pictures', () => {
  adaptationContract(async () => createAdaptation(undefined))

  it('X10: a picture that cannot be made smaller is left out, with a note', async () => {
    const body = Buffer.from(
      `--b\r\n\r\nhi\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <a>\r\n\r\n${'x'.repeat(500)}\r\n--b--`,
    )
    const content = { contentType: 'multipart/mixed; boundary=b', body }
    const adapted = await createAdaptation(undefined).adapt(content, { accepts: undefined, maxBytes: 400 }, never)
    expect(adapted?.converted).toEqual(['image/png left out'])
  })
})

describe('pictures', () => {
  /** A single pixel. */
  const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

  it('X10: sharp is here; without it pictures are left out', async () => {
    const shrink = await loadShrink()
    if (shrink === undefined) console.warn('NOT RUN: sharp, an optional package, is not installed')
    expect(shrink !== undefined || process.env['CI'] === undefined).toBe(true)
  })

  it('X10: a picture becomes JPEG for who takes that, and keeps its place', async () => {
    const shrink = await loadShrink()
    if (shrink === undefined) return
    const part = `Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <a>\r\n\r\n${DOT}`
    const body = Buffer.from(`--b\r\n\r\nhi\r\n--b\r\n${part}\r\n--b--`)
    const content = { contentType: 'multipart/mixed; boundary=b', body }
    const accepts = ['text/plain', 'image/jpeg']
    const adapted = await createAdaptation(shrink).adapt(content, { accepts, maxBytes: undefined }, never)
    expect(adapted?.converted).toEqual(['image/png to image/jpeg'])
    const picture = readContent(content.contentType, adapted?.body ?? body).parts[1]
    expect(picture?.header).toContain('Content-ID: <a>')
    expect(picture && decodedBytes(picture).subarray(0, 3).toString('hex')).toBe('ffd8ff')
  })

  it('X10: a photograph is made as small as it must be', async () => {
    const shrink = await loadShrink()
    if (shrink === undefined) return
    const { default: sharp } = await import('sharp')
    const noise = { type: 'gaussian', mean: 120, sigma: 40 } as const
    const photo = await sharp({ create: { width: 2000, height: 1500, channels: 3, background: '#369', noise } })
      .jpeg({ quality: 92 })
      .toBuffer()
    const content = { contentType: 'image/jpeg', body: photo }
    const adapted = await createAdaptation(shrink).adapt(content, { accepts: undefined, maxBytes: 100_000 }, never)
    expect(adapted?.converted).toEqual(['image/jpeg smaller'])
    const { width = 0 } = await sharp(adapted?.body).metadata()
    expect([width < 2000, (adapted?.body.byteLength ?? Infinity) <= 100_000]).toEqual([true, true])
  })

  it.each([
    ['no picture', Buffer.from('hello')],
    [
      'an SVG that claims the world',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000"/>'),
    ],
    ['a PNG of 400 million pixels', pngOf(20_000, 20_000)],
  ])('HOST-MIME3: %s is no picture', async (_, bytes) => {
    const shrink = await loadShrink()
    if (shrink === undefined) return
    expect(await shrink(bytes, 1280)).toBeUndefined()
  })
})

/** Its header alone says what it claims. */
function pngOf(width: number, height: number): Buffer {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  return png
}

it.each([
  [['text/html'], ['text/plain'], true],
  [['multipart/mixed', 'text/plain', 'video/mp4'], ['text/plain'], true],
  [['video/mp4'], ['text/plain'], false],
  [['multipart/mixed', 'application/x-card', 'video/mp4'], ['application/*'], false],
  [['image/png'], ['image/jpeg'], true],
  [['text/plain'], [], false],
  [['video/mp4'], undefined, true],
])('X10: %j for who takes %j: %s', (types, accepts, can) => {
  const taking = { lists: accepts === undefined ? [] : [accepts], maxBytes: undefined, otherwise: 'convert' as const }
  expect(canBeAdapted({ partTypes: types, size: 1 }, taking)).toBe(can)
})
