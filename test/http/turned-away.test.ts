import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, vi } from 'vitest'
import type { Request, Response } from '../../src/http/http-server.ts'
import { isPlain, writeTurnedAway } from '../../src/http/turned-away.ts'
import type { HttpLimits } from '../../src/http/settings.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { openRaw, type Raw } from './raw.ts'
import { ALICE, BOB, IN_THIS_PROCESS, startServer } from './server.ts'

it.each(['GET', 'HEAD'])(
  'RFC 9110 §15.6.4: who is turned away by %s hears what others do that get a 503',
  async (method) => {
    const server = createServer((req, res) => writeTurnedAway(req as Request, res as Response, 'an-id'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { method })
    const {
      date: _date,
      connection: _connection,
      'keep-alive': _alive,
      ...headers
    } = Object.fromEntries(answer.headers)
    const text = await answer.text()
    server.close()
    const body =
      '{"type":"urn:cpm-xdms:problem:unavailable","title":"The server cannot answer now","status":503,' +
      '"detail":"More is asked than can be done now.","requestId":"an-id"}'
    expect([answer.status, text]).toEqual([503, method === 'HEAD' ? '' : body])
    expect(headers).toEqual({
      'cache-control': 'no-store',
      'content-length': '162',
      'content-type': 'application/problem+json',
      'retry-after': '1',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'an-id',
    })
  },
)

const LIMITS = { targetBytes: 100, headers: 10 } as HttpLimits

it.each([
  ['GET', '/api/policy', {}, true],
  ['PUT', '/api/users/a/profiles/b', { 'content-length': '65536' }, true],
  ['PUT', '/api/users/a/profiles/b', { 'content-length': '65537' }, false],
  ['PUT', '/api/users/a/profiles/b', { 'transfer-encoding': 'chunked' }, false],
  ['GET', '/readyz', {}, false],
  ['GET', '/metrics?a=b', {}, false],
  ['GET', `/${'x'.repeat(100)}`, {}, false],
  ['GET', '/a#b', {}, false],
  ['GET', '/api/policy', { host: 'a/b' }, false],
] as const)('RFC 9110 §15.6.4: %s %s %o is plain: %s', (method, url, headers, expected) => {
  const req = { method, url, headers: { host: 'a', ...headers }, rawHeaders: [], httpVersionMajor: 1, socket: {} }
  expect(isPlain(req as unknown as Request, LIMITS)).toBe(expected)
})

const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status!)

it('RFC 9110 §15.6.4: who is turned away is counted, and served on the same connection when there is time', async () => {
  const server = await startServer({ XDMS_REQUESTS_WHEN_BUSY: '1' }, IN_THIS_PROCESS)
  const ask = 'GET /api/policy HTTP/1.1\r\nhost: h\r\n\r\n'
  const all = await Promise.all(Array.from({ length: 20 }, () => openRaw(server.url)))
  const answered = (count: number): Promise<readonly string[]> =>
    Promise.all(all.map(async (raw) => statuses(await raw.until((text) => statuses(text).length === count)).at(-1)!))
  const profile = { id: 'work', displayNames: [{ text: 'W' }] }
  const put = (): Promise<unknown> => server.alice.put(`/api/users/${ALICE}/profiles/work`, profile)
  let going = true
  const writers = Array.from({ length: 8 }, async () => {
    while (going) await put()
  })
  let count = 0
  let turnedAway = 0
  const askAll = async (): Promise<readonly string[]> => {
    for (const { socket } of all) socket.write(ask)
    const last = await answered(++count)
    turnedAway += last.filter((status) => status === '503').length
    return last
  }
  do {
    await new Promise((resolve) => setTimeout(resolve, 5))
    // Nothing else is done meanwhile, and so it is looked at next, while some of the writers wait for their answers.
    for (const until = performance.now() + 200; performance.now() < until; );
  } while (!(await askAll()).includes('503'))
  going = false
  await Promise.all(writers)
  do await new Promise((resolve) => setTimeout(resolve, 60))
  while ((await askAll()).includes('503'))
  const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text()
  const counted = Number(/^xdms_requests_total\{method="GET",route="none",status="503"\} (\d+)$/m.exec(metrics)?.[1])
  expect(counted).toBe(turnedAway)
  for (const { socket } of all) socket.destroy()
  await server.close()
})

it('RFC 9110 §10.2.3: who comes again too early waits for his 503, and who passes on what others ask does not', async () => {
  const clock = createHandClock()
  const server = await startServer({ XDMS_REQUESTS_WHEN_BUSY: '1', XDMS_TRUSTED_PROXIES: '127.0.0.1' }, { clock })
  vi.spyOn(performance, 'eventLoopUtilization').mockReturnValue({ idle: 0, active: 1, utilization: 1 })
  // One request is worked on all the while: who asks for accounts behind this one.
  const list = server.assembled.accounts.list.bind(server.assembled.accounts)
  let finish = (): void => undefined
  const begun = new Promise<void>((resolve) =>
    vi.spyOn(server.assembled.accounts, 'list').mockImplementation(async (after, limit) => {
      if (after !== BOB) return list(after, limit)
      resolve()
      return new Promise((listed) => (finish = () => listed([])))
    }),
  )
  const listing = server.admin.get(`/api/users?after=${BOB}`)
  await begun
  const [first, early, gone, proxy] = await Promise.all(Array.from({ length: 4 }, () => openRaw(server.url)))
  const ask = (raw: Raw, headers = ''): boolean =>
    raw.socket.write(`GET /api/policy HTTP/1.1\r\nhost: h\r\n${headers}\r\n`)
  const answers = async (raw: Raw, count: number): Promise<readonly string[]> =>
    statuses(await raw.until((text) => statuses(text).length === count))
  // Whether there is time is looked at now and then.
  for (let count = 1; ask(first!), (await answers(first!, count)).at(-1) !== '503'; ) count += 1
  for (const raw of [early!, gone!]) {
    ask(raw)
    expect(await answers(raw, 1)).toEqual(['503'])
    ask(raw)
  }
  for (const count of [1, 2, 3]) {
    ask(proxy!, 'x-forwarded-for: 192.0.2.1\r\n')
    expect(await answers(proxy!, count)).toEqual(Array.from({ length: count }, () => '503'))
  }
  expect([early!, gone!].map(({ text }) => statuses(text()))).toEqual([['503'], ['503']])
  gone!.socket.destroy()
  clock.move(100)
  expect(await answers(early!, 2)).toEqual(['503', '503'])
  finish()
  await listing
  vi.restoreAllMocks()
  for (const { socket } of [first!, early!, proxy!]) socket.destroy()
  const closed = server.close()
  await new Promise(setImmediate)
  clock.move(1)
  await closed
})
