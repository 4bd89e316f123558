import { afterEach, beforeEach, expect, it } from 'vitest'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const ALICE = 'sip:alice@example.com'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'

let core: Core
beforeEach(async () => void (core = await startCore()))
afterEach(() => core.stop())

const methodOf = (request: string): string => request.split(' ')[0] ?? ''
const messages = (): readonly string[] => core.sent.filter((request) => methodOf(request) === 'MESSAGE')
const registers = async (): Promise<void> => {
  const contact = `Contact: <sip:alice@127.0.0.9:5070>;+sip.instance="<${PHONE}>";expires=600`
  const body = `REGISTER sip:example.com SIP/2.0\r\n${contact}\r\n\r\n`
  const request = sip('REGISTER', { uri: ALICE, by: '', type: 'message/sip', body })
  expect(statusOf(await core.ask(request))).toBe(200)
}
const states = async (): Promise<readonly string[]> => {
  const { messages: all } = (await core.server.alice.get(`/api/users/${ALICE}/deferred`)).json
  return (all as readonly { state: string }[]).map(({ state }) => state)
}
const told = async (body: string): Promise<void> => expect(statusOf(await core.ask(sip('MESSAGE', { body })))).toBe(202)

it.each([408, 415, 480, 486, 500, 503, 603])(
  'P3: %i from the device ends the attempt at once: nothing is expected of it, and the message waits',
  async (status) => {
    core.answer = (request) => answerTo(request, methodOf(request) === 'MESSAGE' ? status : 488)
    await registers()
    await told('hello')
    await core.until(() => messages().length > 0)
    await expect.poll(states, { timeout: 10_000 }).toEqual(['deferred'])
  },
)

it('P3: what a device refused for good comes to it again when it registers anew, and not before', async () => {
  core.answer = (request) => answerTo(request, methodOf(request) === 'MESSAGE' ? 415 : 488)
  await registers()
  await told('hello')
  await core.until(() => messages().length === 1)
  await expect.poll(states, { timeout: 10_000 }).toEqual(['deferred'])
  core.answer = (request) => answerTo(request, 200)
  await told('another')
  await core.until(() => messages().length === 2)
  expect(messages()[1]).toContain('another')
  await expect.poll(states, { timeout: 10_000 }).toEqual(['deferred'])
  await registers()
  await expect.poll(states, { timeout: 10_000 }).toEqual([])
})
