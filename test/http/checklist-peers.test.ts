/** Requests that other XCAP servers answer wrongly (OpenXCAP, Kamailio and their like), each on the same document. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, startServer, type Running } from './server.ts'

const LISTS = 'application/resource-lists+xml'
const ELEMENT = 'application/xcap-el+xml'
const ATTRIBUTE = 'application/xcap-att+xml'
const NAMESPACE = 'urn:ietf:params:xml:ns:resource-lists'
const lists = (content: string): string => `<resource-lists xmlns="${NAMESPACE}">${content}</resource-lists>`
const DOCUMENT = lists(
  '<list name="a"><entry uri="sip:b@example.com"/><entry uri="sip:c@example.com/x&quot;y"/></list><list name="d"/>',
)
const target = (node?: string): string =>
  `/xcap-root/resource-lists/users/${ALICE}/index${node === undefined ? '' : `/~~/${node}`}`

let server: Running
let etag: string
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  etag = (await server.alice.putXml(target(), LISTS, DOCUMENT)).headers.etag ?? ''
})

interface Asked {
  readonly type?: string
  readonly body?: string
  /** `{etag}` is the present one. */
  readonly match?: string
  readonly noneMatch?: string
}

async function ask(
  method: string,
  path: string,
  { type, body, match, noneMatch }: Asked = {},
): Promise<readonly [number, string]> {
  const headers = {
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(match === undefined ? {} : { 'if-match': match.replaceAll('{etag}', etag) }),
    ...(noneMatch === undefined ? {} : { 'if-none-match': noneMatch.replace('{etag}', etag) }),
  }
  const { status, text } = await server.alice.ask(method, path, { headers, ...(body === undefined ? {} : { body }) })
  return [status, text]
}

const whole = async (): Promise<string> => (await server.alice.get(target())).text

describe('RFC 4825 §8: what is refused changes nothing', () => {
  it.each<readonly [string, string, string, Asked, number, string]>([
    [
      'a document of another type',
      'PUT',
      target(),
      { type: 'application/xml', body: DOCUMENT },
      415,
      'This resource takes application/resource-lists+xml; application/xml was sent.',
    ],
    ['a document without a type', 'PUT', target(), { body: DOCUMENT }, 415, 'no Content-Type was sent'],
    [
      'a document sent as a form',
      'PUT',
      target(),
      { type: 'application/x-www-form-urlencoded', body: DOCUMENT },
      415,
      'application/x-www-form-urlencoded was sent',
    ],
    ['GET of several elements', 'GET', target('resource-lists/list'), {}, 404, 'selects no node, or more than one'],
    ['DELETE of several elements', 'DELETE', target('resource-lists/list'), {}, 404, 'no such document or node'],
    ['DELETE of the root', 'DELETE', target('resource-lists'), {}, 409, '<cannot-delete '],
    [
      'PUT of another root beside the first',
      'PUT',
      target('other'),
      { type: ELEMENT, body: '<other/>' },
      409,
      '<no-parent ',
    ],
    [
      'an attribute value with a "<"',
      'PUT',
      target('resource-lists/list[1]/@name'),
      { type: ATTRIBUTE, body: 'a<b' },
      409,
      '<not-xml-att-value ',
    ],
    [
      'an attribute value with an "&"',
      'PUT',
      target('resource-lists/list[1]/@name'),
      { type: ATTRIBUTE, body: 'a&b' },
      409,
      '<not-xml-att-value ',
    ],
    [
      'an element for an attribute value',
      'PUT',
      target('resource-lists/list[1]/@name'),
      { type: ATTRIBUTE, body: '<x/>' },
      409,
      '<not-xml-att-value ',
    ],
    [
      'an attribute that its own selector needs',
      'PUT',
      target('resource-lists/list[@name="a"]/@name'),
      { type: ATTRIBUTE, body: '"z"' },
      409,
      '<cannot-insert ',
    ],
    [
      'a stale tag, the same document',
      'PUT',
      target(),
      { type: LISTS, body: DOCUMENT, match: '"stale"' },
      412,
      'If-Match does not hold',
    ],
    ['a weak tag', 'PUT', target(), { type: LISTS, body: DOCUMENT, match: 'W/{etag}' }, 412, 'If-Match does not hold'],
    [
      'If-None-Match: *, the same document',
      'PUT',
      target(),
      { type: LISTS, body: DOCUMENT, noneMatch: '*' },
      412,
      'If-None-Match does not hold',
    ],
    [
      'If-None-Match: * on an element',
      'PUT',
      target('resource-lists/list[3]'),
      { type: ELEMENT, body: '<list name="e"/>', noneMatch: '*' },
      412,
      'If-None-Match does not hold',
    ],
    [
      'what the schema does not know',
      'PUT',
      target(),
      { type: LISTS, body: lists('<unknown/>') },
      409,
      '<schema-validation-error ',
    ],
    [
      'a name twice',
      'PUT',
      target(),
      { type: LISTS, body: lists('<list name="a"/><list name="a"/>') },
      409,
      '<uniqueness-failure ',
    ],
    ['another root', 'PUT', target(), { type: LISTS, body: '<lists/>' }, 409, '<schema-validation-error '],
    [
      'ISO-8859-1',
      'PUT',
      target(),
      { type: LISTS, body: `<?xml version="1.0" encoding="ISO-8859-1"?>${DOCUMENT}` },
      409,
      '<not-utf-8 ',
    ],
    ['an empty body', 'PUT', target(), { type: LISTS, body: '' }, 409, '<not-well-formed '],
    [
      'an empty element body',
      'PUT',
      target('resource-lists/list[3]'),
      { type: ELEMENT, body: '' },
      409,
      '<not-xml-frag ',
    ],
    [
      'a reference that is no relative path',
      'PUT',
      target('resource-lists/list[1]/entry-ref'),
      { type: ELEMENT, body: '<entry-ref ref="http://example.com/"/>' },
      409,
      '<constraint-failure ',
    ],
    [
      'a document type declaration',
      'PUT',
      target(),
      { type: LISTS, body: `<!DOCTYPE resource-lists>${DOCUMENT}` },
      409,
      '<constraint-failure ',
    ],
    [
      'an external entity',
      'PUT',
      target(),
      { type: LISTS, body: `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${lists('&e;')}` },
      409,
      '<constraint-failure ',
    ],
    [
      'an element with a declaration before it',
      'PUT',
      target('resource-lists/list[3]'),
      { type: ELEMENT, body: '<?xml version="1.0"?><list/>' },
      409,
      '<not-xml-frag ',
    ],
    [
      'DELETE of what is not there',
      'DELETE',
      target('resource-lists/list[@name="none"]'),
      {},
      404,
      'no such document or node',
    ],
    [
      'DELETE of a document that is not there',
      'DELETE',
      target().replace('index', 'none'),
      {},
      404,
      'no such document or node',
    ],
    ['a path that ends with the AUID', 'GET', '/xcap-root/resource-lists', {}, 404, 'Behind the AUID comes'],
    [
      'a path that ends with the user',
      'GET',
      `/xcap-root/resource-lists/users/${ALICE}/`,
      {},
      404,
      'names no document',
    ],
    [
      'what the server makes',
      'PUT',
      `/xcap-root/org.openmobilealliance.xcap-directory/users/${ALICE}/directory.xml`,
      { type: LISTS, body: DOCUMENT },
      405,
      'makes this document by itself',
    ],
    ['300 KB', 'PUT', target(), { type: LISTS, body: lists(`<!--${'x'.repeat(300_000)}-->`) }, 413, 'at most'],
    ['20 MB', 'PUT', target(), { type: LISTS, body: lists(`<!--${'x'.repeat(20_000_000)}-->`) }, 413, 'at most'],
    [
      'an element that makes the document larger than 64 KB',
      'PUT',
      target('resource-lists/list[3]'),
      { type: ELEMENT, body: `<list><!--${'x'.repeat(65_400)}--></list>` },
      413,
      'at most',
    ],
  ])('RFC 4825 §8: %s', async (_name, method, path, asked, status, says) => {
    const [answered, text] = await ask(method, path, asked)
    expect([answered, text.includes(says) ? says : text]).toEqual([status, says])
    const after = await server.alice.get(target())
    expect([after.text, after.headers.etag]).toEqual([DOCUMENT, etag])
  })
})

