import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import type { Request, Response } from '../../src/http/http-server.ts'
import { isPlain, writeTurnedAway } from '../../src/http/turned-away.ts'
import type { HttpLimits } from '../../src/http/settings.ts'
import { openRaw } from './raw.ts'
import { ALICE, IN_THIS_PROCESS, startServer } from './server.ts'

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

it('RFC 9110 §15.6.4: who is turned away is counted, and served on the same connection when there is time', async () => {
  const server = await startServer({ XDMS_REQUESTS_WHEN_BUSY: '1' }, IN_THIS_PROCESS)
  const ask = 'GET /api/policy HTTP/1.1\r\nhost: h\r\n\r\n'
  const all = await Promise.all(Array.from({ length: 20 }, () => openRaw(server.url)))
  const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status!)
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
