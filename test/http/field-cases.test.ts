/** Cases from the field: requests that clients of others send, and the answer that is right. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const ALICES = `/api/users/${ALICE}`
const xcap = (auid: string, name = 'index'): string => `/xcap-root/${auid}/users/${ALICE}/${name}`
const LISTS = 'application/resource-lists+xml'
const lists = (content: string, more = ''): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"${more}>${content}</resource-lists>`
const entry = (uri: string): string => lists(`<list name="a"><entry uri="${uri}"/></list>`)
const XSI = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

let server: Running
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.close())

const putLists = async (document: string, type = LISTS): Promise<number> => {
  const { status, text } = await server.alice.putXml(xcap('resource-lists'), type, document)
  expect(status === 409 ? text : '').toBe('')
  return status
}

describe('identifiers', () => {
  it.each([
    'sip:carol@[2001:db8::1]:5060',
    'sip:carol@[2001:db8::1]',
    'sips:carol@[::ffff:192.0.2.1];transport=tls',
    'tel:+1-555-0100;ext=7',
    'sip:b%C3%BCcher@example.com',
    'http://[2001:db8::1]/a?b=c#d',
  ])('HOST-F4: %s is a URI wherever one is wanted', async (uri) => {
    expect(await putLists(entry(uri))).toBeLessThan(300)
    const external = lists(`<list name="a"><external anchor="${uri}"/></list>`)
    if (uri.startsWith('http')) expect(await putLists(external)).toBeLessThan(300)
    const rule = { id: 'a', originators: [{ uri }], action: 'reject' }
    const profile = { id: 'p', displayNames: [{ text: 'P' }], messages: { rules: [rule] } }
    const { status, text } = await server.alice.put(`${ALICES}/profiles/p`, profile)
    expect([200, 201], text).toContain(status)
    const common =
      '<ruleset xmlns="urn:ietf:params:xml:ns:common-policy"><rule id="a"><conditions><identity>' +
      `<one id="${uri}"/></identity></conditions></rule></ruleset>`
    const rules = await server.alice.putXml(xcap('pres-rules'), 'application/auth-policy+xml', common)
    expect([200, 201], rules.text).toContain(rules.status)
  })

  it('HOST-F2, U9: one device cannot have two entries, however its name is written', async () => {
    const one = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91ea11c'
    const other = 'URN:UUID:F81D4FAE-7DEC-11D0-A765-00A0C91EA11C'
    const path = xcap('org.cpm-xdms.do-not-disturb')
    const entries = `<device id="${one}" on="true"/><device id="${other}" on="true"/>`
    const document = `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="false">${entries}</do-not-disturb>`
    const { status, text } = await server.alice.putXml(path, 'application/vnd.cpm-xdms.do-not-disturb+xml', document)
    expect([status, /<uniqueness-failure/.test(text)]).toEqual([409, true])
  })

  it('HOST-B3: an escaped URI, as Blink writes its first list, is one', async () => {
    const anchor =
      'http%3A//example.com/xcap-root/resource-lists/users/sip%3Aalice%40example.com/index/~~/resource-lists'
    expect(await putLists(lists(`<list name="a"><external anchor="${anchor}"/></list>`))).toBeLessThan(300)
  })
})

describe('documents', () => {
  it.each<[string, string, string, string]>([
    [
      'resource-lists',
      LISTS,
      'RFC 4826 §3.2',
      lists('<list xsi:type="listType" name="a"><entry xsi:type="entryType" uri="sip:bob@example.com"/></list>', XSI),
    ],
    [
      'resource-lists',
      LISTS,
      'RFC 4826 §3.2',
      lists('<list name="a"><display-name xsi:type="display-nameType">A</display-name></list>', XSI),
    ],
    [
      'rls-services',
      'application/rls-services+xml',
      'RFC 4826 §4.2',
      `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"${XSI}><service xsi:type="serviceType" ` +
        'uri="sip:friends@example.com"><list/><packages xsi:type="packagesType"><package>presence</package>' +
        '</packages></service></rls-services>',
    ],
    [
      'pres-rules',
      'application/auth-policy+xml',
      'RFC 4745 §13',
      `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy"${XSI}><rule xsi:type="ruleType" id="a"><conditions ` +
        'xsi:type="conditionsType"><identity xsi:type="identityType"><one xsi:type="oneType" ' +
        'id="sip:bob@example.com"/></identity></conditions></rule></ruleset>',
    ],
    [
      'pidf-manipulation',
      'application/pidf+xml',
      'RFC 3863 §4.4',
      `<presence xmlns="urn:ietf:params:xml:ns:pidf"${XSI} entity="pres:alice@example.com"><tuple xsi:type="tuple" ` +
        'id="a"><status xsi:type="status"><basic xsi:type="basic">open</basic></status></tuple></presence>',
    ],
  ])('HOST-F5: the types of %s (%s) have the names that %s gives them', async (auid, type, _, document) => {
    const { status, text } = await server.alice.putXml(xcap(auid), type, document)
    expect([200, 201], text).toContain(status)
    await server.alice.delete(xcap(auid))
  })

  it.each(['utf-16', 'iso-8859-1', '"UTF-16LE"'])('HOST-A3: UTF-8 that is said to be %s is 415', async (charset) => {
    expect(await putLists(lists(''), `${LISTS}; charset=${charset}`)).toBe(415)
  })

  it.each(['utf-8', 'UTF-8', '"utf-8"', 'us-ascii'])('HOST-A3: charset=%s is taken', async (charset) => {
    expect(await putLists(lists(''), `${LISTS};charset=${charset}`)).toBeLessThan(300)
  })

  it.each(['http://bücher.example/ns', '{7B0F8A0E-5F0C-4b2a}', 'a b', 'urn:a|b'])(
    'HOST-A5: %s is the name of a namespace',
    async (name) => {
      const document = lists(`<list name="a"><b:x xmlns:b="${name}" b:y="1"/></list>`)
      expect(await putLists(document)).toBeLessThan(300)
      expect((await server.alice.get(xcap('resource-lists'))).text).toBe(document)
    },
  )

  it('HOST-A2: white space and quotes round the value of an attribute are none of it', async () => {
    await putLists(entry(BOB))
    const at = `${xcap('resource-lists')}/~~/resource-lists/list%5B1%5D/@name`
    for (const body of ['friends\n', '  friends ', '"friends"', ' "friends"\r\n']) {
      expect((await server.alice.putXml(at, 'application/xcap-att+xml', body)).status).toBe(200)
      expect((await server.alice.get(at)).text).toBe('"friends"')
    }
  })

  it.each(['0', '00', '01', '4294967297', '99999999999999999999'])(
    'HOST-B5: position %s is read by the grammar, and selects what it says',
    async (position) => {
      await putLists(entry(BOB))
      const at = `${xcap('resource-lists')}/~~/resource-lists/list%5B${position}%5D`
      const exists = position === '01'
      expect((await server.alice.get(at)).status).toBe(exists ? 200 : 404)
      if (!exists) expect((await server.alice.putXml(at, 'application/xcap-el+xml', '<list/>')).status).toBe(409)
    },
  )

  it('HOST-B9: the icon of a presence client is stored in its sub-folder', async () => {
    const at = xcap('org.openmobilealliance.pres-content', 'oma_status-icon/rcs_status_icon')
    const type = 'application/vnd.oma.pres-content+xml'
    const icon =
      '<content xmlns="urn:oma:xml:prs:pres-content"><mime-type>image/png</mime-type><encoding>base64</encoding>' +
      '<description>me</description><data>iVBORw0KGgo=</data></content>'
    expect((await server.alice.putXml(at, type, icon)).status).toBe(201)
    expect((await server.alice.get(at)).text).toBe(icon)
    expect((await server.bob.get(at)).status).toBe(200)
    expect((await server.alice.putXml(at, type, icon.replace(/<data>.*<.data>/, ''))).status).toBe(409)
    expect((await server.bob.delete(at)).status).toBe(403)
  })
})

it('HOST-F6: who has all the documents that he may have turns do-not-disturb on all the same', async () => {
  const full = await startServer({ XDMS_DOCUMENTS_AT_MOST: '1', XDMS_DOCUMENT_BYTES_AT_MOST: '300' })
  const first = await full.alice.putXml(xcap('resource-lists', 'one'), LISTS, lists(''))
  expect(first.status).toBe(201)
  expect((await full.alice.putXml(xcap('resource-lists', 'two'), LISTS, lists(''))).status).toBe(507)
  expect((await full.alice.put(`${ALICES}/do-not-disturb`, { on: true })).status).toBe(201)
  await full.close()
})

it('HOST-A1, HOST-B4: what a client would choose and cannot use is not offered to it', async () => {
  const blinks = await startServer({ XDMS_USAGES_OFF: 'org.openmobilealliance.pres-rules' })
  const caps = (await blinks.alice.get('/xcap-root/xcap-caps/global/index')).text
  expect(caps).toContain('<auid>pres-rules</auid>')
  expect(caps).not.toContain('org.openmobilealliance.pres-rules')
  expect((await blinks.alice.get(xcap('org.openmobilealliance.pres-rules'))).status).toBe(404)
  await blinks.close()
})

describe('what others learn of a user', () => {
  const toAlice = { to: ALICE, contentType: 'text/plain', body: 'x' }

  it('HOST-L4: only who writes to somebody hears that there is nobody', async () => {
    const nobody = { ...toAlice, to: 'sip:nobody@example.com' }
    expect((await server.bob.ask('POST', '/api/messages', { json: nobody })).status).toBe(404)
    for (const of of [ALICE, 'sip:nobody@example.com'])
      expect((await server.bob.get(`/api/users/${of}/preferences`)).json.status).toBe(403)
  })

  it('HOST-L5: a sender does not hear that he was discarded, nor from which preference', async () => {
    const messages = { available: { action: 'discard' }, unavailable: { action: 'discard' } }
    await server.alice.put(`${ALICES}/profiles/quiet`, { id: 'quiet', displayNames: [{ text: 'Q' }], messages })
    await server.alice.put(`${ALICES}/active-profile`, { default: 'quiet' })
    const sent = await server.bob.ask('POST', '/api/messages', { json: toAlice })
    expect([sent.status, sent.json.state]).toEqual([202, 'accepted'])
    expect((await server.bob.get(`/api/messages/${sent.json.id as string}`)).json).not.toHaveProperty('reason')
    await server.alice.delete(`${ALICES}/active-profile`)
  })

  it('HOST-L7: the answer to who asks for a message of others is that of none, to the byte', async () => {
    const sent = await server.bob.ask('POST', '/api/messages', { json: { ...toAlice, to: BOB } })
    const [others, none] = await Promise.all(
      [sent.json.id as string, '000000000000000000000000'].map((id) => server.alice.get(`/api/messages/${id}`)),
    )
    const { requestId: one, ...ofOthers } = others?.json ?? {}
    const { requestId: other, ...ofNone } = none?.json ?? {}
    expect([others?.status, one === other]).toEqual([404, false])
    expect(JSON.stringify(ofOthers)).toBe(JSON.stringify(ofNone))
    expect(ofNone).toEqual({
      type: 'urn:cpm-xdms:problem:not-found',
      title: 'There is no such resource',
      status: 404,
      detail: 'There is no such message.',
    })
  })

  it('HOST-L6: a quiet line tells nothing of what others do', async () => {
    const quick = await startServer({ XDMS_QUIET_MS: '100' })
    const stream = await quick.bob.stream('/api/changes')
    const seen: (string | undefined)[] = []
    const quietLines = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        const { comments } = stream
        await stream.until((reader) => reader.comments > comments)
        seen.push(stream.lastId)
      }
    }
    await quietLines(3)
    await quick.alice.put(`${ALICES}/do-not-disturb`, { on: true })
    await quietLines(3)
    // Each has an id of its own, whether others did something or not.
    expect([stream.events, new Set(seen).size]).toEqual([[], 6])
    stream.close()
    await quick.close()
  })
})
