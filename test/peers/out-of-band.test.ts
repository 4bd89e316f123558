/** The whole server tells devices through a push service in Python, which decrypts and verifies by itself. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ALICE, startServer } from '../http/server.ts'
import { startChild } from '../servers/child.ts'
import { PYTHON, withPeer } from './needs.ts'

const SERVICE = join(import.meta.dirname, 'push-service.py')
const devicePath = (name: string): string => `/api/users/${ALICE}/registrations/${encodeURIComponent(`urn:x:${name}`)}`

async function play(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-out-of-band-'))
  const service = await startChild({ command: PYTHON, args: [SERVICE], folder, log: join(folder, 'log') })
  const at = `http://127.0.0.1:${await service.line()}`
  const server = await startServer({ XDMS_WEBHOOK_TARGETS: '127.0.0.1', XDMS_PUSH_CONTACT: 'mailto:ops@example.com' })
  const ask = async (path: string, said?: object): Promise<any> => {
    const answer = await fetch(at + path, said === undefined ? {} : { method: 'POST', body: JSON.stringify(said) })
    return path.startsWith('/answer') ? undefined : answer.json()
  }
  const got = async (name: string): Promise<readonly any[]> =>
    (await ask(`/got/${name}`)).map(({ text }: { readonly text: string }) => JSON.parse(text))
  const { alice, bob, admin } = server
  await admin.put('/api/policy', { notices: { outOfBand: 'each' } })
  const key = (await alice.get('/api/push')).json.vapidPublicKey as string

  const browser = await ask('/addresses', { applicationServerKey: key, secret: 'whsec_AAAA' })
  const { name: browsers, p256dh, auth } = browser
  const push = { kind: 'web-push', endpoint: `${at}/push/${browsers}`, p256dh, auth }
  await alice.put(devicePath('browser'), { expiresIn: 1, push })
  await expect
    .poll(async () => (await alice.get(`/api/users/${ALICE}/registrations`)).json.registrations[0].registered, {
      timeout: 5_000,
    })
    .toBe(false)
  const json = { to: ALICE, subject: 'Lunch?', contentType: 'text/plain', body: 'At the canary’s' }
  const sent = await bob.ask('POST', '/api/messages', { json })
  await expect.poll(async () => (await got(browsers)).length, { timeout: 5_000 }).toBe(1)
  const [said] = await got(browsers)
  expect(said).toMatchObject({ kind: 'deferred', messages: [{ id: sent.json.id, subject: 'Lunch?' }] })
  expect(JSON.stringify(said)).not.toContain('canary')

  await ask(`/answer/${browsers}`, { status: 410, headers: {} })
  await bob.ask('POST', '/api/messages', { json })
  await expect.poll(async () => server.logText().includes('the address is gone'), { timeout: 5_000 }).toBe(true)
  await ask(`/answer/${browsers}`, { status: 201, headers: {} })
  await bob.ask('POST', '/api/messages', { json })
  expect(await got(browsers)).toHaveLength(1)
  await server.close()
  await service.end()
}

withPeer('a push service in Python, and the whole server', [PYTHON], () => {
  it('D6, C2: sealed and verified by others, without a body; an address that is gone is forgotten', play)
})
