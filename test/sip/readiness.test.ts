import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { createClientTransport } from '../../src/sip/client-transport.ts'
import { OpenSockets } from '../../src/sip/connection.ts'
import type { TlsIdentity } from '../../src/tls-identity.ts'
import { freePort } from '../servers/free-port.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { sip, startCore, statusOf } from './core.ts'

const LOG = { info: () => {}, warn: () => {}, error: () => {} }

it('C1: whoever has no way to the core yet says so where it asks by OPTIONS, and takes what cannot be lost', async () => {
  const corePort = await freePort()
  const core = await startCore({ XDMS_SIP_CORE: `sip:127.0.0.1:${corePort};transport=tcp` })
  const refused = await core.ask(sip('OPTIONS'))
  expect(statusOf(refused)).toBe(503)
  expect(refused).toContain('Retry-After: 1')
  expect(statusOf(await core.ask(sip('MESSAGE', { body: 'hello' })))).toBe(202)
  const there = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => there.listen(corePort, '127.0.0.1', resolve))
  await core.connectFrom('127.0.0.1')
  await expect.poll(async () => statusOf(await core.ask(sip('OPTIONS'))), { timeout: 10_000 }).toBe(200)
  await core.stop()
  there.close()
})

it('C1: a core that connects is there: whoever waits to try again does not wait', async () => {
  const clock = createHandClock()
  const sockets = new OpenSockets('TCP', 1_000, LOG, () => {})
  const port = await freePort()
  let tries = 0
  const events = { connecting: () => void (tries += 1), opened: () => {}, lost: () => {} }
  const settings = { core: { host: '127.0.0.1', port, transport: 'tcp' as const }, host: '127.0.0.1' }
  const client = createClientTransport(settings, { clock, log: LOG, tls: {} as TlsIdentity }, sockets, events)
  client.connect()
  await expect.poll(() => clock.next()).toBeDefined()
  const there = createServer((socket) => socket.on('error', () => {}))
  there.listen(port, '127.0.0.1')
  await once(there, 'listening')
  client.hurry()
  clock.move(0)
  await expect.poll(() => client.isOpen()).toBe(true)
  client.hurry()
  clock.move(0)
  expect(tries).toBe(2)
  client.stop()
  sockets.destroy()
  there.close()
})
