import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readRetrieval, writeOutcome } from '../../src/sip/retrieval-list.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { compileSchema } from '../../src/xml/schema.ts'
import { freePort } from '../servers/free-port.ts'
import { sdp, startMsrpPeer, type MsrpPeer } from '../peers/msrp-peer.ts'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const ALICE = 'sip:alice@example.com'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const DEVICE_HOST = '127.0.0.9'
const DEFERRED = 'sip:deferred@example.com'
const TYPE = 'application/vnd.cpm-xdms.retrieval+xml'

let core: Core
let peer: MsrpPeer
beforeEach(async () => {
  core = await startCore()
  peer = await startMsrpPeer(DEVICE_HOST, await freePort(DEVICE_HOST))
  // The device takes neither a session of ours nor a MESSAGE: what waits, waits until it is fetched.
  core.answer = (request) =>
    methodOf(request) === 'ACK' ? undefined : answerTo(request, methodOf(request) === 'BYE' ? 200 : 480)
  await core.ask(registering())
})
afterEach(async () => {
  peer.stop()
  await core.stop()
})

const methodOf = (request: string): string => request.split(' ')[0] ?? ''
const registering = (): string =>
  sip('REGISTER', {
    uri: ALICE,
    by: '',
    type: 'message/sip',
    body: [
      'REGISTER sip:example.com SIP/2.0',
      `To: <${ALICE}>`,
      `Contact: <sip:alice@${DEVICE_HOST}:5070>;+sip.instance="<${PHONE}>";expires=600`,
      '',
      '',
    ].join('\r\n'),
  })

async function toldAlice(...bodies: readonly string[]): Promise<readonly string[]> {
  for (const body of bodies) expect(statusOf(await core.ask(sip('MESSAGE', { body })))).toBe(202)
  return waiting()
}
async function waiting(): Promise<readonly string[]> {
  const { messages } = (await core.server.alice.get(`/api/users/${ALICE}/deferred`)).json
  return (messages as readonly { id: string }[]).map(({ id }) => id)
}

const description = (setup: 'active' | 'passive'): string =>
  sdp(DEVICE_HOST, peer.path, setup, ['a=recvonly']).replace(
    'a=accept-types:message/cpim',
    `a=accept-types:message/cpim ${TYPE}`,
  )
const list = (actions: readonly (readonly [id: string, action: string])[]): string =>
  `<retrieval xmlns="urn:cpm-xdms:retrieval:1">${actions
    .map(([id, action]) => `<message id="${id}" action="${action}"/>`)
    .join('')}</retrieval>`

function invite(
  body: string,
  setup: 'active' | 'passive' = 'active',
  more: { by?: string; contact?: string } = {},
): string {
  const { by = ALICE, contact = `<sip:alice@${DEVICE_HOST}:5070>;+sip.instance="<${PHONE}>"` } = more
  const both = [
    '--b',
    'Content-Type: application/sdp',
    '',
    description(setup).trimEnd(),
    '--b',
    `Content-Type: ${TYPE}`,
    '',
    body,
    '--b--',
    '',
  ].join('\r\n')
  const alone = body === ''
  return sip('INVITE', {
    uri: DEFERRED,
    by,
    headers: [`Contact: ${contact}`],
    body: alone ? description(setup) : both,
    type: alone ? 'application/sdp' : 'multipart/mixed;boundary=b',
  })
}
const pathIn = (answer: string): string => /a=path:(\S+)/.exec(answer)?.[1] ?? ''
const saidBye = (): Promise<void> => core.until(() => core.sent.some((request) => methodOf(request) === 'BYE'))
const bodies = (): readonly string[] => peer.messages.map((text) => text.slice(text.lastIndexOf('\r\n') + 2))

it('C6, D7, A §C.3.3.2: it names messages and gets them one by one, over the connection that it makes; then we end the session', async () => {
  const ids = await toldAlice('first', 'second', 'third')
  const answer = await core.ask(
    invite(
      list([
        [ids[2] ?? '', 'retrieve'],
        [ids[0] ?? '', 'retrieve'],
      ]),
    ),
  )
  expect(statusOf(answer)).toBe(200)
  expect(answer).toContain('a=setup:passive')
  expect(answer).toContain('a=sendonly')
  peer.dial(pathIn(answer))
  await saidBye()
  expect(bodies()).toEqual(['third', 'first'])
  expect(await waiting()).toEqual([ids[1]])
})

it('D7: who describes a session and names nothing gets everything', async () => {
  await toldAlice('one', 'two')
  const answer = await core.ask(invite('', 'passive'))
  expect(answer).toContain('a=setup:active')
  await saidBye()
  expect(bodies()).toEqual(['one', 'two'])
  expect(await waiting()).toEqual([])
})

