import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DigestClient } from '../access/digest-client.ts'
import { openRaw, sendRaw, statusOf, type Raw } from './raw.ts'
import { BOB, passwordOf, startServer, type Running } from './server.ts'

const OPTIONS = 'OPTIONS /xcap-root/xcap-caps/global/index HTTP/1.1\r\nHost: x\r\n\r\n'
const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'

/** A request of bob, ready to be sent over a socket. */
async function signed(server: Running, method: string, target: string, fields = ''): Promise<string> {
  const login = new DigestClient({ user: BOB, password: passwordOf(BOB) })
  login.learn((await login.send(server.url, 'GET', '/api/policy')).headers)
  return (
    `${method} ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ` +
    `${login.authorization(method, target)}\r\n${fields}\r\n`
  )
}

describe('one connection', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer({ XDMS_REQUESTS_AHEAD: '8', XDMS_REQUESTS_IN_FLIGHT: '2' })
  })
  afterAll(() => server.close())

  it('HOST-S2: requests sent ahead are answered one after the other, and take one slot', async () => {
    const raw = await openRaw(server.url, OPTIONS.repeat(8))
    const text = await raw.until((received) => received.split('HTTP/1.1 204').length === 9)
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(Array.from({ length: 8 }, () => 'HTTP/1.1 204'))
    raw.socket.destroy()
  })

  it('HOST-S2: who sends too many ahead is cut, and the others are served', async () => {
    const raw = await openRaw(server.url, OPTIONS.repeat(5_000))
    await raw.closed
    expect((await server.alice.get('/api/policy')).status).toBe(200)
    expect(server.log.some(({ requestsAhead }) => requestsAhead === 8)).toBe(true)
  })

  it('HOST-S3: behind a stream nothing is begun, and /readyz is right that the server serves', async () => {
    const streams: Raw[] = []
    for (let n = 0; n < 4; n++) {
      const raw = await openRaw(server.url, (await signed(server, 'GET', '/api/changes')) + OPTIONS.repeat(8))
      await raw.until((text) => text.startsWith('HTTP/1.1 200'))
      streams.push(raw)
    }
    expect((await server.alice.get('/api/policy')).status).toBe(200)
    expect(statusOf(await sendRaw(server.adminUrl, HEALTH.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')))).toBe(
      200,
    )
    for (const { text } of streams) expect(text()).not.toContain('HTTP/1.1 204')
    for (const { socket } of streams) socket.destroy()
  })
})

it('HOST-S2: who does not take an answer is cut after the time that is set', async () => {
  const server = await startServer({ XDMS_REQUESTS_AHEAD: '100000', XDMS_ANSWER_MS: '300' })
  const { socket } = await openRaw(server.adminUrl)
  socket.pause()
  const send = (): void =>
    void (socket.destroyed || socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20)))
  // Until what the system takes for the client is full, and its answers stay at the server.
  await expect.poll(() => (send(), socket.destroyed), { timeout: 20_000, interval: 5 }).toBe(true)
  await expect
    .poll(async () => await (await fetch(`${server.adminUrl}/metrics`)).text())
    .toMatch(/^xdms_requests_in_flight 1$/m)
  expect(server.log.some((line) => 'requestsAhead' in line)).toBe(false)
  await server.close()
})

describe('one user', () => {
  it('HOST-S3: has a share of the streams; a full house of streams refuses streams only', async () => {
    const server = await startServer({ XDMS_STREAMS: '3', XDMS_STREAMS_OF_USER: '2' })
    const open = [await server.bob.stream('/api/changes'), await server.bob.stream('/api/changes')]
    const third = await server.bob.get('/api/changes')
    expect([third.status, third.json.type]).toEqual([429, 'urn:cpm-xdms:problem:too-many-requests'])
    const others = await server.alice.stream('/api/changes')
    expect((await server.admin.get('/api/changes')).status).toBe(503)
    expect((await server.admin.get('/api/policy')).status).toBe(200)
    for (const stream of [...open, others]) stream.close()
    await expect
      .poll(async () => await (await fetch(`${server.adminUrl}/metrics`)).text())
      .toMatch(/^xdms_open_streams 0$/m)
    const again = await server.bob.stream('/api/changes')
    again.close()
    await server.close()
  })

  it('HOST-H5: has a share of the bytes of bodies, and others go on', async () => {
    const server = await startServer({ XDMS_BODY_BYTES_OF_USER: '100000' })
    const fields = 'Content-Type: application/json\r\nContent-Length: 90000\r\n'
    const slow = await openRaw(server.url, (await signed(server, 'POST', '/api/messages', fields)) + 'x'.repeat(89_999))
    await expect
      .poll(async () => {
        const json = { to: 'sip:alice@example.com', contentType: 'text/plain', body: 'x'.repeat(20_000) }
        return (await server.bob.ask('POST', '/api/messages', { json })).status
      })
      .toBe(429)
    const json = { to: 'sip:bob@example.com', contentType: 'text/plain', body: 'x'.repeat(20_000) }
    expect((await server.alice.ask('POST', '/api/messages', { json })).status).toBe(202)
    slow.socket.destroy()
    await server.close()
  })

  it('HOST-M2: /readyz asks the store once a second, however often it is asked', async () => {
    const server = await startServer()
    let asked = 0
    const { ready } = server.assembled.store
    server.assembled.store.ready = () => ((asked += 1), ready())
    for (let n = 0; n < 20; n++) expect((await fetch(`${server.adminUrl}/readyz`)).status).toBe(200)
    expect(asked).toBeLessThan(5)
    await server.close()
  })
})
