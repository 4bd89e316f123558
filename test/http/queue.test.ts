/** What operators do with messages that are in the server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BOB, PHONE, startServer, type Running } from './server.ts'

const phone = encodeURIComponent(PHONE)
const INBOX = `/api/users/${ALICE}/devices/${phone}/inbox`
const REGISTRATION = `/api/users/${ALICE}/registrations/${phone}`
const QUIET = `/api/users/${ALICE}/do-not-disturb`
const HELD = { id: 'held', displayNames: [{ text: 'Held' }], messages: { available: { action: 'defer' } } }

interface Found {
  readonly id: string
  readonly messageId: string
  readonly state: string
}

describe('the queue', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer({ XDMS_SEARCHED_AT_ONCE: '3' })
    await server.alice.put(QUIET, { on: true })
    await server.alice.put(REGISTRATION, {})
  })
  afterAll(() => server.close())

  const send = async (client: Running['bob'], json: object): Promise<string> =>
    (await client.ask('POST', '/api/messages', { json: { contentType: 'text/plain', body: 'x', ...json } })).json.id
  /** Page after page. */
  const all = async (query: string, client = server.admin): Promise<readonly string[]> => {
    const found: Found[] = []
    for (let after: string | undefined = ''; after !== undefined; ) {
      const { status, json } = await client.get(`/api/messages?${query}${after && `&after=${after}`}`)
      expect(status).toBe(200)
      found.push(...json.messages)
      after = json.next as string | undefined
    }
    return found.map(({ messageId }) => messageId).sort()
  }

  it('api §Operation: administrators find messages of everybody by id, sender, recipient, state and reason', async () => {
    await send(server.bob, { to: ALICE, messageId: 'q1', subject: 'one' })
    await send(server.pf, { to: ALICE, from: 'sip:far@away.example', messageId: 'q2' })
    await send(server.alice, { to: BOB, messageId: 'q3' })
    await send(server.bob, { to: ALICE, messageId: 'q4', privacy: true })
    const dropped = await send(server.alice, { to: BOB, messageId: 'q5' })
    expect((await server.bob.delete(`/api/messages/${dropped}`)).status).toBe(204)

    expect(await all('')).toEqual(['q1', 'q2', 'q3', 'q4', 'q5'])
    expect(await all('limit=1')).toEqual(['q1', 'q2', 'q3', 'q4', 'q5'])
    expect(await all(`to=${BOB}`)).toEqual(['q3', 'q5'])
    expect(await all(`from=SIP:bob@EXAMPLE.com`)).toEqual(['q1'])
    expect(await all('from=sip:anonymous@anonymous.invalid')).toEqual(['q4'])
    expect(await all('state=deferred')).toEqual(['q1', 'q2', 'q3', 'q4'])
    expect(await all('state=discarded')).toEqual(['q5'])
    expect(await all('reason=do-not-disturb')).toEqual(['q1', 'q2', 'q4'])
    expect(await all(`reason=do-not-disturb&state=discarded`)).toEqual([])
    expect(await all('messageId=q3')).toEqual(['q3'])
    expect(await all('', server.pf)).toEqual(['q2'])
    const [found] = (await server.admin.get('/api/messages?messageId=q1')).json.messages
    expect(found).toMatchObject({ from: BOB, to: ALICE, subject: 'one', state: 'deferred', reason: 'do-not-disturb' })
    expect(found).not.toHaveProperty('body')
  })

  it('api §Operation: one request looks at so many records, and says where the next one goes on', async () => {
    const { json } = await server.admin.get('/api/messages?state=discarded')
    expect(json).toMatchObject({ messages: [{ messageId: 'q5' }] })
    const { json: few } = await server.admin.get('/api/messages?from=sip:nobody@example.com')
    expect(few).toEqual({ messages: [], next: expect.any(String) })
  })

  it('X6: users search nothing; a misspelt filter is no filter, and a place that was never told is refused', async () => {
    const status = async (query: string, client = server.admin) => (await client.get(`/api/messages${query}`)).status
    expect(await status('', server.alice)).toBe(403)
    for (const wrong of [
      '?form=x',
      '?state=waiting',
      '?reason=x',
      '?limit=0',
      '?after=x',
      '?after=W10',
      '?to=sip:a@b;c',
    ])
      expect(`${wrong} ${await status(wrong)}`).toBe(`${wrong} 400`)
  })

  it('D4: what is let go waits for do-not-disturb all the same, unless the recipient says even so', async () => {
    const id = (await server.admin.get('/api/messages?messageId=q1')).json.messages[0].id as string
    const release = (client: Running['bob'], json?: object) =>
      client.ask('POST', `/api/messages/${id}/release`, json === undefined ? {} : { json })
    const inbox = await server.alice.stream(INBOX)
    const byAdmin = await release(server.admin)
    expect([byAdmin.status, byAdmin.json.state, byAdmin.json.reason]).toEqual([202, 'deferred', 'do-not-disturb'])
    expect((await release(server.bob)).status).toBe(404)
    expect((await release(server.pf)).status).toBe(404)
    expect((await release(server.admin, { evenIfQuiet: true })).status).toBe(403)
    expect((await release(server.admin, { even: true })).status).toBe(422)
    expect(inbox.events).toEqual([])
    const byAlice = await release(server.alice, { evenIfQuiet: true })
    expect([byAlice.status, byAlice.json.state]).toEqual([202, 'delivering'])
    expect((await inbox.event(0)).data.messageId).toBe('q1')
    expect(inbox.events).toHaveLength(1)
    expect((await server.alice.ask('POST', `${INBOX}/${id}/received`)).status).toBe(204)
    expect((await release(server.admin)).status).toBe(409)
    inbox.close()
  })

  it('D14: what a rule makes wait goes to the devices that may have it, and to no other', async () => {
    const inbox = await server.alice.stream(INBOX)
    await server.alice.put(QUIET, { on: false })
    // What only do-not-disturb held is out before the rule is there, so that the next one is the rule's.
    await inbox.event(1)
    await server.alice.put(`/api/users/${ALICE}/profiles/held`, HELD)
    await server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'held' })
    const id = await send(server.bob, { to: ALICE, messageId: 'q6' })
    expect((await server.alice.get(`/api/messages/${id}`)).json.reason).toBe('preference')
    const bobs = await send(server.alice, { to: BOB, messageId: 'q7' })
    const nobodyThere = await server.admin.ask('POST', `/api/messages/${bobs}/release`)
    expect([nobodyThere.status, nobodyThere.json.state]).toEqual([202, 'deferred'])
    expect((await server.admin.ask('POST', `/api/messages/${id}/release`)).json.state).toBe('delivering')
    expect((await inbox.event(2)).data.messageId).toBe('q6')
    inbox.close()
  })

  it('X6: an administrator takes a message away with a reason, which is kept; nobody else does', async () => {
    const id = await send(server.bob, { to: BOB, messageId: 'q8' })
    const at = `/api/messages/${id}`
    expect((await server.admin.delete(at)).status).toBe(400)
    expect((await server.admin.delete(`${at}?reason=`)).status).toBe(400)
    for (const other of [server.pf, server.alice]) expect((await other.delete(`${at}?reason=x`)).status).toBe(404)
    expect((await server.admin.delete(`${at}?reason=spam%20of%20today`)).status).toBe(204)
    expect((await server.admin.get(at)).json).toMatchObject({
      state: 'discarded',
      ended: { because: 'removed-by-operator', note: 'spam of today' },
    })
    expect((await server.admin.delete(`${at}?reason=again`)).status).toBe(409)
  })
})
