import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DigestClient } from '../access/digest-client.ts'
import { openRaw, sendRaw, statusOf } from './raw.ts'
import { ALICE, passwordOf, IN_THIS_PROCESS, startServer, type Running } from './server.ts'

const DISTURB = 'application/vnd.cpm-xdms.do-not-disturb+xml'
const DOCUMENT = '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"/>'
const TARGET = `/xcap-root/org.cpm-xdms.do-not-disturb/users/${ALICE}/index`
const CAPS = '/xcap-root/xcap-caps/global/index'

describe('limits', () => {
  let server: Running
  let etag: string | undefined
  beforeAll(async () => {
    server = await startServer({
      XDMS_HEADERS_TIMEOUT_MS: '600',
      XDMS_REQUEST_TIMEOUT_MS: '900',
      XDMS_MESSAGE_BYTES: '1000',
    })
    etag = (await server.alice.putXml(TARGET, DISTURB, DOCUMENT)).headers.etag
  })
  afterAll(() => server.close())

  /** The header fields of an authenticated request of alice. */
  async function authorized(method: string, target: string): Promise<string> {
    const login = new DigestClient({ user: ALICE, password: passwordOf(ALICE) })
    login.learn((await login.send(server.url, 'GET', CAPS)).headers)
    return `Host: x\r\nAuthorization: ${login.authorization(method, target)}\r\n`
  }

  const raw = (head: string, body = ''): Promise<string> =>
    sendRaw(server.url, `${head}\r\nConnection: close\r\n\r\n${body}`)

  it('HOST-X6: a body that is too large is 413 by its length alone, and by its bytes where it has none', async () => {
    const long = await server.alice.putXml(TARGET, DISTURB, DOCUMENT + ' '.repeat(70_000))
    expect([long.status, long.headers.connection]).toEqual([413, 'close'])
    const chunked = await openRaw(
      server.url,
      `PUT ${TARGET} HTTP/1.1\r\n${await authorized('PUT', TARGET)}Content-Type: ` +
        `${DISTURB}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const piece = `4000\r\n${' '.repeat(0x4000)}\r\n`
    for (let count = 0; count < 5; count++) chunked.socket.write(piece)
    expect(statusOf(await chunked.closed)).toBe(413)
    const json = await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true, more: 'x'.repeat(140_000) })
    expect(json.status).toBe(413)
    const message = (bytes: number) =>
      server.alice.ask('POST', '/api/messages', {
        json: { to: ALICE, contentType: 'text/plain', body: 'x'.repeat(bytes) },
      })
    expect((await message(1000)).status).toBe(202)
    expect((await message(1001)).status).toBe(413)
    expect((await server.alice.get(TARGET)).headers.etag).toBe(etag)
  })

  it('HOST-X6: a length over the limit is refused before the rest is sent', async () => {
    const declared =
      `PUT ${TARGET} HTTP/1.1\r\n${await authorized('PUT', TARGET)}Content-Type: ` +
      `${DISTURB}\r\nContent-Length: 1000000000\r\n\r\n<do`
    const answer = await sendRaw(server.url, declared)
    expect(statusOf(answer)).toBe(413)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
  })

  it('HOST-X6: Expect: 100-continue is judged before the body is asked for', async () => {
    const expecting = async (fields: string) =>
      sendRaw(server.url, `PUT ${TARGET} HTTP/1.1\r\n${fields}Expect: 100-continue\r\n\r\n`)
    expect(statusOf(await expecting(`Host: x\r\nContent-Type: ${DISTURB}\r\nContent-Length: 10\r\n`))).toBe(401)
    expect(
      statusOf(
        await expecting(`${await authorized('PUT', TARGET)}Content-Type: ${DISTURB}\r\nContent-Length: 70000\r\n`),
      ),
    ).toBe(413)
    expect(
      statusOf(await expecting(`${await authorized('PUT', TARGET)}Content-Type: text/xml\r\nContent-Length: 10\r\n`)),
    ).toBe(415)
    const fields =
      `${await authorized('PUT', TARGET)}Content-Type: ${DISTURB}\r\nContent-Length: ` + `${DOCUMENT.length}\r\n`
    const asked = await openRaw(
      server.url,
      `PUT ${TARGET} HTTP/1.1\r\n${fields}Expect: 100-continue\r\nConnection: close\r\n\r\n`,
    )
    await asked.until((text) => text.includes('HTTP/1.1 100 Continue\r\n\r\n'))
    asked.socket.write(DOCUMENT)
    expect(await asked.closed).toContain('HTTP/1.1 200 OK')
    etag = (await server.alice.get(TARGET)).headers.etag
  })

  it('HOST-HTTP3: a body with a content coding is 415', async () => {
    for (const [coding, body] of [
      ['gzip', gzipSync(DOCUMENT)],
      ['br', DOCUMENT],
      ['deflate', DOCUMENT],
      ['x', DOCUMENT],
    ] as const) {
      expect((await server.alice.putXml(TARGET, DISTURB, body, { 'content-encoding': coding })).status).toBe(415)
    }
    expect((await server.alice.get(TARGET)).headers.etag).toBe(etag)
  })

  it('HOST-HTTP5: a missing or wrong media type is 415', async () => {
    expect((await server.alice.ask('PUT', TARGET, { body: DOCUMENT })).status).toBe(415)
    expect((await server.alice.putXml(TARGET, 'application/xml', DOCUMENT)).status).toBe(415)
  })

  it('HOST-E2: header fields beyond a hundred are refused, so that none is lost', async () => {
    const junk = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`x${n}`, '1']))
    const answer = await server.alice.putXml(TARGET, DISTURB, DOCUMENT.replace('true', 'false'), {
      ...junk,
      'if-match': '"stale"',
    })
    expect([answer.status, answer.json.type]).toEqual([431, 'urn:cpm-xdms:problem:header-too-large'])
    expect((await server.alice.get(TARGET)).headers.etag).toBe(etag)
  })

  it('HOST-HTTP4: too long a target is 414, too many bytes of header fields 431, a field named __proto__ nothing', async () => {
    expect((await server.stranger.get(`${TARGET}?${'x'.repeat(8_192)}`)).status).toBe(414)
    expect((await server.stranger.get(`${TARGET}?${'x'.repeat(17_000)}`)).status).toBe(431)
    expect((await server.alice.get(TARGET, { big: 'x'.repeat(17_000) })).status).toBe(431)
    const odd = await raw(`GET ${TARGET} HTTP/1.1\r\n${await authorized('GET', TARGET)}__proto__: x\r\nconstructor: y`)
    expect(statusOf(odd)).toBe(200)
  })

  it('HOST-HTTP1: what is no request of HTTP/1.1 is 400 and the connection closes', async () => {
    const broken = [
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked',
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6',
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +5',
      'GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked',
      'GET / HTTP/9.9\r\nHost: x',
      'FOO / HTTP/1.1\r\nHost: x',
      'GET / HTTP/1.1\r\nHost : x',
      'GET / HTTP/1.1\r\nHost: x\r\n folded',
      'GET /é HTTP/1.1\r\nHost: x',
      'GET /a b HTTP/1.1\r\nHost: x',
      'PRI * HTTP/2.0\r\n\r\nSM',
    ]
    for (const head of broken)
      expect([head, statusOf(await sendRaw(server.url, `${head}\r\n\r\n`))]).toEqual([head, 400])
    const answer = await sendRaw(server.url, 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(answer).toContain('Content-Type: application/problem+json\r\n')
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      type: 'urn:cpm-xdms:problem:bad-request',
      status: 400,
    })
  })

  it('HOST-ID10: two hosts, no host, or a target for another host are 400; one for this host is served', async () => {
    expect(statusOf(await raw(`GET ${CAPS} HTTP/1.1\r\nHost: a\r\nHost: b`))).toBe(400)
    expect(statusOf(await raw(`GET ${CAPS} HTTP/1.1`))).toBe(400)
    expect(statusOf(await raw(`GET http://evil${CAPS} HTTP/1.1\r\nHost: x`))).toBe(400)
    expect(statusOf(await raw(`GET ftp://x${CAPS} HTTP/1.1\r\nHost: x`))).toBe(400)
    expect(statusOf(await raw(`GET http://x${CAPS} HTTP/1.1\r\nHost: x`))).toBe(401)
    const absolute = `http://x${TARGET}`
    expect(statusOf(await raw(`GET ${absolute} HTTP/1.1\r\n${await authorized('GET', absolute)}`.trimEnd()))).toBe(200)
    const rest = `http://x/api/users/${ALICE}/do-not-disturb`
    expect(statusOf(await raw(`GET ${rest} HTTP/1.1\r\n${await authorized('GET', rest)}`.trimEnd()))).toBe(200)
    expect(statusOf(await raw('OPTIONS * HTTP/1.1\r\nHost: x'))).toBe(404)
  })

  it('HOST-ID9: a target with a fragment is 400, and one that leaves its folder names nothing', async () => {
    expect(statusOf(await raw('GET /api/users#x HTTP/1.1\r\nHost: x'))).toBe(400)
    for (const target of [
      '//users',
      '/./api/users',
      '/api/../api/users',
      '/api/%2e%2e/api/users',
      '/api/users/',
      '/api//users',
      '/api\\users',
    ]) {
      expect([target, statusOf(await raw(`GET ${target} HTTP/1.1\r\nHost: x`))]).toEqual([target, 404])
    }
  })

  it('HOST-HTTP2: slow headers and slow bodies are cut off, and honest requests do not notice', async () => {
    const head = await openRaw(server.url, 'GET / HTTP/1.1\r\nHost: x\r\n')
    const body = await openRaw(
      server.url,
      `PUT ${TARGET} HTTP/1.1\r\n${await authorized('PUT', TARGET)}Content-Type: ` +
        `${DISTURB}\r\nContent-Length: 100\r\n\r\n<do`,
    )
    expect((await server.alice.get(TARGET)).status).toBe(200)
    expect(statusOf(await head.closed)).toBe(408)
    expect(statusOf(await body.closed)).toBe(408)
    expect((await server.alice.get(TARGET)).headers.etag).toBe(etag)
  })

  it('HOST-X6: a first PUT without credentials gets its challenge on a connection that goes on', async () => {
    const challenged = await openRaw(
      server.url,
      `PUT ${TARGET} HTTP/1.1\r\nHost: x\r\nContent-Type: ${DISTURB}\r\nContent-Length: ` +
        `${DOCUMENT.length}\r\n\r\n${DOCUMENT}`,
    )
    await challenged.until((text) => text.includes('urn:cpm-xdms:problem:unauthenticated'))
    challenged.socket.write(
      `PUT ${TARGET} HTTP/1.1\r\n${await authorized('PUT', TARGET)}Content-Type: ${DISTURB}\r\nConnection: ` +
        `close\r\nContent-Length: ${DOCUMENT.length}\r\n\r\n${DOCUMENT}`,
    )
    expect(await challenged.closed).toContain('HTTP/1.1 200 OK')
  })

  it('HOST-LOG1: one line of JSON a request, and nothing secret in it', async () => {
    const before = server.log.length
    // The line of the request before, to another process, may come late.
    const requests = () => server.log.slice(before).filter(({ msg, path }) => msg === 'request' && path !== TARGET)
    const secret = 'secret-subject-and-body'
    await server.alice.ask('POST', '/api/messages', {
      json: { to: ALICE, contentType: 'text/plain', subject: secret, body: secret },
    })
    await server.alice.get('/api/%0d%0aINFO%20fake/%E2%80%A8', { 'user-agent': 'x'.repeat(8000) })
    await server.alice.get(`/${'y'.repeat(3000)}`)
    await sendRaw(server.url, 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n')
    await expect.poll(() => requests().length).toBe(4)
    const lines = requests()
    expect(lines.map(({ method, status, principal }) => [method, status, principal])).toEqual([
      ['POST', 202, ALICE],
      ['GET', 404, undefined],
      ['GET', 404, undefined],
      [undefined, 400, undefined],
    ])
    expect(lines[1]?.['path']).toBe('/api/%0d%0aINFO%20fake/%E2%80%A8')
    expect((lines[2]?.['path'] as string).length).toBe(1025)
    expect(server.logText()).not.toMatch(/secret|response=|nonce|Digest/)
  })

  it('HOST-LOG1: a request that was given up, by the client or by us, has its line too', async () => {
    const before = server.log.length
    const begin = async () =>
      openRaw(
        server.url,
        `PUT ${TARGET} HTTP/1.1\r\n${await authorized('PUT', TARGET)}Content-Type: ` +
          `${DISTURB}\r\nContent-Length: 100\r\n\r\n<do`,
      )
    const [left, slow] = [await begin(), await begin()]
    await expect
      .poll(async () => /^xdms_requests_in_flight (\d+)$/m.exec((await server.stranger.get('/metrics')).text)?.[1])
      .toBe('3')
    left.socket.destroy()
    expect(statusOf(await slow.closed)).toBe(408)
    const ours = () =>
      server.log
        .slice(before)
        .filter(({ method }) => method === 'PUT')
        .map(({ status }) => status)
    // An end in the middle of a body is a request that cannot be read (RFC 9112 §8).
    await expect.poll(ours).toEqual([400, 408])
  })

  it('HOST-R1: the error of a request is told without paths, libraries or stacks', async () => {
    const answers = [
      await server.alice.get('/nothing'),
      await server.alice.get('/xcap-root/x'),
      await server.alice.ask('POST', '/api/messages', { body: '{', headers: { 'content-type': 'application/json' } }),
      await server.alice.putXml(TARGET, DISTURB, '<a'),
      await server.alice.get('/api/users/%zz/profiles'),
    ]
    for (const { text, status } of answers) {
      expect([400, 404, 409]).toContain(status)
      expect(text).not.toMatch(/node_modules|\.ts|\.js|at \w+ \(|libxml|saxes|zod|express/)
    }
  })
})

describe('room', () => {
  it('HOST-R1: more requests at once than there is room for are 503 with Retry-After', async () => {
    const bounds = { XDMS_REQUESTS_IN_FLIGHT: '2', XDMS_BODY_BYTES_IN_FLIGHT: '100' }
    // There is room for as many at each of several workers.
    const server = await startServer(bounds, IN_THIS_PROCESS)
    try {
      const login = new DigestClient({ user: ALICE, password: passwordOf(ALICE) })
      login.learn((await login.send(server.url, 'GET', CAPS)).headers)
      const begin = (length: number, sent: number) =>
        openRaw(
          server.url,
          `PUT ${TARGET} HTTP/1.1\r\nHost: x\r\nAuthorization: ` +
            `${login.authorization('PUT', TARGET)}\r\nContent-Type: ${DISTURB}\r\nContent-Length: ` +
            `${length}\r\n\r\n${'<'.repeat(sent)}`,
        )
      const slow = [await begin(60, 59), await begin(30, 1)]
      await expect
        .poll(async () => /^xdms_requests_in_flight (\d+)$/m.exec((await server.stranger.get('/metrics')).text)?.[1])
        .toBe('3')
      const refused = await server.alice.get(TARGET)
      expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1'])
      slow.pop()?.socket.destroy()
      await expect.poll(async () => (await server.alice.get(TARGET)).status).toBe(404)
      expect((await server.alice.putXml(TARGET, DISTURB, DOCUMENT)).status).toBe(503)
      slow.pop()?.socket.destroy()
      await expect.poll(async () => (await server.alice.putXml(TARGET, DISTURB, DOCUMENT)).status).toBe(201)
      // Who only announces a body takes nothing from others.
      await begin(90, 1)
      expect((await server.alice.putXml(TARGET, DISTURB, DOCUMENT)).status).toBe(200)
    } finally {
      await server.close()
    }
  })
})

describe('trouble', () => {
  it('HOST-R1: a mistake of ours is 500 without a word of what it was, and the log has it; the next request is served', async () => {
    let broken = false
    const failpoint = (): void => {
      if (broken) throw new Error('the secret of line 17')
    }
    const server = await startServer({}, { failpoint })
    broken = true
    const message = { json: { to: ALICE, contentType: 'text/plain', body: 'x', messageId: 'm' } }
    const answer = await server.bob.ask('POST', '/api/messages', message)
    expect([answer.status, answer.json]).toEqual([
      500,
      {
        type: 'urn:cpm-xdms:problem:internal',
        title: 'The server made a mistake',
        status: 500,
        detail: 'This is not your fault. What happened is in the log of the server.',
        requestId: answer.headers['x-request-id'],
      },
    ])
    expect(server.log.find(({ msg }) => msg === 'a mistake of ours')).toMatchObject({
      level: 50,
      err: { message: 'the secret of line 17' },
    })
    broken = false
    expect((await server.bob.ask('POST', '/api/messages', message)).status).toBe(202)
    await server.close()
  })

  it('RFC 4825 §6.1: with the root of the server as XCAP root the REST side keeps its place', async () => {
    const server = await startServer({ XDMS_XCAP_ROOT: '/' })
    expect((await server.alice.open('GET', '/xcap-caps/global/index')).statusCode).toBe(200)
    expect((await server.alice.get(`/api/users/${ALICE}/profiles`)).status).toBe(200)
    expect((await server.stranger.get('/healthz')).status).toBe(200)
    await server.close()
  })
})

describe('the administrative side', () => {
  it('HOST-R1: health, readiness and metrics need no password, on the same listener while that is loopback', async () => {
    const server = await startServer()
    expect(server.adminUrl).toBe(server.url)
    expect((await server.stranger.get('/healthz')).json).toEqual({ status: 'alive' })
    expect((await server.stranger.get('/readyz')).json).toEqual({ status: 'ready' })
    await server.alice.get(TARGET)
    const metrics = await server.stranger.get('/metrics')
    expect(metrics.headers['content-type']).toContain('text/plain')
    expect(metrics.text).toMatch(/^xdms_requests_total\{method="GET",route="xcap",status="404"\} 1$/m)
    expect(metrics.text).toMatch(/^xdms_request_duration_seconds_count\{route="xcap"\} 2$/m)
    for (const name of [
      'xdms_open_streams 0',
      'xdms_released_total 0',
      'xdms_store_commits_total 0',
      'process_cpu_seconds_total',
    ])
      expect(metrics.text).toContain(name)
    const post = await server.stranger.ask('POST', '/healthz')
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS'])
    await server.close()
  })

  it('HOST-R1: on a listener of its own it is not reached by the public one, nor the other way round', async () => {
    const server = await startServer({ XDMS_ADMIN_PORT: '0' })
    expect(server.adminUrl).not.toBe(server.url)
    const { Client } = await import('./client.ts')
    const inside = new Client(server.adminUrl, undefined)
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect((await server.alice.open('GET', path)).statusCode).toBe(404)
      expect((await inside.get(path)).status).toBe(200)
    }
    expect((await inside.open('GET', '/api/users')).statusCode).toBe(404)
    expect((await inside.open('GET', CAPS)).statusCode).toBe(404)
    await server.close()
  })

  it('HOST-R1: an address that is taken is said in words for people, and nothing is left open', async () => {
    const server = await startServer()
    const port = new URL(server.url).port
    await expect(startServer({ XDMS_PORT: port })).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}: somebody else listens there. Where to listen is a setting ` +
        `(XDMS_HOST, XDMS_PORT).`,
    )
    await server.close()
    expect(readFileSync('/proc/net/tcp', 'utf8')).not.toContain(
      `:${Number(port).toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`,
    )
  })
})
