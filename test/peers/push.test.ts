/** Web Push and webhooks to a receiver on Python's libraries: none of our code opens what our code sealed. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, systemRandomness } from '../../src/clock.ts'
import { createPosting } from '../../src/outbound/post.ts'
import { webhookSecret } from '../../src/outbound/signed.ts'
import { createTargets } from '../../src/outbound/targets.ts'
import { createPush } from '../../src/push/create.ts'
import { createVapid, makeVapidKey } from '../../src/push/vapid.ts'
import { pushContract, type PushFixture, type Received } from '../push/contract.ts'
import { startChild } from '../servers/child.ts'
import { PYTHON, withPeer } from './needs.ts'

const SERVICE = join(import.meta.dirname, 'push-service.py')

async function open(): Promise<PushFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-push-'))
  const service = await startChild({ command: PYTHON, args: [SERVICE], folder, log: join(folder, 'log') })
  const port = await service.line()
  if (port === undefined) throw new Error(`the push service did not start: ${await service.complaint()}`)
  const at = `http://127.0.0.1:${port}`
  const ask = async (path: string, said?: object): Promise<Response> =>
    fetch(at + path, said === undefined ? {} : { method: 'POST', body: JSON.stringify(said) })
  const posting = createPosting(createTargets(['127.0.0.1']), systemClock.now)
  const vapid = createVapid(makeVapidKey(), 'mailto:ops@example.com')
  return {
    push: createPush({ posting, vapid, clock: systemClock, random: systemRandomness }),
    async receiver(kind) {
      const secret = webhookSecret(systemRandomness)
      const made = await ask('/addresses', { applicationServerKey: vapid.publicKey, secret })
      const { name, p256dh, auth } = (await made.json()) as Record<'name' | 'p256dh' | 'auth', string>
      return {
        address:
          kind === 'web-push'
            ? { kind, endpoint: `${at}/push/${name}`, p256dh, auth }
            : { kind, url: `${at}/hook/${name}`, secret },
        got: async () => (await (await ask(`/got/${name}`)).json()) as Received[],
        answers: async (status, headers = {}) => void (await ask(`/answer/${name}`, { status, headers })),
      }
    },
    async close() {
      posting.close()
      await service.end()
    },
  }
}

withPeer('a push service in Python', [PYTHON], () => pushContract(open, systemClock.now))
