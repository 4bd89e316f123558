import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from './client.ts'
import { ALICE, BOB, PHONE, startServer, type Running } from './server.ts'

const CAROL = 'sip:carol@example.com'

describe('accounts', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  const login = (user: string, password: string): Client => new Client(server.url, { user, password })

  it('X6: only administrators make, read and remove accounts', async () => {
    for (const client of [server.alice, server.pf]) {
      expect((await client.get('/api/users')).status).toBe(403)
      expect((await client.get(`/api/users/${ALICE}`)).status).toBe(403)
      expect((await client.put(`/api/users/${ALICE}`, { role: 'administrator' })).status).toBe(403)
      expect((await client.delete(`/api/users/${ALICE}?documents=keep`)).status).toBe(403)
    }
    expect((await server.stranger.get('/api/users')).status).toBe(401)
  })

  it('X6: a new account holds for its next request, under all its names; a password is never given back', async () => {
    const made = await server.admin.put(`/api/users/${CAROL}`, { role: 'user', password: 'first' })
    expect([made.status, made.json]).toEqual([201, { xui: CAROL, role: 'user' }])
    for (const name of [CAROL, 'carol@example.com', 'carol'])
      expect((await login(name, 'first').get(`/api/users/${CAROL}/profiles`)).status).toBe(200)
    expect((await server.admin.get('/api/users/carol@example.com')).text).toBe(
      '{"xui":"sip:carol@example.com","role":"user"}',
    )
    const changed = await server.admin.put(`/api/users/${CAROL}`, { password: 'second' })
    expect([changed.status, changed.json]).toEqual([200, { xui: CAROL, role: 'user' }])
    expect((await login(CAROL, 'first').get(`/api/users/${CAROL}/profiles`)).status).toBe(401)
    expect((await login(CAROL, 'second').get(`/api/users/${CAROL}/profiles`)).status).toBe(200)
    await server.admin.put(`/api/users/${CAROL}`, { role: 'participating-function' })
    expect((await login(CAROL, 'second').get(`/api/users/${ALICE}/profiles`)).status).toBe(200)
    expect((await server.admin.put(`/api/users/${CAROL}`, { role: 'user' })).status).toBe(200)
  })

  it('RFC 9110 §15.5: what is no account is refused', async () => {
    const put = async (xui: string, form: unknown) => (await server.admin.put(`/api/users/${xui}`, form)).status
    expect(await put('sip:new@example.com', { role: 'user' })).toBe(400)
    expect(await put('sip:new@example.com', { password: 'x' })).toBe(400)
    expect(await put('sip:new@example.com', { role: 'king', password: 'x' })).toBe(422)
    expect(await put('sip:new@example.com', { role: 'user', password: '' })).toBe(422)
    expect(await put('sip:new@example.com', { role: 'user', password: 7 })).toBe(422)
    expect(await put('sip:new@example.com', { role: 'user', password: 'x', xui: 'y' })).toBe(422)
    expect(await put('sip:global', { role: 'user', password: 'x' })).toBe(400)
    expect(await put('sip:a%2Fb@example.com', { role: 'user', password: 'x' })).toBe(400)
    expect(await put('sip:new@example.com;x=y', { role: 'user', password: 'x' })).toBe(400)
    expect(await put('pres:alice@example.com', { role: 'user', password: 'x' })).toBe(409)
    expect((await server.admin.get('/api/users/sip:new@example.com')).status).toBe(404)
  })

  it('HOST-S9: a user cannot be made of the URI of a service, and is made once that is gone', async () => {
    const target = '/xcap-root/rls-services/users/sip:alice@example.com/index'
    const text =
      '<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">' +
      '<service uri="sip:team@example.com"><list/><packages><package>presence</package></packages></service>' +
      '</rls-services>'
    expect((await server.alice.putXml(target, 'application/rls-services+xml', text)).status).toBe(201)
    const make = async () =>
      server.admin.put('/api/users/sip:team@example.com', { role: 'user', password: 'team-password' })
    const refused = await make()
    expect([refused.status, refused.json.type]).toEqual([409, 'urn:cpm-xdms:problem:conflict'])
    expect((await server.alice.delete(target)).status).toBe(200)
  })

  it('RFC 9110 §15.5: the list comes in pages', async () => {
    const seen: string[] = []
    let after = ''
    for (let page = 0; page < 10; page++) {
      const { json } = await server.admin.get(
        `/api/users?limit=2${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
      )
      seen.push(...(json.users as { xui: string }[]).map(({ xui }) => xui))
      expect(json.users.length).toBeLessThanOrEqual(2)
      if (json.next === undefined) break
      after = json.next as string
    }
    expect(seen).toEqual(['sip:admin@example.com', ALICE, BOB, CAROL, 'sip:pf@example.com'])
    for (const limit of ['0', '-1', 'x', ''])
      expect((await server.admin.get(`/api/users?limit=${limit}`)).status).toBe(400)
    expect((await server.admin.get('/api/users?limit=5000')).json.next).toBeUndefined()
  })

  it('D13: removing asks what becomes of the documents; what waits ends, and the sender is told', async () => {
    await server.admin.put(`/api/users/${CAROL}`, { role: 'user', password: 'third' })
    const carol = login(CAROL, 'third')
    await carol.put(`/api/users/${CAROL}/profiles/home`, { id: 'home', displayNames: [{ text: 'Home' }] })
    await carol.put(`/api/users/${CAROL}/active-profile`, { default: 'home' })
    const sent = await server.alice.ask('POST', '/api/messages', {
      json: { to: CAROL, contentType: 'text/plain', body: 'hi', reports: ['failure'] },
    })
    expect(sent.json.state).toBe('accepted')
    expect((await server.admin.delete(`/api/users/${CAROL}`)).status).toBe(400)
    expect((await server.admin.delete(`/api/users/${CAROL}?documents=maybe`)).status).toBe(400)

    const changes = await server.pf.stream(`/api/changes?user=${CAROL}`)
    const own = await carol.stream('/api/changes')
    expect((await server.admin.delete(`/api/users/${CAROL}?documents=delete`)).status).toBe(204)
    expect(await own.ended()).toBe('clean')
    expect(await changes.ended()).toBe('clean')
    expect((await carol.get(`/api/users/${CAROL}/profiles`)).status).toBe(401)
    expect((await server.pf.get(`/api/users/${CAROL}/profiles`)).status).toBe(404)
    expect((await server.alice.get(`/api/messages/${sent.json.id}`)).json.state).toBe('failed')
    expect((await server.admin.delete(`/api/users/${CAROL}?documents=delete`)).status).toBe(404)
    await server.admin.put(`/api/users/${CAROL}`, { role: 'user', password: 'third' })
    expect((await server.admin.get(`/api/users/${CAROL}/profiles`)).json).toEqual({ profiles: [] })
    expect((await server.admin.get(`/api/users/${CAROL}/registrations`)).json).toEqual({ registrations: [] })
  })

  it('X19: documents that go with their user have their change records', async () => {
    await server.admin.put('/api/users/sip:dave@example.com', { role: 'user', password: 'x' })
    const put = await login('dave', 'x').put('/api/users/sip:dave@example.com/do-not-disturb', { on: false })
    const changes = await server.pf.stream('/api/changes')
    await server.admin.delete('/api/users/sip:dave@example.com?documents=delete')
    const { event, data } = await changes.event(0)
    expect([event, data.kind, data.document, `"${data.previousEtag}"`]).toEqual([
      'change',
      'deleted',
      'org.cpm-xdms.do-not-disturb/users/sip:dave@example.com/index',
      put.headers.etag,
    ])
    changes.close()
  })

  it('X6: documents that were kept are there for the same name again', async () => {
    await server.admin.put('/api/users/sip:erin@example.com', { role: 'user', password: 'x' })
    await login('erin', 'x').put('/api/users/sip:erin@example.com/do-not-disturb', { on: true })
    expect((await server.admin.delete('/api/users/sip:erin@example.com?documents=keep')).status).toBe(204)
    await server.admin.put('/api/users/sip:erin@example.com', { role: 'user', password: 'x' })
    expect((await server.admin.get('/api/users/sip:erin@example.com/do-not-disturb')).json).toEqual({ on: true })
  })

  it('X6: the last administrator cannot go, and cannot become somebody else', async () => {
    expect((await server.admin.delete('/api/users/sip:admin@example.com?documents=keep')).status).toBe(409)
    expect((await server.admin.put('/api/users/sip:admin@example.com', { role: 'user' })).status).toBe(409)
    expect((await server.admin.get('/api/users/sip:admin@example.com')).json.role).toBe('administrator')
  })

  it('X6: losing the account, the role or the password ends open streams', async () => {
    const phone = `/api/users/sip:frank@example.com/devices/${encodeURIComponent(PHONE)}`
    const frank = '/api/users/sip:frank@example.com'
    for (const change of [{ password: 'new' }, { role: 'participating-function' }]) {
      await server.admin.put(frank, { role: 'user', password: 'old' })
      const client = login('frank', 'old')
      await client.put(`${frank}/registrations/${encodeURIComponent(PHONE)}`, {})
      const streams = [await client.stream('/api/changes'), await client.stream(`${phone}/inbox`)]
      const others = await server.alice.stream('/api/changes')
      await server.admin.put(frank, change)
      expect(await Promise.all(streams.map((stream) => stream.ended()))).toEqual(['clean', 'clean'])
      expect(others.over).toBeUndefined()
      others.close()
    }
  })
})
