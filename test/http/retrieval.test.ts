import { afterEach, beforeEach, expect, it } from 'vitest'
import { EventReader } from './event-reader.ts'
import { ALICE, PHONE, startServer, type Running } from './server.ts'

const phone = encodeURIComponent(PHONE)
const RETRIEVAL = `/api/users/${ALICE}/devices/${phone}/retrieval`
const INBOX = `/api/users/${ALICE}/devices/${phone}/inbox`

let server: Running
beforeEach(async () => {
  server = await startServer({ XDMS_QUIET_MS: '50', XDMS_STREAMS_OF_USER: '2' })
  await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
  await server.alice.put(`/api/users/${ALICE}/registrations/${phone}`, {})
})
afterEach(() => server.close())

async function send(body: string): Promise<string> {
  const { json } = await server.bob.ask('POST', '/api/messages', {
    json: { to: ALICE, contentType: 'text/plain', body },
  })
  return json.id as string
}
const retrieve = async (json: object): Promise<EventReader> =>
  new EventReader(RETRIEVAL, await server.alice.open('POST', RETRIEVAL, { json }))
const received = (id: string) => server.alice.ask('POST', `${INBOX}/${id}/received`)
const waiting = async () => (await server.alice.get(`/api/users/${ALICE}/deferred`)).json.messages.length as number

it('D7: a stream shows what is asked for, is kept alive, says what was done, and ends itself', async () => {
  const [one, two] = [await send('lunch?'), await send('dinner?')]
  const stream = await retrieve({
    actions: [
      { id: one, action: 'retrieve' },
      { id: two, action: 'discard' },
    ],
  })
  await stream.until(({ events, comments }) => events.length === 2 && comments > 0)
  expect((await received(one)).status).toBe(204)
  expect(await stream.ended()).toBe('clean')
  expect(stream.response.headers['content-type']).toBe('text/event-stream')
  expect(stream.events).toMatchObject([
    { event: 'message', id: one, data: { body: 'lunch?', attempt: 1 } },
    { event: 'action', data: { id: two, action: 'discard', outcome: 'done', state: 'discarded' } },
    { event: 'action', data: { id: one, action: 'retrieve', outcome: 'done', state: 'delivered' } },
    { event: 'end', data: { done: 2, left: 0 } },
  ])
})

it('D7: who closes the stream loses nothing, and its place is free again', async () => {
  await send('lunch?')
  for (let times = 0; times < 40; times++) {
    const stream = await retrieve({ all: 'retrieve' })
    expect((await stream.event(0)).event).toBe('message')
    stream.close()
    await stream.ended()
  }
  expect(await waiting()).toBe(1)
})

it('D7: a server that stops ends the stream, and what was not acknowledged waits on', async () => {
  await send('lunch?')
  const stream = await retrieve({ all: 'retrieve' })
  await stream.event(0)
  await server.close()
  expect([await stream.ended(), stream.events.map(({ event }) => event)]).toEqual(['clean', ['message']])
})

it('D7: one list, or one action for all', async () => {
  for (const json of [{}, { all: 'keep', actions: [] }])
    expect((await server.alice.ask('POST', RETRIEVAL, { json })).status).toBe(400)
})
