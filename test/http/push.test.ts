import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startServer } from './server.ts'

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
