/** Bare user names, which clients of OpenXCAP and Kamailio put where RFC 4825 has an XUI: one user, however called. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BOB, PHONE, startServer, type Running } from './server.ts'

const LISTS = 'application/resource-lists+xml'
const listsOf = (name: string): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="${name}"/></resource-lists>`
const at = (user: string, rest = 'index'): string => `/xcap-root/resource-lists/users/${user}/${rest}`
const FULL = at(ALICE)

let server: Running
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

describe('RFC 4825 §6.2: a bare user name in a path is the realm’s user', () => {
  it.each(['alice', 'al%69ce', '%61lice', 'sip%3Aalice%40example.com', 'alice@EXAMPLE.com'])(
    'XCAP-U4: PUT, GET, conditions and DELETE as %s are those of the XUI',
    async (name) => {
      const put = await server.alice.putXml(at(name), LISTS, listsOf('friends'), { 'if-none-match': '*' })
      expect(put.status).toBe(201)
      const full = await server.alice.get(FULL)
      expect([full.status, full.headers.etag, full.text]).toEqual([200, put.headers.etag, listsOf('friends')])
      const bare = await server.alice.get(at(name))
      expect([bare.status, bare.headers.etag, bare.text]).toEqual([200, put.headers.etag, listsOf('friends')])
      expect((await server.alice.get(at(name), { 'if-none-match': full.headers.etag })).status).toBe(304)
      const element = at(name, 'index/~~/resource-lists/list%5B@name=%22friends%22%5D')
      expect((await server.alice.get(element)).text).toBe('<list name="friends"/>')
      expect((await server.alice.putXml(FULL, LISTS, listsOf('x'), { 'if-match': '"other"' })).status).toBe(412)
      const again = await server.alice.putXml(FULL, LISTS, listsOf('x'), { 'if-match': bare.headers.etag })
      expect(again.status).toBe(200)
      expect((await server.alice.delete(at(name), { 'if-match': full.headers.etag })).status).toBe(412)
      expect((await server.alice.delete(at(name), { 'if-match': again.headers.etag })).status).toBe(200)
      expect((await server.alice.get(FULL)).status).toBe(404)
    },
  )

  it.each(['bob', 'b%6Fb', 'sip:bob@example.com', 'bob@example.com', 'BOB@example.com', 'bob%40example.com'])(
    'RFC 4825 §5.7: Alice does not reach Bob as %s',
    async (name) => {
      await server.bob.putXml(at(BOB), LISTS, listsOf('his'))
      for (const answer of [
        await server.alice.get(at(name)),
        await server.alice.putXml(at(name), LISTS, listsOf('hers')),
        await server.alice.delete(at(name)),
        await server.alice.get(`/api/users/${name}/profiles`),
      ])
        expect(answer.status).toBe(403)
      expect((await server.bob.get(at('bob'))).text).toBe(listsOf('his'))
    },
  )

  it.each([
    // Case counts in a user part, a scheme is never guessed, and a local number is nobody's.
    'Alice',
    'sip:alice',
    'mailto:alice',
    'tel:alice',
    'xmpp:alice@example.com',
    'alice%00x',
    'global',
    'users',
    '%3Falice',
    'alice%2F..%2Fbob',
    'alice%2540example.com',
  ])('XCAP-U4: %s is not Alice', async (name) => {
    expect([403, 400]).toContain((await server.alice.get(at(name))).status)
    expect((await server.alice.putXml(at(name), LISTS, listsOf('x'))).status).not.toBeLessThan(400)
  })

  it('XCAP-U3: the global tree has no users, and no user is called after it', async () => {
    const caps = await server.alice.get('/xcap-root/xcap-caps/global/index')
    expect(caps.status).toBe(200)
    expect((await server.admin.get('/xcap-root/xcap-caps/users/global/index')).status).toBe(404)
    expect((await server.admin.get('/api/users/global')).json.detail).toBe('There is no user sip:global@example.com.')
  })

  it('RFC 4825 §11.1: where the parent is missing, the answer names the XUI', async () => {
    const missing = await server.alice.putXml(
      at('alice', 'index/~~/resource-lists/list%5B@name=%22a%22%5D'),
      'application/xcap-el+xml',
      '<list name="a"/>',
    )
    expect(missing.status).toBe(409)
    expect(missing.text).toContain('/xcap-root/resource-lists/users/sip:alice@example.com/')
  })
})

describe('RFC 4825 §6.2: a bare user name over REST is the realm’s user', () => {
  it('XCAP-U4: his documents, his account, his registrations', async () => {
    const dnd = '/api/users/alice/do-not-disturb'
    const put = await server.alice.put(dnd, { on: true })
    expect(put.status).toBe(201)
    const read = await server.alice.get(`/api/users/${ALICE}/do-not-disturb`)
    expect([read.headers.etag, read.json]).toEqual([put.headers.etag, { on: true }])
    const history = await server.alice.get('/api/users/alice/documents/org.cpm-xdms.do-not-disturb/index/history')
    expect(history.json.versions ?? history.json).toBeDefined()
    expect(history.text).not.toContain('users/alice/')
    expect((await server.alice.delete(dnd)).status).toBe(204)
    expect((await server.admin.get('/api/users/alice')).json).toEqual({ xui: ALICE, role: 'user' })
    const device = `/api/users/alice/registrations/${encodeURIComponent(PHONE)}`
    expect((await server.alice.put(device, {})).status).toBe(201)
    expect((await server.alice.delete(`/api/users/${ALICE}/registrations/${encodeURIComponent(PHONE)}`)).status).toBe(
      204,
    )
  })

  it('XCAP-U4: an account made under a bare name has the XUI', async () => {
    const made = await server.admin.put('/api/users/carol', { role: 'user', password: 'secret' })
    expect([made.status, made.json]).toEqual([201, { xui: 'sip:carol@example.com', role: 'user' }])
    const gone = await server.admin.delete('/api/users/carol?documents=delete')
    expect(gone.status).toBe(204)
    const unknown = await server.admin.get('/api/users/carol')
    expect([unknown.status, unknown.json.detail]).toEqual([404, 'There is no user sip:carol@example.com.'])
  })

  it('XCAP-U4: recipient, sender and what is looked for', async () => {
    const sent = await server.bob.ask('POST', '/api/messages', {
      json: { from: 'bob', to: 'alice', messageId: 'bare-1', contentType: 'text/plain', body: 'hello' },
    })
    expect(sent.status).toBe(202)
    const shown = (await server.alice.get(`/api/messages/${sent.json.id}`)).json
    expect([shown.from, shown.to]).toEqual([BOB, ALICE])
    const found = await server.admin.get('/api/messages?to=alice&from=bob&messageId=bare-1')
    expect(found.json.messages.map(({ id }: { id: string }) => id)).toEqual([sent.json.id])
    const other = await server.bob.ask('POST', '/api/messages', {
      json: { from: 'alice', to: 'alice', contentType: 'text/plain', body: 'x' },
    })
    expect([other.status, other.json.detail]).toEqual([403, `You are ${BOB}, and send as nobody else.`])
    const nobody = await server.bob.ask('POST', '/api/messages', {
      json: { to: 'nobody', contentType: 'text/plain', body: 'x' },
    })
    expect([nobody.status, nobody.json.detail]).toEqual([404, 'There is no user sip:nobody@example.com.'])
    expect((await server.alice.delete(`/api/messages/${sent.json.id}`)).status).toBe(204)
  })

  it('RFC 5875 §4.2: a document watched under a bare name is told under its XUI', async () => {
    for (const spelled of ['alice', 'al%69ce']) {
      const what = encodeURIComponent(`resource-lists/users/${spelled}/index`)
      const stream = await server.alice.stream(`/api/changes?user=alice&form=xcap-diff&what=${what}`)
      await server.alice.putXml(at('alice'), LISTS, listsOf(spelled.replace('%', '')))
      const told = JSON.stringify((await stream.event(0)).data)
      expect(told).toContain('resource-lists/users/sip:alice@example.com/index')
      expect(told).not.toContain(`users/${spelled}/`)
      stream.close()
    }
  })
})
