/**
 * Node selectors as they come over the wire, in a document as large as one may be: what is hostile is answered quickly,
 * what is honest is understood.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DigestClient } from '../access/digest-client.ts'
import { openRaw, statusOf } from './raw.ts'
import { ALICE, passwordOf, startServer, type Running } from './server.ts'

const LISTS = 'application/resource-lists+xml'
const ELEMENT = 'application/xcap-el+xml'
const NAMESPACE = 'urn:ietf:params:xml:ns:resource-lists'
const target = (name: string, node = ''): string =>
  `/xcap-root/resource-lists/users/${ALICE}/${name}${node === '' ? '' : `/~~/${node}`}`

/** 64 KB of it, 1,507 elements. */
const LARGE = `<resource-lists xmlns="${NAMESPACE}"><list name="friends">${Array.from(
  { length: 1_500 },
  (_, n) => `<entry uri="sip:friend-${String(n).padStart(4, '0')}@example.com"/>\n`,
).join(
  '',
)}</list>${'<list>'.repeat(4)}${'</list>'.repeat(4)}<list name="last"><entry uri="sip:a&quot;b/c@example.com"/></list></resource-lists>`

/** Its beginning, for the title, and the selector. */
const shown = (node: string): readonly [string, string] => [node.slice(0, 50), node]

/** Milliseconds within which the server answers what is hostile. */
const QUICKLY = 5
const RUNS_AT_MOST = 200

describe('node selectors over HTTP', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer()
    expect(Buffer.byteLength(LARGE)).toBeGreaterThan(64_000)
    expect((await server.alice.putXml(target('index'), LISTS, LARGE)).status).toBe(201)
    await server.alice.get(target('index', 'resource-lists'))
  })
  afterAll(() => server.close())

  /** What the server itself says that the request took; the best of some runs, because the machine is shared. */
  async function quickest(
    method: string,
    path: string,
    body?: string,
  ): Promise<{ readonly status: number; readonly milliseconds: number }> {
    let milliseconds = Infinity
    let status = 0
    for (let run = 0; run < RUNS_AT_MOST && milliseconds >= QUICKLY; run++) {
      const lines = server.log.length
      const headers = body === undefined ? {} : { 'content-type': ELEMENT }
      status = (await server.alice.ask(method, path, { headers, ...(body === undefined ? {} : { body }) })).status
      await expect.poll(() => server.log.length).toBeGreaterThan(lines)
      milliseconds = Math.min(milliseconds, Number(server.log.at(-1)?.['ms']))
    }
    return { status, milliseconds }
  }

  const MALFORMED = [
    'resource-lists/*[count(//*)%3E0]',
    '//list',
    'resource-lists//list',
    'resource-lists/..',
    'resource-lists/text()',
    "id('friends')",
    'resource-lists|list',
    'resource-lists/self::node()',
    'resource-lists/list[position()%3C3]',
    'resource-lists/list[1][2]',
    'resource-lists/list[last()]',
    'resource-lists/list[@name=friends]',
    'resource-lists/list[@name="friends"%20or%20"1"="1"]',
    'resource-lists/list[@name="]',
    'resource-lists/x:list',
    'resource-lists/list[@name=""]/../list[""]',
    `resource-lists${'[1'.repeat(1_700)}`,
    `resource-lists/list[@name="${'"'.repeat(1_500)}`,
    `resource-lists${'/*'.repeat(1_700)}`,
    `resource-lists?${'xmlns(p=x)'.repeat(340)}`,
    `resource-lists?${'('.repeat(3_400)}`,
    `resource-lists?xmlns(p=${'^'.repeat(3_401)}`,
    `resource-lists/${'%'.repeat(3_400)}`,
    `resource-lists/${'%C3%A9'.repeat(500)}!`,
    `resource-lists/list[@name="${'&amp;'.repeat(680)}&"]`,
    `resource-lists/${'a:'.repeat(1_700)}`,
    `resource-lists/list${"['".repeat(1_700)}`,
    `${'resource-lists%3F'.repeat(200)}`,
  ]

  it.each(MALFORMED.map(shown))(
    'HOST-SEL1, HOST-SEL3, RFC 4825 §8: 400 within 5 ms of the server in a document of 64 KB: %s',
    async (_shown, node) => {
      for (const method of ['GET', 'DELETE', 'PUT']) {
        const { status, milliseconds } = await quickest(
          method,
          target('index', node),
          method === 'PUT' ? '<list/>' : undefined,
        )
        expect([method, status]).toEqual([method, 400])
        expect(milliseconds).toBeLessThan(QUICKLY)
      }
    },
  )

  it.each(
    [
      `resource-lists/list[@name="${'x'.repeat(3_400)}"]`,
      `resource-lists/list[@name="${'&%23x26;'.repeat(400)}"]`,
      `resource-lists${'/*'.repeat(63)}`,
      'resource-lists/list[1]/entry[999999999]',
      `resource-lists/list[1]/entry[1500]/@${'n'.repeat(3_400)}`,
      'resource-lists/list[1]/*[@uri="sip:nobody@example.com"]',
      `resource-lists${'/list[4]'.repeat(63)}`,
    ].map(shown),
  )(
    'HOST-SEL1, RFC 4825 §8.3, §8.4: 404 within 5 ms of the server in a document of 64 KB: %s',
    async (_shown, node) => {
      for (const method of ['GET', 'DELETE']) {
        const { status, milliseconds } = await quickest(method, target('index', node))
        expect([method, status]).toEqual([method, 404])
        expect(milliseconds).toBeLessThan(QUICKLY)
      }
    },
  )

  it('HOST-SEL1, RFC 4825 §8.2.1: a parent that is not there is told within 5 ms of the server in a document of 64 KB', async () => {
    const { status, milliseconds } = await quickest(
      'PUT',
      target('index', `resource-lists${'/list[4]'.repeat(62)}/entry`),
      '<entry uri="a"/>',
    )
    expect(status).toBe(409)
    expect(milliseconds).toBeLessThan(QUICKLY)
  })

  it('INV-26, RFC 4825 §8: nothing of this has changed the document', async () => {
    expect((await server.alice.get(target('index'))).text).toBe(LARGE)
  })
})