describe('RFC 4825 §8: what is answered', () => {
  it('RFC 4825 §6.3: attribute values with slashes and quotes are found and changed', async () => {
    const entry = target('resource-lists/list[1]/entry[@uri="sip:c@example.com/x%22y"]')
    expect(await ask('GET', `${entry}/@uri`)).toEqual([200, '"sip:c@example.com/x&quot;y"'])
    expect(await ask('PUT', entry, { type: ELEMENT, body: "<entry uri='sip:c@example.com/x\"y'/>" })).toEqual([200, ''])
    expect(await ask('GET', entry)).toEqual([200, "<entry uri='sip:c@example.com/x\"y'/>"])
  })

  it('RFC 4825 §6.4, §8.3: prefixes are bound by the query; namespace bindings are an element', async () => {
    expect(await ask('GET', `${target('r:resource-lists/r:list[2]')}?xmlns(r=${NAMESPACE})`)).toEqual([
      200,
      '<list name="d"/>',
    ])
    expect(await ask('GET', target('resource-lists/list[2]/namespace::*'))).toEqual([
      200,
      `<list xmlns="${NAMESPACE}"/>`,
    ])
  })

  it('RFC 4825 §8.2.3: a new attribute is 201, and stands where it was put', async () => {
    expect(await ask('PUT', target('resource-lists/list[1]/list'), { type: ELEMENT, body: '<list/>' })).toEqual([
      201,
      '',
    ])
    expect(await ask('PUT', target('resource-lists/list[1]/list/@name'), { type: ATTRIBUTE, body: '"new"' })).toEqual([
      201,
      '',
    ])
    expect(await whole()).toContain('<list name="new"/>')
  })

  it('RFC 9110 §13.1.1: a list that has the tag, with empty elements', async () => {
    const asked = { type: ATTRIBUTE, body: '"z"', match: '"stale", ,W/{etag}, {etag},' }
    expect(await ask('PUT', target('resource-lists/list[1]/@name'), asked)).toEqual([200, ''])
  })

  it('RFC 9110 §15.5.14: a document of 60 KB is stored as it is', async () => {
    const large = lists(`<!--${'x'.repeat(60_000)}-->`)
    expect(await ask('PUT', target(), { type: LISTS, body: large })).toEqual([200, ''])
    expect(await whole()).toBe(large)
  })

  it('X5: the directory of a user has his document with its ETag', async () => {
    const [status, text] = await ask(
      'GET',
      `/xcap-root/org.openmobilealliance.xcap-directory/users/${ALICE}/directory.xml`,
    )
    expect([status, text.includes(`<entry uri="${target()}" etag=${etag} `)]).toEqual([200, true])
  })
})
