import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { DigestClient } from '../access/digest-client.ts'
import { ALICE as OWNER, Testbed, PHONE as ONE, registration, TABLET as OTHER } from '../participating/testbed.ts'
import { openRaw } from './raw.ts'
import { ALICE, passwordOf, startServer, type Running } from './server.ts'

const deviceOf = (n: number): string => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

interface Unread {
  readonly socket: Socket
  readonly received: () => number
}

/** Open, and nobody reads from it before it is resumed. */
async function unreadInbox(server: Running, login: DigestClient, device: string): Promise<Unread> {
  await server.alice.put(`/api/users/${ALICE}/registrations/${device}`, {})
  const target = `/api/users/${ALICE}/devices/${device}/inbox`
  const authorization = login.authorization('GET', target)
  const raw = await openRaw(server.url, `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`)
  await raw.until((text) => text.includes('text/event-stream'))
  raw.socket.pause().removeAllListeners('data')
  let received = 0
  raw.socket.on('data', (chunk: Buffer) => (received += chunk.length)).pause()
  return { socket: raw.socket, received: () => received }
}

it('HOST-S8: an event for many inboxes takes room once, and none of them is closed for the others', async () => {
  const server = await startServer({ XDMS_BACKLOG_BYTES_OF_USER: '9000000' })
  const login = new DigestClient({ user: ALICE, password: passwordOf(ALICE) })
  login.learn((await login.send(server.url, 'GET', '/api/policy')).headers)
  const inboxes: Unread[] = []
  for (let n = 0; n < 4; n++) inboxes.push(await unreadInbox(server, login, deviceOf(n)))
  const json = { to: ALICE, contentType: 'text/plain', body: 'x'.repeat(7_500_000) }
  for (let times = 1; times <= 2; times++) {
    expect((await server.pf.ask('POST', '/api/messages', { json })).status).toBe(202)
    for (const { socket } of inboxes) socket.resume()
    // What was taken is given back, so that the second one fits again.
    const least = (): number => Math.min(...inboxes.map((inbox) => inbox.received()))
    await expect.poll(least, { timeout: 20_000 }).toBeGreaterThan(times * 7_500_000)
    for (const { socket } of inboxes) socket.pause()
  }
  for (const { socket } of inboxes) socket.destroy()
  await server.close()
})

it('HOST-S8: what several devices get in one attempt is one event', async () => {
  const testbed = await Testbed.make()
  const events: unknown[] = []
  for (const device of [ONE, OTHER]) {
    await testbed.pf.register(OWNER, device, registration())
    await testbed.pf.openInbox(OWNER, device, { send: (event) => void events.push(event), end: () => {} })
  }
  await testbed.send()
  expect(events).toHaveLength(2)
  expect(events[0]).toBe(events[1])
  await testbed.stop()
})

it('HOST-S1: a large message is made ready before it is sent, while others are served; a small one is sent', async () => {
  const testbed = await Testbed.make()
  const seen: string[] = []
  await testbed.pf.register(OWNER, ONE, registration())
  let ready = (): void => undefined
  await testbed.pf.openInbox(OWNER, ONE, {
    prepare: ({ id }) => (seen.push(`prepare ${id}`), new Promise((resolve) => (ready = resolve))),
    send: ({ id }) => void seen.push(`send ${id}`),
    end: () => {},
  })
  const small = await testbed.send({ body: Buffer.alloc(262_144) })
  expect(seen).toEqual([`send ${small}`])
  const large = testbed.send({ body: Buffer.alloc(262_145) })
  await expect.poll(() => seen).toHaveLength(2)
  ready()
  const id = await large
  expect(seen.slice(1)).toEqual([`prepare ${id}`, `send ${id}`])
  await testbed.stop()
})
