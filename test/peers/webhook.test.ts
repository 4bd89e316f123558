/** A webhook to a receiver that nobody here wrote: the Python library of Standard Webhooks verifies what comes. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ALICE, startServer } from '../http/server.ts'
import { startChild } from '../servers/child.ts'
import { PYTHON, withPeer } from './needs.ts'

const RECEIVER = join(import.meta.dirname, 'webhook-receiver.py')

withPeer('Standard Webhooks in Python', [PYTHON], () => {
  it('HOST-N4, X19: the library of another language verifies the signatures', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xdms-webhook-'))
    const receiver = await startChild({ command: PYTHON, args: [RECEIVER], folder, log: join(folder, 'log') })
    const port = await receiver.line()
    const at = `http://127.0.0.1:${port}`
    const server = await startServer({ XDMS_WEBHOOK_TARGETS: '127.0.0.1', XDMS_WEBHOOK_RETRY_FIRST_MS: '50' })
    try {
      const json = { url: `${at}/hook`, what: ['org.cpm-xdms.do-not-disturb', 'state'] }
      const made = await server.alice.ask('POST', '/api/subscriptions', { json })
      await fetch(`${at}/secret`, { method: 'POST', body: JSON.stringify({ secret: made.json.secret as string }) })
      const got = async (): Promise<{ type: string; about: string | null }[]> =>
        (await (await fetch(`${at}/got`)).json()) as { type: string; about: string | null }[]
      await expect.poll(async () => (await got()).length, { timeout: 10_000 }).toBe(1)
      await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
      await expect
        .poll(async () => (await got()).map(({ type, about }) => [type, about]), { timeout: 10_000 })
        .toEqual([
          ['state', null],
          ['change', 'do-not-disturb'],
          ['state', null],
        ])
    } finally {
      await server.close()
      await receiver.end()
    }
  })
})
