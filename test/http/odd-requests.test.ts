/** Requests that other servers take, and that mean nothing here, or something else than they seem to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DigestClient } from '../access/digest-client.ts'
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

  it('HOST-L3: CONNECT is answered, and has its line in the log', async () => {
    const before = server.log.length
    expect(statusOf(await sendRaw(server.url, 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n'))).toBe(400)
    await expect
      .poll(() => server.log.slice(before).map(({ status, code }) => [status, code]))
      .toEqual([[400, 'CONNECT']])
  })
})
