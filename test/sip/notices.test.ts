import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeDeferredList } from '../../src/sip/deferred-list.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { compileSchema } from '../../src/xml/schema.ts'
import { attributeOf, childElements } from '../../src/xml/tree.ts'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const ALICE = 'sip:alice@example.com'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const TYPE = 'application/vnd.cpm-xdms.deferred-list+xml'

let core: Core
beforeEach(async () => {
  core = await startCore()
  core.answer = (request) => answerTo(request, 200)
})
afterEach(() => core.stop())

const files = new Map(
  readdirSync('schemas')
    .filter((name) => name.endsWith('.xsd'))
    .map((name) => [name, new Uint8Array(readFileSync(`schemas/${name}`))]),
)
const faultsOf = (bytes: Uint8Array): readonly unknown[] =>
  compileSchema('deferred-list.xsd', files).validate(readDocument(bytes, DEFAULT_XML_LIMITS))

it('D5, B §5.2.2.2.1: a device that registers is told by MESSAGE what waits, and the messages wait on', async () => {
  const profile = { id: 'work', displayNames: [{ text: 'Work' }], deferred: { mode: 'notify' } }
  expect((await core.server.alice.put(`/api/users/${ALICE}/profiles/work`, profile)).status).toBeLessThan(300)
  const active = await core.server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'work' })
  expect(active.status).toBeLessThan(300)
  expect(statusOf(await core.ask(sip('MESSAGE', { body: 'hello', headers: ['Subject: Lunch?'] })))).toBe(202)
  const contact = `Contact: <sip:alice@127.0.0.9:5070>;+sip.instance="<${PHONE}>";expires=600`
  const body = `REGISTER sip:example.com SIP/2.0\r\n${contact}\r\nSupported: gruu\r\n\r\n`
  await core.ask(sip('REGISTER', { uri: ALICE, by: '', type: 'message/sip', body }))
  await core.until(() => core.sent.length > 0)
  const [notice = ''] = core.sent
  expect(notice).toMatch(new RegExp(`^MESSAGE sip:alice@example\\.com;gr=${PHONE} SIP/2\\.0`))
  expect(notice).toContain(`Content-Type: ${TYPE}`)
  expect(notice).toContain('P-Asserted-Identity: <sip:deferred@example.com>')
  const list = Buffer.from(notice.slice(notice.indexOf('\r\n\r\n') + 4), 'latin1')
  expect(faultsOf(list)).toEqual([])
  const { root } = readDocument(list, DEFAULT_XML_LIMITS)
  expect(attributeOf(root, 'retrieve-from')).toBe('sip:deferred@example.com')
  const [message] = childElements(root)
  const { messages } = (await core.server.alice.get(`/api/users/${ALICE}/deferred`)).json
  expect(message && ['id', 'from', 'subject', 'size'].map((name) => attributeOf(message, name))).toEqual([
    (messages as readonly { id: string }[])[0]?.id,
    'sip:bob@example.com',
    'Lunch?',
    '5',
  ])
  expect(messages).toHaveLength(1)
})

it('D5: as its schema says, whatever stands in a message; what does not fit into a MESSAGE is counted', () => {
  const message = {
    id: 'm1',
    messageId: 'x',
    from: 'sip:anonymous@anonymous.invalid',
    subject: `a <b> \u0001 "c" ${'é'.repeat(600)}`,
    contentType: 'text/plain;charset=utf-8',
    sent: '2026-11-27T07:00:00Z',
    size: 5,
    expires: '2026-11-28T07:00:00Z',
  }
  const bytes = writeDeferredList({ messages: Array.from({ length: 20 }, () => message), more: 2 }, ALICE)
  expect(faultsOf(bytes)).toEqual([])
  const { root } = readDocument(bytes, DEFAULT_XML_LIMITS)
  const [first, ...others] = childElements(root)
  expect(Number(attributeOf(root, 'more'))).toBe(21 - others.length)
  expect(first && attributeOf(first, 'from')).toBeUndefined()
  expect(first && attributeOf(first, 'subject')?.slice(0, 11)).toBe('a <b>   "c"')
  expect(bytes.length).toBeLessThan(1_300)
})
