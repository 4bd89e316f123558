import { afterEach, beforeEach, expect, it } from 'vitest'
import { createSipForward } from '../../src/sip/forward.ts'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const ALICE = 'sip:alice@example.com'
const DAN = 'sip:dan@elsewhere.example'

let core: Core
beforeEach(async () => {
  core = await startCore()
  core.answer = (request) => answerTo(request, 200)
})
afterEach(() => core.stop())

it('X18, U11: what is forwarded to another domain goes out through the core, with its originator and its way so far', async () => {
  const rules = [{ id: 'away', action: 'forward', to: DAN, originators: [{ domain: 'example.com' }] }]
  const profile = { id: 'work', displayNames: [{ text: 'Work' }], messages: { rules } }
  const put = await core.server.alice.put(`/api/users/${ALICE}/profiles/work`, profile)
  expect(put.status, put.text).toBe(201)
  await core.server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'work' })
  expect(statusOf(await core.ask(sip('MESSAGE', { body: 'please forward' })))).toBe(202)
  await core.until(() => core.sent.some((request) => request.startsWith(`MESSAGE ${DAN} `)))
  const request = core.sent.find((each) => each.startsWith(`MESSAGE ${DAN} `)) ?? ''
  expect(request).toContain('P-Asserted-Identity: <sip:bob@example.com>')
  expect(request).toContain(`History-Info: <${ALICE}>;index=1, <${DAN}>;index=1.1`)
  expect(request).toContain('please forward')
})

it('U15: a core that does not answer is waited for until the asker gives up, and asked again later', async () => {
  const { forward } = createSipForward({ send: () => new Promise(() => {}) })
  const givenUp = new AbortController()
  const asked = forward(
    DAN,
    {
      messageId: 'm1',
      from: ALICE,
      undisclosed: false,
      subject: undefined,
      contentType: 'text/plain',
      body: Buffer.from('hi'),
      sent: '2026-11-21T07:00:00Z',
      forwardedFor: [ALICE],
    },
    givenUp.signal,
  )
  givenUp.abort()
  expect(await asked).toEqual({ kind: 'again', because: 'The core does not answer.' })
})
