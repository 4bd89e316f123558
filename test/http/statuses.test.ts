/**
 * The other way round: every status that openapi.yaml gives an operation is one that the server really answers with.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Refused } from '../../src/refusal.ts'
import {
  ask,
  askRaw,
  DEVICE,
  documentStatuses,
  endAll,
  ALICES,
  INBOX,
  isAsked,
  listed,
  LISTS_AT,
  operations,
  POLICY_AT,
  raw,
  seen,
  started,
  watch,
} from './asked.ts'
import { askForAccounts, askForMessages, askForPolicy } from './asked-by-operators.ts'
import { Client } from './client.ts'
import { openRaw } from './raw.ts'
import { LOGIN, sessionStatuses } from './session-statuses.ts'
import { ALICE, BOB, PHONE, type Running } from './server.ts'

const LISTS = '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>'
const LISTS_TYPE = 'application/resource-lists+xml'
const POLICY_TYPE = 'application/vnd.cpm-xdms.provider-policy+xml'
const POLICY = '<provider-policy xmlns="urn:cpm-xdms:provider-policy:1"/>'
const ROAMING = '<connectivity name="a" max-bytes="1"/><connectivity name="b" max-bytes="1"/>'
const WORK = { id: 'work', displayNames: [{ text: 'At work' }] }
/** What is not built, of what preferences may ask for. */
const NOTIFIED = {
  messages: { available: { action: 'defer' }, unavailable: { action: 'defer' } },
  deferred: { mode: 'notify' },
}
const TO_ALICE = { to: ALICE, contentType: 'text/plain', body: 'x' }

let server: Running
beforeAll(async () => {
  server = await started()
})
afterAll(endAll)

it('RFC 9110 §15: what stands before every operation: 400, 401, 408, 414, 431', async () => {
  const slow = await started({ XDMS_HEADERS_TIMEOUT_MS: '100', XDMS_REQUEST_TIMEOUT_MS: '200' })
  await Promise.all(operations.map((operation) => askRaw(slow, operation, raw(operation).slice(0, -2))))
  for (const operation of operations) {
    await askRaw(server, operation, raw(operation, 'Host: y', 'Connection: close'))
    await askRaw(server, operation, raw(operation, 'Connection: close').replace(' HTTP', `?${'x'.repeat(9_000)} HTTP`))
    await askRaw(
      server,
      operation,
      raw(operation, 'Connection: close', ...Array.from({ length: 100 }, (_, n) => `X-${n}: 1`)),
    )
    if (isAsked(operation)) await ask(server.stranger, operation)
  }
})

it('RFC 7616 §5: 429 after failures, wherever one asks', async () => {
  const guessed = await started({ XDMS_FAILURES_OF_ADDRESS: '1' })
  const guesser = new Client(guessed.url, { user: ALICE, password: 'wrong' })
  // The first failure, and the five more tries that a client of old makes of it.
  for (let tries = 0; tries < 6; tries++) await guesser.get('/api/users')
  for (const operation of operations.filter(isAsked)) await ask(guesser, operation)
  await ask(guessed.stranger, 'POST /api/session', { json: LOGIN })
})

sessionStatuses(() => server)

it('RFC 9110 §15.6: a mistake of ours is 500, trouble of the store 503, wherever it is needed', async () => {
  for (const trouble of [
    new Error('a mistake'),
    new Refused({ kind: 'unavailable', detail: 'Down.', retryAfter: 1 }),
  ]) {
    const broken = await started()
    const { accounts, store } = broken.assembled
    await broken.alice.get(ALICES)
    accounts.byUserName = () => Promise.reject(trouble)
    store.ready = () => Promise.reject(trouble)
    store.figures = () => {
      throw trouble
    }
    for (const operation of operations.filter(isAsked)) await ask(broken.alice, operation)
    await ask(broken.stranger, 'POST /api/session', { json: LOGIN })
    for (const path of ['/readyz', '/metrics']) await ask(broken.stranger, `GET ${path}`)
  }
})

it('HOST-R1: what is beneath /api is not told either where there is no room', async () => {
  const full = await started({ XDMS_REQUESTS_IN_FLIGHT: '1' })
  await ask(full.stranger, 'GET /api')
  const held = 'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{'
  const { socket } = await openRaw(full.url, held)
  await expect.poll(async () => (await full.stranger.get('/metrics')).text).toMatch(/^xdms_requests_in_flight 2$/m)
  await ask(full.stranger, 'GET /api')
  socket.destroy()
})

