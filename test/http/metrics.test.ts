/** What operators are shown in figures. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from './client.ts'
import { ALICE, BOB, PHONE, startServer, type Running } from './server.ts'

let server: Running
beforeAll(async () => void (server = await startServer({ XDMS_CENSUS_MS: '20', XDMS_FAILURES_OF_USER: '3' })))
afterAll(() => server.close())

const text = async (): Promise<string> => (await server.stranger.get('/metrics')).text
/** The value behind a name with its labels. */
const figure = async (name: string): Promise<number | undefined> => {
  const line = (await text()).split('\n').find((each) => each.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}
const send = (to: string, more: object = {}) =>
  server.pf.ask('POST', '/api/messages', {
    json: { to, from: 'sip:far@away.example', contentType: 'text/plain', body: 'x', ...more },
  })

it('api §Operation: what waits is counted by reason, with the age of the oldest, and goes when it ends', async () => {
  await server.alice.put(`/api/users/${ALICE}/registrations/${encodeURIComponent(PHONE)}`, {})
  await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
  const ids = [(await send(ALICE)).json.id, (await send(ALICE)).json.id, (await send(BOB)).json.id] as string[]
  const quiet = 'xdms_messages_waiting{reason="do-not-disturb"}'
  await expect.poll(() => figure(quiet)).toBe(2)
  await expect.poll(() => figure('xdms_messages_waiting{reason="no-applicable-device"}')).toBe(1)
  expect(await figure('xdms_messages_oldest_waiting_seconds')).toBeGreaterThan(0)
  expect(await figure('xdms_messages_counted_timestamp_seconds')).toBeGreaterThan(1_700_000_000)
  expect(await figure('xdms_messages_accepted_total')).toBe(3)
  for (const id of ids) await server.admin.delete(`/api/messages/${id}?reason=test`)
  await expect.poll(() => figure(quiet)).toBeUndefined()
  await expect.poll(() => figure('xdms_messages_oldest_waiting_seconds')).toBe(0)
  expect(await figure('xdms_messages_ended_total{state="discarded"}')).toBe(3)
  expect(await figure('xdms_messages_ended_total{state="delivered"}')).toBe(0)
})

it('api §Operation: a queue of many pieces is counted to its end', async () => {
  await Promise.all(Array.from({ length: 120 }, (_, n) => send(BOB, { messageId: `many-${n}` })))
  await expect.poll(() => figure('xdms_messages_waiting{reason="no-applicable-device"}')).toBe(120)
})

it('api §Operation: logins that were refused, and requests by application usage', async () => {
  const before = await figure('xdms_logins_refused_total{why="wrong"}')
  await server.stranger.get('/api/users')
  // One exchange counts once, so each guess begins anew.
  for (let time = 0; time < 6; time++) await new Client(server.url, { user: BOB, password: 'wrong' }).get('/api/users')
  expect((await figure('xdms_logins_refused_total{why="wrong"}')) ?? 0).toBeGreaterThan(before ?? 0)
  expect(await figure('xdms_logins_refused_total{why="slowed-down"}')).toBeGreaterThan(0)
  await server.alice.get(`/xcap-root/resource-lists/users/${ALICE}/index`)
  await server.alice.get(`/xcap-root/none/users/${ALICE}/index`)
  expect(await figure('xdms_xcap_requests_total{auid="resource-lists"}')).toBeGreaterThan(0)
  expect(await text()).not.toContain('auid="none"')
})

it('api §Operation: how much the store takes, and how much is free', async () => {
  expect(await figure('xdms_store_bytes')).toBeGreaterThan(4_096)
  expect(await figure('xdms_disk_free_bytes')).toBeGreaterThan(4_096)
  const { store } = server.assembled
  const { space } = store
  store.space = () => Promise.reject(new Error('down'))
  expect([await figure('xdms_store_bytes'), await figure('xdms_open_streams')]).toEqual([undefined, 0])
  store.space = space
})

it('api §Operation: every figure says what it is; those that count end in _total, and no other does', async () => {
  const lines = (await text()).split('\n')
  const types = lines.filter((line) => line.startsWith('# TYPE xdms_')).map((line) => line.split(' ').slice(2))
  expect(types.length).toBeGreaterThan(20)
  for (const [name, type] of types) {
    expect(lines.some((line) => line.startsWith(`# HELP ${name} `))).toBe(true)
    expect([name, name?.endsWith('_total')]).toEqual([name, type === 'counter'])
  }
})
