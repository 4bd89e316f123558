/** Real clients of old log in and store: what Python's urllib does, and the first sequences of Blink and Jitsi. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { ALICE, passwordOf, startServer } from './server.ts'
import type { Running } from './server.ts'

const run = promisify(execFile)
let server: Running | undefined
afterEach(() => server?.close())

/** As xcaplib does it: urllib2 with its handlers for Digest and Basic, a PUT by its own method. */
const URLLIB = `
import sys, urllib.request, urllib.error
url, user, password = sys.argv[1:4]
passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
passwords.add_password(None, url, user, password)
opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPDigestAuthHandler(passwords))
for target, media_type, body in [line.split('|') for line in sys.argv[4:]]:
    method = 'PUT' if body else 'GET'
    request = urllib.request.Request(url + target, body.encode() or None, method=method)
    if media_type: request.add_header('Content-Type', media_type)
    try:
        print(opener.open(request).status)
    except urllib.error.HTTPError as error:
        print(error.code)
    except ValueError as error:
        print(error)
`

const LISTS = '/xcap-root/resource-lists/users/sip:alice@example.com/index'
const LISTS_TYPE = 'application/resource-lists+xml'
const EMPTY_LISTS = '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>'

async function urllib(on: Running, password: string, ...requests: readonly string[]): Promise<string[]> {
  const { stdout } = await run('python3', ['-c', URLLIB, on.url, ALICE, password, ...requests])
  return stdout.trim().split('\n')
}

it('HOST-B1: Python’s urllib, and so xcaplib, logs in and stores where MD5 is offered first', async () => {
  server = await startServer({ XDMS_DIGEST: 'md5,sha-256' })
  expect(
    await urllib(server, passwordOf(ALICE), `${LISTS}||`, `${LISTS}|${LISTS_TYPE}|${EMPTY_LISTS}`, `${LISTS}||`),
  ).toEqual(['404', '201', '200'])
})

it('HOST-B8: urllib’s six tries with a wrong password are one failure, and the right one is let in behind them', async () => {
  server = await startServer({ XDMS_DIGEST: 'md5,sha-256', XDMS_FAILURES_OF_USER: '2' })
  expect(await urllib(server, 'wrong', `${LISTS}||`)).toEqual(['401'])
  expect(await urllib(server, passwordOf(ALICE), `${LISTS}||`)).toEqual(['404'])
})

it('HOST-B1: Blink’s first sequence: what is served, then its lists, without a media type', async () => {
  server = await startServer({
    XDMS_DIGEST: 'md5,sha-256',
    XDMS_LENIENT_CONTENT_TYPE: 'true',
    XDMS_USAGES_OFF: 'org.openmobilealliance.pres-rules',
  })
  const rules = '/xcap-root/pres-rules/users/sip:alice@example.com/index'
  expect(
    await urllib(
      server,
      passwordOf(ALICE),
      '/xcap-root/xcap-caps/global/index||',
      `${LISTS}||`,
      `${LISTS}||${EMPTY_LISTS}`,
      `${rules}||<ruleset xmlns="urn:ietf:params:xml:ns:common-policy"/>`,
      `${LISTS}||`,
    ),
  ).toEqual(['200', '404', '201', '201', '200'])
})

it('HOST-B1: Jitsi’s first sequence: caps, lists and rules, with a charset for a content coding', async () => {
  server = await startServer()
  const curl = async (...args: string[]): Promise<string> => {
    const login = ['--digest', '-u', `alice:${passwordOf(ALICE)}`]
    return (await run('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', ...login, ...args])).stdout
  }
  const lists = `${server.url}${LISTS}`
  const put = ['-X', 'PUT', '-H', 'Content-Encoding: UTF-8', '-H', `Content-Type: ${LISTS_TYPE}`, '-d', EMPTY_LISTS]
  expect(await curl(`${server.url}/xcap-root/xcap-caps/global/index`)).toBe('200')
  expect(await curl(lists)).toBe('404')
  expect(await curl(...put, lists)).toBe('201')
  expect(await curl(lists)).toBe('200')
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
