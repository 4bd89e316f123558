/** What sessions of browsers are answered with: a part of `statuses.test.ts`. */
import { expect, it } from 'vitest'
import { ask, isAsked, operations } from './asked.ts'
import { ALICE, passwordOf, type Running } from './server.ts'

export const LOGIN = { user: ALICE, password: passwordOf(ALICE) }

export function sessionStatuses(server: () => Running): void {
  it('api §Browser sessions: 403 for a page of another origin, wherever it asks', async () => {
    const { headers } = await ask(server().stranger, 'POST /api/session', { json: LOGIN })
    const ofOthers = { headers: { cookie: headers['set-cookie']?.[0]?.split(';')[0], origin: 'http://other.example' } }
    for (const operation of operations.filter(isAsked))
      expect((await ask(server().stranger, operation, ofOthers)).status).toBe(403)
  })

  it('api §Browser sessions: a login that is none, who asks, and the end', async () => {
    const { stranger, alice } = server()
    for (const sending of [
      {},
      { json: { user: 'x' } },
      { json: { user: 1, password: '' } },
      { json: 'x'.repeat(9_000) },
      { json: { ...LOGIN, password: 'x' } },
    ])
      await ask(stranger, 'POST /api/session', sending)
    for (const method of ['GET', 'DELETE']) await ask(alice, `${method} /api/session`)
  })
}
