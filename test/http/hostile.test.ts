/** What somebody found who tried to break it. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DigestClient } from '../access/digest-client.ts'
import { openRaw } from './raw.ts'
import { ALICE, passwordOf, startServer, type Running } from './server.ts'

const POLICY = 'application/vnd.cpm-xdms.provider-policy+xml'
const PROFILE = 'application/vnd.cpm-xdms.profile+xml'

describe('what was found by attacking', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer({ XDMS_REQUESTS_IN_FLIGHT: '50' })
  })
  afterAll(() => server.close())

  async function inFlight(): Promise<number> {
    const text = await (await fetch(`${server.adminUrl}/metrics`)).text()
    return Number(/^xdms_requests_in_flight (\d+)$/m.exec(text)?.[1])
  }

  it('HOST-S2: pipelined requests whose connection is reset leave nothing behind', async () => {
    for (let connection = 0; connection < 10; connection++) {
      const { socket, closed } = await openRaw(server.url, 'GET /api/policy HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20))
      socket.resetAndDestroy()
      await closed
    }
    await expect.poll(inFlight, { timeout: 10_000 }).toBeLessThanOrEqual(1)
    expect((await server.alice.get('/api/policy')).status).toBe(200)
  })

  // As many kinds of parts as are judged, and more than that.
  it.each([60, 990])('HOST-S4: a long list of content types and a message of %i parts cost little', async (count) => {
    const types = Array.from({ length: 1_000 }, (_, n) => `<content-type>x/y${n}</content-type>`).join('')
    const profile =
      `<profile xmlns="urn:cpm-xdms:profile:1" id="long"><display-name>x</display-name>` +
      `<messages><rule id="r" action="reject">${types}</rule></messages></profile>`
    const stored = await server.alice.putXml(`/xcap-root/org.cpm-xdms.profiles/users/${ALICE}/long`, PROFILE, profile)
    expect(stored.status).toBeLessThan(300)
    const chosen = await server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'long' })
    expect(chosen.status).toBeLessThan(300)
    const parts = Array.from({ length: count }, (_, n) => `--b\r\nContent-Type: a/b${n}\r\n\r\n`).join('\r\n')
    // Patterns are prepared once: what is done to a text is done for each pattern and for each part, not for each pair.
    const prepared = [vi.spyOn(String.prototype, 'toLowerCase'), vi.spyOn(String.prototype, 'trim')]
    const sent = await server.bob.ask('POST', '/api/messages', {
      json: { to: ALICE, contentType: 'multipart/mixed; boundary=b', body: `${parts}\r\n--b--` },
    })
    expect(sent.status).toBe(202)
    const done = prepared.map((spy) => spy.mock.calls.length)
    prepared.forEach((spy) => spy.mockRestore())
    for (const times of done) expect(times).toBeLessThan(20_000)
  })

  it('HOST-S4: a part whose media type is 9 MB long is taken, and not judged by it', async () => {
    const header = await server.bob.ask('POST', '/api/messages', {
      json: {
        to: ALICE,
        contentType: 'multipart/mixed; boundary=b',
        body: `--b\r\nContent-Type: ${'a'.repeat(9_000_000)}\r\n\r\n\r\n--b--`,
      },
    })
    expect(header.status).toBe(202)
  })

  it('X16: an abbreviation that is no zone of the IANA database is refused', async () => {
    const schedule = { timeZone: 'BST', quiet: [{ id: 'a', days: ['mon'], from: '22:00', to: '07:00' }] }
    expect((await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { schedule })).status).toBe(422)
    expect(
      (await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { schedule: { ...schedule, timeZone: 'CET' } }))
        .status,
    ).toBe(201)
  })

  it('X6: a user called "global" is nobody, and the policy stays', async () => {
    expect(
      (
        await server.admin.putXml(
          '/xcap-root/org.cpm-xdms.provider-policy/global/index',
          POLICY,
          '<provider-policy xmlns="urn:cpm-xdms:provider-policy:1"/>',
        )
      ).status,
    ).toBe(201)
    expect((await server.admin.ask('DELETE', '/api/users/global?documents=delete')).status).toBe(404)
    expect((await server.admin.get('/xcap-root/org.cpm-xdms.provider-policy/users/global/index')).status).toBe(404)
    expect((await server.admin.get('/api/policy')).status).toBe(200)
  })

  it('X6: who lost his role while his body was on its way writes nothing', async () => {
    const admin = 'sip:second@example.com'
    expect(
      (await server.admin.put(`/api/users/${admin}`, { role: 'administrator', password: passwordOf(admin) })).status,
    ).toBe(201)
    const login = new DigestClient({ user: admin, password: passwordOf(admin) })
    login.learn((await login.send(server.url, 'GET', '/api/policy')).headers)
    const head =
      `PUT /api/policy HTTP/1.1\r\nHost: x\r\nAuthorization: ` +
      `${login.authorization('PUT', '/api/policy')}\r\nContent-Type: ` +
      `application/json\r\nContent-Length: 33\r\nExpect: 100-continue\r\n\r\n`
    const raw = await openRaw(server.url, head)
    await raw.until((text) => text.includes('100 Continue'))
    expect((await server.admin.put(`/api/users/${admin}`, { role: 'user' })).status).toBe(200)
    for (let other = 0; other < 10; other++) await server.admin.get(`/api/users/${admin}`)
    raw.socket.write('{"reports":{"failure":false}}    ')
    expect(await raw.until((text) => /HTTP\/1\.1 [2-5]\d\d/.test(text.replace('100 Continue', '')))).toContain(
      '403 Forbidden',
    )
    raw.socket.destroy()
  })

  it('api §A message: a body that could not be kept as it is, is refused', async () => {
    const send = (fields: object) =>
      server.bob.ask('POST', '/api/messages', { json: { to: ALICE, contentType: 'text/plain', body: 'x', ...fields } })
    expect((await send({ body: 'a\ud800b' })).status).toBe(422)
    expect((await send({ contentType: 'text/plain; charset=iso-8859-1' })).status).toBe(422)
    expect((await send({ contentType: 'text/plain; charset="UTF-8"' })).status).toBe(202)
  })

  it('P6: the same message again is the same, also when its recipient has gone', async () => {
    const xui = 'sip:leaving@example.com'
    await server.admin.put(`/api/users/${xui}`, { role: 'user', password: passwordOf(xui) })
    const send = () =>
      server.bob.ask('POST', '/api/messages', {
        json: { messageId: 'm', to: xui, contentType: 'text/plain', body: 'x' },
      })
    const first = await send()
    expect((await server.admin.ask('DELETE', `/api/users/${xui}?documents=keep`)).status).toBe(204)
    const again = await send()
    expect([again.status, (again.json as { id: string }).id]).toEqual([202, (first.json as { id: string }).id])
  })
})
