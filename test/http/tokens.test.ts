/** Access tokens over the wire: when they end, and how often the keys of their issuer are asked for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { ALICE, IN_THIS_PROCESS, startServer, type Running } from './server.ts'

const ISSUER = 'https://issuer.example.com'
const TRUST = { XDMS_JWT_ISSUER: ISSUER, XDMS_JWT_AUDIENCE: 'xdms' }
const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-tokens-'))
type Keys = Awaited<ReturnType<typeof generateKeyPair>>
let ours: Keys
let issuer: Server
let asked = 0
let server: Running

const keySet = async (): Promise<string> =>
  JSON.stringify({ keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'ES256' }] })

beforeEach(async () => {
  ours = await generateKeyPair('ES256')
  asked = 0
  const text = await keySet()
  issuer = createServer((_, res) => {
    asked += 1
    res.setHeader('content-type', 'application/json').end(text)
  })
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await server.close()
  issuer.closeAllConnections()
  issuer.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

/** @param seconds from now to its end. */
const token = (seconds: number, kid = 'one'): Promise<string> =>
  new SignJWT({
    iss: ISSUER,
    aud: 'xdms',
    sub: ALICE,
    client_id: 'phone',
    exp: Math.floor(Date.now() / 1000) + seconds,
  })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .sign(ours.privateKey)
const bearer = (text: string): { authorization: string } => ({ authorization: `Bearer ${text}` })

it('RFC 6750 §5.2: a stream that was opened with a token ends with it, and no other stream', async () => {
  const file = join(folder, 'jwks.json')
  writeFileSync(file, await keySet())
  server = await startServer({ ...TRUST, XDMS_JWKS: file })
  const brief = await server.stranger.stream('/api/changes', bearer(await token(1)))
  const longer = await server.stranger.stream('/api/changes', bearer(await token(600)))
  const digest = await server.alice.stream('/api/changes')
  // Its end, and the seconds by which the issuer's clock may differ.
  await brief.until(({ over }) => over !== undefined, 30_000)
  expect(brief.over).toBe('clean')
  await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
  await longer.event(0)
  await digest.event(0)
  longer.close()
  digest.close()
})

it('HOST-J1: a flood of tokens with keys that nobody has does not make the issuer be asked again', async () => {
  const { port } = issuer.address() as AddressInfo
  server = await startServer({ ...TRUST, XDMS_JWKS: `http://127.0.0.1:${port}/jwks` })
  const session = async (text: string): Promise<number> =>
    (await server.stranger.get('/api/session', bearer(text))).status
  expect(await session(await token(600))).toBe(200)
  expect(asked).toBe(1)
  for (let n = 0; n < 20; n++) expect(await session(await token(600, `unknown ${n}`))).toBe(401)
  expect(asked).toBe(1)
  expect(await session(await token(600))).toBe(200)
})

it('HOST-J1: tokens that come together before the keys are there ask the issuer once', async () => {
  const { port } = issuer.address() as AddressInfo
  // Each of several workers asks once.
  server = await startServer({ ...TRUST, XDMS_JWKS: `http://127.0.0.1:${port}/jwks` }, IN_THIS_PROCESS)
  const texts = await Promise.all(Array.from({ length: 10 }, (_, n) => token(600, n === 0 ? 'one' : `unknown ${n}`)))
  const statuses = await Promise.all(
    texts.map(async (text) => (await server.stranger.get('/api/session', bearer(text))).status),
  )
  expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 401)])
  expect(asked).toBe(1)
})