it('api §REST: accounts, and what the policy was', async () => {
  await askForAccounts(server)
  await askForPolicy(server)
})

it('api §Subscriptions: webhooks', async () => {
  const { alice } = await started({ XDMS_SUBSCRIPTIONS_OF_USER: '1' })
  const [all, one] = ['/api/subscriptions', '/api/subscriptions/{id}']
  const json = { url: 'https://hooks.example.com/a' }
  const { id } = (await ask(alice, `POST ${all}`, { json })).json as { readonly id: string }
  for (const bad of [json, {}, { url: 'http://10.0.0.1/' }]) await ask(alice, `POST ${all}`, { json: bad })
  await ask(alice, `GET ${all}`)
  const at = `${all}/${id}`
  const position = ((await ask(alice, `GET ${one}`, { at })).json as { readonly position: string }).position
  for (const asked of [{}, { expiresIn: 'x' }]) await ask(alice, `PUT ${one}`, { at, json: asked })
  for (const after of [position, 'never'])
    await ask(alice, `POST ${one}/replay`, { at: `${at}/replay`, json: { after } })
  for (const operation of [`POST ${all}`, `PUT ${one}`, `POST ${one}/replay`]) {
    await ask(alice, operation, { body: '{}' })
    await ask(alice, operation, { body: '{', headers: { 'content-type': 'application/json' } })
    await ask(alice, operation, { json: 'x'.repeat(200_000) })
  }
  await ask(alice, `DELETE ${one}`, { at })
  for (const operation of [`GET ${one}`, `DELETE ${one}`]) await ask(alice, operation)
  await ask(alice, `PUT ${one}`, { json: {} })
  await ask(alice, `POST ${one}/replay`, { json: { after: position } })
})

it('api §REST: the documents', async () => {
  const { admin, alice, bob } = server
  await documentStatuses(alice, bob, '/api/users/{xui}/profiles/{id}', WORK)
  await ask(alice, 'GET /api/users/{xui}/profiles')
  await ask(bob, 'GET /api/users/{xui}/profiles')
  await ask(admin, 'GET /api/users/{xui}/profiles', { at: '/api/users/sip:nobody@example.com/profiles' })
  await alice.put(`${ALICES}/profiles/work`, WORK)
  await documentStatuses(alice, bob, '/api/users/{xui}/active-profile', { default: 'work' })
  await documentStatuses(alice, bob, '/api/users/{xui}/do-not-disturb', { on: true })
  await documentStatuses(admin, bob, '/api/policy', { limits: {} })
  for (const name of ['profiles/{id}', 'active-profile', 'do-not-disturb']) {
    await ask(admin, `PUT /api/users/{xui}/${name}`, {
      at: `/api/users/sip:nobody@example.com/${name.replace('{id}', 'work')}`,
      json: {},
    })
  }
  await ask(alice, 'PUT /api/users/{xui}/profiles/{id}', { json: { ...WORK, id: 'other' } })
  await ask(alice, 'PUT /api/users/{xui}/active-profile', { json: { default: 'nothing' } })
  await ask(alice, 'PUT /api/users/{xui}/active-profile', { json: { default: 'work' } })
  await ask(alice, 'DELETE /api/users/{xui}/profiles/{id}')
})

it('api §REST: what documents were before', async () => {
  const { alice, bob, admin } = server
  const {
    headers: { etag: first },
  } = await alice.put(`${ALICES}/profiles/work`, { ...WORK, displayNames: [{ text: 'Then' }] })
  await alice.put(`${ALICES}/profiles/work`, WORK)
  const history = '/api/users/{xui}/documents/{auid}/{name}/history'
  const version = { at: `${ALICES}/documents/org.cpm-xdms.profiles/work/history/${first?.slice(1, -1)}` }
  const again = { at: `${version.at}/restore` }
  await ask(alice, 'GET /api/users/{xui}/documents')
  for (const operation of [
    'GET /api/users/{xui}/documents',
    `GET ${history}`,
    `GET ${history}/{etag}`,
    `POST ${history}/{etag}/restore`,
  ])
    await ask(bob, operation)
  await ask(admin, 'GET /api/users/{xui}/documents', { at: '/api/users/sip:nobody@example.com/documents' })
  await ask(alice, `GET ${history}`)
  await ask(alice, `GET ${history}`, { at: `${ALICES}/documents/org.cpm-xdms.profiles/none/history` })
  await ask(alice, `GET ${history}/{etag}`)
  await ask(alice, `GET ${history}/{etag}`, version)
  await ask(alice, `GET ${history}/{etag}`, { ...version, headers: { 'if-none-match': first } })
  await ask(alice, `GET ${history}/{etag}`, { ...version, headers: { 'if-match': '"stale"' } })
  await ask(alice, `POST ${history}/{etag}/restore`)
  await ask(alice, `POST ${history}/{etag}/restore`, { ...again, headers: { 'if-match': '"stale"' } })
  await ask(alice, `POST ${history}/{etag}/restore`, again)
  const { homes } = server.assembled.store
  const text = homes.text
  homes.text = () => Promise.resolve(Buffer.alloc(300_000, ' '))
  await ask(alice, `POST ${history}/{etag}/restore`, again)
  homes.text = text
  const {
    headers: { etag },
  } = await alice.get(`${ALICES}/active-profile`)
  await alice.delete(`${ALICES}/active-profile`)
  await alice.delete(`${ALICES}/profiles/work`)
  await ask(alice, `POST ${history}/{etag}/restore`, {
    at: `${ALICES}/documents/org.cpm-xdms.active-profile/index/history/${etag?.slice(1, -1)}/restore`,
  })
  await ask(alice, `POST ${history}/{etag}/restore`, again)
})

