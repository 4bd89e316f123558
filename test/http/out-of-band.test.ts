/** Devices that are not there are told by a webhook that something waits (D6), by the whole server. */
import { expect, it } from 'vitest'
import type { Receiver } from './receiver.ts'
import { ALICE, BOB, PHONE, type Running } from './server.ts'
import { withReceiver } from './with-receiver.ts'

const AT = `/api/users/${ALICE}/registrations`
const QUICK = { XDMS_WEBHOOK_TARGETS: '127.0.0.1', XDMS_RETRY_FIRST_MS: '20', XDMS_SWEEP_MS: '100' }

let server: Running
let receiver: Receiver
withReceiver(QUICK, (...started) => ([server, receiver] = started))

/** The phone was here, and is known with its webhook. */
async function away(): Promise<void> {
  const push = { kind: 'webhook', url: receiver.url }
  const { json } = await server.alice.put(`${AT}/${encodeURIComponent(PHONE)}`, { expiresIn: 1, push })
  receiver.secrets.push(json.pushSecret as string)
  await expect.poll(async () => (await server.alice.get(AT)).json.registrations[0].registered as boolean).toBe(false)
}

async function send(body: string): Promise<string> {
  const json = { to: ALICE, contentType: 'text/plain', body }
  return (await server.bob.ask('POST', '/api/messages', { json })).json.id as string
}

const announced = (): readonly (readonly string[])[] =>
  receiver.received.map(({ json }) => (json.messages as { id: string }[]).map(({ id }) => id))
const count = (): number => receiver.received.length

it('D6: each message is announced once, without its body; what fails is tried again under the same id', async () => {
  await server.admin.put('/api/policy', { notices: { outOfBand: 'each' } })
  await away()
  const tried: string[] = []
  receiver.answer = ({ id }) => (tried.push(id) < 3 ? 503 : 204)
  const first = await send('the canary')
  await expect.poll(count).toBe(1)
  expect([tried.length, new Set(tried).size]).toEqual([3, 1])
  const second = await send('another')
  await expect.poll(count).toBe(2)
  expect(announced()).toEqual([[first], [second]])
  expect(receiver.received.map(({ body }) => body).join()).not.toContain('canary')
})

it('D4, U14: nothing while do-not-disturb covers it; when that ends it is told', async () => {
  await server.admin.put('/api/policy', { notices: { outOfBand: 'each' } })
  await away()
  await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
  const quietly = [await send('one'), await send('two')]
  expect(count()).toBe(0)
  await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: false })
  await expect.poll(() => announced().flat().length).toBe(2)
  expect(announced().flat().toSorted()).toEqual(quietly.toSorted())
})

it('D6, U14: a summary says how many wait and of whom, and the next one waits for its time', async () => {
  await server.admin.put('/api/policy', { notices: { outOfBand: 'summary', atMostEvery: 'PT1H' } })
  await away()
  await send('one')
  await expect.poll(count).toBe(1)
  await send('two')
  expect(receiver.received.map(({ json }) => json)).toEqual([{ kind: 'deferred-summary', waiting: 1, from: [BOB] }])
  expect((await server.alice.get(`/api/users/${ALICE}/deferred`)).json.messages).toHaveLength(2)
})
