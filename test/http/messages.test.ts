import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BOB, PHONE, startServer, type Running } from './server.ts'

const phone = encodeURIComponent(PHONE)
const INBOX = `/api/users/${ALICE}/devices/${phone}/inbox`
const REGISTRATION = `/api/users/${ALICE}/registrations/${phone}`
const text = (body: string, more: object = {}): object => ({ to: ALICE, contentType: 'text/plain', body, ...more })

describe('messages', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it('P2: alice turns do-not-disturb off and what waited arrives, is acknowledged and reported', async () => {
    await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
    expect(
      (
        await server.alice.put(REGISTRATION, {
          expiresIn: 600,
          accepts: ['text/*'],
          maxBytes: 1000,
          connectivity: 'wifi',
        })
      ).status,
    ).toBe(201)
    const inbox = await server.alice.stream(INBOX)
    const bobs = `/api/users/${BOB}/registrations/${phone}`
    await server.bob.put(bobs, {})
    const reports = await server.bob.stream(`/api/users/${BOB}/devices/${phone}/inbox`)

    const sent = await server.bob.ask('POST', '/api/messages', {
      json: text('hello', { messageId: 'm-1', subject: 'hi', reports: ['delivery'] }),
    })
    expect([sent.status, sent.json.state, sent.json.messageId]).toEqual([202, 'accepted', 'm-1'])
    expect(sent.headers.location).toBe(`/api/messages/${sent.json.id}`)
    const target = sent.headers.location ?? ''
    expect((await server.bob.get(target)).json).toEqual({ id: sent.json.id, messageId: 'm-1', state: 'accepted' })
    for (const client of [server.alice, server.pf, server.admin]) {
      const { json } = await client.get(target)
      expect([json.state, json.reason, json.releasedBy]).toEqual([
        'deferred',
        'do-not-disturb',
        expect.arrayContaining(['do-not-disturb-off']),
      ])
      expect(json.body).toBeUndefined()
    }
    expect(
      (await server.alice.get(`/api/users/${ALICE}/deferred`)).json.messages.map(({ id }: { id: string }) => id),
    ).toEqual([sent.json.id])
    expect(inbox.events).toEqual([])

    await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: false })
    const { event, id, data } = await inbox.event(0)
    expect([event, id, data.body, data.from, data.to, data.attempt, data.reports]).toEqual([
      'message',
      sent.json.id,
      'hello',
      BOB,
      ALICE,
      1,
      ['delivery'],
    ])
    const received = `${INBOX}/${id}/received`
    expect((await server.bob.ask('POST', received)).status).toBe(403)
    expect((await server.alice.ask('POST', received)).status).toBe(204)
    expect((await server.alice.ask('POST', received)).status).toBe(204)
    expect((await server.alice.ask('POST', `${INBOX}/never/received`)).status).toBe(404)
    expect((await server.bob.get(target)).json.state).toBe('delivered')
    const report = await reports.event(0)
    expect([report.event, report.data.messageId, report.data.disposition]).toEqual(['report', 'm-1', 'delivered'])
    expect((await server.alice.get(`/api/users/${ALICE}/deferred`)).json).toEqual({ messages: [] })
    inbox.close()
    reports.close()
  })

  it('P6: the same again is the same message; other content under its id is 409', async () => {
    const first = await server.bob.ask('POST', '/api/messages', { json: text('one', { messageId: 'same' }) })
    const again = await server.bob.ask('POST', '/api/messages', { json: text('one', { messageId: 'same' }) })
    expect([again.status, again.json.id]).toEqual([202, first.json.id])
    const other = await server.bob.ask('POST', '/api/messages', { json: text('two', { messageId: 'same' }) })
    expect([other.status, other.json.type]).toEqual([409, 'urn:cpm-xdms:problem:conflict'])
  })

  it('X6: who may send as whom, and who sees a message', async () => {
    const post = (client: typeof server.alice, json: object) => client.ask('POST', '/api/messages', { json })
    expect((await post(server.bob, text('x', { from: 'sip:carol@example.com' }))).status).toBe(403)
    expect((await post(server.bob, text('x', { from: 'SIP:bob@EXAMPLE.com' }))).status).toBe(202)
    expect((await post(server.admin, text('x', { from: BOB }))).status).toBe(403)
    const foreign = await post(server.pf, text('x', { from: 'sip:far@away.example' }))
    expect([foreign.status, foreign.json.from]).toEqual([202, 'sip:far@away.example'])
    expect((await server.bob.get(`/api/messages/${foreign.json.id}`)).status).toBe(404)
    expect((await server.stranger.get(`/api/messages/${foreign.json.id}`)).status).toBe(401)
    const unknown = await post(server.bob, { ...text('x'), to: 'sip:nobody@example.com' })
    expect([unknown.status, unknown.json.type]).toEqual([404, 'urn:cpm-xdms:problem:unknown-user'])
  })

  it('P1: what the preferences reject is 403, and not accepted; what they store is in the store', async () => {
    const waiting = async () => (await server.alice.get(`/api/users/${ALICE}/deferred`)).json.messages.length as number
    const before = await waiting()
    const rule = (action: string) => ({
      id: 'home',
      displayNames: [{ text: 'Home' }],
      messages: { rules: [{ id: 'r', action, originators: [{ uri: BOB }] }] },
    })
    await server.alice.put(`/api/users/${ALICE}/profiles/home`, rule('reject'))
    await server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'home' })
    const rejected = await server.bob.ask('POST', '/api/messages', { json: text('spam') })
    expect([rejected.status, rejected.json.type]).toEqual([403, 'urn:cpm-xdms:problem:rejected-by-preferences'])
    await server.alice.put(`/api/users/${ALICE}/profiles/home`, rule('store'))
    expect(await waiting()).toBe(before)
    const stored = await server.bob.ask('POST', '/api/messages', { json: text('spam') })
    expect(stored.status).toBe(202)
    await server.alice.delete(`/api/users/${ALICE}/active-profile`)
  })

  it('RFC 9110 §15.5: what is no message is refused, field by field', async () => {
    const status = async (json: unknown) => (await server.bob.ask('POST', '/api/messages', { json })).status
    expect(await status({ contentType: 'text/plain', body: 'x' })).toBe(400)
    expect(await status({ to: ALICE, body: 'x' })).toBe(400)
    expect(await status({ to: ALICE, contentType: 'text/plain' })).toBe(400)
    expect(await status([])).toBe(400)
    for (const wrong of [
      { body: 1 },
      { bodyBase64: 'eA==' },
      { body: undefined, bodyBase64: 'e' },
      { body: undefined, bodyBase64: 'e_==' },
      { contentType: 'text' },
      { contentType: 'text/plain\r\nx: y' },
      { messageId: '' },
      { messageId: 'a b' },
      { messageId: 'x'.repeat(129) },
      { messageId: 'é' },
      { expires: 'tomorrow' },
      { expires: '2026-02-30T00:00:00Z' },
      { expiresIn: 0 },
      { expiresIn: 1.5 },
      { expiresIn: 5, expires: '2030-01-01T00:00:00Z' },
      { reports: ['read'] },
      { privacy: 'yes' },
      { subject: 'a\nb' },
      { file: 1 },
      { more: 1 },
      { to: { $gt: '' } },
      { to: 'a b' },
    ]) {
      expect([wrong, await status(text('x', wrong))]).toEqual([wrong, 422])
    }
    expect(
      (await server.bob.ask('POST', '/api/messages', { body: 'x', headers: { 'content-type': 'text/plain' } })).status,
    ).toBe(415)
  })

  it('api §A message: a body of bytes arrives as the same bytes', async () => {
    await server.alice.put(REGISTRATION, {})
    const inbox = await server.alice.stream(INBOX)
    const sent = await server.bob.ask('POST', '/api/messages', {
      json: { to: ALICE, contentType: 'image/png', bodyBase64: 'iVBORwD/' },
    })
    await inbox.until(({ events }) => events.some(({ id }) => id === sent.json.id))
    const { data } = inbox.events.find(({ id }) => id === sent.json.id) ?? {}
    expect([data.bodyBase64, data.body, data.contentType]).toEqual(['iVBORwD/', undefined, 'image/png'])
    inbox.close()
  })
})

