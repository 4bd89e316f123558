/** Alice and Bob, their phones, and what Bob sends. Each call goes to the server whose client is handed in. */
import { expect } from 'vitest'
import type { Answer, Client } from '../http/client.ts'
import type { EventReader } from '../http/event-reader.ts'
import { ALICE, BOB, type Running } from './servers.ts'

const PHONES: ReadonlyMap<string, string> = new Map([
  [ALICE, encodeURIComponent('urn:uuid:00000000-0000-1000-8000-00000000a11c')],
  [BOB, encodeURIComponent('urn:uuid:00000000-0000-1000-8000-000000000b0b')],
])

function inboxOf(who: string): string {
  return `/api/users/${who}/devices/${PHONES.get(who)}/inbox`
}

export async function register(server: Running, who: string): Promise<void> {
  const answer = await server
    .client(who)
    .put(`/api/users/${who}/registrations/${PHONES.get(who)}`, { expiresIn: 86_400 })
  expect([200, 201]).toContain(answer.status)
}

export async function openInbox(server: Running, who: string): Promise<EventReader> {
  return await server.client(who).stream(inboxOf(who))
}

export async function acknowledge(server: Running, who: string, id: string): Promise<void> {
  expect((await server.client(who).ask('POST', `${inboxOf(who)}/${id}/received`)).status).toBe(204)
}

/** @param until an instant; missing: until it is switched off. */
export async function disturb(server: Running, on: boolean, until?: number): Promise<void> {
  const json = { on, ...(until === undefined ? {} : { until: new Date(until).toISOString() }) }
  expect([200, 201]).toContain((await server.client(ALICE).put(`/api/users/${ALICE}/do-not-disturb`, json)).status)
}

/** Bob's message to Alice, under his `messageId`. */
export async function post(bob: Client, messageId: string, more: object = {}): Promise<Answer> {
  const json = {
    messageId,
    to: ALICE,
    subject: messageId,
    contentType: 'text/plain',
    body: 'Lunch?',
    reports: ['delivery', 'failure'],
    ...more,
  }
  return await bob.ask('POST', '/api/messages', { json })
}

/** @returns the id of the message, which was accepted. */
export async function send(server: Running, messageId: string, more: object = {}): Promise<string> {
  const answer = await post(server.client(BOB), messageId, more)
  expect(answer.status).toBe(202)
  return answer.json.id as string
}

/** The record of a message as Alice sees it. */
export async function recordOf(server: Running, id: string): Promise<any> {
  const answer = await server.client(ALICE).get(`/api/messages/${id}`)
  expect(answer.status).toBe(200)
  return answer.json
}

export async function deferredIds(server: Running): Promise<readonly string[]> {
  const { json } = await server.client(ALICE).get(`/api/users/${ALICE}/deferred`)
  return (json.messages as readonly { readonly id: string }[]).map(({ id }) => id)
}