it('api §REST: devices, preferences and streams', async () => {
  const { alice, bob, admin } = server
  const device = '/api/users/{xui}/registrations/{device}'
  const inbox = '/api/users/{xui}/devices/{device}/inbox'
  const received = `POST ${inbox}/{message}/received`
  const displayed = `POST ${inbox}/{message}/displayed`
  const retrieval = 'POST /api/users/{xui}/devices/{device}/retrieval'
  await ask(server.alice, 'GET /api/push')
  const own = ['preferences', 'registrations', 'deferred'].map((name) => `GET /api/users/{xui}/${name}`)
  for (const operation of [...own, `PUT ${device}`, `DELETE ${device}`, `GET ${inbox}`, received, displayed])
    await ask(bob, operation)
  for (const client of [alice, bob]) await ask(client, retrieval, { json: { all: 'keep' } })
  for (const operation of own) {
    const { headers } = await ask(alice, operation)
    await ask(admin, operation, { at: operation.slice(4).replace('{xui}', 'sip:nobody@example.com') })
    if (!operation.endsWith('/preferences')) continue
    await ask(alice, operation, { headers: { 'if-none-match': headers.etag } })
    await ask(alice, operation, { headers: { 'if-match': '"stale"' } })
  }
  await ask(alice, `GET ${inbox}`)
  for (const json of [{ expiresIn: 60 }, { expiresIn: 60 }, { expiresIn: 0 }, 'x'.repeat(200_000)])
    await ask(alice, `PUT ${device}`, { json })
  await ask(alice, `PUT ${device}`, { body: '{}' })
  const nobody = `/api/users/sip:nobody@example.com/registrations/${encodeURIComponent(PHONE)}`
  await ask(admin, `PUT ${device}`, { at: nobody, json: {} })
  for (const json of [{ all: 'keep' }, { all: 'eat' }, 'x'.repeat(200_000)]) await ask(alice, retrieval, { json })
  await ask(alice, retrieval, { body: '{}' })
  const nobodys = '/api/users/sip:nobody@example.com/devices/urn:a'
  await ask(server.pf, `GET ${inbox}`, { at: `${nobodys}/inbox` })
  await ask(server.pf, retrieval, { at: `${nobodys}/retrieval`, json: { all: 'keep' } })
  await watch(alice, inbox)
  await watch(server.pf, '/api/changes')
  await ask(alice, 'GET /api/changes', { at: `/api/changes?user=${BOB}` })
  await ask(admin, 'GET /api/changes', { at: '/api/changes?user=sip:nobody@example.com' })
  for (const operation of [received, displayed]) await ask(alice, operation)
  await ask(alice, `DELETE ${device}`)
  await ask(alice, `DELETE ${device}`)
})

