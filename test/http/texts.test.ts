/** What is said to who made a mistake: where it is, and what would be right. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonFault } from '../../src/http/json-fault.ts'
import { ALICE, startServer, type Running } from './server.ts'

describe('no JSON', () => {
  it.each([
    ['', 'at its end, a value'],
    ['{"a":1,}', 'in line 1, column 8, a name in double quotes'],
    ['{"a" 1}', 'in line 1, column 6, a colon'],
    ['{\n  "on": true\n  "until": 1\n}', 'in line 3, column 3, a comma or the end of the object or array'],
    ['{a:1}', 'in line 1, column 2, a name in double quotes or }'],
    ["{'a':1}", 'in line 1, column 2, a name in double quotes or }'],
    ['[1,2', 'at its end, a comma or the end of the object or array'],
    ['[1,]', 'in line 1, column 4, a value'],
    ['[tru]', 'in line 1, column 2, a value or ]'],
    ['{"a":01}', 'in line 1, column 6, a value'],
    ['{"a":"x\ny"}', 'in line 1, column 6, a value'],
    ['{} x', 'in line 1, column 4, nothing more'],
    ['[}', 'in line 1, column 2, a value or ]'],
  ])('RFC 8259 §2: %j ceases to be JSON somewhere, which is said', (text, place) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(jsonFault(text)).toBe(`The body is no JSON: ${place} is wanted.`)
  })

  it('RFC 8259 §2: whatever the platform takes has no fault before its end', () => {
    for (const value of [{ a: [1, -2.5e3, 'ü\u2028"\\', null, true, {}, []], '': { b: '' } }, 'text', 0, [[[]]]])
      for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)])
        expect(jsonFault(`${text} !`)).toMatch(/, nothing more is wanted\.$/)
  })
})

describe('texts of problems', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  const QUIET = `/api/users/${ALICE}/do-not-disturb`
  const raw = (body: string | Buffer) =>
    server.alice.ask('PUT', QUIET, { body, headers: { 'content-type': 'application/json' } })

  it('RFC 9457 §3.1.4: wrong JSON says the place', async () => {
    const { status, json } = await raw('{"on": yes}')
    expect([status, json.detail]).toEqual([400, 'The body is no JSON: in line 1, column 8, a value is wanted.'])
    expect((await raw(Buffer.from([0x22, 0xff, 0x22]))).json.detail).toBe('The body is not in UTF-8.')
  })

  it('RFC 9457 §3.1.4: an unknown field says which there are, also where it lies deep', async () => {
    const { json } = await server.admin.put('/api/policy', { life: 1, limits: { waiting: 1 } })
    const [at, deep] = ['/life', '/limits/waiting'].map((path) =>
      (json.errors as { path: string; message: string }[]).find((error) => error.path === path),
    )
    expect(at?.message).toMatch(/^is not a field of this format; there are .*\blimits\b/)
    expect(deep?.message).toMatch(/^is not a field of this format; there are .*\bwaitingAtMost\b/)
    expect((await server.bob.ask('POST', '/api/messages', { json: { too: ALICE } })).json.errors).toContainEqual({
      path: '/too',
      message:
        'is not a field here; there are messageId, from, to, subject, contentType, body, bodyBase64, expires, ' +
        'expiresIn, reports, privacy, conversation, group, file',
    })
  })

  it('RFC 9457 §3.1.4: a value of another type is told so in our words', async () => {
    const { json } = await server.admin.put('/api/policy', { limits: [] })
    expect(json.errors).toEqual([{ path: '/limits', message: 'must be an object' }])
  })

  it('RFC 4825 §11: a root that is another one says which is wanted, and in which namespace', async () => {
    const at = `/xcap-root/org.cpm-xdms.do-not-disturb/users/${ALICE}/index`
    const put = (xml: string) => server.alice.putXml(at, 'application/vnd.cpm-xdms.do-not-disturb+xml', xml)
    const wanted = 'The root of such a document is do-not-disturb in urn:cpm-xdms:do-not-disturb:1.'
    expect((await put('<do-not-disturb on="true"/>')).text).toContain(
      `${wanted} Write &lt;do-not-disturb xmlns=&quot;urn:cpm-xdms:do-not-disturb:1&quot;&gt;.`,
    )
    expect((await put('<dnd/>')).text).toContain(wanted)
  })

  it('X6: what is no XUI is told as it was written', async () => {
    const detail = '"a b" is no XUI; one is like sip:alice@example.com.'
    const sent = await server.bob.ask('POST', '/api/messages', {
      json: { to: 'a%20b', contentType: 'text/plain', body: 'x' },
    })
    expect([sent.status, sent.json.detail]).toEqual([404, '"a%20b" is no XUI; one is like sip:alice@example.com.'])
    expect((await server.admin.get('/api/users/a%20b')).json.detail).toBe(detail)
  })
})
