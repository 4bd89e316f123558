import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, startServer, type Running } from './server.ts'

const STORED = `/api/users/${ALICE}/stored`

let server: Running
beforeAll(async () => {
  server = await startServer()
  const messages = { unavailable: { action: 'store' } }
  await server.alice.put(`/api/users/${ALICE}/profiles/home`, {
    id: 'home',
    displayNames: [{ text: 'Home' }],
    messages,
  })
  await server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'home' })
})
afterAll(() => server.close())

async function send(body: string, more: object = {}): Promise<string> {
  const json = { to: ALICE, contentType: 'text/plain', body, ...more }
  const sent = await server.bob.ask('POST', '/api/messages', { json })
  expect(sent.status).toBe(202)
  const id = sent.json.id as string
  await expect.poll(async () => (await server.alice.get(`/api/messages/${id}`)).json.state as string).toBe('stored')
  return id
}

describe('what is stored', () => {
  it('S2, S4: is told of, listed in pages, opened with its body, marked as read and removed', async () => {
    const changes = await server.alice.stream(`/api/changes?user=${ALICE}`)
    const first = await send('one', { subject: 'hi' })
    const second = await send('two')
    expect((await changes.event(0)).data).toMatchObject({ user: ALICE, message: first, kind: 'arrived', size: 3 })
    const page = await server.alice.get(`${STORED}?limit=1`)
    expect(page.json).toMatchObject({ messages: [{ id: first, subject: 'hi', because: 'preference', read: false }] })
    const rest = await server.alice.get(`${STORED}?after=${page.json.next as string}`)
    expect(rest.json).toMatchObject({ messages: [{ id: second, temporary: false }] })
    expect((await server.alice.get(`${STORED}/${first}`)).json).toMatchObject({ id: first, body: 'one' })
    expect((await server.alice.ask('PUT', `${STORED}/${first}/read`)).status).toBe(204)
    expect((await server.alice.get(`${STORED}/${first}`)).json).toMatchObject({ read: true })
    const gone = await server.alice.delete(`${STORED}/${first}`)
    expect([gone.status, (await server.alice.get(`${STORED}/${first}`)).status]).toEqual([204, 404])
  })

  it('X6: nobody else sees it, or takes anything out of it', async () => {
    const id = await send('three')
    const asked = [
      await server.bob.get(STORED),
      await server.bob.get(`${STORED}/${id}`),
      await server.bob.delete(`${STORED}/${id}`),
      await server.admin.delete(`${STORED}/${id}`),
      await server.bob.ask('PUT', `${STORED}/${id}/read`),
    ]
    expect(asked.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    expect((await server.alice.get(`${STORED}/${id}`)).status).toBe(200)
  })

  it('S4: what is not there is 404, and a limit that is none 400', async () => {
    const asked = [
      await server.alice.get(`${STORED}/nothing`),
      await server.alice.delete(`${STORED}/nothing`),
      await server.alice.ask('PUT', `${STORED}/nothing/read`),
      await server.alice.get(`${STORED}?limit=x`),
    ]
    expect(asked.map(({ status }) => status)).toEqual([404, 404, 404, 400])
  })
})
