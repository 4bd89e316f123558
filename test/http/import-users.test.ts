/** Many accounts at once, and one that was slowed down. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from './client.ts'
import { checkEventAgainstOpenapi } from './openapi.ts'
import { ALICE, BOB, passwordOf, startServer, type Running } from './server.ts'

let server: Running
beforeAll(async () => void (server = await startServer({ XDMS_FAILURES_OF_USER: '2', XDMS_FAILURES_OF_ADDRESS: '3' })))
afterAll(() => server.close())

interface Event {
  readonly event: string
  readonly data: Record<string, unknown>
}

async function importing(lines: readonly string[], query = ''): Promise<readonly Event[]> {
  const headers = { 'content-type': 'application/x-ndjson' }
  const { status, text } = await server.admin.ask('POST', `/api/users${query}`, { body: lines.join('\n'), headers })
  expect(status).toBe(200)
  return [...text.matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, event = '', data = '']) => {
    const parsed = JSON.parse(data) as Record<string, unknown>
    checkEventAgainstOpenapi('/api/users', event, parsed, 'post')
    return { event, data: parsed }
  })
}
const line = (xui: string, more: object = {}): string =>
  JSON.stringify({ xui, role: 'user', password: `secret of ${xui}`, ...more })

it('api §REST: 10,000 accounts come in one request, in at most 30 s of a processor, and can log in; the record has each', async () => {
  const lines = Array.from({ length: 10_000 }, (_, n) => line(`sip:u${n}@example.com`))
  const began = process.cpuUsage()
  const events = await importing(lines)
  const { user, system } = process.cpuUsage(began)
  expect(user + system).toBeLessThan(30_000_000)
  expect(events.at(-1)).toEqual({ event: 'end', data: { created: 10_000, changed: 0, kept: 0, refused: 0 } })
  expect(events.filter(({ event }) => event === 'progress').length).toBe(100)
  const xui = 'sip:u9999@example.com'
  const own = new Client(server.url, { user: xui, password: passwordOf(xui) })
  expect((await own.get(`/api/users/${xui}/deferred`)).status).toBe(200)
  const { json } = await server.admin.get(`/api/users/${xui}/record`)
  expect(json.entries).toMatchObject([{ what: 'account-made', by: 'sip:admin@example.com', from: '127.0.0.1' }])
}, 60_000)

it('api §REST: a wrong line is told and passed over; who is there stays, or is changed where that is said', async () => {
  const lines = [
    line('sip:new1@example.com'),
    '{"xui": "sip:new2@example.com", "role": user}',
    line('nobody at all'),
    '',
    line('sip:new3@example.com', { role: 'king' }),
    JSON.stringify({ xui: 'sip:new4@example.com', role: 'user' }),
    line(BOB, { role: 'administrator' }),
    `"${'x'.repeat(9_000)}"`,
  ]
  const events = await importing(lines)
  const refused = events.filter(({ event }) => event === 'refused').map(({ data }) => data)
  expect(refused).toEqual([
    { line: 2, detail: 'The line is no JSON: in line 1, column 41, a value is wanted.' },
    { line: 3, xui: 'nobody at all', detail: 'This is no XUI, such as sip:alice@example.com.' },
    {
      line: 5,
      detail: 'The body is not of the format. /role must be one of user, participating-function, administrator.',
    },
    {
      line: 6,
      xui: 'sip:new4@example.com',
      detail: 'A new account needs a role and a password. /password is missing.',
    },
    { line: 8, detail: 'A line has at most 8192 characters.' },
  ])
  expect(events.at(-1)?.data).toEqual({ created: 1, changed: 0, kept: 1, refused: 5 })
  expect((await server.admin.get(`/api/users/${BOB}`)).json.role).toBe('user')
  const again = await importing([line(BOB, { role: 'participating-function' })], '?existing=change')
  expect(again.at(-1)?.data).toEqual({ created: 0, changed: 1, kept: 0, refused: 0 })
  expect((await server.admin.get(`/api/users/${BOB}`)).json.role).toBe('participating-function')
})

it('RFC 8259 §8.1: lines that are not in UTF-8 make no account, and a byte order mark is no part of the first', async () => {
  const headers = { 'content-type': 'application/x-ndjson' }
  const latin = Buffer.from(line('sip:latin@example.com', { password: 'Grün' }), 'latin1')
  const refused = await server.admin.ask('POST', '/api/users', { body: latin, headers })
  expect([refused.status, refused.json.detail]).toEqual([400, 'The body is not in UTF-8.'])
  expect((await server.admin.get('/api/users/sip:latin@example.com')).status).toBe(404)
  const marked = await importing([`\uFEFF${line('sip:marked@example.com')}`])
  expect(marked.at(-1)?.data).toEqual({ created: 1, changed: 0, kept: 0, refused: 0 })
})

it('X6: one import at a time; who lost his right meanwhile imports no more', async () => {
  const headers = { 'content-type': 'application/x-ndjson' }
  const lines = Array.from({ length: 2_000 }, (_, n) => line(`sip:late${n}@example.com`))
  const second = 'sip:second@example.com'
  await server.admin.put(`/api/users/${second}`, { role: 'administrator', password: 'p' })
  const other = new Client(server.url, { user: second, password: 'p' })
  await other.get('/api/users')
  const running = await other.open('POST', '/api/users', { body: lines.join('\n'), headers })
  expect(running.statusCode).toBe(200)
  expect((await server.admin.ask('POST', '/api/users', { body: '', headers })).status).toBe(503)
  await server.admin.put(`/api/users/${second}`, { role: 'user' })
  let text = ''
  for await (const chunk of running) text += String(chunk)
  expect(text).not.toContain('event: end')
  expect((await importing([])).at(-1)?.data).toEqual({ created: 0, changed: 0, kept: 0, refused: 0 })
})

it('HOST-S5: an administrator lets in at once who was slowed down, at his address too', async () => {
  const login = async (password: string): Promise<number> =>
    (await new Client(server.url, { user: ALICE, password }).get(`/api/users/${ALICE}/deferred`)).status
  for (let time = 0; time < 4; time++) await login('wrong')
  expect(await login(passwordOf(ALICE))).toBe(429)
  expect((await server.admin.ask('POST', `/api/users/${ALICE}/unlock`)).status).toBe(204)
  expect(await login(passwordOf(ALICE))).toBe(200)
  const { json } = await server.admin.get(`/api/users/${ALICE}/record`)
  expect(json.entries).toMatchObject([{ what: 'account-unlocked', by: 'sip:admin@example.com' }])
})
