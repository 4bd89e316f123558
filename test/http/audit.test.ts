import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from './client.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const DISTURB = 'application/vnd.cpm-xdms.do-not-disturb+xml'
const ON = '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"/>'
const XCAP = `/xcap-root/org.cpm-xdms.do-not-disturb/users/${ALICE}/index`
const REST = `/api/users/${ALICE}/do-not-disturb`
/** In everything that nobody may find in a log. */
const CANARY = 'canary5f2c'

let server: Running
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.close())

const audited = (): readonly Record<string, unknown>[] => server.log.filter(({ msg }) => msg === 'audit')

it('X6: every change and every refusal by right has one audit line, with who, from where, and the entity tags', async () => {
  const tag = (etag: string | undefined): string | undefined => etag?.slice(1, -1)
  const first = tag((await server.alice.putXml(XCAP, DISTURB, ON)).headers.etag)
  const second = tag((await server.alice.put(REST, { on: false })).headers.etag)
  await server.alice.get(XCAP)
  await server.alice.putXml(XCAP, DISTURB, '<broken')
  await server.bob.putXml(XCAP, DISTURB, ON)
  await server.stranger.get(XCAP)
  await new Client(server.url, { user: BOB, password: CANARY }).get(REST)
  await server.alice.delete(XCAP)
  const change = { audit: 'change', address: '127.0.0.1', by: ALICE }
  await expect.poll(audited).toMatchObject([
    { ...change, method: 'PUT', path: XCAP, status: 201, etagAfter: first },
    { ...change, method: 'PUT', path: REST, status: 200, etagBefore: first, etagAfter: second },
    { audit: 'refusal', by: BOB, method: 'PUT', path: XCAP, status: 403 },
    { audit: 'refusal', method: 'GET', path: REST, status: 401 },
    { ...change, method: 'DELETE', path: XCAP, status: 200, etagBefore: second },
  ])
  expect(audited()[0]).not.toHaveProperty('etagBefore')
})

it('X6: no log has a secret, a body, a subject or a header field of a client', async () => {
  const message = { to: BOB, contentType: 'text/plain', subject: CANARY, body: CANARY, conversation: CANARY }
  expect((await server.alice.ask('POST', '/api/messages', { json: message })).status).toBe(202)
  await server.alice.ask('POST', '/api/messages', { json: { ...message, [CANARY]: 1 } })
  await server.alice.ask('POST', '/api/messages', {
    body: `{"${CANARY}`,
    headers: { 'content-type': 'application/json' },
  })
  await server.alice.putXml(XCAP, DISTURB, ON.replace('/>', `><!--${CANARY}--></do-not-disturb>`))
  await server.alice.putXml(XCAP, DISTURB, `<${CANARY}`)
  await server.alice.put(REST, { on: CANARY })
  await server.admin.put('/api/users/sip:new@example.com', { role: 'user', password: CANARY })
  const fields = { cookie: CANARY, 'user-agent': CANARY, 'x-other': CANARY, 'if-match': `"${CANARY}"` }
  await server.alice.get(XCAP, fields)
  await server.stranger.get(XCAP, { authorization: `Basic ${CANARY}` })
  await server.stranger.get(XCAP, { authorization: `Digest username="x", response="${CANARY}"` })
  await expect.poll(() => server.log.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(15)
  expect(server.logText()).not.toContain(CANARY)
})

it('X6: the trail has a file of its own where one is named, and no line of it is in the log', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'cpm-xdms-audit-')), 'trail')
  const own = await startServer({ XDMS_AUDIT: file })
  await own.alice.putXml(XCAP, DISTURB, ON)
  await own.bob.putXml(XCAP, DISTURB, ON)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { audit: 'change', by: ALICE, status: 201 },
    { audit: 'refusal', by: BOB, status: 403 },
  ])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(own.log.filter(({ msg }) => msg === 'audit')).toEqual([])
  await own.close()
})
