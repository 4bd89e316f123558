import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const LISTS = 'application/resource-lists+xml'
const listsOf = (...names: readonly string[]): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list ` +
  `name="friends">${names.map((name) => `<entry uri="sip:${name}@example.com"/>`).join('')}</list>` +
  `</resource-lists>`
const target = (name = 'index', owner = ALICE): string => `/xcap-root/resource-lists/users/${owner}/${name}`
const history = (name = 'index', owner = ALICE): string =>
  `/api/users/${owner}/documents/resource-lists/${name}/history`
const bare = (etag: string | undefined): string => etag?.replaceAll('"', '') ?? 'no ETag'
const RECENT = /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/

async function put(client: Client, body: string, name = 'index', owner = ALICE): Promise<string> {
  const { status, headers } = await client.putXml(target(name, owner), LISTS, body)
  expect([200, 201]).toContain(status)
  return bare(headers.etag)
}

async function versions(
  client: Client,
  name = 'index',
  owner = ALICE,
): Promise<readonly { etag: string; size: number; by: string; changed: string; replaced?: string }[]> {
  const { status, json } = await client.get(history(name, owner))
  expect(status).toBe(200)
  return json.versions
}

describe('what documents were before', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it('X5: "my contacts are gone": the list of versions shows when, and the one before is put back', async () => {
    const { alice, bob } = server
    const full = listsOf('bob', 'carol', 'dave')
    const etag = await put(alice, full, 'contacts')
    const emptied = await put(alice, listsOf(), 'contacts')
    const found = await versions(alice, 'contacts')
    expect(found.map((version) => [version.etag, version.size, version.by, 'replaced' in version])).toEqual([
      [emptied, listsOf().length, 'sip:alice@example.com', false],
      [etag, full.length, 'sip:alice@example.com', true],
    ])
    for (const instant of [found[0]?.changed, found[1]?.changed, found[1]?.replaced]) expect(instant).toMatch(RECENT)

    const old = await alice.get(`${history('contacts')}/${etag}`)
    expect([old.status, old.text, old.headers['content-type'], old.headers.etag]).toEqual([
      200,
      full,
      LISTS,
      `"${etag}"`,
    ])

    const back = await alice.ask('POST', `${history('contacts')}/${etag}/restore`, {
      headers: { 'if-match': `"${emptied}"` },
    })
    expect([back.status, back.text]).toEqual([200, ''])
    const now = await alice.get(target('contacts'))
    expect([now.text, now.headers.etag]).toEqual([full, back.headers.etag])
    expect([etag, emptied]).not.toContain(bare(back.headers.etag))
    expect((await versions(alice, 'contacts')).map((version) => version.etag)).toEqual([
      bare(back.headers.etag),
      emptied,
      etag,
    ])
    expect((await bob.get(history('contacts'))).status).toBe(403)
  })

  it('X5: a document that was deleted is listed no more, has its history, and comes back as new', async () => {
    const { alice } = server
    const etag = await put(alice, listsOf('bob'), 'deleted')
    expect((await alice.delete(target('deleted'))).status).toBe(200)
    const listed = async (): Promise<readonly string[]> =>
      (await alice.get(`/api/users/${ALICE}/documents`)).json.documents.map(({ name }: { name: string }) => name)
    expect(await listed()).not.toContain('deleted')
    const [version, ...others] = await versions(alice, 'deleted')
    expect([version?.etag, version?.replaced, others]).toEqual([etag, expect.stringMatching(RECENT), []])
    const back = await alice.ask('POST', `${history('deleted')}/${etag}/restore`)
    expect([back.status, await listed()]).toEqual([201, expect.arrayContaining(['deleted'])])
    expect((await alice.get(target('deleted'))).text).toBe(listsOf('bob'))
  })

  it('X5: the documents of a user are listed with size, ETag, last change and who made it', async () => {
    const { bob, admin } = server
    const lists = await put(bob, listsOf('alice'), 'index', BOB)
    const more = await put(bob, listsOf(), 'a%20few', BOB)
    const disturb = await admin.put(`/api/users/${BOB}/do-not-disturb`, { on: true })
    const { json } = await bob.get(`/api/users/${BOB}/documents`)
    expect(json.documents).toEqual([
      {
        document: 'org.cpm-xdms.do-not-disturb/users/sip:bob@example.com/index',
        auid: 'org.cpm-xdms.do-not-disturb',
        name: 'index',
        etag: bare(disturb.headers.etag),
        size: expect.any(Number),
        changed: expect.stringMatching(RECENT),
        by: 'sip:admin@example.com',
      },
      {
        document: 'resource-lists/users/sip:bob@example.com/a few',
        auid: 'resource-lists',
        name: 'a few',
        etag: more,
        size: listsOf().length,
        changed: expect.stringMatching(RECENT),
        by: 'sip:bob@example.com',
      },
      {
        document: 'resource-lists/users/sip:bob@example.com/index',
        auid: 'resource-lists',
        name: 'index',
        etag: lists,
        size: listsOf('alice').length,
        changed: expect.stringMatching(RECENT),
        by: 'sip:bob@example.com',
      },
    ])
    expect((await versions(bob, 'a%20few', BOB)).map(({ etag }) => etag)).toEqual([more])
    expect(
      (await server.alice.get(`/api/users/${ALICE}/documents`)).json.documents.every(
        ({ auid }: { auid: string }) => auid === 'resource-lists',
      ),
    ).toBe(true)
  })

  it('X5: a version never changes: it may be kept by who asked, and a browser runs nothing of it', async () => {
    const etag = await put(server.alice, listsOf('bob'), 'headers')
    const { headers } = await server.alice.get(`${history('headers')}/${etag}`)
    expect([headers['cache-control'], headers['content-security-policy'], headers['x-content-type-options']]).toEqual([
      'private, max-age=31536000, immutable',
      'sandbox',
      'nosniff',
    ])
    const again = await server.alice.get(`${history('headers')}/${etag}`, { 'if-none-match': `"${etag}"` })
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', `"${etag}"`])
  })

  it('X2: a stale condition restores nothing', async () => {
    const { alice } = server
    const first = await put(alice, listsOf('bob'), 'stale')
    const second = await put(alice, listsOf(), 'stale')
    for (const headers of [{ 'if-match': `"${first}"` }, { 'if-none-match': '*' }]) {
      expect((await alice.ask('POST', `${history('stale')}/${first}/restore`, { headers })).status).toBe(412)
    }
    expect((await alice.get(target('stale'))).headers.etag).toBe(`"${second}"`)
  })

  it('X3: what would not be valid now is not restored', async () => {
    const { bob } = server
    const of = (rest: string): string => `/api/users/${BOB}/${rest}`
    for (const id of ['work', 'home'])
      expect((await bob.put(of(`profiles/${id}`), { id, displayNames: [{ text: id }] })).status).toBe(201)
    const work = bare((await bob.put(of('active-profile'), { default: 'work' })).headers.etag)
    const home = await bob.put(of('active-profile'), { default: 'home' })
    expect((await bob.delete(of('profiles/work'))).status).toBe(204)
    const back = await bob.ask('POST', of(`documents/org.cpm-xdms.active-profile/index/history/${work}/restore`))
    expect([back.status, back.json.type]).toEqual([409, 'urn:cpm-xdms:problem:constraint-failure'])
    expect((await bob.get(of('active-profile'))).headers.etag).toBe(home.headers.etag)
  })

  it('X19: watchers see what was restored as a change', async () => {
    const { alice } = server
    const first = await put(alice, listsOf('bob'), 'watched')
    const second = await put(alice, listsOf(), 'watched')
    const stream = await server.pf.stream('/api/changes')
    const back = await alice.ask('POST', `${history('watched')}/${first}/restore`)
    const { event, data } = await stream.event(0)
    expect([event, data]).toMatchObject([
      'change',
      {
        document: 'resource-lists/users/sip:alice@example.com/watched',
        kind: 'changed',
        previousEtag: second,
        newEtag: bare(back.headers.etag),
      },
    ])
    stream.close()
  })

  it('RFC 4825 §5.7: a user reads and restores his own; a participating function reads; an administrator does both', async () => {
    const { alice, bob, pf, admin, stranger } = server
    const etag = await put(alice, listsOf('bob'), 'whose')
    const statuses = (method: string, path: string) =>
      Promise.all([stranger, bob, pf, admin, alice].map(async (client) => (await client.ask(method, path)).status))
    expect(await statuses('GET', `/api/users/${ALICE}/documents`)).toEqual([401, 403, 200, 200, 200])
    expect(await statuses('GET', history('whose'))).toEqual([401, 403, 200, 200, 200])
    expect(await statuses('GET', `${history('whose')}/${etag}`)).toEqual([401, 403, 200, 200, 200])
    expect(await statuses('POST', `${history('whose')}/${etag}/restore`)).toEqual([401, 403, 403, 200, 200])
    expect((await versions(alice, 'whose')).map(({ by }) => by).sort()).toEqual([
      'sip:admin@example.com',
      'sip:alice@example.com',
      'sip:alice@example.com',
    ])
  })

  it('RFC 4825 §8: what is not there is 404, and for those who may not know 403', async () => {
    const { alice, bob, admin } = server
    const etag = await put(alice, listsOf('bob'), 'known')
    for (const path of [
      history('never'),
      `${history('never')}/${etag}`,
      `${history('known')}/AAAAAAAAAAAAAAAA`,
      `/api/users/${ALICE}/documents/no.such.usage/index/history`,
      `/api/users/${ALICE}/documents/xcap-caps/index/history`,
      `/api/users/${ALICE}/documents/constructor/index/history`,
    ]) {
      expect([path, (await alice.get(path)).status, (await bob.get(path)).status]).toEqual([path, 404, 403])
    }
    expect((await alice.ask('POST', `${history('known')}/AAAAAAAAAAAAAAAA/restore`)).status).toBe(404)
    const nobody = '/api/users/sip:nobody@example.com/documents'
    expect([(await admin.get(nobody)).status, (await alice.get(nobody)).status]).toEqual([404, 403])
    expect((await alice.ask('PUT', history('known'))).status).toBe(405)
  })

  it('api §Routes: who is removed with his documents leaves none of what they were', async () => {
    const { admin, alice } = server
    const carol = 'sip:carol@example.com'
    const account = { role: 'user', password: 'secret of carol' }
    expect((await admin.put(`/api/users/${carol}`, account)).status).toBe(201)
    await put(admin, listsOf('alice'), 'index', carol)
    await put(admin, listsOf(), 'index', carol)
    await put(admin, listsOf('bob'), 'gone', carol)
    expect((await admin.delete(target('gone', carol))).status).toBe(200)
    expect((await admin.delete(`/api/users/${carol}?documents=keep`)).status).toBe(204)
    expect((await admin.put(`/api/users/${carol}`, account)).status).toBe(201)
    expect([(await versions(admin, 'index', carol)).length, (await versions(admin, 'gone', carol)).length]).toEqual([
      2, 1,
    ])
    expect((await admin.delete(target('index', carol))).status).toBe(200)
    expect((await admin.delete(`/api/users/${carol}?documents=delete`)).status).toBe(204)
    expect((await admin.put(`/api/users/${carol}`, account)).status).toBe(201)
    expect([
      (await admin.get(history('index', carol))).status,
      (await admin.get(history('gone', carol))).status,
    ]).toEqual([404, 404])
    expect((await alice.get(`/api/users/${ALICE}/documents`)).json.documents.length).toBeGreaterThan(0)
  })

  it('api §Settings: as many versions are kept as the settings say, and none where they say none', async () => {
    for (const [setting, kept] of [
      ['2', 2],
      ['0', 0],
    ] as const) {
      const server = await startServer({ XDMS_VERSIONS_AT_MOST: setting })
      for (let n = 0; n < 5; n++) await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: n % 2 === 0 })
      const { json } = await server.alice.get(`/api/users/${ALICE}/documents/org.cpm-xdms.do-not-disturb/index/history`)
      // The present one is listed with them.
      expect(json.versions).toHaveLength(1 + kept)
      await server.close()
    }
  })

  it('api §Settings: a version is kept as long as the settings say', async () => {
    const server = await startServer({ XDMS_VERSION_KEPT_MS: '0' })
    for (const on of [true, false]) await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on })
    expect((await server.assembled.store.sweep()).versions).toBe(1)
    const { json } = await server.alice.get(`/api/users/${ALICE}/documents/org.cpm-xdms.do-not-disturb/index/history`)
    expect(json.versions).toHaveLength(1)
    await server.close()
  })
})
