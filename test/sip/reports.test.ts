import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock, type Clock } from '../../src/clock.ts'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

let core: Core
let folder: string
let later = 0
const clock: Clock = {
  now: () => systemClock.now() + later,
  at: (instant, run) => systemClock.at(instant - later, run),
}

async function start(): Promise<void> {
  core = await startCore({ XDMS_DATA: folder, XDMS_LEASE_MS: '400' }, { clock })
  core.answer = (request) => answerTo(request, 200)
}

beforeEach(async () => {
  later = 0
  folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-reports-'))
  await start()
})
afterEach(async () => {
  await core.stop()
  rmSync(folder, { recursive: true, force: true })
})

const CAROL = 'sip:carol@elsewhere.example'

function message(id: string, by: string, asks: string): string {
  const head =
    `From: <${by}>\r\nTo: <sip:alice@example.com>\r\nNS: imdn ` + `<urn:ietf:params:imdn>\r\nimdn.Message-ID: ${id}\r\n`
  const body = `${head}imdn.Disposition-Notification: ${asks}\r\n\r\nContent-Type: text/plain\r\n\r\nhello`
  return sip('MESSAGE', { by, body, type: 'message/cpim' })
}

function imdn(id: string, by: string, to: string, kind: 'delivery' | 'display', status: string): string {
  const xml =
    `<imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>m</message-id>` +
    `<datetime>2026-11-27T12:00:00Z</datetime><${kind}-notification><status><${status}/></status>` +
    `</${kind}-notification></imdn>`
  const head = `From: <${by}>\r\nTo: <${to}>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: ${id}\r\n\r\n`
  const body = `${head}Content-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n\r\n${xml}`
  return sip('MESSAGE', { uri: to, by, body, type: 'message/cpim' })
}

function registering(user: string): string {
  const contact = `Contact: <sip:${user}@127.0.0.9:5070>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-0000000000aa>"`
  const body = `REGISTER sip:example.com SIP/2.0\r\n${contact};expires=600\r\nSupported: gruu\r\n\r\n`
  return sip('REGISTER', { uri: `sip:${user}@example.com`, by: '', type: 'message/sip', body })
}

/** What went to somebody, by MESSAGE. */
const sentTo = (uri: string): readonly string[] => core.sent.filter((request) => request.startsWith(`MESSAGE ${uri}`))
const idIn = (request: string): string => /^imdn\.Message-ID: (.*)$/m.exec(request)?.[1]?.trim() ?? ''

describe('reports', () => {
  it('D13, U1: a sender of another domain is told over SIP, once, that it was delivered', async () => {
    expect(statusOf(await core.ask(message('m-carol', CAROL, 'positive-delivery')))).toBe(202)
    core.answer = (request) => answerTo(request, request.startsWith('INVITE') ? 488 : 200)
    await core.ask(registering('alice'))
    await core.until(() => sentTo(CAROL).length > 0)
    const [report = ''] = sentTo(CAROL)
    expect(report).toContain('<message-id>m-carol</message-id>')
    expect(report).toContain('<delivery-notification><status><delivered/></status></delivery-notification>')
    expect(report).toContain('From: <sip:alice@example.com>')
    expect(report).toContain('Content-Disposition: notification')
  })

  it('D13, A §C.3.1.1.3: a failure is told again under one id until the sender’s side answers, also after a restart', async () => {
    await core.ask(message('m-lost', CAROL, 'negative-delivery').replace('Max-Forwards', 'Expires: 1\r\nMax-Forwards'))
    core.answer = (request) => answerTo(request, 503)
    later += 2_000
    await core.until(() => sentTo(CAROL).length >= 1)
    const first = idIn(sentTo(CAROL)[0] ?? '')
    expect(sentTo(CAROL)[0]).toContain('<status><failed/></status>')
    await core.stop()
    later += 10_000
    await start()
    await core.until(() => sentTo(CAROL).length === 1)
    expect(idIn(sentTo(CAROL)[0] ?? '')).toBe(first)
    later += 200_000
    await core.ask(registering('bob'))
    expect(sentTo(CAROL)).toHaveLength(1)
  })

  it('C6: a user is told at his own device, by an IMDN', async () => {
    await core.ask(registering('bob'))
    await core.ask(message('m-bob', 'sip:bob@example.com', 'positive-delivery'))
    core.answer = (request) => answerTo(request, request.startsWith('INVITE') ? 488 : 200)
    await core.ask(registering('alice'))
    await core.until(() => sentTo('sip:bob@').length > 0)
    expect(sentTo('sip:bob@')[0]).toContain('<message-id>m-bob</message-id>')
    expect(sentTo('sip:bob@')[0]).toContain('<recipient-uri>sip:alice@example.com</recipient-uri>')
  })

  it('U5: that it was displayed goes to the sender, once; that it was delivered he has heard from us', async () => {
    const [alice, bob] = ['sip:alice@example.com', 'sip:bob@example.com']
    expect(statusOf(await core.ask(imdn('i1', alice, bob, 'delivery', 'delivered')))).toBe(200)
    for (let time = 0; time < 2; time++)
      expect(statusOf(await core.ask(imdn('i2', alice, bob, 'display', 'displayed')))).toBe(202)
    expect(statusOf(await core.ask(imdn('i3', alice, bob, 'display', 'delivered')))).toBe(400)
    core.answer = (request) => answerTo(request, request.startsWith('INVITE') ? 488 : 200)
    await core.ask(registering('bob'))
    await core.until(() => sentTo(bob).length > 0)
    expect(sentTo(bob)[0]).toContain('<displayed/>')
    expect(sentTo(bob)[0]).toContain('Content-Disposition: notification')
    expect(sentTo(bob)).toHaveLength(1)
  })

  it('U5: a device is asked to tell that it was displayed, unless the sender hides', async () => {
    await core.ask(registering('alice'))
    await core.ask(message('m-open', 'sip:bob@example.com', 'display'))
    await core.ask(
      message('m-hidden', 'sip:bob@example.com', 'display').replace('Max-Forwards', 'Privacy: id\r\nMax-Forwards'),
    )
    await core.until(() => sentTo('sip:alice@').length === 2)
    const [open = '', hidden = ''] = sentTo('sip:alice@')
    expect(open).toContain('imdn.Disposition-Notification: display')
    expect(hidden).not.toContain('Disposition-Notification')
    expect(hidden).toContain('Privacy: id')
    expect(hidden).not.toContain('bob')
  })
})