it('api §REST: messages', async () => {
  const { alice, bob, pf } = server
  const messages = 'POST /api/messages'
  await alice.put(DEVICE, {})
  const sent = await ask(bob, messages, { json: { ...TO_ALICE, messageId: 'once' } })
  await ask(bob, messages, { json: { ...TO_ALICE, messageId: 'once', body: 'y' } })
  await ask(bob, messages, { json: { ...TO_ALICE, from: ALICE } })
  await ask(bob, messages, { json: { ...TO_ALICE, to: 'sip:nobody@example.com' } })
  await ask(bob, messages, { json: { to: ALICE } })
  await ask(bob, messages, { json: { ...TO_ALICE, body: 'x', bodyBase64: 'x' } })
  await ask(bob, messages, { json: { ...TO_ALICE, body: '\ud800' } })
  await ask(bob, messages, { body: '{}' })
  await ask(bob, messages, { body: '{', headers: { 'content-type': 'application/json' } })
  await ask(bob, messages, { body: 'x'.repeat(16_000_000), headers: { 'content-type': 'application/json' } })
  await ask(alice, 'GET /api/messages/{id}', { at: `/api/messages/${sent.json.id}` })
  await ask(pf, 'GET /api/messages/{id}')
  const unwanted = await ask(bob, messages, { json: { ...TO_ALICE, messageId: 'unwanted' } })
  for (let times = 0; times < 2; times++)
    await ask(alice, 'DELETE /api/messages/{id}', { at: `/api/messages/${unwanted.json.id}` })
  await ask(pf, 'DELETE /api/messages/{id}')
  await ask(server.admin, 'DELETE /api/messages/{id}', { at: `/api/messages/${unwanted.json.id}` })
  await askForMessages(server, unwanted.json.id)
  const inbox = await alice.stream(INBOX)
  await inbox.event(0)
  await ask(alice, 'POST /api/users/{xui}/devices/{device}/inbox/{message}/received', {
    at: `${INBOX}/${sent.json.id}/received`,
  })
  await ask(alice, 'POST /api/users/{xui}/devices/{device}/inbox/{message}/displayed', {
    at: `${INBOX}/${sent.json.id}/displayed`,
  })
  inbox.close()
  await alice.put(`${ALICES}/profiles/home`, { ...WORK, id: 'home', ...NOTIFIED })
  await alice.put(`${ALICES}/active-profile`, { default: 'home' })
  await ask(bob, messages, { json: TO_ALICE })
})

it('X12: what would happen is asked', async () => {
  const { alice, bob, pf } = server
  const [decisions, json] = ['POST /api/users/{xui}/decisions', { message: { from: BOB } }]
  for (const client of [alice, bob]) await ask(client, decisions, { json })
  await ask(pf, decisions, { json, at: '/api/users/sip:nobody@example.com/decisions' })
  await ask(alice, decisions, { json: { message: { from: BOB, size: -1 } } })
  await ask(alice, decisions, { body: '{}' })
  await ask(alice, decisions, { json: { ...json, preferences: { profile: '<profile' } } })
  await ask(alice, decisions, { json: 'x'.repeat(200_000) })
})

it('S4: what is stored is listed, opened, read, removed', async () => {
  const { alice, bob, pf } = server
  const list = 'GET /api/users/{xui}/stored'
  const one = '/api/users/{xui}/stored/{id}'
  const stores = { messages: { available: { action: 'store' }, unavailable: { action: 'store' } } }
  await alice.put(`${ALICES}/profiles/home`, { ...WORK, id: 'home', ...stores })
  await alice.put(`${ALICES}/active-profile`, { default: 'home' })
  const { json } = await bob.ask('POST', '/api/messages', { json: TO_ALICE })
  const at = `${ALICES}/stored/${json.id as string}`
  await expect.poll(async () => (await alice.get(at)).status).toBe(200)
  await ask(alice, list)
  await ask(bob, list)
  await ask(pf, list, { at: '/api/users/sip:nobody@example.com/stored' })
  for (const operation of [`GET ${one}`, `DELETE ${one}`, `PUT ${one}/read`]) {
    await ask(bob, operation)
    await ask(alice, operation)
  }
  await ask(alice, `PUT ${one}/read`, { at: `${at}/read` })
  for (const method of ['GET', 'DELETE']) await ask(alice, `${method} ${one}`, { at })
})

