/** Who changed what of others. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const CAROL = 'sip:carol@example.com'
const ADMIN = 'sip:admin@example.com'
const POLICY_AT = '/xcap-root/org.cpm-xdms.provider-policy/global/index'
const POLICY_TYPE = 'application/vnd.cpm-xdms.provider-policy+xml'
const POLICY = '<provider-policy xmlns="urn:cpm-xdms:provider-policy:1"/>'
const CANARY = 'canary77aa'

let server: Running
beforeAll(async () => void (server = await startServer({ XDMS_TRUSTED_PROXIES: '127.0.0.1' })))
afterAll(() => server.close())

const through = { 'x-forwarded-for': '198.51.100.7' }
const recordOf = async (xui: string): Promise<readonly Record<string, unknown>[]> =>
  (await server.admin.get(`/api/users/${xui}/record`)).json.entries

it('X6: who made, changed and removed an account, from where, and no password', async () => {
  const at = `/api/users/${CAROL}`
  await server.admin.put(at, { role: 'user', password: CANARY }, through)
  await server.admin.put(at, { role: 'administrator' }, through)
  await server.admin.put(at, { password: `${CANARY}2` })
  await server.admin.delete(`${at}?documents=delete`)
  const [removed, password, role, made] = await recordOf(CAROL)
  const by = { by: ADMIN, user: CAROL }
  expect(made).toMatchObject({ ...by, from: '198.51.100.7', what: 'account-made', after: { role: 'user' } })
  expect(role).toMatchObject({
    ...by,
    from: '198.51.100.7',
    what: 'account-changed',
    before: { role: 'user' },
    after: { role: 'administrator', password: 'as before' },
  })
  expect(password).toMatchObject({
    ...by,
    from: '127.0.0.1',
    after: { role: 'administrator', password: 'another one' },
  })
  expect(removed).toMatchObject({ ...by, what: 'account-removed', after: { documents: 'deleted' } })
  expect(removed?.['at']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  expect(JSON.stringify(await recordOf(CAROL))).not.toContain(CANARY)
  const lines = server.log.filter(({ msg, what }) => msg === 'audit' && what !== undefined)
  expect(lines.map(({ what }) => what)).toEqual([
    'account-made',
    'account-changed',
    'account-changed',
    'account-removed',
  ])
})

it('X6: what was refused, and what changed nothing, is not in the record', async () => {
  const before = (await server.admin.get('/api/record')).json.entries.length as number
  expect((await server.admin.put(`/api/users/${ADMIN}`, { role: 'user' })).status).toBe(409)
  expect((await server.alice.put(`/api/users/${BOB}`, { role: 'administrator' })).status).toBe(403)
  expect((await server.admin.delete('/api/users/sip:none@example.com?documents=keep')).status).toBe(404)
  expect((await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: false })).status).toBe(201)
  expect((await server.admin.get('/api/record')).json.entries).toHaveLength(before)
})

it('X6: the policy has a record and a history, whichever way it was written; users may see neither', async () => {
  const first = await server.admin.put('/api/policy', {})
  const second = await server.admin.putXml(POLICY_AT, POLICY_TYPE, POLICY)
  expect((await server.admin.delete('/api/policy')).status).toBe(204)
  const tags = [first, second].map(({ headers }) => headers.etag?.slice(1, -1))
  const { json } = await server.admin.get('/api/record?what=policy-changed')
  const document = 'org.cpm-xdms.provider-policy/index'
  expect(json.entries).toMatchObject([
    { by: ADMIN, user: 'global', before: { document, etag: tags[1] } },
    { before: { document, etag: tags[0] }, after: { document, etag: tags[1] } },
    { after: { document, etag: tags[0] } },
  ])
  expect(json.entries[0]).not.toHaveProperty('after')
  const history = (await server.admin.get('/api/policy/history')).json
  expect(history.versions).toMatchObject([
    { etag: tags[1], by: ADMIN },
    { etag: tags[0], by: ADMIN },
  ])
  expect((await server.admin.get(`/api/policy/history/${tags[1]}`)).text).toBe(POLICY)
  for (const path of ['/api/policy/history', '/api/record', `/api/users/${ALICE}/record`])
    for (const client of [server.alice, server.pf]) expect((await client.get(path)).status).toBe(403)
})

it('X6: what an administrator does with messages is recorded; what the recipient does is his own affair', async () => {
  const send = async (): Promise<string> =>
    (await server.alice.ask('POST', '/api/messages', { json: { to: BOB, contentType: 'text/plain', body: 'x' } })).json
      .id
  const [one, two] = [await send(), await send()]
  await server.admin.ask('POST', `/api/messages/${one}/release`)
  await server.admin.delete(`/api/messages/${one}?reason=spam`)
  await server.bob.ask('POST', `/api/messages/${two}/release`)
  await server.bob.delete(`/api/messages/${two}`)
  expect(await recordOf(BOB)).toMatchObject([
    { what: 'message-removed', by: ADMIN, after: { message: one, reason: 'spam' } },
    { what: 'message-released', by: ADMIN, after: { message: one } },
  ])
})

it('api §Operation: the record is told page after page, and survives the server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-trail-'))
  const environment = { XDMS_DATA: folder, XDMS_STORE: '' }
  const { XDMS_STORE: _, ...plain } = environment
  const first = await startServer(plain)
  await first.admin.put('/api/policy', {})
  await first.admin.put('/api/policy', { limits: { waitingAtMost: 5 } })
  await first.assembled.close()
  const again = await startServer({ ...plain, XDMS_USAGES_OFF: 'rls-services' })
  const all = (await again.admin.get('/api/record')).json.entries as readonly Record<string, unknown>[]
  expect(all.map(({ what }) => what)).toEqual(['usages-changed', 'policy-changed', 'policy-changed', 'usages-changed'])
  expect(all[0]).toMatchObject({ by: 'settings', after: { auids: expect.not.arrayContaining(['rls-services']) } })
  expect(all[0]).toMatchObject({ before: { auids: expect.arrayContaining(['rls-services']) } })
  const page = (await again.admin.get('/api/record?limit=3')).json
  const rest = (await again.admin.get(`/api/record?limit=3&after=${page.next}`)).json
  expect([...page.entries, ...rest.entries]).toEqual(all)
  expect(rest).not.toHaveProperty('next')
  expect((await again.admin.get('/api/record?what=nothing')).status).toBe(400)
  await again.close()
})
