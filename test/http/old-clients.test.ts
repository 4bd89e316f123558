/** Real clients of old log in and store: what Python's urllib does, and the first sequences of Blink and Jitsi. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { ALICE, passwordOf, IN_THIS_PROCESS, startServer } from './server.ts'
import type { Running } from './server.ts'

const run = promisify(execFile)
let server: Running | undefined
afterEach(() => server?.close())

/**
 * As xcaplib does it: urllib with its handlers for Digest and Basic, which looks for the password under the realm that
 * is the user's domain; without a media type urllib calls a body a form.
 */
const URLLIB = `
import json, sys, urllib.request, urllib.error
url, user, domain, password = sys.argv[1:5]
passwords = urllib.request.HTTPPasswordMgr()
passwords.add_password(domain, url, user, password)
opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPDigestAuthHandler(passwords),
    urllib.request.HTTPBasicAuthHandler(passwords))
answers = []
for method, target, headers, body in json.loads(sys.argv[5]):
    request = urllib.request.Request(url + target, body.encode() or None, headers, method=method)
    try:
        answer = opener.open(request)
    except urllib.error.HTTPError as error:
        answer = error
    except ValueError as error:
        answers.append([str(error), None, None])
        continue
    answers.append([answer.status, answer.headers['Content-Type'], answer.headers['ETag']])
print(json.dumps(answers))
`

const LISTS = '/xcap-root/resource-lists/users/sip:alice@example.com/index'
const LISTS_TYPE = 'application/resource-lists+xml'
const EMPTY_LISTS = '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>'

type Step = readonly [method: string, target: string, headers: Readonly<Record<string, string>>, body: string]
type Heard = readonly [status: number | string, type: string | null, etag: string | null]

const get = (target: string, headers = {}): Step => ['GET', target, headers, '']

async function urllib(on: Running, password: string, ...steps: readonly Step[]): Promise<readonly Heard[]> {
  const args = ['-c', URLLIB, on.url, 'alice', 'example.com', password, JSON.stringify(steps)]
  const { stdout } = await run('python3', args)
  return JSON.parse(stdout) as Heard[]
}

const statuses = (heard: readonly Heard[]): readonly (number | string)[] => heard.map(([status]) => status)

it('HOST-B1: Python’s urllib, and so xcaplib, logs in and stores where MD5 is offered first', async () => {
  server = await startServer({ XDMS_DIGEST: 'md5,sha-256', XDMS_LENIENT_CONTENT_TYPE: 'true' })
  const put = (headers: Readonly<Record<string, string>>): Step => ['PUT', LISTS, headers, EMPTY_LISTS]
  const heard = await urllib(server, passwordOf(ALICE), get(LISTS), put({}), put({ 'Content-Type': LISTS_TYPE }))
  expect(statuses(heard)).toEqual([404, 201, 200])
})

it('HOST-B8: urllib’s six tries with a wrong password are one failure, and the right one is let in behind them', async () => {
  // Another worker may be asked before it has heard of the try before.
  server = await startServer({ XDMS_DIGEST: 'md5,sha-256', XDMS_FAILURES_OF_USER: '2' }, IN_THIS_PROCESS)
  expect(statuses(await urllib(server, 'wrong', get(LISTS)))).toEqual([401])
  expect(statuses(await urllib(server, passwordOf(ALICE), get(LISTS)))).toEqual([404])
})

/** As Python's `urllib.parse.quote` leaves it: Blink's library quotes every URI that it puts into a document. */
const quoted = (uri: string): string => encodeURIComponent(uri).replaceAll('%2F', '/')

/**
 * What python3-sipsimple does when an account is enabled: it reads what is served, gives up for an hour where one of
 * three usages is not there, fetches its documents, and makes those that it did not get.
 */
