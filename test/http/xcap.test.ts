import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const PROFILE = 'application/vnd.cpm-xdms.profile+xml'
const DISTURB = 'application/vnd.cpm-xdms.do-not-disturb+xml'
const WORK = readFileSync(new URL('../examples/accepted/profile-work.xml', import.meta.url))
const HOME = '<profile xmlns="urn:cpm-xdms:profile:1" id="home"><display-name>Home</display-name></profile>'
const disturb = (on: boolean): string => `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="${on}"/>`
const profile = (id: string, owner = ALICE): string => `/xcap-root/org.cpm-xdms.profiles/users/${owner}/${id}`
const dnd = (owner = ALICE): string => `/xcap-root/org.cpm-xdms.do-not-disturb/users/${owner}/index`

describe('XCAP over HTTP', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it('X5: a profile is put, replaced, read byte for byte and deleted, with an ETag at each step', async () => {
    const created = await server.alice.putXml(profile('work'), PROFILE, WORK)
    expect([created.status, created.text]).toEqual([201, ''])
    expect(created.headers.etag).toMatch(/^"[\w-]{25}"$/)
    const read = await server.alice.get(profile('work'))
    expect([read.status, read.headers['content-type'], read.headers.etag]).toEqual([200, PROFILE, created.headers.etag])
    expect(read.body.equals(WORK)).toBe(true)
    const replaced = await server.alice.putXml(profile('work'), PROFILE, WORK)
    expect([replaced.status, replaced.text]).toEqual([200, ''])
    expect(replaced.headers.etag).not.toBe(created.headers.etag)
    const gone = await server.alice.delete(profile('work'))
    expect([gone.status, gone.headers.etag]).toEqual([200, undefined])
    expect((await server.alice.get(profile('work'))).status).toBe(404)
    expect((await server.alice.delete(profile('work'))).status).toBe(404)
  })

  it('RFC 4825 §8.5: a node is put, read and deleted, and the ETag of the document goes with each', async () => {
    await server.alice.putXml(profile('home'), PROFILE, HOME)
    const name = `${profile('home')}/~~/profile/display-name%5b1%5d`
    const put = await server.alice.putXml(name, 'application/xcap-el+xml', '<display-name>At home</display-name>')
    expect(put.status).toBe(200)
    const node = await server.alice.get(name)
    expect([node.status, node.headers['content-type'], node.text]).toEqual([
      200,
      'application/xcap-el+xml',
      '<display-name>At home</display-name>',
    ])
    expect(node.headers.etag).toBe(put.headers.etag)
    expect((await server.alice.get(profile('home'))).headers.etag).toBe(put.headers.etag)
    await server.alice.putXml(`${profile('home')}/~~/profile/messages`, 'application/xcap-el+xml', '<messages/>')
    const gone = await server.alice.delete(`${profile('home')}/~~/profile/messages`)
    expect(gone.status).toBe(200)
    expect(gone.headers.etag).toMatch(/^"[\w-]{25}"$/)
    expect((await server.alice.get(profile('home'))).text).toBe(
      '<profile xmlns="urn:cpm-xdms:profile:1" id="home"><display-name>At home</display-name></profile>',
    )
    const bindings = await server.alice.ask('PUT', `${profile('home')}/~~/profile/namespace::*`, {
      body: 'x',
      headers: { 'content-type': 'application/xcap-ns+xml' },
    })
    expect([bindings.status, bindings.headers.allow]).toEqual([405, 'GET'])
  })

  it('RFC 4825 §8.5: If-None-Match gives 304, a stale If-Match 412 and nothing changes', async () => {
    const put = await server.alice.putXml(dnd(), DISTURB, disturb(true))
    const etag = put.headers.etag ?? ''
    const same = await server.alice.get(dnd(), { 'if-none-match': etag })
    expect([same.status, same.headers.etag, same.text]).toEqual([304, etag, ''])
    const stale = await server.alice.putXml(dnd(), DISTURB, disturb(false), { 'if-match': '"stale"' })
    expect([stale.status, stale.json.type]).toEqual([412, 'urn:cpm-xdms:problem:precondition-failed'])
    expect((await server.alice.putXml(dnd(), DISTURB, disturb(false), { 'if-none-match': '*' })).status).toBe(412)
    expect((await server.alice.get(dnd())).text).toBe(disturb(true))
    expect((await server.alice.putXml(dnd(), DISTURB, disturb(false), { 'if-match': etag })).status).toBe(200)
  })

  it('RFC 4825 §11: a broken document is 409 with an xcap-error document, and nothing changes', async () => {
    const before = await server.alice.get(dnd())
    const broken = await server.alice.putXml(dnd(), DISTURB, disturb(true).replace('true', '1'))
    expect([broken.status, broken.headers['content-type']]).toEqual([409, 'application/xcap-error+xml'])
    expect(broken.text).toContain('<schema-validation-error phrase="')
    expect((await server.alice.putXml(dnd(), DISTURB, '<do-not')).text).toContain('<not-well-formed ')
    expect((await server.alice.putXml(dnd(), DISTURB, Buffer.from([0x3c, 0xff, 0x3e]))).text).toContain('<not-utf-8 ')
    expect((await server.alice.get(dnd())).headers.etag).toBe(before.headers.etag)
  })

  it('RFC 4825 §8: first which usage, then who asks, then whether he may, then the rest', async () => {
    expect((await server.stranger.get('/xcap-root/unknown/users/sip:alice@example.com/index')).status).toBe(404)
    const who = await server.stranger.get(dnd())
    expect(who.status).toBe(401)
    expect(who.headers['www-authenticate']).toMatch(
      /^Digest realm="example.com".*algorithm=SHA-256.*, Digest .*algorithm=MD5/,
    )
    expect((await server.bob.get(dnd())).status).toBe(403)
    expect((await server.bob.ask('POST', dnd())).status).toBe(405)
    const post = await server.alice.ask('POST', dnd(), { body: 'x' })
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD, PUT, DELETE, OPTIONS'])
    for (const method of ['PATCH', 'TRACE', 'PROPFIND'])
      expect((await server.alice.ask(method, dnd())).status).toBe(405)
    const options = await server.stranger.ask('OPTIONS', dnd())
    expect([options.status, options.headers.allow, options.text]).toEqual([204, 'GET, HEAD, PUT, DELETE, OPTIONS', ''])
  })

  it('X6: a user gets the same 403 for what exists and what does not, whatever conditions he sends', async () => {
    await server.bob.putXml(dnd(BOB), DISTURB, disturb(true))
    const answers = await Promise.all(
      [dnd(BOB), profile('nothing', BOB), dnd('sip:nobody@example.com'), `${dnd(BOB)}/~~/a`].flatMap((target) =>
        [{}, { 'if-none-match': '*' }, { 'if-match': '"x"' }].map((headers) => server.alice.get(target, headers)),
      ),
    )
    const shown = answers.map(({ status, headers, text }) =>
      [status, headers['content-type'], headers['content-length'], headers.etag, text]
        .join(' ')
        .replace(headers['x-request-id'] as string, ''),
    )
    expect(new Set(shown).size).toBe(1)
    expect(answers[0]?.status).toBe(403)
    expect((await server.alice.putXml(dnd(BOB), DISTURB, disturb(false))).status).toBe(403)
    expect((await server.bob.get(dnd(BOB))).text).toBe(disturb(true))
  })

  it("X6: a participating function reads any user's documents and writes none; for it an unknown user is 404", async () => {
    expect((await server.pf.get(dnd(BOB))).text).toBe(disturb(true))
    expect((await server.pf.putXml(dnd(BOB), DISTURB, disturb(false))).status).toBe(403)
    const unknown = await server.pf.get(dnd('sip:nobody@example.com'))
    expect([unknown.status, unknown.json.type]).toEqual([404, 'urn:cpm-xdms:problem:unknown-user'])
    expect((await server.admin.putXml(dnd(BOB), DISTURB, disturb(false))).status).toBe(200)
  })

  it('RFC 4825 §12: xcap-caps is read by everybody and written by nobody', async () => {
    const target = '/xcap-root/xcap-caps/global/index'
    const read = await server.bob.get(target)
    expect([read.status, read.headers['content-type']]).toEqual([200, 'application/xcap-caps+xml'])
    expect((await server.bob.get(target, { 'if-none-match': read.headers.etag })).status).toBe(304)
    expect((await server.bob.putXml(target, 'application/xcap-caps+xml', '<x/>')).status).toBe(403)
    const put = await server.admin.putXml(target, 'application/xcap-caps+xml', '<x/>')
    expect([put.status, put.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  it('RFC 9110 §9.3.2: HEAD has the headers of GET and no body', async () => {
    const get = await server.bob.get(dnd(BOB))
    const head = await server.bob.ask('HEAD', dnd(BOB))
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control'])
      expect(head.headers[name]).toBe(get.headers[name])
    expect([head.status, head.text]).toEqual([200, ''])
  })

  it('X5: a document is shown so that a browser runs nothing of it', async () => {
    const { headers } = await server.bob.get(dnd(BOB))
    expect([
      headers['x-content-type-options'],
      headers['content-security-policy'],
      headers['cache-control'],
      headers['x-powered-by'],
    ]).toEqual(['nosniff', 'sandbox', 'no-cache', undefined])
  })

  it('RFC 4825 §8.2.2: the media type is that of the usage, exactly', async () => {
    for (const type of ['application/xml', 'text/xml', PROFILE, ''])
      expect((await server.bob.putXml(dnd(BOB), type, disturb(true))).status).toBe(415)
    expect((await server.bob.putXml(dnd(BOB), `${DISTURB.toUpperCase()}; charset=utf-8`, disturb(true))).status).toBe(
      200,
    )
  })

  it('RFC 4825 §6: the target is taken as it was sent, and nothing is normalised', async () => {
    const nothing = [
      '//users',
      '/xcap-root//org.cpm-xdms.profiles/users/x/y',
      `/xcap-root/./org.cpm-xdms.profiles/users/${ALICE}/work`,
      '/xcap-root/../healthz',
      '/xcap-root/%2e%2e/healthz',
      '/xcap-root/%252e%252e/healthz',
      `${dnd()}/`,
      '/xcap-root/org.cpm-xdms.profiles/users/',
      '/xcap-root',
      '/xcap-root/',
      '/xcap-root/__proto__/users/a/b',
      '/xcap-root/constructor/global/index',
      '/xcap-root/resource-lists\\users\\a',
      '/xcap-root;a=b/x',
    ]
    for (const target of nothing) expect([target, (await server.alice.get(target)).status]).toEqual([target, 404])
    for (const target of [
      `${dnd()}#frag`,
      `${profile('%zz')}`,
      profile('%c0%af'),
      profile('a%00b'),
      dnd('sip:alice@example.com;user=phone'),
    ]) {
      expect([target, (await server.alice.get(target)).status]).toEqual([target, 400])
    }
    const spelled = await server.alice.get(dnd('SIP:al%69ce@EXAMPLE.com'))
    expect(spelled.status).toBe(200)
    expect((await server.alice.get(dnd('alice@example.com'))).headers.etag).toBe(spelled.headers.etag)
  })

  it('HOST-E1: of 64 writers with one ETag one wins, and the others get 412', async () => {
    const { headers } = await server.alice.get(dnd())
    const answers = await Promise.all(
      Array.from({ length: 64 }, () =>
        server.alice.putXml(dnd(), DISTURB, disturb(true), { 'if-match': headers.etag }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(63)
  })

  it('HOST-E5: a document that is deleted and made again never has an ETag that it had', async () => {
    const seen = new Set<string | undefined>()
    for (let round = 0; round < 5; round++) {
      seen.add((await server.bob.putXml(profile('again', BOB), PROFILE, HOME.replace('home', 'again'))).headers.etag)
      await server.bob.delete(profile('again', BOB))
    }
    expect(seen.size).toBe(5)
  })
})
