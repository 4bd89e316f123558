import { afterEach, beforeEach, expect, it } from 'vitest'
import { sip, startCore, statusOf, type Core } from './core.ts'

const ALICE = 'sip:alice@example.com'
const TEAM = 'sip:team@example.com'

let core: Core
beforeEach(async () => void (core = await startCore()))
afterEach(() => core.stop())

async function prefers(profile: object): Promise<void> {
  const { alice } = core.server
  const put = await alice.put(`/api/users/${ALICE}/profiles/work`, {
    id: 'work',
    displayNames: [{ text: 'Work' }],
    ...profile,
  })
  expect(put.status).toBeLessThan(300)
  expect((await alice.put(`/api/users/${ALICE}/active-profile`, { default: 'work' })).status).toBeLessThan(300)
}
const told = async (request: string): Promise<number> => statusOf(await core.ask(request))
const cpim = (to: string): string => `To: <${to}>\r\n\r\nContent-Type: text/plain\r\n\r\nhello`
const toGroup = (): string => sip('MESSAGE', { body: cpim(TEAM), type: 'message/cpim' })
const listed = async (what: string): Promise<readonly unknown[]> =>
  (await core.server.alice.get(`/api/users/${ALICE}/${what}`)).json.messages as readonly unknown[]

it('P6, X7: what her preferences reject is 403, and nothing of it stays', async () => {
  await prefers({ messages: { rules: [{ id: 'r', action: 'reject', originators: [{ uri: 'sip:bob@example.com' }] }] } })
  expect(await told(sip('MESSAGE', { body: 'spam' }))).toBe(403)
  expect(await told(sip('MESSAGE', { body: 'hi', by: 'sip:carol@example.com' }))).toBe(202)
  expect(await listed('deferred')).toHaveLength(1)
})

it('P6, X7: who writes to a group, as To of the CPIM says, is judged by that', async () => {
  await prefers({ messages: { rules: [{ id: 'r', action: 'reject', messageTypes: ['group'] }] } })
  expect(await told(toGroup())).toBe(403)
  expect(await told(sip('MESSAGE', { body: cpim(ALICE), type: 'message/cpim' }))).toBe(202)
  expect(await told(sip('MESSAGE', { body: cpim('sip:anonymous@anonymous.invalid'), type: 'message/cpim' }))).toBe(202)
})

it('P6, X13: what belongs to a conversation, as its Conversation-ID says, is recorded where she wants that', async () => {
  await prefers({ storage: { conversations: true } })
  expect(await told(sip('MESSAGE', { body: 'alone' }))).toBe(202)
  expect(await told(sip('MESSAGE', { body: 'of one', headers: ['Conversation-ID: f81d4fae-7dec'] }))).toBe(202)
  await expect.poll(() => listed('stored')).toMatchObject([{ size: 6 }])
})

it('P6: no room for her is 507, and what waits stays', async () => {
  const { admin } = core.server
  const put = await admin.put('/api/policy', { limits: { waitingAtMost: 2 } })
  expect(put.status).toBeLessThan(300)
  const carol = { by: 'sip:carol@elsewhere.example' }
  expect(await told(sip('MESSAGE', { body: 'one', ...carol }))).toBe(202)
  expect(await told(sip('MESSAGE', { body: 'two', ...carol }))).toBe(202)
  expect(await told(sip('MESSAGE', { body: 'three', ...carol }))).toBe(507)
  expect(await listed('deferred')).toHaveLength(2)
})
