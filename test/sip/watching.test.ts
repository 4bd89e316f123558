import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const ALICE = 'sip:alice@example.com'
const LISTS = 'application/resource-lists+xml'

let core: Core
beforeEach(async () => {
  core = await startCore({ XDMS_SIP_SUBSCRIPTIONS_OF_USER: '3' })
  core.answer = (request) => answerTo(request, 200)
})
afterEach(() => core.stop())

function subscribe(
  uris: readonly string[],
  {
    by = ALICE,
    event = 'xcap-diff;diff-processing=xcap-patching',
    expires = 600,
    type = LISTS,
    accept = 'application/xcap-diff+xml',
  } = {},
): string {
  const entries = uris.map((uri) => `<entry uri="${uri}"/>`).join('')
  const body = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>${entries}</list></resource-lists>`
  const headers = [
    `Event: ${event}`,
    `Accept: ${accept}`,
    `Expires: ${expires}`,
    'Contact: <sip:alice@127.0.0.9:5070>',
    'Record-Route: <sip:127.0.0.1:5060;lr>',
  ]
  return sip('SUBSCRIBE', { uri: ALICE, by, headers, body, type })
}

/** The next request in the dialog that an answer made. */
function refresh(request: string, answer: string, expires: number): string {
  const to = /^To: .*$/m.exec(answer)?.[0].trim() ?? ''
  return request
    .replace(/^To: .*$/m, to)
    .replace('CSeq: 1 ', 'CSeq: 2 ')
    .replace(/branch=\S+/, 'branch=z9hG4bKrefresh')
    .replace(/Expires: \d+/, `Expires: ${expires}`)
    .replace(/Content-Type: .*\r\n/, '')
    .replace(/Content-Length: \d+\r\n\r\n[^]*$/, 'Content-Length: 0\r\n\r\n')
}

const notified = (): readonly string[] => core.sent.filter((request) => request.startsWith('NOTIFY'))
const list = (name: string): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="${name}"/></resource-lists>`
const put = async (name: string): Promise<void> => {
  const answer = await core.server.alice.ask('PUT', `/xcap-root/resource-lists/users/${ALICE}/index`, {
    headers: { 'content-type': LISTS },
    body: list(name),
  })
  expect(answer.status).toBeLessThan(300)
}

describe('xcap-diff over SIP', () => {
  it('X5, RFC 5875 §4: what is there comes first, then each change as a patch, each NOTIFY behind the answer to the one before', async () => {
    await put('one')
    const answer = await core.ask(subscribe([`resource-lists/users/${ALICE}/index`]))
    expect(statusOf(answer)).toBe(200)
    expect(answer).toContain('Record-Route: <sip:127.0.0.1:5060;lr>')
    await core.until(() => notified().length === 1)
    const [first = ''] = notified()
    expect(first).toMatch(/Subscription-State: active;expires=(?:600|599)/)
    expect(first).toContain('Event: xcap-diff')
    expect(first).toContain('Route: <sip:127.0.0.1:5060;lr>')
    expect(first).toMatch(/<d:document sel="resource-lists\/users\/sip:alice@example.com\/index" new-etag="[^"]+"\/>/)
    await put('two')
    await put('three')
    await core.until(() => notified().length === 3)
    expect(notified()[1]).toContain('previous-etag')
    expect(notified()[1]).toContain('>two<')
    expect(notified()[2]).toContain('>three<')
  })

  it('RFC 5875 §4.4: a document that is not there yet is no error; by ETags where nothing else is asked for', async () => {
    await core.ask(subscribe([`resource-lists/users/${ALICE}/index`], { event: 'xcap-diff' }))
    await core.until(() => notified().length === 1)
    expect(notified()[0]).toContain('<d:xcap-diff xmlns:d="urn:ietf:params:xml:ns:xcap-diff"')
    await put('one')
    await put('two')
    await core.until(() => notified().length === 3)
    expect(notified()[2]).toMatch(/<d:document sel="[^"]+" new-etag="[^"]+" previous-etag="[^"]+"\/>/)
  })

  it('RFC 5874 §3: the XCAP root is told as watchers reach it, which behind a proxy is said to the server', async () => {
    const rootTold = async (): Promise<string | undefined> => {
      await core.ask(subscribe([`resource-lists/users/${ALICE}/index`]))
      await core.until(() => notified().length === 1)
      return /xcap-root="([^"]*)"/.exec(notified()[0] ?? '')?.[1]
    }
    expect(await rootTold()).toBe('http://example.com/xcap-root/')
    await core.stop()
    core = await startCore({ XDMS_SIP_XCAP_ROOT: 'https://xdms.example.com:8443/xcap-root' })
    core.answer = (request) => answerTo(request, 200)
    expect(await rootTold()).toBe('https://xdms.example.com:8443/xcap-root/')
  })

  it('RFC 6665 §4.2.1: a refresh is answered and notified, the end has its last NOTIFY, and behind it comes nothing', async () => {
    const request = subscribe([`resource-lists/users/${ALICE}/index`])
    const answer = await core.ask(request)
    await core.until(() => notified().length === 1)
    expect(statusOf(await core.ask(refresh(request, answer, 300)))).toBe(200)
    await core.until(() => notified().length === 2)
    expect(notified()[1]).toMatch(/Subscription-State: active;expires=(?:300|299)/)
    await core.ask(refresh(request, answer, 0).replace('CSeq: 2', 'CSeq: 3').replace('z9hG4bKrefresh', 'z9hG4bKend'))
    await core.until(() => notified().length === 3)
    expect(notified()[2]).toContain('Subscription-State: terminated;reason=timeout')
    expect(
      statusOf(
        await core.ask(
          refresh(request, answer, 300).replace('CSeq: 2', 'CSeq: 4').replace('z9hG4bKrefresh', 'z9hG4bKlate'),
        ),
      ),
    ).toBe(481)
  })

  it('RFC 6665 §4.4.3: with Expires 0 what is there is told once', async () => {
    await put('one')
    await core.ask(subscribe([`resource-lists/users/${ALICE}/index`], { expires: 0 }))
    await core.until(() => notified().length === 1)
    expect(notified()[0]).toContain('Subscription-State: terminated')
    expect(notified()[0]).toContain('new-etag')
  })

  it('RFC 5875 §4.4: what he may not read is left out without a word', async () => {
    await put('one')
    expect(
      statusOf(await core.ask(subscribe([`resource-lists/users/${ALICE}/index`], { by: 'sip:bob@example.com' }))),
    ).toBe(200)
    await core.until(() => notified().length === 1)
    expect(notified()[0]).not.toContain('etag')
  })

  it.each([
    ['nobody of ours', { by: 'sip:carol@elsewhere.example' }, 403],
    ['another package', { event: 'presence' }, 489],
    ['another answer', { accept: 'text/plain' }, 406],
    ['another list', { type: 'text/plain' }, 415],
  ])('RFC 6665 §4.2.1: refused: %s', async (_, options, status) => {
    expect(statusOf(await core.ask(subscribe(['resource-lists/'], options)))).toBe(status)
  })

  it('RFC 6665 §4.2.1: a user has no more subscriptions than his share', async () => {
    for (let count = 0; count < 3; count++)
      expect(statusOf(await core.ask(subscribe([`resource-lists/users/${ALICE}/`])))).toBe(200)
    expect(statusOf(await core.ask(subscribe([`resource-lists/users/${ALICE}/`])))).toBe(503)
  })
})