/** Digest for a socket on which the target goes out as it is, whatever the URL parser of a client would make of it. */
async function sender(
  server: Running,
  xui = ALICE,
): Promise<(method: string, path: string, type?: string, body?: string) => Promise<readonly [number, string]>> {
  const login = new DigestClient({ user: xui, password: passwordOf(xui) })
  login.learn((await login.send(server.url, 'GET', '/api/policy')).headers)
  return async (method, path, type, body = '') => {
    const fields = [
      `${method} ${path} HTTP/1.1`,
      'Host: xcap.example.com',
      `Authorization: ${login.authorization(method, path) ?? ''}`,
      'Connection: close',
      ...(type === undefined ? [] : [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`]),
    ]
    const { closed } = await openRaw(server.url, `${fields.join('\r\n')}\r\n\r\n${body}`)
    const answer = await closed
    return [statusOf(answer), answer.slice(answer.indexOf('\r\n\r\n') + 4)]
  }
}

describe('targets as they are sent', () => {
  let server: Running
  let send: Awaited<ReturnType<typeof sender>>
  beforeAll(async () => {
    server = await startServer()
    send = await sender(server)
    const inner = ['sip:a@example.com', 'sip:a&quot;b/c@example.com', '%22', '~~', 'a?b', 'sip:*@[::1]']
      .map((name) => `<list name="${name}"/>`)
      .join('')
    expect(
      (
        await server.alice.putXml(
          target('index'),
          LISTS,
          `<resource-lists xmlns="${NAMESPACE}"><list name="friends">${inner}</list></resource-lists>`,
        )
      ).status,
    ).toBe(201)
  })
  afterAll(() => server.close())

  const FRIENDS = 'resource-lists/list[@name="friends"]'
  it.each([
    ['raw quotes, brackets, "@" and "*"', `${FRIENDS}/*[1][@name="sip:a@example.com"]`, 'sip:a@example.com'],
    [
      'all of them encoded',
      'resource-lists/list%5B%40name%3D%22friends%22%5D/%2A%5B1%5D%5B%40name%3D%22sip%3Aa%40example.com%22%5D',
      'sip:a@example.com',
    ],
    ['lower-case hex', 'resource-lists/list%5b%40name%3d%22friends%22%5d/list%5b1%5d', 'sip:a@example.com'],
    ['apostrophes', "resource-lists/list[@name='friends']/list[1]", 'sip:a@example.com'],
    ['%22 and %2F inside a value', `${FRIENDS}/list[@name="sip:a%22b%2Fc@example.com"]`, 'sip:a&quot;b/c@example.com'],
    ['a plain slash inside a value', `${FRIENDS}/list[@name="sip:a%22b/c@example.com"]`, 'sip:a&quot;b/c@example.com'],
    [
      'a reference inside an encoded value',
      `${FRIENDS}/list%5B@name=%22sip:a&quot;b%2Fc@example.com%22%5D`,
      'sip:a&quot;b/c@example.com',
    ],
    ['%25 is a percent sign, once', `${FRIENDS}/list[@name="%2522"]`, '%22'],
    ['~~ inside a value', `${FRIENDS}/list[@name="~~"]`, '~~'],
    ['an encoded ~~ inside a value', `${FRIENDS}/list[@name="%7E%7E"]`, '~~'],
    ['an encoded question mark inside a value', `${FRIENDS}/list[@name="a%3Fb"]`, 'a?b'],
    ['raw "*[]@:" inside a value', `${FRIENDS}/list[@name="sip:*@[::1]"]`, 'sip:*@[::1]'],
    ['prefixes of the query', `p:resource-lists/p:list/p:list[1]?xmlns(p=${NAMESPACE})`, 'sip:a@example.com'],
    [
      'a quoted binding behind an encoded question mark',
      `p:resource-lists/p:list/p:list[1]%3Fxmlns(p="${NAMESPACE}")`,
      'sip:a@example.com',
    ],
    [
      'all of a query encoded',
      `p:resource-lists/p:list/p:list[1]?xmlns%28p%3D%22${encodeURIComponent(NAMESPACE)}%22%29`,
      'sip:a@example.com',
    ],
  ])('RFC 4825 §6.3, §6.4: %s (XCAP-U13, XCAP-U15)', async (_title, node, name) => {
    expect(await send('GET', target('index', node))).toEqual([200, `<list name="${name}"/>`])
    const renewed = `<list name="${name}"><display-name>again</display-name></list>`
    expect(await send('PUT', target('index', node), ELEMENT, renewed)).toEqual([200, ''])
    expect(await send('GET', target('index', node))).toEqual([200, renewed])
    expect(await send('PUT', target('index', node), ELEMENT, `<list name="${name}"/>`)).toEqual([200, ''])
  })

  it('RFC 4825 §6.3: what is decoded twice elsewhere selects nothing here (XCAP-U15)', async () => {
    const before = (await server.alice.get(target('index'))).text
    const statusAt = async (node: string): Promise<number> => (await send('GET', target('index', node)))[0]
    expect(await statusAt(`${FRIENDS}/list[@name="%252522"]`)).toBe(404)
    expect(await statusAt(`${FRIENDS}/list[@name="sip:a%2522b/c@example.com"]`)).toBe(404)
    expect(await statusAt('resource-lists%2Flist')).toBe(400)
    expect(await statusAt(`${FRIENDS}%2Flist%5B1%5D`)).toBe(400)
    expect(await statusAt(`${FRIENDS}/list%255B1%255D`)).toBe(400)
    expect((await server.alice.get(target('index'))).text).toBe(before)
  })

  it.each([
    'sip:alice@example.com',
    'alice@example.com',
    'sip%3Aalice%40example.com',
    'SIP:alice@EXAMPLE.com',
    'sip:%61lice@example.com',
    'alice%40Example.Com',
  ])('HOST-ID7, RFC 4825 §6.2: one document, however the user is written: %s (XCAP-U4)', async (xui) => {
    const [status, text] = await send(
      'GET',
      `/xcap-root/resource-lists/users/${xui}/index/~~/resource-lists/list/list[1]/@name`,
    )
    expect([status, text]).toEqual([200, '"sip:a@example.com"'])
  })

  it('HOST-ID7, RFC 4825 §6.2: a telephone number, with its separators or without (XCAP-U4)', async () => {
    const tel = 'tel:+15550100'
    expect(
      (await server.admin.put(`/api/users/${encodeURIComponent(tel)}`, { role: 'user', password: passwordOf(tel) }))
        .status,
    ).toBe(201)
    const call = await sender(server, tel)
    const body = `<resource-lists xmlns="${NAMESPACE}"/>`
    expect(await call('PUT', '/xcap-root/resource-lists/users/tel:+15550100/index', LISTS, body)).toEqual([201, ''])
    for (const xui of ['tel:+1-555-0100', '%2B15550100', 'TEL%3A%2B1.555.0100', '+1(555)0100']) {
      expect([xui, ...(await call('GET', `/xcap-root/resource-lists/users/${xui}/index`))]).toEqual([xui, 200, body])
    }
    expect((await call('GET', '/xcap-root/resource-lists/users/sip:+15550100@example.com/index'))[0]).toBe(403)
  })
})

describe('the XCAP root', () => {
  it.each([
    ['/', ''],
    ['/services/xcap/', '/services/xcap'],
    ['/xcap@example.com', '/xcap@example.com'],
  ])('RFC 4825 §6.1: %s (XCAP-U2)', async (setting, root) => {
    const server = await startServer({ XDMS_XCAP_ROOT: setting })
    try {
      const send = await sender(server)
      const path = `${root}/resource-lists/users/${ALICE}/index`
      expect(await send('PUT', path, LISTS, `<resource-lists xmlns="${NAMESPACE}"><list/></resource-lists>`)).toEqual([
        201,
        '',
      ])
      expect(await send('GET', `${path}/~~/resource-lists/list`)).toEqual([200, '<list/>'])
      expect((await send('PUT', `${path}/~~/resource-lists/none/list`, ELEMENT, '<list/>'))[1]).toContain(
        `<ancestor>${path}/~~/resource-lists</ancestor>`,
      )
      expect((await send('GET', `/xcap-root/resource-lists/users/${ALICE}/index`))[0]).toBe(404)
    } finally {
      await server.close()
    }
  })
})
