/** The listener of the provider's own servers, and peers that are listed. */
import { afterEach, expect, it } from 'vitest'
import { Client } from './client.ts'
import { openRaw, sendRaw, statusOf } from './raw.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const ALICES = `/api/users/${ALICE}/do-not-disturb`
const XCAP = `/xcap-root/resource-lists/users/${ALICE}/index`
const LISTS = '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>'
const asserted = (xui: string): Record<string, string> => ({ 'X-3GPP-Asserted-Identity': `"${xui}"` })

let server: Running | undefined
afterEach(() => server?.close())

it('X5: on the trusted listener an asserted identity says who asks, over XCAP and REST, and on no other', async () => {
  server = await startServer({ XDMS_TRUSTED_PORT: '0' })
  const trusted = new Client(server.trustedUrl ?? '', undefined)
  expect(server.trustedUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect((await trusted.put(ALICES, { on: true }, asserted(ALICE))).status).toBe(201)
  expect((await trusted.putXml(XCAP, 'application/resource-lists+xml', LISTS, asserted(ALICE))).status).toBe(201)
  expect((await trusted.get(ALICES, asserted(BOB))).status).toBe(403)
  expect((await trusted.get(ALICES, asserted('sip:pf@example.com'))).status).toBe(200)
  expect((await trusted.get(ALICES)).status).toBe(401)
  expect(
    statusOf(await sendRaw(server.trustedUrl ?? '', 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')),
  ).toBe(404)
  for (const target of [ALICES, XCAP]) expect((await server.stranger.get(target, asserted(ALICE))).status).toBe(403)
  expect((await server.alice.get(ALICES, asserted(ALICE))).status).toBe(403)
  expect((await server.alice.get(ALICES)).status).toBe(200)
  expect(server.log.filter(({ msg, status }) => msg === 'audit' && status === 403)).toHaveLength(4)
})

it('X5: a peer that is listed is believed on the other listener, by its own address', async () => {
  server = await startServer({ XDMS_TRUSTED_PEERS: '127.0.0.1' })
  expect(server.trustedUrl).toBe(undefined)
  expect((await server.stranger.get(ALICES, asserted(ALICE))).status).toBe(404)
  await server.close()
  server = await startServer({ XDMS_TRUSTED_PEERS: '192.0.2.1', XDMS_TRUSTED_PROXIES: '127.0.0.1' })
  const spoofed = { ...asserted(ALICE), 'X-Forwarded-For': '192.0.2.1' }
  expect((await server.stranger.get(ALICES, spoofed)).status).toBe(403)
})

it('HOST-ID4: a field in another spelling, or behind the body, asserts nothing', async () => {
  server = await startServer({ XDMS_TRUSTED_PORT: '0' })
  const at = server.trustedUrl ?? ''
  const get = `GET ${ALICES} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`
  const identity = `"${ALICE}"`
  const status = async (bytes: string): Promise<number> => statusOf(await sendRaw(at, bytes))
  expect(await status(`${get}X-3GPP-Asserted-Identity: ${identity}\r\n\r\n`)).toBe(404)
  expect(await status(`${get}X_3GPP_Asserted_Identity: ${identity}\r\n\r\n`)).toBe(401)
  for (const field of [
    `X-3GPP-Asserted-Identity : ${identity}`,
    `X-3GPP-Asserted-Identity:\r\n ${identity}`,
    `X-Other: a\rX-3GPP-Asserted-Identity: ${identity}`,
  ])
    expect(await status(`${get}${field}\r\n\r\n`)).toBe(400)
  const trailer = `Transfer-Encoding: chunked\r\n\r\n0\r\nX-3GPP-Asserted-Identity: ${identity}\r\n\r\n`
  expect(await status(`${get}${trailer}`)).toBe(401)
  const listed = get.replace('close', 'close, x-3gpp-asserted-identity')
  expect(await status(`${listed}X-3GPP-Asserted-Identity: ${identity}\r\n\r\n`)).toBe(400)
})

it('X5: both listeners end together', async () => {
  server = await startServer({ XDMS_TRUSTED_PORT: '0' })
  const url = server.trustedUrl ?? ''
  const raw = await openRaw(url)
  await server.close()
  await raw.closed
  await expect(openRaw(url)).rejects.toThrow('ECONNREFUSED')
})
