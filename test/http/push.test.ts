import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ALICE, PHONE, startServer } from './server.ts'

it('C2: browsers subscribe with a key that outlives the process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-push-'))
  const keys: unknown[] = []
  for (const _ of [1, 2]) {
    const server = await startServer({ XDMS_DATA: folder })
    const answer = await server.alice.get('/api/push')
    expect([answer.status, (await server.stranger.get('/api/push')).status]).toEqual([200, 401])
    keys.push((answer.json as { vapidPublicKey: string }).vapidPublicKey)
    await server.close()
  }
  rmSync(folder, { recursive: true, force: true })
  expect(keys[0]).toMatch(/^B[A-Za-z0-9_-]{86}$/)
  expect(keys[1]).toBe(keys[0])
})

it('D6: a registration brings a push address; its secret is shown once, and it is never given back', async () => {
  const server = await startServer({ XDMS_WEBHOOK_TARGETS: 'hooks.example.com' })
  const device = `/api/users/${ALICE}/registrations/${encodeURIComponent(PHONE)}`
  const put = (push: unknown) => server.alice.put(device, { push })
  const hook = { kind: 'webhook', url: 'https://hooks.example.com/a' }
  expect((await put(hook)).json.pushSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect((await put(hook)).json.pushSecret).toBeUndefined()
  expect((await server.alice.get(`/api/users/${ALICE}/registrations`)).text).not.toMatch(/hooks|whsec/)
  for (const bad of [{ ...hook, url: 'https://10.0.0.1/' }, { kind: 'pigeon' }, 'x'])
    expect([(await put(bad)).status, (await put(bad)).json.errors[0].path]).toEqual([422, '/push'])
  expect((await put({ ...hook, secret: 'mine' })).status).toBe(422)
  const web = { kind: 'web-push', endpoint: 'https://hooks.example.com/b', p256dh: 'no', auth: 'key' }
  expect((await put(web)).json.errors).toEqual([
    { path: '/push', message: 'p256dh is no uncompressed point of P-256.' },
  ])
  expect((await put(null)).status).toBe(200)
  expect((await put(hook)).json.pushSecret).toBeDefined()
  await server.close()
})