describe('registrations and inboxes', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it('C1: a device registers, is refreshed, listed and deleted', async () => {
    const put = await server.alice.put(REGISTRATION, { expiresIn: 600, accepts: ['text/*'] })
    expect([put.status, put.json.device, put.json.accepts, put.json.registered]).toEqual([201, PHONE, ['text/*'], true])
    expect(Date.parse(put.json.expires) - Date.parse(put.json.began)).toBe(600_000)
    expect((await server.alice.ask('PUT', REGISTRATION)).status).toBe(200)
    expect((await server.pf.get(`/api/users/${ALICE}/registrations`)).json.registrations).toHaveLength(1)
    for (const wrong of [
      { expiresIn: 0 },
      { expiresIn: '1' },
      { accepts: 'text/*' },
      { accepts: ['text'] },
      { maxBytes: -1 },
      { connectivity: '' },
      { more: 1 },
    ]) {
      expect([wrong, (await server.alice.put(REGISTRATION, wrong)).status]).toEqual([wrong, 422])
    }
    expect((await server.alice.put(`/api/users/${ALICE}/registrations/phone`, {})).status).toBe(400)
    expect((await server.alice.put(`/api/users/${ALICE}/registrations/a%3Ab%00`, {})).status).toBe(400)
    expect((await server.alice.put(`/api/users/${ALICE}/registrations/%zz`, {})).status).toBe(400)
    expect((await server.alice.delete(REGISTRATION)).status).toBe(204)
    expect((await server.alice.delete(REGISTRATION)).status).toBe(404)
  })

  it('HOST-S10: the recipient drops what waits for him; for anybody else there is nothing to drop', async () => {
    const sent = await server.bob.ask('POST', '/api/messages', { json: text('unwanted') })
    const target = sent.headers.location ?? ''
    for (const client of [server.bob, server.pf]) expect((await client.delete(target)).status).toBe(404)
    expect((await server.alice.delete(target)).status).toBe(204)
    expect((await server.alice.get(target)).json.state).toBe('discarded')
    const again = await server.alice.delete(target)
    expect([again.status, again.json.type]).toEqual([409, 'urn:cpm-xdms:problem:ended'])
  })

  it('D9: no inbox without a registration; it ends with the registration, and when a second one opens', async () => {
    const refused = await server.alice.get(INBOX)
    expect([refused.status, refused.json.type]).toEqual([409, 'urn:cpm-xdms:problem:not-registered'])
    await server.alice.put(REGISTRATION, {})
    const first = await server.alice.stream(INBOX)
    expect(first.response.headers['content-type']).toBe('text/event-stream')
    expect((await server.alice.ask('HEAD', INBOX)).status).toBe(200)
    expect(first.over).toBeUndefined()
    const second = await server.alice.stream(INBOX)
    expect(await first.ended()).toBe('clean')
    await server.alice.delete(REGISTRATION)
    expect(await second.ended()).toBe('clean')
    expect((await server.admin.get(INBOX)).status).toBe(403)
    expect((await server.bob.get(INBOX)).status).toBe(403)
  })

  it('C5: the far end that goes away closes its inbox', async () => {
    await server.alice.put(REGISTRATION, {})
    const inbox = await server.alice.stream(INBOX)
    const open = async (): Promise<string | undefined> =>
      /^xdms_open_inboxes (\d+)$/m.exec((await server.stranger.get('/metrics')).text)?.[1]
    expect(await open()).toBe('1')
    inbox.close()
    await expect.poll(open).toBe('0')
  })
})
