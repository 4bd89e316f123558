/** Two realms on one server, over the wire. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGet } from '../../src/client/login.ts'
import { platform } from '../../src/client/platform.ts'
import { Client } from './client.ts'
import { ALICE, passwordOf, startServer, type Running } from './server.ts'

const run = promisify(execFile)
const OTHER = 'sip:alice@b.example'
const HOST = { host: 'xcap.b.example' }
const at = (user: string): string => `/xcap-root/resource-lists/users/${user}/index`
const listsOf = (name: string): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="${name}"/></resource-lists>`

let server: Running
let other: Client
beforeAll(async () => {
  server = await startServer({ XDMS_REALMS: 'b.example, C.example' })
  expect((await server.admin.put(`/api/users/${OTHER}`, { role: 'user', password: 'two' })).status).toBe(201)
  other = new Client(server.url, { user: 'alice', password: 'two' })
})
afterAll(() => server.close())

async function curl(user: string, target: string, ...options: readonly string[]): Promise<string> {
  const all = ['-s', '--noproxy', '*', '--digest', '-u', user, '-o', '/dev/null', '-w', '%{http_code}', ...options]
  return (await run('curl', [...all, `${server.url}${target}`])).stdout
}

describe('X5: two realms on one server', () => {
  it('RFC 4825 §6.2: two users of one name have two homes; a bare name is of the realm of the host', async () => {
    await server.alice.putXml(at('alice'), 'application/resource-lists+xml', listsOf('one'))
    const put = await other.putXml(at('alice'), 'application/resource-lists+xml', listsOf('two'), HOST)
    expect(put.status).toBe(201)
    expect((await server.alice.get(at(ALICE))).text).toBe(listsOf('one'))
    expect((await server.admin.get(at(OTHER))).text).toBe(listsOf('two'))
    expect((await server.admin.get('/api/users/alice', HOST)).json.xui).toBe(OTHER)
    expect((await server.admin.get('/api/users/alice')).json.xui).toBe(ALICE)
    expect((await server.alice.get(at(OTHER))).status).toBe(403)
    expect((await other.get(at(ALICE), HOST)).status).toBe(403)
  })

  it('RFC 7616 §3.4: curl logs in in both, by its name and by the target', async () => {
    expect(await curl(`alice@b.example:two`, at(OTHER))).toBe('200')
    expect(await curl('alice:two', at(OTHER))).toBe('200')
    expect(await curl('alice:two', at('alice'), '-H', 'Host: xcap.b.example')).toBe('200')
    // Nothing in the target says whose it is: the name does, at the second challenge.
    expect(await curl('alice@b.example:two', '/api/session')).toBe('200')
    expect(await curl(`alice:${passwordOf(ALICE)}`, '/api/session')).toBe('200')
    expect(await curl(`alice:${passwordOf(ALICE)}`, at(ALICE))).toBe('200')
    expect(await curl('alice:two', '/api/session')).toBe('401')
    expect(await curl('alice@b.example:wrong', '/api/session')).toBe('401')
    expect(await curl(`alice@b.example:${passwordOf(ALICE)}`, at(OTHER))).toBe('401')
    expect(await curl(`alice@b.example:${passwordOf(ALICE)}`, at(ALICE))).toBe('401')
  })

  it('api §Browser sessions: a browser logs in at the host of its realm, or with its domain', async () => {
    const logIn = async (user: string, password: string, headers = {}) =>
      (await server.stranger.ask('POST', '/api/session', { json: { user, password }, headers })).status
    expect(await logIn('alice', 'two', HOST)).toBe(204)
    expect(await logIn('alice@b.example', 'two')).toBe(204)
    expect(await logIn('alice', 'two')).toBe(401)
    expect(await logIn('alice', passwordOf(ALICE), HOST)).toBe(401)
  })

  it('X5: an import puts each into the realm of his domain', async () => {
    const lines = ['sip:dora@c.example', 'sip:dora@b.example', 'dora', 'sip:dora@elsewhere.example']
    const body = lines.map((xui) => JSON.stringify({ xui, role: 'user', password: `of ${xui}` })).join('\n')
    const told = await server.admin.ask('POST', '/api/users', {
      body,
      headers: { 'content-type': 'application/x-ndjson' },
    })
    expect(told.text).toContain('"created":4')
    for (const xui of lines) {
      const full = xui === 'dora' ? 'sip:dora@example.com' : xui
      expect(await curl(`${full.slice('sip:'.length)}:of ${xui}`, '/api/session')).toBe('200')
    }
    expect(await curl('dora:of sip:dora@c.example', '/api/session', '-H', 'Host: c.example')).toBe('200')
    expect(await curl('dora:of dora', '/api/session')).toBe('200')
  })

  it('X5: another password ends the old one, in his realm alone', async () => {
    expect((await server.admin.put(`/api/users/${OTHER}`, { password: 'three' })).status).toBe(200)
    expect(await curl('alice@b.example:two', at(OTHER))).toBe('401')
    expect(await curl('alice@b.example:three', at(OTHER))).toBe('200')
    expect(await curl(`alice:${passwordOf(ALICE)}`, at(ALICE))).toBe('200')
    expect((await server.admin.ask('POST', `/api/users/${OTHER}/unlock`)).status).toBe(204)
  })
})

it('U7: a watcher of the client library is of the realm of his domain', async () => {
  const watched = await startServer({ XDMS_REALMS: 'b.example' })
  try {
    const xui = 'sip:pf@b.example'
    await watched.admin.put(`/api/users/${xui}`, { role: 'participating-function', password: 'of b' })
    const get = createGet(watched.url, { user: xui, password: 'of b' }, platform)
    expect((await get('/api/session')).status).toBe(200)
    expect((await get(`/api/users/${ALICE}/profiles`)).status).toBe(200)
    const wrong = createGet(watched.url, { user: xui, password: 'of a' }, platform)
    expect((await wrong('/api/session')).status).toBe(401)
  } finally {
    await watched.close()
  }
})
