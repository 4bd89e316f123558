import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BOB, PHONE, startServer, type Running } from './server.ts'

const examples = new URL('../examples/', import.meta.url)
const json = (name: string): unknown => JSON.parse(readFileSync(new URL(`json/${name}.json`, examples), 'utf8'))
const xml = (name: string): string => readFileSync(new URL(`accepted/${name}.xml`, examples), 'utf8')
const of = (rest: string, owner = ALICE): string => `/api/users/${owner}/${rest}`
const xcap = (usage: string, name: string, owner = ALICE): string =>
  `/xcap-root/org.cpm-xdms.${usage}/users/${owner}/${name}`

describe('documents as JSON', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it('X5: JSON and XCAP are one truth with one ETag', async () => {
    const put = await server.alice.put(of('profiles/work'), json('profile-work'))
    expect(put.status).toBe(201)
    const overXcap = await server.alice.get(xcap('profiles', 'work'))
    expect(overXcap.headers.etag).toBe(put.headers.etag)
    expect(overXcap.headers['content-type']).toBe('application/vnd.cpm-xdms.profile+xml')
    const byXcap = await server.alice.putXml(
      xcap('profiles', 'work'),
      'application/vnd.cpm-xdms.profile+xml',
      xml('profile-work'),
    )
    expect(byXcap.status).toBe(200)
    const read = await server.alice.get(of('profiles/work'))
    expect([read.status, read.headers.etag]).toEqual([200, byXcap.headers.etag])
    expect(read.json).toEqual(json('profile-work'))
    expect((await server.alice.get(of('profiles/work'), { 'if-none-match': read.headers.etag })).status).toBe(304)
  })

  it('X5: every example is the same in both directions', async () => {
    for (const file of readdirSync(new URL('json/', examples)).filter((name) => name.startsWith('profile-'))) {
      const name = file.replace('.json', '')
      const id = (json(name) as { id: string }).id
      expect([200, 201]).toContain((await server.bob.put(of(`profiles/${id}`, BOB), json(name))).status)
      expect((await server.bob.get(of(`profiles/${id}`, BOB))).json).toEqual(json(name))
    }
  })

  it('X1: the list of profiles has the first display name of each', async () => {
    const { json: list } = await server.bob.get(of('profiles', BOB))
    const named = (list.profiles as { id: string; displayName: string; etag: string }[]).map(({ id, displayName }) => [
      id,
      displayName,
    ])
    expect(named).toEqual([
      ['home', 'Home'],
      ['meeting', 'In a meeting'],
      ['work', 'At work'],
    ])
  })

  it('X16: a JSON write keeps what JSON does not show', async () => {
    const text =
      '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true" xmlns:o="urn:other" o:why="rest">' +
      '<!-- kept --><o:note>also</o:note></do-not-disturb>'
    expect(
      (await server.alice.putXml(xcap('do-not-disturb', 'index'), 'application/vnd.cpm-xdms.do-not-disturb+xml', text))
        .status,
    ).toBe(201)
    const put = await server.alice.put(of('do-not-disturb'), { on: false })
    expect([put.status, put.json]).toEqual([200, { on: false }])
    expect((await server.alice.get(xcap('do-not-disturb', 'index'))).text).toBe(text.replace('"true"', '"false"'))
  })

  it('X2: conditions hold for JSON too', async () => {
    const now = await server.alice.get(of('do-not-disturb'))
    expect((await server.alice.put(of('do-not-disturb'), { on: true }, { 'if-match': '"stale"' })).status).toBe(412)
    expect((await server.alice.put(of('do-not-disturb'), { on: true }, { 'if-none-match': '*' })).status).toBe(412)
    expect((await server.alice.get(of('do-not-disturb'))).headers.etag).toBe(now.headers.etag)
    expect((await server.alice.put(of('do-not-disturb'), { on: true }, { 'if-match': now.headers.etag })).status).toBe(
      200,
    )
    expect((await server.alice.put(of('active-profile'), { default: 'work' }, { 'if-match': '*' })).status).toBe(412)
    expect((await server.alice.delete(of('do-not-disturb'), { 'if-match': '"stale"' })).status).toBe(412)
  })

  it('X2: writers without conditions lose nothing of what JSON does not show', async () => {
    const note = (n: number): string =>
      `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"><x:n xmlns:x="urn:x">${n}</x:n></do-not-disturb>`
    const target = xcap('do-not-disturb', 'index')
    await server.alice.putXml(target, 'application/vnd.cpm-xdms.do-not-disturb+xml', note(0))
    const changes = await server.pf.stream(`/api/changes?user=${ALICE}`)
    const xmlWrites = Array.from({ length: 20 }, (_, n) =>
      server.alice.putXml(target, 'application/vnd.cpm-xdms.do-not-disturb+xml', note(n + 1)),
    )
    const jsonWrites = Array.from({ length: 20 }, (_, n) => server.alice.put(of('do-not-disturb'), { on: n % 2 === 0 }))
    const answers = await Promise.all(xmlWrites)
    for (const { status } of [...answers, ...(await Promise.all(jsonWrites))]) expect(status).toBe(200)
    // The note is of the XML write that came last in the journal: no merge put back an older one.
    await changes.until(({ events }) => events.filter(({ event }) => event === 'change').length === 40)
    const order = changes.events
      .map(({ data }) => answers.findIndex(({ headers }) => headers.etag === `"${data.newEtag}"`))
      .filter((n) => n >= 0)
    expect((await server.alice.get(target)).text).toContain(`urn:x">${(order.at(-1) ?? -1) + 1}</x:n>`)
    changes.close()
  })

  it('X3: an active profile that does not exist is 409, and so is deleting one that is in use', async () => {
    const missing = await server.alice.put(of('active-profile'), { default: 'nothing' })
    expect([missing.status, missing.json.type]).toEqual([409, 'urn:cpm-xdms:problem:constraint-failure'])
    expect(missing.json.errors).toHaveLength(1)
    expect(
      (await server.alice.put(of('active-profile'), { default: 'work', devices: [{ id: PHONE, profile: 'work' }] }))
        .status,
    ).toBe(201)
    const used = await server.alice.delete(of('profiles/work'))
    expect([used.status, used.json.type]).toEqual([409, 'urn:cpm-xdms:problem:constraint-failure'])
    expect((await server.alice.delete(of('active-profile'))).status).toBe(204)
    expect((await server.alice.delete(of('profiles/work'))).status).toBe(204)
    expect((await server.alice.delete(of('profiles/work'))).status).toBe(404)
  })

  it('RFC 9110 §15.5: malformed is 400, of another format 422, another type 415', async () => {
    const target = of('do-not-disturb')
    const raw = async (body: string, type = 'application/json') =>
      (await server.alice.ask('PUT', target, { body, headers: { 'content-type': type } })).status
    expect(await raw('{')).toBe(400)
    expect(await raw('[]')).toBe(400)
    expect(await raw('null')).toBe(400)
    expect(await raw('{"on":true}', 'text/plain')).toBe(415)
    expect(await raw('{"on":true}', 'application/json; charset=utf-8')).toBe(200)
    const wrong = await server.alice.put(target, { on: 'yes', more: 1 })
    expect(wrong.status).toBe(422)
    expect(wrong.json.errors).toEqual([
      { path: '/on', message: 'must be true or false' },
      { path: '/more', message: 'is not a field of this format; there are on, until, schedule, devices, except' },
    ])
    const noDefault = await server.alice.put(of('active-profile'), { devices: [] })
    expect([noDefault.status, noDefault.json.errors]).toEqual([400, [{ path: '/default', message: 'is missing' }]])
    const other = await server.alice.put(of('profiles/work'), { id: 'home', displayNames: [{ text: 'x' }] })
    expect([other.status, other.json.type]).toEqual([409, 'urn:cpm-xdms:problem:constraint-failure'])
  })

  it('HOST-P1: keys of the prototype are fields like others, and none of ours', async () => {
    const raw = (body: string) =>
      server.alice.ask('PUT', of('do-not-disturb'), { body, headers: { 'content-type': 'application/json' } })
    expect((await raw('{"__proto__":{"on":true}}')).status).toBe(422)
    expect((await raw('{"constructor":{"prototype":{"on":true}}}')).status).toBe(422)
    expect(({} as Record<string, unknown>)['on']).toBeUndefined()
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect((await server.alice.get(of(`profiles/${name}`))).status).toBe(404)
      expect((await server.alice.get(`/api/users/${name}/profiles`)).status).toBe(403)
      expect((await server.alice.get(`/api/${name}`)).status).toBe(404)
    }
  })

  it('X6: who may read and write the documents of whom', async () => {
    expect((await server.stranger.get(of('profiles'))).status).toBe(401)
    for (const rest of [
      'profiles',
      'profiles/x',
      'do-not-disturb',
      'active-profile',
      'preferences',
      'registrations',
      'deferred',
    ]) {
      expect((await server.bob.get(of(rest))).status).toBe(403)
      expect((await server.bob.get(of(rest, 'sip:nobody@example.com'))).status).toBe(403)
      expect((await server.pf.get(of(rest, 'sip:nobody@example.com'))).status).toBe(404)
    }
    expect((await server.pf.get(of('do-not-disturb'))).status).toBe(200)
    expect((await server.pf.put(of('do-not-disturb'), { on: true })).status).toBe(403)
  })

  it('C7: everybody reads the policy, administrators write it', async () => {
    const builtIn = await server.bob.get('/api/policy')
    expect(builtIn.status).toBe(200)
    expect(builtIn.headers['etag']).toBeUndefined()
    expect(builtIn.json).toMatchObject({
      builtIn: true,
      defaults: { messages: { available: { action: 'deliver' } }, deferred: { mode: 'push', keepFor: 'P7D' } },
      limits: { keepAtMost: 'P30D', waitingAtMost: 1000 },
      reports: { failure: true },
    })
    expect((await server.bob.put('/api/policy', {})).status).toBe(403)
    expect((await server.pf.put('/api/policy', {})).status).toBe(403)
    const put = await server.admin.put('/api/policy', json('provider-policy'))
    expect(put.status).toBe(201)
    const read = await server.bob.get('/api/policy')
    expect([read.status, read.json, read.headers.etag]).toEqual([200, json('provider-policy'), put.headers.etag])
    expect((await server.alice.get('/xcap-root/org.cpm-xdms.provider-policy/global/index')).headers.etag).toBe(
      put.headers.etag,
    )
    expect((await server.admin.delete('/api/policy')).status).toBe(204)
  })

  it('RFC 9110 §9: HEAD, OPTIONS and 405 on the REST side', async () => {
    const head = await server.alice.ask('HEAD', of('do-not-disturb'))
    const get = await server.alice.get(of('do-not-disturb'))
    expect([head.status, head.text, head.headers.etag, head.headers['content-length']]).toEqual([
      200,
      '',
      get.headers.etag,
      get.headers['content-length'],
    ])
    const options = await server.stranger.ask('OPTIONS', of('do-not-disturb'))
    expect([options.status, options.headers.allow]).toEqual([204, 'GET, HEAD, PUT, DELETE, OPTIONS'])
    const post = await server.alice.ask('POST', of('do-not-disturb'), { json: {} })
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD, PUT, DELETE, OPTIONS'])
    expect((await server.alice.ask('PUT', '/api/changes')).headers.allow).toBe('GET, HEAD, OPTIONS')
    for (const target of ['/api/', '/api/users/', '/API/users', '/api/users/x/y', '/api/subscription']) {
      expect([target, (await server.alice.get(target)).status]).toEqual([target, 404])
    }
  })
})

