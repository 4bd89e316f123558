/** Rows of the list of hostile input that no other suite has: each request, the exact answer, and nothing changed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const LISTS = 'application/resource-lists+xml'
const NS = 'xmlns="urn:ietf:params:xml:ns:resource-lists"'
const EMPTY = `<resource-lists ${NS}/>`
const ONE = `<resource-lists ${NS}><list name="a"><entry uri="sip:carol@example.com"/></list></resource-lists>`
const at = (name: string, user = ALICE): string => `/xcap-root/resource-lists/users/${user}/${name}`
const kindIn = (text: string): string => /<xcap-error[^>]*>\s*<([a-z-]+)/.exec(text)?.[1] ?? text

let server: Running
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.close())

describe('names of users', () => {
  it.each([
    ['the long s', 'sip:alice@example.com'.replace('s', '\u017f')],
    ['the Kelvin sign', 'sip:\u212aalice@example.com'],
    ['the dotless i', 'sip:al\u0131ce@example.com'],
    ['the dotted I', 'sip:al\u0130ce@example.com'],
    ['a letter of full width', 'sip:\uff41lice@example.com'],
    ['a joiner', 'sip:ali\u200dce@example.com'],
    ['an override of direction', 'sip:\u202ealice@example.com'],
    ['a composed letter', 'sip:alic\u00e9@example.com'],
    ['the same, decomposed', 'sip:alice\u0301@example.com'],
    ['a capital', 'sip:Alice@example.com'],
    ['a domain with the Kelvin sign', 'sip:alice@example.com\u212a'],
  ])('HOST-ID8: %s makes nobody alice', async (_name, xui) => {
    const target = at('index', encodeURIComponent(xui))
    expect((await server.alice.get(target)).status).toBe(403)
    expect((await server.alice.putXml(target, LISTS, EMPTY)).status).toBe(403)
    expect((await server.alice.get(at('index'))).status).toBe(404)
  })
})

describe('what would not be read again as it was written', () => {
  beforeAll(async () => void (await server.alice.putXml(at('sel4'), LISTS, ONE)))

  it.each([
    ['another element than the selector names', '/list[@name="a"]/entry[@uri="sip:bob@example.com"]', '<list/>'],
    ['another name', '/list[@name="a"]/entry[@uri="sip:bob@example.com"]', '<entry uri="sip:x@example.com"/>'],
    ['a place that it would not have', '/list[@name="a"]/entry[5]', '<entry uri="sip:bob@example.com"/>'],
  ])('HOST-SEL4: %s cannot be inserted', async (_name, selector, body) => {
    const target = `${at('sel4')}/~~/resource-lists${encodeURI(selector).replaceAll('[', '%5B').replaceAll(']', '%5D')}`
    const { status, text } = await server.alice.putXml(target, 'application/xcap-el+xml', body)
    expect([status, kindIn(text)]).toEqual([409, 'cannot-insert'])
    expect((await server.alice.get(at('sel4'))).text).toBe(ONE)
  })

  it('HOST-SEL4: one attribute by two prefixes is no element', async () => {
    const target = `${at('sel4')}/~~/resource-lists/list%5B@name=%22a%22%5D/entry%5B@uri=%22sip:bob@example.com%22%5D`
    const body = '<entry xmlns:p="urn:x" xmlns:q="urn:x" p:b="" q:b="" uri="sip:bob@example.com"/>'
    const { status, text } = await server.alice.putXml(target, 'application/xcap-el+xml', body)
    expect([status, kindIn(text)]).toEqual([409, 'not-xml-frag'])
    expect((await server.alice.get(at('sel4'))).text).toBe(ONE)
  })
})

it.each([
  ['an undeclared prefix', `<p:resource-lists ${NS}/>`],
  ['one attribute by two prefixes', `<resource-lists ${NS} xmlns:p="urn:x" xmlns:q="urn:x" p:b="" q:b=""/>`],
  ['xml bound to another name', `<resource-lists ${NS} xmlns:xml="urn:x"/>`],
  ['a prefix bound to the name of xml', `<resource-lists ${NS} xmlns:p="http://www.w3.org/XML/1998/namespace"/>`],
  ['xmlns bound', `<resource-lists ${NS} xmlns:xmlns="urn:x"/>`],
])('HOST-X9: %s is not well-formed', async (_name, document) => {
  const { status, text } = await server.alice.putXml(at('x9'), LISTS, document)
  expect([status, kindIn(text)]).toEqual([409, 'not-well-formed'])
  expect((await server.alice.get(at('x9'))).status).toBe(404)
})

describe('conditions', () => {
  const put = async (headers: Record<string, string>): Promise<number> =>
    (await server.alice.putXml(at('e3'), LISTS, ONE, headers)).status

  it('HOST-E3: a weak tag never matches, one without quotes does, both headers count', async () => {
    const first = await server.alice.putXml(at('e3'), LISTS, ONE)
    const etag = first.headers.etag ?? ''
    expect(await put({ 'if-match': `W/${etag}` })).toBe(412)
    expect(await put({ 'if-match': etag, 'if-none-match': '*' })).toBe(412)
    expect(await put({ 'if-match': Array.from({ length: 17 }, (_, n) => `"${n}"`).join(', ') })).toBe(400)
    expect(await put({ 'if-match': Array.from({ length: 10_000 }, (_, n) => `"${n}"`).join(',') })).toBe(431)
    expect((await server.alice.get(at('e3'))).headers.etag).toBe(etag)
    expect(await put({ 'if-match': etag.replaceAll('"', '') })).toBe(200)
  })

  it('HOST-E4: a tag that is not the present one is refused, also with the very same document', async () => {
    const first = await server.alice.putXml(at('e4'), LISTS, ONE)
    const second = await server.alice.putXml(at('e4'), LISTS, EMPTY)
    const stale = { 'if-match': first.headers.etag ?? '' }
    expect((await server.alice.putXml(at('e4'), LISTS, EMPTY, stale)).status).toBe(412)
    expect((await server.alice.get(at('e4'))).headers.etag).toBe(second.headers.etag)
  })
})

describe('what a database would take for a question', () => {
  it.each(['/api/users?user[$ne]=1', '/api/messages?recipient[$gt]='])(
    'HOST-P2: %s asks for nobody',
    async (target) => {
      expect((await server.alice.get(target)).status).toBe(403)
      const { status, json } = await server.admin.get(target)
      expect(status === 400 || Array.isArray(json.users ?? json.messages)).toBe(true)
    },
  )

  it.each<[string, object]>([
    ['/api/users/sip:new@example.com', { role: { $gt: '' } }],
    ['/api/users/sip:new@example.com', { role: 'user', password: { $ne: null } }],
    ['/api/users/sip:new@example.com', { role: 'user', $where: '1' }],
    ['/api/users/sip:new@example.com', { role: 'user', _bsontype: 'ObjectId' }],
  ])('HOST-P2: %s is no account by %o', async (target, json) => {
    expect((await server.admin.put(target, json)).status).toBe(422)
    expect((await server.admin.get(target)).status).toBe(404)
  })

  it.each(['$where', 'a.b', '_bsontype', 'toBSON', '$ne', '__proto__', 'constructor'])(
    'HOST-P2: a document may be called %s',
    async (name) => {
      expect((await server.alice.putXml(at(name), LISTS, ONE)).status).toBe(201)
      expect((await server.alice.get(at(name))).text).toBe(ONE)
      expect((await server.bob.get(at(name, BOB))).status).toBe(404)
    },
  )

  it('HOST-P2: a name with NUL is none', async () => {
    expect((await server.alice.putXml(at('a%00b'), LISTS, ONE)).status).toBe(400)
  })
})

it('HOST-Q1: who has all that he may have is refused, and nobody else', async () => {
  const small = await startServer({ XDMS_DOCUMENTS_AT_MOST: '3', XDMS_SUBSCRIPTIONS_OF_USER: '2' })
  for (const name of ['1', '2', '3']) expect((await small.alice.putXml(at(name), LISTS, EMPTY)).status).toBe(201)
  expect((await small.alice.putXml(at('4'), LISTS, EMPTY)).status).toBe(507)
  expect((await small.alice.putXml(at('3'), LISTS, ONE)).status).toBe(200)
  expect((await small.bob.putXml(at('1', BOB), LISTS, EMPTY)).status).toBe(201)
  const subscribe = async (client: Running['alice']): Promise<number> =>
    (await client.ask('POST', '/api/subscriptions', { json: { url: 'https://hooks.example.com/' } })).status
  expect([await subscribe(small.alice), await subscribe(small.alice)]).toEqual([201, 201])
  expect(await subscribe(small.alice)).toBe(507)
  expect(await subscribe(small.bob)).toBe(201)
  await small.close()
})

it.each([
  'https://127.0.0.1/',
  'https://10.0.0.1/',
  'https://169.254.169.254/latest/',
  'https://0x7f.1/',
  'https://2130706433/',
  'https://127.1/',
  'https://[::ffff:7f00:1]/',
  'https://①②⑦.0.0.1/',
  'https://user@hooks.example.com/',
  'gopher://hooks.example.com/',
  'http://hooks.example.com:22/',
])('HOST-N1: nobody subscribes for %s', async (url) => {
  const { status, json } = await server.alice.ask('POST', '/api/subscriptions', { json: { url } })
  expect([status, json.errors[0].path]).toEqual([422, '/url'])
  expect((await server.alice.get('/api/subscriptions')).json.subscriptions).toEqual([])
})
