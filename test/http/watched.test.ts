/** What a line of the log says of a request, and what an answer says of its line. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { claimedName } from '../../src/access/claimed-name.ts'
import { settingsSet, readSettings } from '../../src/config.ts'
import { Client } from './client.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

let server: Running
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.close())

const lineOf = async (requestId: unknown): Promise<Record<string, unknown>> => {
  const found = () => server.log.find((line) => line['msg'] === 'request' && line['requestId'] === requestId)
  await expect.poll(found).toBeDefined()
  return found() ?? {}
}

it('RFC 9457 §3.2: a problem has the id under which the log has its request, whoever gave it', async () => {
  const own = await server.alice.get('/api/users')
  expect(own.json.requestId).toBe(own.headers['x-request-id'])
  expect(await lineOf(own.json.requestId)).toMatchObject({
    address: '127.0.0.1',
    status: 403,
    principal: ALICE,
    level: 40,
  })
  const given = await server.alice.get('/api/nothing', { 'x-request-id': 'given-7' })
  expect([given.status, given.json.requestId]).toEqual([404, 'given-7'])
})

it('HOST-LOG1: who tried to log in in vain is named, with the address, and never with a password', async () => {
  const guess = await new Client(server.url, { user: BOB, password: 'canary9d' }).get('/api/users')
  expect(await lineOf(guess.json.requestId)).toMatchObject({ tried: BOB, address: '127.0.0.1', status: 401, level: 40 })
  const json = { user: 'bob', password: 'canary9d' }
  const login = await server.stranger.ask('POST', '/api/session', { json, headers: { 'x-requested-with': 'x' } })
  expect(await lineOf(login.json.requestId)).toMatchObject({ tried: 'bob', status: 401 })
  const known = await server.alice.get(`/api/users/${ALICE}/deferred`)
  expect(await lineOf(known.headers['x-request-id'])).not.toHaveProperty('tried')
  expect(server.logText()).not.toContain('canary9d')
})

it.each([
  ['Digest username="a \\"b\\"", realm="x", response="s"', 'a "b"'],
  ['Digest realm="x", username="bob"', 'bob'],
  [`Digest username="${'x'.repeat(200)}"`, 'x'.repeat(128)],
  ['Digest username="a\u0001\u00fcb"', 'a??b'],
  [`Basic ${Buffer.from('bob:secret').toString('base64')}`, 'bob'],
  [`Basic ${Buffer.from('sip:bob@example.com:secret').toString('base64')}`, 'sip:bob@example.com'],
  [`Basic ${Buffer.from('secret').toString('base64')}`, undefined],
  ['Basic !', undefined],
  ['Bearer secret', undefined],
  [undefined, undefined],
])('HOST-LOG1: of %j the log names %j', (authorization, name) => {
  expect(claimedName(authorization)).toBe(name)
})

it('HOST-LOG1: what is done with a message is logged under its id', async () => {
  const json = { to: ALICE, contentType: 'text/plain', body: 'x' }
  const sent = await server.bob.ask('POST', '/api/messages', { json })
  const { id } = sent.json as { readonly id: string }
  expect(await lineOf(sent.headers['x-request-id'])).toMatchObject({ message: id, status: 202, level: 30 })
  const read = await server.admin.get(`/api/messages/${id}`)
  expect(await lineOf(read.headers['x-request-id'])).toMatchObject({ message: id })
})

it('HOST-LOG1: the settings that are other than by themselves are told, and no secret', () => {
  const settings = readSettings({
    XDMS_PORT: '0',
    XDMS_HOST: '127.0.0.1',
    XDMS_STORE: 'mongodb://u:canary9d@h/x',
    XDMS_TRUSTED_PROXIES: '10.0.0.1',
  })
  const told = settingsSet(settings)
  expect(told).toMatchObject({ XDMS_PORT: 0, XDMS_STORE: 'is set' })
  expect(Object.keys(told)).toEqual(['XDMS_PORT', 'XDMS_STORE', 'XDMS_TRUSTED_PROXIES'])
  expect(JSON.stringify(told)).not.toContain('canary9d')
  expect(settingsSet(readSettings({}))).toEqual({})
})
