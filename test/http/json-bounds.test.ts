import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mustBeBounded } from '../../src/http/json-bounds.ts'
import { startServer, type Running } from './server.ts'

const BOUNDS = { depth: 3, members: 5, restBytes: 40 }

function refusal(text: string): string {
  try {
    for (const _ of mustBeBounded(Buffer.from(text), BOUNDS));
    return 'taken'
  } catch (error) {
    return String((error as { refusal?: { detail?: string } }).refusal?.detail ?? error)
  }
}

describe('HOST-S1: a JSON body is bounded before it is parsed', () => {
  it.each([
    ['{"a":[{"b":1}]}', 'taken'],
    ['{"a":[{"b":[]}]}', 'A JSON body has at most 3 objects and arrays inside each other here.'],
    ['[1,2,3,4,5]', 'taken'],
    ['[1,2,3,4,5,6]', 'A JSON body has at most 5 members here.'],
    ['[[],[],[]]', 'A JSON body has at most 5 members here.'],
    [`{"body":"${'x'.repeat(10_000)}"}`, 'taken'],
    [`{"body":"${'\\"'.repeat(10_000)}"}`, 'taken'],
    [
      `{"a":"${'x'.repeat(50)}","b":"${'y'.repeat(50)}"}`,
      'A JSON body has at most 40 bytes beside its longest text here.',
    ],
    ['1'.repeat(41), 'A JSON body has at most 40 bytes beside its longest text here.'],
    ['"[[[[[[,,,,,,,,"', 'taken'],
    ['"an end that is missing', 'taken'],
  ])('%s', (text, expected) => {
    expect(refusal(text)).toBe(expected)
  })
})

const SIZE = 13_900_000
const start = '{"to":"sip:alice@example.com","contentType":"a/b","body":"x"'
const fill = (piece: string): string => piece.repeat(Math.floor((SIZE - 200) / piece.length))

/** The bodies of the attack, each within the 14 MB that a message may have. */
const BODIES: readonly (readonly [string, () => string])[] = [
  ['reports [{},{},…]', () => `${start},"reports":[${fill('{},')}{}]}`],
  ['reports [0,0,…]', () => `${start},"reports":[${fill('0,')}0]}`],
  ['[[[[…', () => fill('[')],
  ['{"a":[[[…', () => `{"a":${fill('[')}`],
  ['{"a":{"a":…', () => fill('{"a":')],
  ['unknown members', () => `${start}${fill(',"unknown":0')}}`],
  ['a number of 13 million digits', () => `{"expiresIn":${fill('9')}}`],
  ['millions of texts', () => `${start},"reports":[${fill('"delivery",')}"failure"]}`],
]

describe('HOST-S1: a message of 14 MB that is not its body', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer()
    await server.bob.get('/api/users/sip:bob@example.com/profiles')
  })
  afterAll(() => server.close())

  it.each(BODIES)('%s is refused', async (_, body) => {
    const answer = await server.bob.ask('POST', '/api/messages', {
      headers: { 'content-type': 'application/json' },
      body: body(),
    })
    expect([answer.status, answer.json.type]).toEqual([400, 'urn:cpm-xdms:problem:bad-request'])
    expect(answer.json.detail).toMatch(/^A JSON body has at most \d+ /)
  })

  it('a body of 10 MB that is honest is taken', async () => {
    const json = { to: 'sip:alice@example.com', contentType: 'text/plain', body: 'x'.repeat(10_000_000) }
    expect((await server.bob.ask('POST', '/api/messages', { json })).status).toBe(202)
  })
})
