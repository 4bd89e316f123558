/**
 * The order of the checks of RFC 4825 §8, and who may read what: asked over HTTP, by everybody, of what exists and of
 * what does not.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from './client.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const LISTS = 'application/resource-lists+xml'
const LIST = '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>'
const POLICY = '/xcap-root/org.cpm-xdms.provider-policy/global/index'
const POLICY_TYPE = 'application/vnd.cpm-xdms.provider-policy+xml'
const POLICY_TEXT = '<provider-policy xmlns="urn:cpm-xdms:provider-policy:1"/>'
const CAPS = '/xcap-root/xcap-caps/global/index'
const SERVICES = '/xcap-root/rls-services/global/index'
const APP_TYPE = 'application/test-app+xml'
const NOBODY = 'sip:nobody@example.com'

const listsOf = (owner: string): string => `/xcap-root/resource-lists/users/${owner}/index`

let server: Running
beforeAll(async () => {
  server = await startServer({ XDMS_USAGES: new URL('../usages/operator', import.meta.url).pathname })
  expect((await server.bob.putXml(listsOf(BOB), LISTS, LIST)).status).toBe(201)
  expect((await server.bob.putXml(`/xcap-root/test-app/users/${BOB}/notes`, APP_TYPE, '<notes/>')).status).toBe(201)
  expect((await server.admin.putXml(POLICY, POLICY_TYPE, POLICY_TEXT)).status).toBe(201)
  expect((await server.admin.putXml('/xcap-root/test-app/global/index', APP_TYPE, '<all/>')).status).toBe(201)
})
afterAll(() => server.close())

/** All that an answer tells, but for its date, its nonce and its id. */
function told({ status, headers, text }: Answer): string {
  const { date: _date, 'authentication-info': _proof, 'x-request-id': _id, ...others } = headers
  return JSON.stringify([status, others, text.replace(/,"requestId":"[^"]*"/, '')])
}

describe('a foreign tree', () => {
  const TREES = [
    'resource-lists',
    'org.cpm-xdms.profiles',
    'rls-services',
    'org.openmobilealliance.xcap-directory',
    'org.cpm-xdms.provider-policy',
    'xcap-caps',
  ]
  const NAMES = [
    'index',
    'none',
    'directory.xml',
    'index/~~/a/b',
    'index/~~/p:unbound',
    'index/~~//',
    'index/~~/a/namespace::*',
  ]

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])(
    'X6, RFC 4825 §8: %s gets the same 403 for what exists, what does not, and what there cannot be',
    async (method) => {
      const targets = TREES.flatMap((auid) =>
        [BOB, NOBODY].flatMap((owner) => NAMES.map((name) => `/xcap-root/${auid}/users/${owner}/${name}`)),
      )
      const answers: string[] = []
      for (const target of targets) {
        for (const headers of [{}, { 'if-match': '"x"' }, { 'if-none-match': '*', 'content-type': 'text/plain' }]) {
          answers.push(
            told(await server.alice.ask(method, target, { headers, ...(method === 'PUT' ? { body: '<x' } : {}) })),
          )
        }
      }
      expect(new Set(answers).size).toBe(1)
      expect(answers[0]).toMatch(/^\[403,/)
    },
  )

  it('X6, RFC 4825 §8: his own tree of a usage that has none is 404, for reading and writing', async () => {
    for (const [auid, type] of [
      ['org.cpm-xdms.provider-policy', POLICY_TYPE],
      ['xcap-caps', 'application/xcap-caps+xml'],
    ] as const) {
      const target = `/xcap-root/${auid}/users/${ALICE}/index`
      expect((await server.alice.get(target)).status).toBe(404)
      expect((await server.alice.putXml(target, type, '<x/>')).status).toBe(404)
      expect((await server.alice.delete(target)).status).toBe(404)
    }
  })

  it('RFC 4825 §5.7: where a usage lets everybody read, a user reads what is another’s, and writes none of it', async () => {
    const notes = `/xcap-root/test-app/users/${BOB}/notes`
    expect((await server.alice.get(notes)).text).toBe('<notes/>')
    expect((await server.alice.get(notes.replace('notes', 'none'))).status).toBe(404)
    expect(told(await server.alice.get(notes.replace(BOB, NOBODY)))).toBe(
      told(await server.alice.get(notes.replace('notes', 'none'))),
    )
    for (const target of [notes, notes.replace('notes', 'none'), notes.replace(BOB, NOBODY)]) {
      expect((await server.alice.putXml(target, APP_TYPE, '<mine/>')).status).toBe(403)
      expect((await server.alice.delete(target)).status).toBe(403)
    }
    expect((await server.bob.get(notes)).text).toBe('<notes/>')
  })
})

describe('global documents', () => {
  const EVERYBODYS: readonly (readonly [string, string])[] = [
    [POLICY, POLICY_TEXT],
    ['/xcap-root/test-app/global/index', '<all/>'],
    [CAPS, '<?xml version="1.0" encoding="UTF-8"?><xcap-caps xmlns="urn:ietf:params:xml:ns:xcap-caps"><auids>'],
  ]

  it.each(EVERYBODYS)('RFC 4825 §5.7: %s is read by everybody who is authenticated', async (target, beginning) => {
    for (const client of [server.alice, server.pf, server.admin]) {
      const { status, text } = await client.get(target)
      expect([status, text.slice(0, beginning.length)]).toEqual([200, beginning])
    }
    expect((await server.stranger.get(target)).status).toBe(401)
  })

  it.each(EVERYBODYS)('RFC 4825 §5.7: %s is written by administrators only', async (target) => {
    for (const client of [server.alice, server.pf]) {
      expect((await client.putXml(target, APP_TYPE, '<x/>')).status).toBe(403)
      expect((await client.delete(target)).status).toBe(403)
    }
    expect((await server.stranger.putXml(target, APP_TYPE, '<x/>')).status).toBe(401)
    expect([405, 415]).toContain((await server.admin.putXml(target, 'text/plain', '<x/>')).status)
  })

  it('RFC 4826 §4.4.9: the services of all users together are for administrators and participating functions, not for users', async () => {
    const service = '<service uri="sip:bobs@example.com"><list/></service>'
    const own = `/xcap-root/rls-services/users/${BOB}/index`
    const services = `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">${service}</rls-services>`
    expect((await server.bob.putXml(own, 'application/rls-services+xml', services)).status).toBe(201)
    for (const client of [server.admin, server.pf]) {
      const { status, text } = await client.get(`${SERVICES}/~~/rls-services/service[@uri="sip:bobs@example.com"]/@uri`)
      expect([status, text]).toEqual([200, '"sip:bobs@example.com"'])
    }
    for (const target of [SERVICES, `${SERVICES}/~~/rls-services`, SERVICES.replace('index', 'none')]) {
      expect((await server.bob.get(target)).status).toBe(403)
    }
    expect((await server.stranger.get(SERVICES)).status).toBe(401)
    expect((await server.admin.putXml(SERVICES, 'application/rls-services+xml', '<x/>')).status).toBe(405)
    expect((await server.bob.get(own)).status).toBe(200)
    expect((await server.alice.get(own)).status).toBe(403)
  })
})

describe('the order of the checks', () => {
  it('RFC 4825 §8: an unknown usage is 404 before anybody is asked who he is, whatever he asks for (XCAP-U3)', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      for (const client of [server.stranger, server.alice]) {
        expect((await client.ask(method, `/xcap-root/unknown/users/${BOB}/index/~~/p:a`)).status).toBe(404)
        expect((await client.ask(method, '/xcap-root/resource-lists/everybody/index')).status).toBe(404)
      }
    }
  })

  it('RFC 4825 §8: who does not say who he is gets 401, whatever is wrong with the rest', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      for (const target of [
        listsOf(BOB),
        listsOf(NOBODY),
        CAPS,
        `${listsOf(BOB)}/~~/p:unbound`,
        `${listsOf(BOB)}/~~/a/namespace::*`,
      ]) {
        expect([method, target, (await server.stranger.ask(method, target)).status]).toEqual([method, target, 401])
      }
    }
  })

  it('RFC 4825 §8: to who may, an unknown user is 404, a wrong selector 400, then what the method says (XCAP-U13, XCAP-U14)', async () => {
    for (const client of [server.pf, server.admin]) {
      expect((await client.get(listsOf(NOBODY))).json.type).toBe('urn:cpm-xdms:problem:unknown-user')
      expect((await client.get(`${listsOf(BOB)}/~~/p:unbound`)).status).toBe(400)
      expect((await client.get(`${listsOf(BOB)}/~~/none`)).status).toBe(404)
      expect((await client.get(`/xcap-root/org.cpm-xdms.provider-policy/users/${BOB}/index`)).status).toBe(404)
    }
    expect((await server.admin.putXml(listsOf(NOBODY), LISTS, LIST)).status).toBe(404)
  })

  it.each([
    [
      'a selector that is none, then the media type',
      'PUT',
      '/~~/resource-lists/p:list',
      'text/plain',
      '"stale"',
      '<list/>',
      400,
    ],
    [
      'a method of namespaces, then the media type',
      'PUT',
      '/~~/resource-lists/namespace::*',
      'text/plain',
      '"stale"',
      '<list/>',
      405,
    ],
    ['the media type, then the condition', 'PUT', '', 'text/plain', '"stale"', '<x', 415],
    ['the condition, then the content', 'PUT', '', LISTS, '"stale"', '<x', 412],
    [
      'the parent, then the condition',
      'PUT',
      '/~~/resource-lists/none/list',
      'application/xcap-el+xml',
      '"stale"',
      '<x',
      409,
    ],
    [
      'the condition of a node, then its content',
      'PUT',
      '/~~/resource-lists/list',
      'application/xcap-el+xml',
      '"stale"',
      '<x',
      412,
    ],
    [
      'what is not there, then the condition',
      'DELETE',
      '/~~/resource-lists/none',
      undefined,
      '"stale"',
      undefined,
      404,
    ],
    [
      'the condition, then what cannot be deleted',
      'DELETE',
      '/~~/resource-lists',
      undefined,
      '"stale"',
      undefined,
      412,
    ],
  ])('RFC 4825 §8: first %s', async (_name, method, node, type, tag, body, status) => {
    const headers = {
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(tag === undefined ? {} : { 'if-match': tag }),
    }
    const answer = await server.bob.ask(method, listsOf(BOB) + node, {
      headers,
      ...(body === undefined ? {} : { body }),
    })
    expect(answer.status).toBe(status)
    expect((await server.bob.get(listsOf(BOB))).text).toBe(LIST)
  })
})