it.each([
  {
    path: '/xcap-root/{auid}/users/{xui}/{selector}',
    who: 'alice',
    at: LISTS_AT,
    type: LISTS_TYPE,
    document: LISTS,
    children: LISTS.replace('/>', '><list name="a"/><list name="b"/></resource-lists>'),
  },
  {
    path: '/xcap-root/{auid}/global/{selector}',
    who: 'admin',
    at: POLICY_AT,
    type: POLICY_TYPE,
    document: POLICY,
    children: POLICY.replace('/>', `>${ROAMING}</provider-policy>`),
  },
] as const)(
  'RFC 4825 §7, §8: documents and nodes: $path',
  async ({ path, who, at, type: mediaType, document, children }) => {
    const client = server[who]
    const type = { 'content-type': mediaType }
    const stale = { 'if-match': '"stale"' }
    for (const method of ['GET', 'DELETE']) await ask(client, `${method} ${path}`)
    for (const method of ['GET', 'PUT', 'DELETE']) await ask(server.bob, `${method} ${path}`, { headers: type })
    await ask(server.bob, `GET ${path}`, { at: at.replace(/[^/]*\/global/, 'rls-services/global') })
    for (const body of [document, document, '<', `${document}<!--${'x'.repeat(300_000)}-->`])
      await ask(client, `PUT ${path}`, { body, headers: type })
    await ask(client, `PUT ${path}`, { body: document, headers: { 'content-type': 'text/plain' } })
    const {
      headers: { etag },
    } = await ask(client, `GET ${path}`)
    await ask(client, `GET ${path}`, { headers: { 'if-none-match': etag } })
    for (const method of ['GET', 'DELETE']) await ask(client, `${method} ${path}`, { headers: stale })
    await ask(client, `PUT ${path}`, { body: document, headers: { ...type, ...stale } })
    for (const method of ['PUT', 'DELETE'])
      await ask(client, `${method} ${path}`, { at: `${at}/~~/*/namespace::*`, headers: type })
    await ask(client, `PUT ${path}`, { body: children, headers: type })
    await ask(client, `DELETE ${path}`, { at: `${at}/~~/*/*%5B1%5D` })
    await ask(client, `PUT ${path}`, { at: at.replace('xcap-root/', 'xcap-root/un'), body: document, headers: type })
    await ask(client, `DELETE ${path}`)
  },
)

it('api §Settings: 507 for more than a user may have', async () => {
  const full = await started({
    XDMS_DOCUMENTS_AT_MOST: '1',
    XDMS_DEVICES_AT_MOST: '1',
    XDMS_DOCUMENT_BYTES_AT_MOST: '600',
  })
  const { alice, admin, bob } = full
  const restored = await alice.put(`${ALICES}/profiles/work`, WORK)
  await alice.delete(`${ALICES}/profiles/work`)
  await alice.put(`${ALICES}/profiles/first`, { ...WORK, id: 'first' })
  const xcap = { body: LISTS, headers: { 'content-type': LISTS_TYPE } }
  for (const [name, json] of [
    ['profiles/{id}', WORK],
    ['active-profile', { default: 'first' }],
    ['do-not-disturb', { on: true }],
  ] as const)
    await ask(alice, `PUT /api/users/{xui}/${name}`, { json })
  await ask(alice, 'PUT /xcap-root/{auid}/users/{xui}/{selector}', xcap)
  const version = `${ALICES}/documents/org.cpm-xdms.profiles/work/history/${restored.headers.etag?.slice(1, -1)}`
  await ask(alice, 'POST /api/users/{xui}/documents/{auid}/{name}/history/{etag}/restore', { at: `${version}/restore` })
  await alice.put(`${ALICES}/registrations/urn:a`, {})
  await ask(alice, 'PUT /api/users/{xui}/registrations/{device}', { json: {} })
  await ask(admin, 'PUT /api/policy', {
    json: { connectivity: Array.from({ length: 30 }, (_, n) => ({ name: `n${n}`, maxBytes: 1 })) },
  })
  await ask(admin, 'PUT /xcap-root/{auid}/global/{selector}', {
    body: `${POLICY}<!--${'x'.repeat(600)}-->`,
    headers: { 'content-type': POLICY_TYPE },
  })
  await admin.put('/api/policy', { limits: { waitingAtMost: 1 } })
  for (let count = 0; count < 2; count++) await ask(bob, 'POST /api/messages', { json: TO_ALICE })
})

it('api §Settings: 409 for more elements than a document may have, also where JSON makes them', async () => {
  const small = await started({ XDMS_XML_ELEMENTS: '5' })
  const quiet = Array.from({ length: 9 }, (_, n) => ({ id: `q${n}`, days: ['mon'], from: '22:00', to: '07:00' }))
  await ask(small.alice, 'PUT /api/users/{xui}/do-not-disturb', {
    json: { schedule: { timeZone: 'Europe/Berlin', quiet } },
  })
  await ask(small.admin, 'PUT /api/policy', {
    json: { connectivity: quiet.map(({ id }) => ({ name: id, maxBytes: 1 })) },
  })
})

it('api §Operation: health, readiness, figures', async () => {
  for (const operation of operations.filter((each) => !isAsked(each))) await ask(server.stranger, operation)
})

it('RFC 9110 §15: the file promises nothing else', () => {
  expect(listed.filter((status) => !seen.has(status))).toEqual([])
})
