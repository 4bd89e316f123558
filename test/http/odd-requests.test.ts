/** Requests that other servers take, and that mean nothing here, or something else than they seem to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReasons } from '../../src/http/reasons.ts'
import { Refused } from '../../src/refusal.ts'
import { DigestClient } from '../access/digest-client.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { openRaw, sendRaw, statusOf } from './raw.ts'
import { ALICE, passwordOf, startServer, type Running } from './server.ts'

const DISTURB = 'application/vnd.cpm-xdms.do-not-disturb+xml'
const ON = '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"/>'
const XCAP = `/xcap-root/org.cpm-xdms.do-not-disturb/users/${ALICE}/index`
const REST = `/api/users/${ALICE}/do-not-disturb`

const POLICY = '/api/policy'

describe('odd requests', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  const first = async (bytes: string): Promise<number> => {
    const raw = await openRaw(server.url, bytes)
    const status = statusOf(await raw.until((text) => text.includes('\r\n\r\n')))
    raw.socket.destroy()
    return status
  }

  it('HOST-F1: a PUT with Content-Range is 400, and nothing is changed', async () => {
    const { etag } = (await server.alice.putXml(XCAP, DISTURB, ON)).headers
    const range = { 'content-range': 'bytes 0-62/135' }
    expect((await server.alice.putXml(XCAP, DISTURB, ON.replace('true', 'false'), range)).status).toBe(400)
    expect(
      (await server.alice.putXml(`${XCAP}/~~/do-not-disturb/@on`, 'application/xcap-att+xml', 'false', range)).status,
    ).toBe(400)
    expect((await server.alice.put(REST, { on: false }, range)).status).toBe(400)
    expect((await server.alice.get(XCAP)).headers.etag).toBe(etag)
  })

  it('HOST-B2: a charset in Content-Encoding is no coding; what else stands there is 415', async () => {
    for (const [coding, status] of [
      ['UTF-8', 200],
      ['us-ascii', 200],
      ['identity', 200],
      ['gzip', 415],
      ['utf-8, gzip', 415],
    ] as const) {
      const put = await server.alice.putXml(XCAP, DISTURB, ON, { 'content-encoding': coding })
      expect([coding, put.status]).toEqual([coding, status])
    }
  })

  it('HOST-B6: a limit longer than any page gives the longest page', async () => {
    for (const limit of ['10000000', '9'.repeat(400)])
      expect((await server.admin.get(`/api/users?limit=${limit}`)).status).toBe(200)
    expect((await server.admin.get('/api/users?limit=0')).status).toBe(400)
  })

  it('HOST-A6: of two positions in one target the last counts', async () => {
    const watch = await server.pf.stream('/api/changes')
    for (const on of [true, false, true]) await server.alice.put(REST, { on })
    await watch.until(({ events }) => events.filter(({ event }) => event === 'change').length >= 3)
    const ids = watch.events.map(({ id }) => id)
    watch.close()
    const again = await server.pf.stream(`/api/changes?after=${ids[0]}&after=${ids.at(-2)}`)
    expect((await again.event(0)).id).toBe(ids.at(-1))
    again.close()
  })

  it('HOST-L2: the router sees the target that was admitted, with nothing in it turned round', async () => {
    const login = new DigestClient({ user: ALICE, password: passwordOf(ALICE) })
    login.learn((await login.send(server.url, 'GET', XCAP)).headers)
    const get = (target: string): Promise<number> =>
      first(`GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${login.authorization('GET', target)}\r\n\r\n`)
    expect(await get(`http://x/api\\users\\${ALICE}\\do-not-disturb`)).toBe(404)
    expect(await get(`http://x${REST}`)).toBe(200)
    expect(await get(REST)).toBe(200)
  })

  it('HOST-L3: other versions than HTTP/1 and what names no host are 400', async () => {
    for (const head of [
      'GET /healthz',
      'GET /healthz HTTP/2.0\r\nHost: x',
      'GET /healthz HTTP/2.0',
      'GET /healthz HTTP/1.1\r\nHost: a/b?c',
      'GET /healthz HTTP/1.1\r\nHost: a b',
      'GET /healthz HTTP/1.1\r\nHost: u@a',
      'GET /healthz HTTP/1.1\r\nHost: [::1',
    ])
      expect([head, await first(`${head}\r\n\r\n`)]).toEqual([head, 400])
    for (const host of ['x', 'x:8080', '[::1]:8080', '127.0.0.1', ''])
      expect([host, await first(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`)]).toEqual([host, 200])
    expect(await first('GET /healthz HTTP/1.0\r\n\r\n')).toBe(200)
  })

  it('HOST-L1, HOST-B10: a method that nothing there takes is 405, whoever asks and whether there is anything', async () => {
    const other = XCAP.replace('alice', 'nobody')
    for (const method of ['POST', 'PATCH', 'TRACE', 'PROPFIND']) {
      for (const target of [XCAP, other, '/xcap-root', '/xcap-root/', '/xcap-root/none/global/index', POLICY]) {
        for (const client of [server.stranger, server.bob, server.admin]) {
          const answer = await client.open(method, target)
          answer.resume()
          const allow = 'GET, HEAD, PUT, DELETE, OPTIONS'
          expect([method, target, answer.statusCode, answer.headers.allow]).toEqual([method, target, 405, allow])
        }
      }
    }
  })

  it('HOST-L8: a target as long as one may be can be authenticated', async () => {
    const target = `${XCAP}/~~/do-not-disturb%5b@a=%22${'x'.repeat(7_900)}%22%5d`
    expect((await server.alice.get(target)).status).toBe(404)
  })

  it('HOST-F3: what speaks against a PUT is the same with and without Expect', async () => {
    const login = new DigestClient({ user: ALICE, password: passwordOf(ALICE) })
    login.learn((await login.send(server.url, 'GET', XCAP)).headers)
    const put = async (target: string, fields: string, expect: string): Promise<number> => {
      const head = `PUT ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${login.authorization('PUT', target)}\r\n`
      const sent = `${head}${fields}${expect}Connection: close\r\n\r\n`
      return statusOf(
        (await sendRaw(server.url, expect === '' ? sent + 'x'.repeat(9) : sent)).replace(
          /^HTTP.1.1 100[^]*?\r\n\r\n/,
          '',
        ),
      )
    }
    const type = `Content-Type: ${DISTURB}\r\n`
    for (const [target, fields, status] of [
      [XCAP, 'Content-Length: 9\r\n', 415],
      [XCAP, 'Content-Type: text/xml\r\nContent-Length: 70000\r\n', 415],
      [XCAP, `${type}Content-Length: 70000\r\n`, 413],
      [`${XCAP}/~~/p:unbound`, `${type}Content-Length: 9\r\n`, 400],
      [`${XCAP}/~~/do-not-disturb/namespace::*`, `${type}Content-Length: 9\r\n`, 405],
      [`${XCAP}/~~/do-not-disturb/@on`, `${type}Content-Length: 9\r\n`, 415],
      [XCAP, `${type}Content-Encoding: gzip\r\nContent-Length: 9\r\n`, 415],
    ] as const) {
      const both = [await put(target, fields, ''), await put(target, fields, 'Expect: 100-continue\r\n')]
      expect([target, fields, ...both]).toEqual([target, fields, status, status])
    }
  })

  it('HOST-F3: old clients that send no type and wait for 100 Continue are taken where they are let off', async () => {
    const lenient = await startServer({ XDMS_LENIENT_CONTENT_TYPE: 'true' })
    const login = new DigestClient({ user: ALICE, password: passwordOf(ALICE) })
    login.learn((await login.send(lenient.url, 'GET', XCAP)).headers)
    const fields = `Authorization: ${login.authorization('PUT', XCAP)}\r\nContent-Length: ${ON.length}\r\n`
    const head = `PUT ${XCAP} HTTP/1.1\r\nHost: x\r\n${fields}Expect: 100-continue\r\nConnection: close\r\n\r\n`
    const raw = await openRaw(lenient.url, head)
    await raw.until((text) => text.includes('100 Continue'))
    raw.socket.write(ON)
    expect(await raw.closed).toContain('HTTP/1.1 201 Created')
    await lenient.close()
  })

  it('HOST-LOG1: a request has an id, its own where that is plain, in the answer and in the log with address and level', async () => {
    const before = server.log.length
    const given = await server.alice.get(XCAP, { 'x-request-id': 'a-1' })
    const odd = await server.alice.get('/nothing', { 'x-request-id': 'a b' })
    expect(given.headers['x-request-id']).toBe('a-1')
    expect(odd.headers['x-request-id']).toMatch(/^[A-Za-z0-9_-]{16}$/)
    await expect.poll(() => server.log.length - before).toBeGreaterThanOrEqual(2)
    const lines = server.log
      .slice(before)
      .map(({ requestId, address, level, status }) => [requestId, address, level, status])
    expect(lines).toContainEqual(['a-1', '127.0.0.1', 30, 200])
    expect(lines).toContainEqual([odd.headers['x-request-id'], '127.0.0.1', 40, 404])
  })

  it('HOST-LOG1: why requests are answered with 503 is said at once, and no more than once a minute', async () => {
    const clock = createHandClock()
    const told: object[] = []
    const log = { info() {}, warn() {}, error: (fields: object) => void told.push(fields) }
    const reasons = createReasons(log, clock)
    const full = new Refused({ kind: 'unavailable', detail: 'full', retryAfter: 1 })
    const tell = (...errors: unknown[]): number => (errors.forEach((error) => reasons.tell(error)), told.length)
    expect(tell(full, full, new Error('ours'), new Refused({ kind: 'not-found', detail: 'full' }))).toBe(1)
    expect(tell(new Refused({ kind: 'unavailable', detail: 'locked', retryAfter: 1 }), full)).toBe(2)
    clock.move(59_999)
    expect(tell(full)).toBe(2)
    clock.move(1)
    expect(tell(full, full)).toBe(3)
    expect(told[0]).toMatchObject({ reason: 'full' })
  })

  it('HOST-L3: CONNECT is answered, and has its line in the log', async () => {
    const before = server.log.length
    expect(statusOf(await sendRaw(server.url, 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n'))).toBe(400)
    await expect
      .poll(() => server.log.slice(before).map(({ status, code }) => [status, code]))
      .toEqual([[400, 'CONNECT']])
  })
})