it('X13, D7: what is fetched was recorded when it came, once; the session that carries it is no session of theirs', async () => {
  const record = async (storage: object): Promise<void> => {
    const profile = { id: 'work', displayNames: [{ text: 'Work' }], storage }
    expect((await core.server.alice.put(`/api/users/${ALICE}/profiles/work`, profile)).status).toBeLessThan(300)
    const active = await core.server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'work' })
    expect(active.status).toBeLessThan(300)
  }
  const stored = async (): Promise<unknown> => (await core.server.alice.get(`/api/users/${ALICE}/stored`)).json.messages
  await record({ messages: true })
  const [id] = await toldAlice('recorded')
  await expect.poll(stored).toMatchObject([{ id, because: 'recorded' }])
  await record({ sessions: true })
  await toldAlice('not recorded')
  expect(statusOf(await core.ask(invite('', 'passive')))).toBe(200)
  await saidBye()
  expect(bodies()).toEqual(['recorded', 'not recorded'])
  await expect.poll(waiting).toEqual([])
  expect(await stored()).toMatchObject([{ id, because: 'recorded' }])
})

it('D8: each message has its action, and it is told what became of it', async () => {
  const ids = await toldAlice('keep me', 'drop me', 'store me')
  const answer = await core.ask(
    invite(
      list([
        [ids[0] ?? '', 'keep'],
        [ids[1] ?? '', 'discard'],
        [ids[2] ?? '', 'store'],
        ['nobody', 'discard'],
      ]),
      'passive',
    ),
  )
  expect(statusOf(answer)).toBe(200)
  await saidBye()
  const outcomes = peer.messages.map((text) => /action="(\w+)" outcome="([\w-]+)"/.exec(text)?.slice(1).join(' '))
  expect([...outcomes].sort()).toEqual(['discard done', 'discard unknown', 'keep done', 'store done'])
  for (const text of peer.messages) expect(faultsOf('retrieval.xsd', Buffer.from(text))).toEqual([])
  await expect.poll(waiting).toEqual([ids[0]])
})

it('D7: the device ends the session in the middle: what it did not acknowledge waits on', async () => {
  peer.stop()
  peer = await startMsrpPeer(DEVICE_HOST, await freePort(DEVICE_HOST), (count) =>
    count === 1 ? '000 200 OK' : undefined,
  )
  const ids = await toldAlice('first', 'second', 'third')
  const asked = invite('', 'passive')
  const answer = await core.ask(asked)
  await peer.until(() => peer.messages.length === 2)
  const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(answer)?.[1]?.trim() ?? ''
  const bye = sip('BYE', { uri: DEFERRED })
    .replace(/^Call-ID: .*$/m, `Call-ID: ${header('Call-ID')}`)
    .replace(/^From: .*$/m, `From: ${header('From')}`)
    .replace(/^To: .*$/m, `To: ${header('To')}`)
    .replace('CSeq: 1', 'CSeq: 2')
  expect(statusOf(await core.ask(bye))).toBe(200)
  expect(await waiting()).toEqual([ids[1], ids[2]])
  expect(core.sent.map(methodOf)).not.toContain('BYE')
  const again = await core.ask(invite('', 'passive'))
  expect(statusOf(again)).toBe(200)
})

it('D7: only his own devices fetch what waits for him; what cannot be read or has no session is refused', async () => {
  const [id = ''] = await toldAlice('mine')
  const of = async (request: string): Promise<number> => statusOf(await core.ask(request))
  expect(await of(invite('', 'active', { by: 'sip:eve@elsewhere.example' }))).toBe(403)
  expect(await of(invite('', 'active', { contact: '<sip:alice@127.0.0.77:5070>' }))).toBe(403)
  expect(await of(invite('<retrieval xmlns="urn:cpm-xdms:retrieval:1"><message id="x"/></retrieval>'))).toBe(400)
  expect(await of(invite(list([[id, 'burn']])))).toBe(400)
  expect(
    await of(
      invite(
        list([
          [id, 'keep'],
          [id, 'keep'],
        ]),
      ),
    ),
  ).toBe(400)
  expect(await of(invite('', 'active').replace('TCP/MSRP', 'RTP/MSRP'))).toBe(488)
  expect(await waiting()).toEqual([id])
})

const files = new Map(
  readdirSync('schemas')
    .filter((name) => name.endsWith('.xsd'))
    .map((name) => [name, new Uint8Array(readFileSync(`schemas/${name}`))]),
)
const faultsOf = (schema: string, bytes: Uint8Array): readonly unknown[] =>
  compileSchema(schema, files).validate(readDocument(bytes, DEFAULT_XML_LIMITS))

it('D7: what is written is as its schema says, and what is read is what the schema takes', () => {
  const asked = list([
    ['a', 'retrieve'],
    ['b', 'store'],
  ])
  expect(faultsOf('retrieval.xsd', Buffer.from(asked))).toEqual([])
  expect(readRetrieval(Buffer.from(asked))).toEqual({
    kind: 'some',
    actions: [
      { id: 'a', action: 'retrieve' },
      { id: 'b', action: 'store' },
    ],
  })
  const all = '<retrieval xmlns="urn:cpm-xdms:retrieval:1" all="discard"/>'
  expect(faultsOf('retrieval.xsd', Buffer.from(all))).toEqual([])
  expect(readRetrieval(Buffer.from(all))).toEqual({ kind: 'all', action: 'discard' })
  const outcome = { id: 'a', action: 'store', outcome: 'refused', because: 'no-message-store' } as const
  expect(faultsOf('retrieval.xsd', writeOutcome(outcome))).toEqual([])
})
