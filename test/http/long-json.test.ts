import { describe, expect, it } from 'vitest'
import { mustBeBounded, type Span } from '../../src/http/json-bounds.ts'
import { parseLongJson } from '../../src/http/long-json.ts'
import { inRounds } from '../../src/rounds.ts'
import { countRounds } from '../rounds-counted.ts'

const BOUNDS = { depth: 8, members: 100, restBytes: 10_000 }
const TOKEN = 'stands in for it'

async function longest(bytes: Buffer): Promise<Span> {
  return inRounds(mustBeBounded(bytes, BOUNDS))
}

async function parsed(bytes: Buffer, pieceBytes: number): Promise<unknown> {
  return parseLongJson(bytes, await longest(bytes), TOKEN, pieceBytes)
}

/** Everything a JSON text can be made of, so short that pieces end in each of them. */
const PARTS = [
  'a',
  'é',
  '€',
  '😀',
  '\\\\',
  '\\"',
  '\\n',
  '\\/',
  '\\u00e9',
  '\\uD83D\\uDE00',
  '\\ud83d',
  '\\u005c',
  '\ufeff',
]

/** Numbers that are the same in each run (Lehmer). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

describe('HOST-S1: JSON with one long text', () => {
  it('HOST-S1: is what a parser makes of it, wherever its pieces end', async () => {
    const next = numbers(4_711)
    for (let n = 0; n < 400; n++) {
      const text = Array.from({ length: 20 + next(40) }, () => PARTS[next(PARTS.length)]).join('')
      const json = `${n % 3 === 0 ? '\ufeff' : ''}{"to":"x","body":"${text}","reports":[1,{"a":"b"}],"é":"€"}`
      const pieceBytes = 6 + next(20)
      const expected = JSON.parse(json.replace(/^\ufeff/, '')) as unknown
      expect(await parsed(Buffer.from(json), pieceBytes), `${pieceBytes}: ${json}`).toEqual(expected)
    }
  })

  it('HOST-S1: also where it is all of it, inside of something else, or there twice', async () => {
    const long = 'x'.repeat(100)
    for (const value of [long, [[long]], { a: [{ b: long }] }, [long, long]])
      expect(await parsed(Buffer.from(JSON.stringify(value)), 16)).toEqual(value)
  })

  it('HOST-S1: of 10 MB no round makes more than 256 KiB', async () => {
    const bytes = Buffer.from(`{"body":"${'é'.repeat(5_242_880)}"}`)
    const long = await longest(bytes)
    const rounds = countRounds()
    const { body } = (await parseLongJson(bytes, long, TOKEN)) as { body: string }
    const count = rounds.count()
    rounds.stop()
    expect(count).toBeGreaterThanOrEqual(39)
    expect(body.length).toBe(5_242_880)
  })

  it('HOST-S1: a long name is refused', async () => {
    const work = parsed(Buffer.from(`{"${'x'.repeat(100)}":1}`), 16)
    await expect(work).rejects.toMatchObject({ refusal: { kind: 'bad-request' } })
  })

  it.each([
    ['an escape that is none', `["${'x'.repeat(50)}\\q${'x'.repeat(50)}"]`],
    ['a line break', `["${'x'.repeat(50)}\n${'x'.repeat(50)}"]`],
    ['no end', `["${'x'.repeat(100)}`],
    ['an escaped quotation mark for an end', `["${'x'.repeat(100)}\\"`],
    ['a byte order mark in the middle', `["${'x'.repeat(100)}"\ufeff]`],
    ['half an escape at its end', `["${'x'.repeat(100)}\\u00"]`],
    ['something behind it', `["${'x'.repeat(100)}"]]`],
  ])('HOST-S1: %s is no JSON', async (_, text) => {
    await expect(parsed(Buffer.from(text), 16)).rejects.toThrow(SyntaxError)
  })

  it('HOST-S1: bytes that are no UTF-8 are refused, in it, before it and behind it', async () => {
    const long = 'x'.repeat(100)
    for (const text of [`["\xff","${long}"]`, `["${long}\xe9${long}"]`, `["${long}","\xff"]`])
      await expect(parsed(Buffer.from(text, 'latin1'), 16)).rejects.toThrow(TypeError)
  })
})
