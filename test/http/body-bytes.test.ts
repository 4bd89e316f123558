import { describe, expect, it } from 'vitest'
import { bytesOfBase64, bytesOfText } from '../../src/http/body-bytes.ts'
import { countRounds } from '../rounds-counted.ts'

/** A piece is made of so many characters. */
const PIECE = 262_144

async function roundsOf(work: () => Promise<unknown>): Promise<number> {
  const rounds = countRounds()
  await work()
  rounds.stop()
  return rounds.count()
}

const isAll = (bytes: Buffer | undefined, text: string): boolean => bytes?.toString('latin1') === text

describe('HOST-S1: the bytes of a body', () => {
  it('HOST-S1: of 14 MB of base64 no round makes more than 256 KiB', async () => {
    const value = 'AAAA'.repeat(3_460_000)
    expect(await roundsOf(() => bytesOfBase64(value))).toBeGreaterThanOrEqual(52)
  })

  it('HOST-S1: of a text of 10 MB no round makes more than 256 KiB', async () => {
    const text = 'é'.repeat(10_000_000)
    expect(await roundsOf(() => bytesOfText(text))).toBeGreaterThanOrEqual(38)
  })

  it.each([
    ['', ''],
    ['QQ==', 'A'],
    ['QUI=', 'AB'],
    ['QUJD', 'ABC'],
    ['QUJD+/8=', 'ABC\xfb\xff'],
  ])('RFC4648 §4: %j is the bytes it stands for, also behind a piece and another', async (end, expected) => {
    for (const groups of [0, PIECE / 4 - 1, PIECE / 4, PIECE / 2, PIECE / 2 + 1])
      expect(isAll(await bytesOfBase64('QUJD'.repeat(groups) + end), 'ABC'.repeat(groups) + expected)).toBe(true)
  })

  it.each(['A', 'AA', 'AAA', 'A===', 'AA=A', 'QQ==QUJD', 'QU-D', 'QU_D', 'QU*D', 'QUJ\n', ' QUJ', 'QUJ\u0141'])(
    'RFC4648 §4: %j is no base64, at its end, and where a piece ends',
    async (wrong) => {
      const piece = 'QUJD'.repeat(PIECE / 4)
      const last = piece.slice(0, PIECE - Math.ceil(wrong.length / 4) * 4)
      for (const value of [wrong, piece + wrong, last + wrong, last + wrong + piece])
        expect(await bytesOfBase64(value)).toBeUndefined()
    },
  )

  it.each([
    ['x', 'x'],
    ['é', '\xc3\xa9'],
    ['€', '\xe2\x82\xac'],
    ['😀', '\xf0\x9f\x98\x80'],
  ])('HOST-S1: a text is its UTF-8, wherever a piece ends: %s', async (character, expected) => {
    for (const before of [0, 1, PIECE - 2, PIECE - 1, PIECE])
      expect(
        isAll(
          await bytesOfText(`${'x'.repeat(before)}${character.repeat(3)}y`),
          `${'x'.repeat(before)}${expected.repeat(3)}y`,
        ),
      ).toBe(true)
    const long = await bytesOfText(character.repeat(PIECE * 2 + 1))
    expect(isAll(long, expected.repeat(PIECE * 2 + 1))).toBe(true)
  })
})