it('HOST-B1, HOST-B3, HOST-B4: Blink’s first sequence', async () => {
  server = await startServer({ XDMS_DIGEST: 'md5,sha-256', XDMS_LENIENT_NAMES: 'true' })
  const on = server
  const ask = async (...steps: readonly Step[]): Promise<readonly Heard[]> => urllib(on, passwordOf(ALICE), ...steps)
  const home = (auid: string, name = 'index'): string => `/xcap-root/${auid}/users/sip:alice@example.com/${name}`
  const capsType = 'application/xcap-caps+xml'
  const [caps] = await ask(get('/xcap-root/xcap-caps/global/index', { Accept: capsType }))
  expect(caps?.slice(0, 2)).toEqual([200, capsType])
  const served = (await on.alice.get('/xcap-root/xcap-caps/global/index')).text
  for (const auid of ['resource-lists', 'rls-services', 'org.openmobilealliance.pres-rules'])
    expect(served).toContain(`<auid>${auid}</auid>`)

  const rules = home('org.openmobilealliance.pres-rules')
  const icon = home('org.openmobilealliance.pres-content', 'oma_status-icon/index')
  const policy = 'application/auth-policy+xml'
  const fetched = await ask(
    get(LISTS, { Accept: LISTS_TYPE }),
    get(home('rls-services'), { Accept: 'application/rls-services+xml' }),
    get(rules, { Accept: policy }),
    get(home('pidf-manipulation'), { Accept: 'application/pidf+xml' }),
    get(icon, { Accept: 'application/vnd.oma.pres-content+xml' }),
  )
  expect(statuses(fetched)).toEqual([404, 404, 404, 404, 404])

  const listUri = (name: string): string =>
    quoted(`${on.url}${home('resource-lists')}/~~/resource-lists/list[@name="${name}"]`)
  const names = ['oma_buddylist', 'oma_grantedcontacts', 'oma_blockedcontacts']
  const external = names.map((name) => `<rl:external anchor="${listUri(name)}"/>`).join('')
  const book =
    '<sipsimple:contact id="c1"><sipsimple:name>Bob</sipsimple:name><sipsimple:uris><sipsimple:uri id="u1" ' +
    `uri="${quoted('sip:bob@example.com')}" type="SIP"/></sipsimple:uris></sipsimple:contact>`
  const lists =
    "<?xml version='1.0' encoding='UTF-8'?>\n<rl:resource-lists xmlns:rl=\"urn:ietf:params:xml:ns:resource-lists\" " +
    'xmlns:sipsimple="urn:ag-projects:xml:ns:sipsimple">' +
    names.map((name) => `<rl:list name="${name}"/>`).join('') +
    `<rl:list name="oma_allcontacts">${external}</rl:list><rl:list name="sipsimple_presence_rls">` +
    `<rl:entry uri="${quoted('sip:bob@example.com')}"/></rl:list><rl:list name="sipsimple_dialog_rls"/>` +
    `<rl:list name="sipsimple_addressbook">${book}</rl:list></rl:resource-lists>`
  const service = (event: string): string =>
    `<service uri="${quoted(`sip:alice+${event}@example.com`)}"><resource-list>` +
    `${listUri(`sipsimple_${event}_rls`)}</resource-list><packages><package>${event}</package></packages></service>`
  const services =
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">${service('presence')}${service('dialog')}` +
    '</rls-services>'
  const rule = (id: string, condition: string, handling: string): string =>
    `<cp:rule id="wp_prs_${id}"><cp:conditions>${condition}</cp:conditions><cp:actions><pr:sub-handling>${handling}` +
    '</pr:sub-handling></cp:actions></cp:rule>'
  const list = (name: string): string => `<ocp:external-list><ocp:entry anc="${listUri(name)}"/></ocp:external-list>`
  const ruleset =
    '<cp:ruleset xmlns:cp="urn:ietf:params:xml:ns:common-policy" xmlns:pr="urn:ietf:params:xml:ns:pres-rules" ' +
    `xmlns:ocp="urn:oma:xml:xdm:common-policy">${rule('grantedcontacts', list('oma_grantedcontacts'), 'allow')}` +
    rule('blockedcontacts', list('oma_blockedcontacts'), 'polite-block') +
    rule('unlisted', '<ocp:other-identity/>', 'confirm') +
    rule('block_anonymous', '<ocp:anonymous-request/>', 'block') +
    rule('allow_own', `<cp:identity><cp:one id="${quoted('sip:alice@example.com')}"/></cp:identity>`, 'allow') +
    '</cp:ruleset>'
  // What it did not get must still not be there.
  const make = (target: string, type: string, body: string): Step => [
    'PUT',
    target,
    { 'Content-Type': type, 'If-None-Match': '*' },
    body,
  ]
  const made = await ask(
    make(LISTS, LISTS_TYPE, lists),
    make(home('rls-services'), 'application/rls-services+xml', services),
    make(rules, policy, ruleset),
  )
  expect(statuses(made)).toEqual([201, 201, 201])

  const etag = made[0]?.[2] ?? ''
  expect(etag).toMatch(/^"[^"]+"$/)
  const later = await ask(
    get(LISTS, { Accept: LISTS_TYPE, 'If-None-Match': etag }),
    ['PUT', LISTS, { 'Content-Type': LISTS_TYPE, 'If-Match': etag }, lists.replace('>Bob<', '>Robert<')],
    ['PUT', LISTS, { 'Content-Type': LISTS_TYPE, 'If-Match': etag }, lists],
    make(LISTS, LISTS_TYPE, lists),
  )
  expect(statuses(later)).toEqual([304, 200, 412, 412])
})