describe('preferences in force', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it('X16: the answer says what is in force, for whom, and has an ETag that changes when it does', async () => {
    await server.alice.put(of('profiles/home'), json('profile-smallest'))
    await server.alice.put(of('profiles/work'), json('profile-work'))
    await server.alice.put(of('active-profile'), { default: 'home', devices: [{ id: PHONE, profile: 'work' }] })
    await server.alice.put(of('do-not-disturb'), { on: true, until: '2026-11-21T07:00:00Z' })
    const target = `${of('preferences')}?device=${encodeURIComponent(PHONE)}&at=2026-11-21T06:00:00Z`
    const phone = await server.alice.get(target)
    expect(phone.status).toBe(200)
    expect([phone.json.profileId, phone.json.because]).toEqual(['work', 'device'])
    expect(phone.json.doNotDisturb).toEqual({
      on: true,
      because: 'user',
      until: '2026-11-21T07:00:00Z',
      noEffectOn: ['reject', 'store', 'forward'],
    })
    expect(phone.json.unknownLists).toEqual(['oma_blockedcontacts'])
    expect((await server.pf.get(target, { 'if-none-match': phone.headers.etag })).status).toBe(304)
    const later = await server.alice.get(target.replace('06:00', '07:00'))
    expect(later.json.doNotDisturb.on).toBe(false)
    expect(later.headers.etag).not.toBe(phone.headers.etag)
    const none = await server.alice.get(of('preferences'))
    expect([none.json.profileId, none.json.because]).toEqual(['home', 'default'])
    for (const at of ['', 'now', '2026-11-21', '2026-02-30T00:00:00Z', '2026-11-21T06:00:00']) {
      expect((await server.alice.get(`${of('preferences')}?at=${at}`)).status).toBe(400)
    }
    expect((await server.alice.get(`${of('preferences')}?device=phone`)).status).toBe(400)
  })
})
