/** A browser logs in, goes on, and logs out: over HTTP, on every store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Answer } from './client.ts'
import { openRaw } from './raw.ts'
import { ALICE, BOB, passwordOf, IN_THIS_PROCESS, startServer, type Running } from './server.ts'

const OURS = { 'x-requested-with': 'fetch' }
const DISTURB = `/api/users/${ALICE}/do-not-disturb`

let server: Running
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.close())

const logIn = (on: Running, user: string, password: string, headers = {}): Promise<Answer> =>
  on.stranger.ask('POST', '/api/session', { json: { user, password }, headers })

/** What a browser sends from then on. */
const cookieOf = ({ headers }: Answer): string => headers['set-cookie']?.[0]?.split(';')[0] ?? ''

async function loggedIn(on: Running, user = ALICE): Promise<{ cookie: string }> {
  const answer = await logIn(on, user, passwordOf(user))
  expect(answer.status).toBe(204)
  return { cookie: cookieOf(answer) }
}

it('api §Browser sessions: in with the password, on with the cookie, out, and then it is nobody’s', async () => {
  const answer = await logIn(server, 'alice', passwordOf(ALICE))
  expect([answer.status, answer.headers['set-cookie']]).toEqual([
    204,
    [expect.stringMatching(/^xdms-session=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)],
  ])
  const cookie = { cookie: cookieOf(answer) }
  const { status, json, headers } = await server.stranger.get('/api/session', cookie)
  expect([status, json]).toEqual([200, { xui: ALICE, role: 'user', expires: expect.stringMatching(/Z$/) }])
  expect(headers['cache-control']).toBe('no-store')
  expect((await server.stranger.put(DISTURB, { on: true }, { ...cookie, ...OURS })).status).toBe(201)
  expect((await server.stranger.put(DISTURB, { on: false }, cookie)).status).toBe(403)
  expect((await server.stranger.get(DISTURB, cookie)).json).toMatchObject({ on: true })
  expect((await server.stranger.get(DISTURB.replace(ALICE, BOB), cookie)).status).toBe(403)
  expect((await server.stranger.delete('/api/session', cookie)).status).toBe(403)
  const out = await server.stranger.delete('/api/session', { ...cookie, ...OURS })
  expect([out.status, out.headers['set-cookie']]).toEqual([
    204,
    ['xdms-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'],
  ])
  const gone = await server.stranger.get('/api/session', { ...cookie, ...OURS })
  expect([gone.status, gone.headers['www-authenticate']]).toEqual([401, 'Session realm="example.com"'])
})

it('api §Browser sessions: who came in another way is told who he is, and logs out of nothing', async () => {
  expect((await server.bob.get('/api/session')).json).toEqual({ xui: BOB, role: 'user' })
  expect((await server.bob.delete('/api/session')).status).toBe(204)
})

it('api §Browser sessions: a wrong password is 401 without a box, and a body of another form is refused', async () => {
  const wrong = await logIn(server, 'alice', 'wrong')
  expect([wrong.status, wrong.headers['www-authenticate'], wrong.headers['set-cookie']]).toEqual([
    401,
    'Session realm="example.com"',
    undefined,
  ])
  const unknown = await logIn(server, 'nobody', 'wrong')
  expect({ ...unknown.json, requestId: '' }).toEqual({ ...wrong.json, requestId: '' })
  expect((await logIn(server, 'alice', passwordOf(ALICE), { origin: 'http://evil.example' })).status).toBe(403)
  const post = async (sending: object): Promise<number> =>
    (await server.stranger.ask('POST', '/api/session', sending)).status
  expect(await post({ body: 'user=alice&password=x' })).toBe(415)
  expect(await post({ body: '{', headers: { 'content-type': 'application/json' } })).toBe(400)
  expect(await post({ json: { user: 'alice' } })).toBe(400)
  expect(await post({ json: { user: 'alice', password: 7 } })).toBe(422)
  expect(await post({ json: { user: 'alice', password: 'x', role: 'administrator' } })).toBe(422)
  expect(await post({ json: { user: 'alice', password: 'x'.repeat(9_000) } })).toBe(413)
})