/**
 * What Jitsi does when an account registers, each request on a connection of its own, first without credentials: what
 * is served, its contacts, its rules under a name of its own, and a picture of a usage that nobody else has.
 */
it('HOST-B1, HOST-B2: Jitsi’s first sequence', async () => {
  server = await startServer()
  const { url } = server
  const curl = async (...args: string[]): Promise<readonly string[]> => {
    const login = ['--digest', '-u', `alice:${passwordOf(ALICE)}`, '-H', 'Connection: close']
    const { stdout } = await run('curl', [
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code} %{content_type}',
      ...login,
      ...args,
    ])
    return stdout.split(' ')
  }
  // Its contacts are for a server whose xcap-caps name the namespace of xcap-caps itself.
  const caps = (await server.alice.get('/xcap-root/xcap-caps/global/index')).text
  expect(await curl(`${url}/xcap-root/xcap-caps/global/index`)).toEqual(['200', 'application/xcap-caps+xml'])
  for (const namespace of ['xcap-caps', 'pres-rules'])
    expect(caps).toContain(`<namespace>urn:ietf:params:xml:ns:${namespace}</namespace>`)

  const rules = `${url}/xcap-root/pres-rules/users/sip:alice@example.com/presrules`
  const put = async (target: string, type: string, body: string): Promise<readonly string[]> =>
    curl(
      '-X',
      'PUT',
      '-H',
      'Content-Encoding: UTF-8',
      '-H',
      'Expect: 100-continue',
      '-H',
      `Content-Type: ${type}`,
      '--data-binary',
      body,
      target,
    )
  expect(await curl(`${url}${LISTS}`)).toContain('404')
  const contact = '<entry uri="sip:bob@example.com"><display-name>bob</display-name></entry>'
  const lists =
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?><resource-lists ' +
    `xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="RootGroup">${contact}</list></resource-lists>`
  expect((await put(`${url}${LISTS}`, LISTS_TYPE, lists))[0]).toBe('201')
  expect(await curl(`${url}${LISTS}`)).toEqual(['200', LISTS_TYPE])
  expect(await curl(rules)).toContain('404')
  const all = (of: string): string => `<pr:provide-${of}s><pr:all-${of}s/></pr:provide-${of}s>`
  const allow =
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?><ruleset xmlns="urn:ietf:params:xml:ns:common-policy" ' +
    'xmlns:pr="urn:ietf:params:xml:ns:pres-rules"><rule id="presence_allow"><conditions><identity>' +
    '<one id="sip:bob@example.com"/></identity></conditions><actions><pr:sub-handling>allow</pr:sub-handling>' +
    `</actions><transformations>${['service', 'person', 'device'].map(all).join('')}</transformations></rule></ruleset>`
  expect((await put(rules, 'application/auth-policy+xml', allow))[0]).toBe('201')
  expect(await curl(rules)).toEqual(['200', 'application/auth-policy+xml'])
  expect((await curl(`${url}/xcap-root/oma_status-icon/users/sip:alice@example.com/icon`))[0]).toBe('404')
  // Who has no contact left deletes the document, and takes 200 and 404 for an answer.
  for (const status of ['200', '404']) expect((await curl('-X', 'DELETE', `${url}${LISTS}`))[0]).toBe(status)
})

it.each([
  ['sha-256,md5', ['SHA-256', 'MD5']],
  ['md5,sha-256', ['MD5', 'SHA-256']],
  ['sha-256', ['SHA-256']],
])('HOST-B1: XDMS_DIGEST=%s', async (digest, algorithms) => {
  server = await startServer({ XDMS_DIGEST: digest })
  const answer = await fetch(`${server.url}${LISTS}`)
  const challenges = answer.headers.get('www-authenticate') ?? ''
  expect([...challenges.matchAll(/algorithm=([\w-]+)/g)].map(([, algorithm]) => algorithm)).toEqual(algorithms)
})
