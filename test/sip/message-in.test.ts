import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sip, startCore, statusOf, type Core } from './core.ts'

let core: Core
beforeAll(async () => {
  core = await startCore({ XDMS_MESSAGE_BYTES: '50000' })
})
afterAll(() => core.stop())

const cpim = (
  id: string,
  { asks = 'positive-delivery', to = 'sip:alice@example.com', body = 'At noon? ü' } = {},
): string =>
  [
    'From: <sip:anonymous@anonymous.invalid>',
    `To: <${to}>`,
    'Subject: Lunch',
    'NS: imdn <urn:ietf:params:imdn>',
    `imdn.Message-ID: ${id}`,
    `imdn.Disposition-Notification: ${asks}`,
    '',
    'Content-Type: text/plain; charset=utf-8',
    '',
    body,
  ].join('\r\n')

async function waiting(): Promise<readonly Record<string, unknown>[]> {
  const answer = await core.server.alice.get('/api/users/sip:alice@example.com/deferred')
  return (answer.json as { messages: Record<string, unknown>[] }).messages
}

describe('MESSAGE in', () => {
  it('P6: a plain body is taken, 202, and waits under the sender that the core asserts', async () => {
    const request = sip('MESSAGE', { body: 'hello' }).replace('From: <sip:bob@', 'From: <sip:eve@')
    expect(statusOf(await core.ask(request))).toBe(202)
    expect((await waiting()).at(-1)).toMatchObject({
      from: 'sip:bob@example.com',
      to: 'sip:alice@example.com',
      contentType: 'text/plain',
      size: 5,
      state: 'deferred',
    })
  })

  it('P6: CPIM: subject, IMDN id and body; the same IMDN id again is the same message', async () => {
    const before = (await waiting()).length
    for (let time = 0; time < 2; time++)
      expect(statusOf(await core.ask(sip('MESSAGE', { body: cpim('34jk324j'), type: 'message/cpim' })))).toBe(202)
    const after = await waiting()
    expect(after).toHaveLength(before + 1)
    expect(after.at(-1)).toMatchObject({
      messageId: '34jk324j',
      subject: 'Lunch',
      contentType: 'text/plain; charset=utf-8',
      size: 11,
    })
  })

  it('P6: the same request again is the same message, also without an IMDN id', async () => {
    const request = sip('MESSAGE', { body: 'once' })
    const before = (await waiting()).length
    await core.ask(request)
    await core.ask(request.replace(/branch=\S+/, 'branch=z9hG4bKagain'))
    expect(await waiting()).toHaveLength(before + 1)
  })

  it('P5: P-Called-Party-ID names the target where the Request-URI is our own address', async () => {
    const headers = ['P-Called-Party-ID: <sip:alice@example.com>']
    expect(statusOf(await core.ask(sip('MESSAGE', { uri: 'sip:deferred@127.0.0.1', headers, body: 'x' })))).toBe(202)
    expect((await waiting()).at(-1)).toMatchObject({ to: 'sip:alice@example.com' })
  })

  it('P6: Privacy is honoured', async () => {
    await core.ask(sip('MESSAGE', { headers: ['Privacy: id'], body: 'who am I' }))
    expect((await waiting()).at(-1)).toMatchObject({ from: 'sip:anonymous@anonymous.invalid' })
  })

  it('P6, RFC 3323 §4.2: none and critical alone hide nobody; header, user, session and id do, in any order and case', async () => {
    const shown: string[] = []
    for (const privacy of ['none', 'critical', 'ID', 'critical; header', 'user', 'session'])
      await core.ask(sip('MESSAGE', { headers: [`Privacy: ${privacy}`], body: privacy }))
    const { messages } = (await core.server.alice.get('/api/users/sip:alice@example.com/deferred')).json
    for (const { from } of (messages as readonly { from: string }[]).slice(-6)) shown.push(from)
    const anonymous = 'sip:anonymous@anonymous.invalid'
    const bob = 'sip:bob@example.com'
    expect(shown).toEqual([bob, bob, anonymous, anonymous, anonymous, anonymous])
  })

  it('P6: a sender of another domain is taken through us', async () => {
    expect(statusOf(await core.ask(sip('MESSAGE', { by: 'sip:carol@elsewhere.example', body: 'hi' })))).toBe(202)
    expect((await waiting()).at(-1)).toMatchObject({ from: 'sip:carol@elsewhere.example' })
  })

  it('P6: a deflated body is inflated, as liblinphone sends it', async () => {
    const body = deflateSync('pressed').toString('latin1')
    const request = sip('MESSAGE', { headers: ['Content-Encoding: deflate'], body: 'x' })
    const deflated = request.replace('Content-Length: 1\r\n\r\nx', `Content-Length: ${body.length}\r\n\r\n`)
    core.write(Buffer.from(deflated + body, 'latin1'))
    await expect.poll(async () => (await waiting()).at(-1), { timeout: 10_000 }).toMatchObject({ size: 7 })
  })

  it.each([
    ['nobody is asserted', sip('MESSAGE', { by: '', body: 'x' }), 403],
    ['no such user', sip('MESSAGE', { uri: 'sip:nobody@example.com', body: 'x' }), 404],
    ['no user at all', sip('MESSAGE', { uri: 'sip:example.com', body: 'x' }), 404],
    ['too large', sip('MESSAGE', { body: 'x'.repeat(70_000) }), 413],
    ['deflated and too large', '', 413],
    ['no body', sip('MESSAGE'), 400],
    ['no media type', sip('MESSAGE', { body: 'x', type: 'text' }), 400],
    ['a CSeq that is none', sip('MESSAGE', { body: 'x' }).replace('CSeq: 1', 'CSeq: one'), 400],
    ['unknown coding', sip('MESSAGE', { body: 'x', headers: ['Content-Encoding: br'] }), 415],
    ['CPIM that is none', sip('MESSAGE', { body: 'x', type: 'message/cpim' }), 400],
    ['an extension that is not known', sip('MESSAGE', { body: 'x', headers: ['Require: teleport'] }), 420],
    ['a method that is not ours', sip('PUBLISH'), 405],
    ['a dialog that there is not', sip('BYE').replace('\r\nCall-ID', ';tag=x\r\nCall-ID'), 481],
  ])('P6: refused: %s', async (what, request, status) => {
    const bomb = deflateSync(Buffer.alloc(10_000_000)).toString('latin1')
    const sent =
      what === 'deflated and too large'
        ? sip('MESSAGE', { headers: ['Content-Encoding: deflate'], body: 'x' }).replace(
            'Content-Length: 1\r\n\r\nx',
            `Content-Length: ${bomb.length}\r\n\r\n`,
          ) + bomb
        : request
    const before = (await waiting()).length
    expect(statusOf(await core.ask(sent))).toBe(status)
    expect(await waiting()).toHaveLength(before)
  })

  it('P6: nobody but the core may connect', async () => {
    const socket = await core.connectFrom('127.0.0.9')
    await new Promise<void>((resolve) => socket.once('close', () => resolve()))
    expect(core.server.logText()).toContain('127.0.0.9')
  })
})