it('api §Browser sessions: another password ends them, and so does the end of the account', async () => {
  const at = '/api/users/sip:carol@example.com'
  const account = { role: 'user', password: 'first' }
  await server.admin.put(at, account)
  const cookie = { cookie: cookieOf(await logIn(server, 'carol', 'first')) }
  const status = async (): Promise<number> => (await server.stranger.get('/api/session', cookie)).status
  expect(await status()).toBe(200)
  await server.admin.put(at, { password: 'second' })
  expect(await status()).toBe(401)
  await server.admin.put(at, account)
  expect(await status()).toBe(200)
  await server.admin.delete(`${at}?documents=keep`)
  expect(await status()).toBe(401)
  await server.admin.put(at, account)
  expect(await status()).toBe(401)
  await server.admin.delete(`${at}?documents=keep`)
})

it('api §Browser sessions: they outlive a restart, and hold at every server of one database', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-session-'))
  const first = await startServer({ XDMS_DATA: folder })
  const cookie = await loggedIn(first)
  if (process.env['HTTP_STORE'] !== 'mongodb') await first.close()
  const second = await startServer({ XDMS_DATA: folder })
  expect((await second.stranger.get('/api/session', cookie)).json).toMatchObject({ xui: ALICE })
  await second.stranger.delete('/api/session', { ...cookie, ...OURS })
  if (process.env['HTTP_STORE'] === 'mongodb') {
    expect((await first.stranger.get('/api/session', cookie)).status).toBe(401)
    await first.close()
  }
  expect((await second.stranger.get('/api/session', cookie)).status).toBe(401)
  await second.close()
  rmSync(folder, { recursive: true })
})

it('api §Browser sessions: its streams end with it, and no others', async () => {
  const [one, other] = [await loggedIn(server), await loggedIn(server)]
  const streams = [
    await server.stranger.stream('/api/changes', one),
    await server.stranger.stream('/api/changes', other),
  ]
  await server.stranger.delete('/api/session', { ...one, ...OURS })
  await streams[0]?.ended()
  expect((await server.stranger.put(DISTURB, { on: true }, { ...other, ...OURS })).status).toBeLessThan(300)
  await streams[1]?.event(0)
  streams[1]?.close()
})

it('api §Browser sessions: its streams end with its time', async () => {
  const brief = await startServer({ XDMS_SESSION_MS: '1000' })
  const stream = await brief.stranger.stream('/api/changes', await loggedIn(brief))
  await stream.ended()
  await brief.close()
})

it('HOST-S1: who sends his login slowly keeps out neither others nor what is no login', async () => {
  // As many may at each of several workers.
  const small = await startServer({ XDMS_LOGINS: '3', XDMS_LOGINS_OF_ADDRESS: '2' }, IN_THIS_PROCESS)
  const slow = [
    'POST /api/session HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    'Content-Length: 50',
    '',
    '{',
  ]
  const raws = [await openRaw(small.url, slow.join('\r\n')), await openRaw(small.url, slow.join('\r\n'))]
  await expect.poll(async () => (await logIn(small, 'alice', passwordOf(ALICE))).status).toBe(429)
  expect((await small.alice.get('/api/policy')).status).toBe(200)
  for (const { socket } of raws) socket.destroy()
  await expect.poll(async () => (await logIn(small, 'alice', passwordOf(ALICE))).status).toBe(204)
  await small.close()
})

it('X6: a login and a failed one have a line in the trail, without the password or the cookie', async () => {
  const { cookie } = await loggedIn(server, BOB)
  await logIn(server, 'bob', 'canary7a1')
  const trail = () => server.log.filter(({ msg, path }) => msg === 'audit' && path === '/api/session').slice(-2)
  await expect.poll(trail).toMatchObject([
    { audit: 'change', by: BOB, method: 'POST', status: 204 },
    { audit: 'refusal', method: 'POST', status: 401 },
  ])
  expect(server.logText()).not.toContain('canary7a1')
  expect(server.logText()).not.toContain(cookie.split('.').at(-1))
})
