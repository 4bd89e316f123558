/** Over the wire: a plain node server with this room as its door, curl and the client of the tests before it. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAddressOf } from '../../src/access/client-address.ts'
import { createOriginOf } from '../../src/access/origin.ts'
import { createMemoryStore } from '../store/memory.ts'
import { createTrust } from '../../src/access/asserted.ts'
import { createAuthentication } from '../../src/access/authenticate.ts'
import { createRealms } from '../../src/access/realms.ts'
import { authenticationSettings, readSettings } from '../../src/config.ts'
import { systemClock, systemRandomness } from '../../src/clock.ts'
import { Refused, STATUS } from '../../src/refusal.ts'
import { DigestClient } from './digest-client.ts'
import { account, ALICE } from './fixture.ts'

const run = promisify(execFile)
const alice = account(ALICE, 's3cret')
/** Which challenges go out: curl takes the best one. */
const offered = { algorithm: /./ }
let server: Server
let origin: string

function refuse(res: ServerResponse, error: unknown): void {
  if (!(error instanceof Refused)) throw error
  const { refusal } = error
  if (refusal.kind === 'unauthenticated')
    res.setHeader(
      'www-authenticate',
      refusal.challenges.filter((one) => offered.algorithm.test(one)),
    )
  res.writeHead(STATUS[refusal.kind].status).end(refusal.kind)
}

beforeAll(async () => {
  const { authenticate } = createAuthentication({
    accounts: {
      find: async () => alice,
      async byUserName(userName) {
        const credential = alice.credentials.find((one) => one.userName === userName)
        return credential && { account: alice, credential }
      },
    },
    homes: createMemoryStore({ clock: systemClock }).homes,
    addressOf: createAddressOf([]),
    originOf: createOriginOf([]),
    trust: createTrust([]),
    sessionKey: new Uint8Array(32),
    clock: systemClock,
    random: systemRandomness,
    realms: createRealms('example.com'),
    unlocked: async () => [],
    settings: authenticationSettings(readSettings({})),
  })
  server = createServer((req, res) => {
    req.resume().on('end', () => {
      authenticate(req).then(
        ({ principal, answerHeaders }) => res.writeHead(200, answerHeaders).end(`${principal.xui} ${req.url}`),
        (error: unknown) => refuse(res, error),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const curl = async (...options: string[]) =>
  (await run('curl', ['-s', '-g', '--digest', '-w', ' %{http_code}', ...options])).stdout

it.each([
  ['SHA-256', /algorithm=SHA-256/],
  ['MD5', /algorithm=MD5/],
  ['both', /./],
])('RFC 7616 §3.4: curl --digest logs in, %s being offered', async (_, algorithm) => {
  offered.algorithm = algorithm
  expect(await curl('-u', 'alice:s3cret', `${origin}/a`)).toBe('sip:alice@example.com /a 200')
  expect(await curl('-u', 'alice@example.com:s3cret', '-T', 'package.json', `${origin}/a?b=c`)).toBe(
    'sip:alice@example.com /a?b=c 200',
  )
  expect(await curl('-u', 'alice:wrong', `${origin}/a`)).toBe('unauthenticated 401')
  offered.algorithm = /./
})

it('RFC 7616 §3.4.6: curl asks for a node, with the quotes as they are, and encoded', async () => {
  const node =
    '/xcap-root/resource-lists/users/sip:alice@example.com/index/~~/resource-lists/list[@name="friends"]/entry[1]'
  expect(await curl('-u', 'alice:s3cret', `${origin}${node}`)).toBe(`sip:alice@example.com ${node} 200`)
  const encoded = '/xcap-root/a/users/sip%3Aalice%40example.com/index/~~/a/b%5B@name=%22friends%22%5D?xmlns(p=urn:x)'
  expect(await curl('-u', 'alice:s3cret', `${origin}${encoded}`)).toBe(`sip:alice@example.com ${encoded} 200`)
})

it('RFC 7616 §3.4: curl sends two requests on one nonce', async () => {
  expect(await curl('-u', 'alice:s3cret', `${origin}/a`, `${origin}/b`)).toBe(
    'sip:alice@example.com /a 200sip:alice@example.com /b 200',
  )
})

it('RFC 7616 §3.5: the client of the tests logs in, goes on with its nonce, and sees that the server knows the password', async () => {
  const client = new DigestClient({ user: 'sip:alice@example.com', password: 's3cret' })
  for (const target of ['/a', '/b', '/c[@x="1"]']) {
    const answer = await client.send(origin, 'PUT', target, { body: 'x' })
    expect([answer.status, answer.body.toString()]).toEqual([200, `sip:alice@example.com ${target}`])
    expect(client.proves(answer.headers)).toBe(true)
  }
  expect(client.authorization('GET', '/a')).toContain('nc=00000004')
})

it('HOST-P1: headers by hostile names change nothing', async () => {
  const before = Object.getOwnPropertyNames(Object.prototype).length
  expect(await curl('-u', '__proto__:x', '-H', '__proto__: x', '-H', 'constructor: y', `${origin}/__proto__`)).toBe(
    'unauthenticated 401',
  )
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before)
})
