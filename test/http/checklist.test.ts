/** Rows of RFC 4825's requirements that only a listening server can show (`test/conformance.md`). */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileSchema } from '../../src/xml/schema.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const APP = 'application/test-app+xml'
const LISTS = 'application/resource-lists+xml'
const ELEMENT = 'application/xcap-el+xml'
const ATTRIBUTE = 'application/xcap-att+xml'
const OPERATOR = new URL('../usages/operator', import.meta.url).pathname
const READ_AND_WRITE = 'GET, HEAD, PUT, DELETE, OPTIONS'
const READ = 'GET, HEAD, OPTIONS'

const app = (name: string, node?: string): string =>
  `/xcap-root/test-app/users/${ALICE}/${name}${node === undefined ? '' : `/~~/${node}`}`
const lists = (node?: string): string =>
  `/xcap-root/resource-lists/users/${ALICE}/index${node === undefined ? '' : `/~~/${node}`}`
const list = (content: string): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${content}</resource-lists>`
const DIRECTORY = `/xcap-root/org.openmobilealliance.xcap-directory/users/${ALICE}/directory.xml`
const CAPS = '/xcap-root/xcap-caps/global/index'

let server: Running
beforeAll(async () => {
  server = await startServer({ XDMS_USAGES: OPERATOR })
})
afterAll(() => server.close())

const serviceOf = (name: string): string => `<service uri="sip:${name}@example.com"><list/></service>`
describe('methods', () => {
  beforeAll(async () => {
    await server.alice.putXml(app('methods'), APP, '<r xmlns="test-app" a="1"><e/></r>')
  })

  const RESOURCES: readonly (readonly [string, string, string])[] = [
    ['a document', app('methods'), READ_AND_WRITE],
    ['an element', app('methods', 'r/e'), READ_AND_WRITE],
    ['an attribute', app('methods', 'r/@a'), READ_AND_WRITE],
    ['namespace bindings', app('methods', 'r/namespace::*'), READ],
    ['encoded namespace bindings', app('methods', 'r/namespace%3A%3A%2A'), READ],
    ['a document that is not there', app('none'), READ_AND_WRITE],
    ['an element that is not there', app('methods', 'r/none'), READ_AND_WRITE],
    ['what the server makes', CAPS, READ],
    ['an element of it', `${CAPS}/~~/xcap-caps/auids`, READ],
    ['the directory of a user', DIRECTORY, READ],
  ]

  it.each(RESOURCES)(
    'RFC 4825 §8: POST on %s is 405 and says what is allowed (XCAP-U14)',
    async (_name, target, allow) => {
      for (const method of ['POST', 'PATCH', 'TRACE', 'PROPFIND']) {
        const { status, headers, text } = await server.alice.ask(method, target)
        expect([method, status, headers.allow]).toEqual([method, 405, allow])
        expect(text).toContain('urn:cpm-xdms:problem:method-not-allowed')
      }
    },
  )

  it.each(RESOURCES)(
    'RFC 9110 §9.3.7: OPTIONS of %s says what is allowed, to everybody',
    async (_name, target, allow) => {
      for (const client of [server.alice, server.stranger]) {
        const { status, headers, text } = await client.ask('OPTIONS', target)
        expect([status, headers.allow, text]).toEqual([204, allow, ''])
      }
    },
  )

  it('RFC 9110 §9.3.7: OPTIONS of a usage that is not served is 404', async () => {
    expect((await server.stranger.ask('OPTIONS', '/xcap-root/unknown/global/index')).status).toBe(404)
  })

  it.each(RESOURCES)('RFC 9110 §9.3.2: HEAD of %s is GET without its body', async (_name, target) => {
    const get = await server.alice.get(target)
    const head = await server.alice.ask('HEAD', target)
    expect([head.status, head.text]).toEqual([get.status, ''])
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control'])
      expect(head.headers[name]).toBe(get.headers[name])
  })

  it.each([
    ['an element', 'r/namespace::*', 'PUT'],
    ['an element', 'r/namespace::*', 'DELETE'],
    ['the root', '*/namespace::*', 'PUT'],
  ])(
    'RFC 4825 §8.2, §8.4: namespace bindings of %s (%s) take no %s: 405, Allow: GET (XCAP-G4)',
    async (_name, node, method) => {
      const { status, headers } = await server.alice.ask(method, app('methods', node), {
        body: '<r/>',
        headers: { 'content-type': 'application/xcap-ns+xml' },
      })
      expect([status, headers.allow]).toEqual([405, 'GET'])
    },
  )
})

describe('documents and nodes', () => {
  it('RFC 4825 §8.2.7: 201 for what is new, 200 for what is replaced, without content, each with an ETag of its own (XCAP-P15, XCAP-D4)', async () => {
    const etags = new Set<string | undefined>()
    const put = async (target: string, type: string, body: string): Promise<readonly [number, string]> => {
      const { status, text, headers } = await server.alice.putXml(target, type, body)
      etags.add(headers.etag)
      return [status, text]
    }
    for (const status of [201, 200]) {
      expect(await put(app('made'), APP, '<r xmlns="test-app"/>')).toEqual([status, ''])
    }
    for (const status of [201, 200]) {
      expect(await put(app('made', 'r/e'), ELEMENT, '<e/>')).toEqual([status, ''])
      expect(await put(app('made', 'r/e/@a'), ATTRIBUTE, '"1"')).toEqual([201, ''])
      expect(await put(app('made', 'r/e/@a'), ATTRIBUTE, '2')).toEqual([200, ''])
    }
    const attribute = await server.alice.delete(app('made', 'r/e/@a'))
    const element = await server.alice.delete(app('made', 'r/e'))
    etags.add(attribute.headers.etag).add(element.headers.etag)
    expect([attribute.status, element.status, attribute.text, element.text]).toEqual([200, 200, '', ''])
    expect((await server.alice.get(app('made'))).headers.etag).toBe(element.headers.etag)
    const document = await server.alice.delete(app('made'))
    expect([document.status, document.headers.etag, document.text]).toEqual([200, undefined, ''])
    expect(etags.size).toBe(10)
    expect([...etags].filter((etag) => !/^"[\w-]{25}"$/.test(etag ?? ''))).toEqual([])
  })

  it('RFC 4825 §8.3: what GET gives is what PUT sent, byte for byte, whatever it looks like (XCAP-G7)', async () => {
    const odd = Buffer.from(
      '\ufeff<?xml version=\'1.0\'\tencoding="utf-8" ?>\r\n<!-- дом -->\r<?pi  x?>\n<p:r\txmlns:p = ' +
        '\'test-app\'\n a="&#x41;&lt;"  ><![CDATA[<&]]>\r\n&amp;\t</p:r >\r\n<!--z-->\n\n',
    )
    expect((await server.alice.putXml(app('odd'), APP, odd)).status).toBe(201)
    expect((await server.alice.get(app('odd'))).body.equals(odd)).toBe(true)
    expect((await server.alice.putXml(app('odd', 'r/e'), ELEMENT, "<p:e  x='1' />")).status).toBe(201)
    expect((await server.alice.get(app('odd', 'r/e'))).text).toBe("<p:e  x='1' />")
    expect((await server.alice.delete(app('odd', 'r/e'))).status).toBe(200)
    expect((await server.alice.get(app('odd'))).body.equals(odd)).toBe(true)
  })

  it('RFC 4825 §8.5: a node and its document share one ETag; 304 has it, whatever is asked for (XCAP-E1, XCAP-E3, XCAP-G6)', async () => {
    const {
      headers: { etag },
    } = await server.alice.putXml(app('same'), APP, '<r xmlns="test-app" a="1"><e/></r>')
    const types = [APP, ELEMENT, ATTRIBUTE, 'application/xcap-ns+xml']
    for (const [at, target] of [
      app('same'),
      app('same', 'r/e'),
      app('same', 'r/@a'),
      app('same', 'r/namespace::*'),
    ].entries()) {
      const found = await server.alice.get(target)
      expect([found.status, found.headers.etag, found.headers['content-type']]).toEqual([200, etag, types[at]])
      for (const tag of [etag, '*', `"other", ${etag}`, `W/${etag}`, `"other",,${etag},`]) {
        const same = await server.alice.get(target, { 'if-none-match': tag })
        expect([tag, same.status, same.headers.etag, same.text, same.headers['content-type']]).toEqual([
          tag,
          304,
          etag,
          '',
          undefined,
        ])
        expect((await server.alice.ask('HEAD', target, { headers: { 'if-none-match': tag } })).status).toBe(304)
      }
      expect((await server.alice.get(target, { 'if-none-match': '"other"' })).status).toBe(200)
      expect((await server.alice.get(target, { 'if-match': '"other"' })).status).toBe(412)
    }
    await server.alice.putXml(app('same', 'r/@a'), ATTRIBUTE, '"2"')
    expect((await server.alice.get(app('same', 'r/e'), { 'if-none-match': etag })).status).toBe(200)
  })

  it('RFC 4825 §9: no cache answers without asking: documents, nodes, what is not modified, what the server makes (XCAP-E4)', async () => {
    const {
      headers: { etag },
    } = await server.alice.putXml(app('cached'), APP, '<r xmlns="test-app"/>')
    for (const target of [app('cached'), app('cached', 'r'), app('cached', 'r/namespace::*'), CAPS, DIRECTORY]) {
      expect([target, (await server.alice.get(target)).headers['cache-control']]).toEqual([target, 'no-cache'])
    }
    expect((await server.alice.get(app('cached', 'r'), { 'if-none-match': etag })).headers['cache-control']).toBe(
      'no-cache',
    )
  })

  it('RFC 4825 §8.2.5: foreign namespaces are stored; one that is advertised needs an element that there is (XCAP-P13)', async () => {
    const foreign = list('<list name="a"><x:y xmlns:x="urn:nobody:knows"><z xmlns=""/></x:y></list>')
    expect((await server.alice.putXml(lists(), LISTS, foreign)).status).toBe(201)
    expect((await server.alice.get(lists())).text).toBe(foreign)
    expect((await server.alice.get(CAPS)).text).toContain(
      '<namespace>urn:ietf:params:xml:ns:resource-lists</namespace>',
    )
    const unknown = await server.alice.putXml(lists('resource-lists/list/unknown'), ELEMENT, '<unknown/>')
    expect([unknown.status, unknown.text.includes('<schema-validation-error ')]).toEqual([409, true])
    expect((await server.alice.get(lists())).text).toBe(foreign)
    await server.alice.delete(lists())
  })
})

describe('conflict reports', () => {
  const schema = compileSchema(
    'xcap-error.xsd',
    new Map([['xcap-error.xsd', readFileSync(new URL('../../schemas/xcap-error.xsd', import.meta.url))]]),
  )
  const error = (content: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?><xcap-error ` +
    `xmlns="urn:ietf:params:xml:ns:xcap-error">${content}</xcap-error>`

  beforeAll(async () => {
    expect(
      (
        await server.alice.putXml(
          lists(),
          LISTS,
          list('<list name="a"><entry uri="sip:b@example.com"/><entry uri="sip:c@example.com"/></list>'),
        )
      ).status,
    ).toBe(201)
  })

  it.each([
    [
      'not-well-formed',
      'PUT',
      lists(),
      LISTS,
      '<resource-lists',
      '<not-well-formed phrase="Line 1, column 15: document must contain a root element."/>',
    ],
    [
      'not-utf-8',
      'PUT',
      lists(),
      LISTS,
      '<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
      '<not-utf-8 phrase="The XML declaration says ISO-8859-1; only UTF-8 is accepted."/>',
    ],
    [
      'not-xml-frag',
      'PUT',
      lists('resource-lists/list/entry[3]'),
      ELEMENT,
      '<entry uri="a"/><entry uri="b"/>',
      '<not-xml-frag phrase="The body is not one well-balanced element: it is more, or less, than one element"/>',
    ],
    [
      'not-xml-att-value',
      'PUT',
      lists('resource-lists/list/@name'),
      ATTRIBUTE,
      '"a&b"',
      '<not-xml-att-value phrase="The body is not an attribute value: &quot;&lt;&quot; and ' +
        '&quot;&amp;&quot; are written &amp;lt; and &amp;amp;"/>',
    ],
    [
      'cannot-insert',
      'PUT',
      lists('resource-lists/list/entry[@uri="x"]'),
      ELEMENT,
      '<entry uri="y"/>',
      '<cannot-insert phrase="GET of this selector would not give back what was sent: its name, attributes ' +
        'or position differ from the selector"/>',
    ],
    [
      'cannot-delete',
      'DELETE',
      lists('resource-lists/list/entry[1]'),
      '',
      '',
      '<cannot-delete phrase="This cannot be deleted: the selector would then select another node"/>',
    ],
    [
      'no-parent',
      'PUT',
      lists('resource-lists/list[@name="none"]/entry'),
      ELEMENT,
      '<entry uri="a"/>',
      '<no-parent phrase="The selector does not lead to one element to insert into: ' +
        '&quot;list[@name=&quot;none&quot;]&quot; selects none, or several">' +
        `<ancestor>${lists('resource-lists')}</ancestor></no-parent>`,
    ],
    [
      'schema-validation-error',
      'PUT',
      lists('resource-lists/list/list'),
      ELEMENT,
      '<list>\n<entry url="a"/><unknown/></list>',
      '<schema-validation-error phrase="The document breaks its schema. /resource-lists/list/list/entry ' +
        "(line 2): url: The attribute 'url' is not allowed. " +
        "/resource-lists/list/list/entry (line 2): The attribute 'uri' is required but missing. " +
        '/resource-lists/list/list/unknown (line 2): This element is not expected. Expected is (elements ' +
        'of other namespaces)."/>',
    ],
    [
      'uniqueness-failure',
      'PUT',
      lists('resource-lists/*[2]'),
      ELEMENT,
      '<list name="a"/>',
      '<uniqueness-failure phrase="list/@name &quot;a&quot; (line 1) is there already."><exists ' +
        'field="resource-lists/list%5B2%5D/@name">' +
        '<alt-value>a-2</alt-value><alt-value>a-3</alt-value><alt-value>a-4</alt-value></exists></uniqueness-failure>',
    ],
    [
      'constraint-failure',
      'PUT',
      lists('resource-lists/list/entry-ref'),
      ELEMENT,
      '<entry-ref ref="/absolute"/>',
      '<constraint-failure phrase="/resource-lists/list/entry-ref (line 1): ref is a path relative to the ' +
        'XCAP root."/>',
    ],
  ])('RFC 4825 §11.1: %s says why', async (_kind, method, target, type, body, expected) => {
    const before = await server.alice.get(lists())
    const answer = await server.alice.ask(
      method,
      target,
      type === '' ? {} : { body, headers: { 'content-type': type } },
    )
    expect([answer.status, answer.headers['content-type']]).toEqual([409, 'application/xcap-error+xml'])
    expect(answer.text).toBe(error(expected))
    expect(schema.validate(readDocument(answer.body, DEFAULT_XML_LIMITS))).toEqual([])
    const after = await server.alice.get(lists())
    expect([after.text, after.headers.etag]).toEqual([before.text, before.headers.etag])
  })

  it('RFC 4825 §11.1: the closest ancestor that exists can be asked for as it is named (XCAP-P1)', async () => {
    const ancestorOf = async (target: string): Promise<string> => {
      const { text } = await server.alice.putXml(target, target.includes('~~') ? ELEMENT : APP, '<entry uri="x"/>')
      return /<ancestor>(.*)<\/ancestor>/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? text
    }
    const list1 = await ancestorOf(lists('resource-lists/list[1]/list[@name="a%20b"]/list/entry'))
    expect([list1, (await server.alice.get(list1)).status]).toEqual([
      `/xcap-root/resource-lists/users/${ALICE}/index/~~/resource-lists/list%5B1%5D`,
      200,
    ])
    const document = await ancestorOf(lists('lists/list/entry'))
    expect([document, (await server.alice.get(document)).status]).toEqual([
      `/xcap-root/resource-lists/users/${ALICE}/index`,
      200,
    ])
    const prefixed = await ancestorOf(
      `${lists('p:resource-lists/p:list/p:list/p:entry')}?xmlns(p=urn:ietf:params:xml:ns:resource-lists)`,
    )
    expect([prefixed, (await server.alice.get(prefixed)).status]).toEqual([
      `/xcap-root/resource-lists/users/${ALICE}/index/~~/p:resource-lists/p:list?xmlns(p=urn:ietf:params:xml:ns:resource-lists)`,
      200,
    ])
    expect(await ancestorOf(app('none', 'a/b'))).toBe(`/xcap-root/test-app/users/${ALICE}/`)
    expect(await ancestorOf(app('none/index'))).toBe(`/xcap-root/test-app/users/${ALICE}/`)
    expect(await ancestorOf(app('archive/old/older/index'))).toBe(`/xcap-root/test-app/users/${ALICE}/archive/old/`)
  })

  it('RFC 4825 §11.1: another user’s service URI is a clash, with URIs that are free', async () => {
    const services = (...names: readonly string[]): string =>
      `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">${names.map(serviceOf).join('')}</rls-services>`
    const put = (client: Running['alice'], owner: string, body: string) =>
      client.putXml(`/xcap-root/rls-services/users/${owner}/index`, 'application/rls-services+xml', body)
    expect((await put(server.bob, BOB, services('friends', 'friends-2'))).status).toBe(201)
    const clash = await put(server.alice, ALICE, services('own', 'friends'))
    expect([clash.status, clash.text]).toEqual([
      409,
      error(
        '<uniqueness-failure phrase="&quot;sip:friends@example.com&quot; is in use already."><exists ' +
          'field="rls-services/service%5B2%5D/@uri">' +
          '<alt-value>sip:friends-3@example.com</alt-value><alt-value>sip:friends-4@example.com</alt-value>' +
          '</exists></uniqueness-failure>',
      ),
    ])
    expect((await put(server.alice, ALICE, services('own', 'friends-3'))).status).toBe(201)
  })

  it('RFC 4825 §11.2: there are eleven, of which the server says ten and its users’ extensions the eleventh', () => {
    const kinds = [
      'not-well-formed',
      'not-xml-frag',
      'no-parent',
      'schema-validation-error',
      'not-xml-att-value',
      'cannot-insert',
      'cannot-delete',
      'uniqueness-failure',
      'constraint-failure',
      'extension',
      'not-utf-8',
    ]
    const valid = (kind: string): boolean =>
      schema.validate(
        readDocument(
          Buffer.from(
            error(
              kind === 'uniqueness-failure'
                ? '<uniqueness-failure><exists field="a"/></uniqueness-failure>'
                : `<${kind}/>`,
            ),
          ),
          DEFAULT_XML_LIMITS,
        ),
      ).length === 0
    expect(kinds.filter(valid)).toEqual(kinds)
    expect(valid('other')).toBe(false)
  })
})
