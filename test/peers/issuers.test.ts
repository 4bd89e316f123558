/** Access tokens of issuers that nobody here wrote: oidc-provider of npm, and Authlib of Python. */
import { createServer, type Server } from 'node:http'
import { mkdtemp } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'
import { afterEach, describe, expect, it } from 'vitest'
import { ALICE, startServer, type Running } from '../http/server.ts'
import { startChild, type ChildServer } from '../servers/child.ts'
import { PYTHON, withPeer } from './needs.ts'

const AUDIENCE = 'urn:cpm-xdms'
const PREFERENCES = `/api/users/${ALICE}/preferences`
const PF_SECRET = 'a secret of the participating function'

let server: Running | undefined
let issuer: Server | undefined
let child: ChildServer | undefined
afterEach(async () => {
  await server?.close()
  issuer?.closeAllConnections()
  issuer?.close()
  await child?.end()
  server = issuer = child = undefined
})

async function tokenFrom(
  endpoint: string,
  client: string,
  secret: string,
  form: Record<string, string>,
): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${client}:${encodeURIComponent(secret)}`).toString('base64')}`
  const answer = await fetch(endpoint, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) })
  const said = (await answer.json()) as { readonly access_token?: string }
  if (said.access_token === undefined) throw new Error(`no token: ${JSON.stringify(said)}`)
  return said.access_token
}

/** The status with this token, and what is said of it. */
async function asked(on: Running, token: string, target = PREFERENCES): Promise<string> {
  const { status, headers } = await on.stranger.get(target, { authorization: `Bearer ${token}` })
  const invalid = String(headers['www-authenticate'] ?? '').includes('error="invalid_token"')
  return invalid ? `${status} invalid_token` : String(status)
}

/** The same token, with one character of its signature changed. */
const forged = (token: string): string => `${token.slice(0, -10)}${token.at(-10) === 'A' ? 'B' : 'A'}${token.slice(-9)}`

describe('with oidc-provider', () => {
  async function started(): Promise<{ readonly url: string; readonly jwks: string; readonly token: string }> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const key = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'one' }
    issuer = createServer()
    await new Promise<void>((resolve) => issuer?.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`
    const provider = new Provider(url, {
      clients: [
        {
          client_id: 'pf',
          client_secret: PF_SECRET,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
          id_token_signed_response_alg: 'ES256',
        },
      ],
      scopes: ['xdms'],
      jwks: { keys: [key] },
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => AUDIENCE,
          useGrantedResource: () => true,
          getResourceServerInfo: (_: unknown, resource: string) => ({
            scope: 'xdms',
            audience: resource,
            // What is not for us is opaque.
            accessTokenFormat: resource === 'urn:opaque' ? 'opaque' : 'jwt',
            accessTokenTTL: 60,
            jwt: { sign: { alg: 'ES256' } },
          }),
        },
      },
    })
    issuer.on('request', provider.callback())
    const metadata = (await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as Record<string, string>
    return { url, jwks: metadata['jwks_uri'] ?? '', token: metadata['token_endpoint'] ?? '' }
  }

  it('RFC 9068 §4: its token for us is taken, also while it is down, and no other token of it', async () => {
    const at = await started()
    server = await startServer({ XDMS_JWKS: at.jwks, XDMS_JWT_ISSUER: at.url, XDMS_JWT_AUDIENCE: AUDIENCE })
    const granted = (resource: string): Promise<string> =>
      tokenFrom(at.token, 'pf', PF_SECRET, { grant_type: 'client_credentials', scope: 'xdms', resource })
    const [ours, others, opaque] = [await granted(AUDIENCE), await granted('urn:other'), await granted('urn:opaque')]
    expect(await asked(server, ours)).toBe('200')
    expect(await asked(server, others)).toBe('401 invalid_token')
    expect(await asked(server, opaque)).toBe('401 invalid_token')
    expect(await asked(server, forged(ours))).toBe('401 invalid_token')
    issuer?.closeAllConnections()
    await new Promise((resolve) => issuer?.close(resolve))
    expect(await asked(server, ours)).toBe('200')
  })

  it('RFC 9068 §4: while its keys cannot be had, nobody is called wrong', async () => {
    const at = await started()
    const ours = await tokenFrom(at.token, 'pf', PF_SECRET, {
      grant_type: 'client_credentials',
      scope: 'xdms',
      resource: AUDIENCE,
    })
    issuer?.closeAllConnections()
    await new Promise((resolve) => issuer?.close(resolve))
    server = await startServer({ XDMS_JWKS: at.jwks, XDMS_JWT_ISSUER: at.url, XDMS_JWT_AUDIENCE: AUDIENCE })
    expect(await asked(server, ours)).toBe('503')
  })
})

withPeer('Authlib in Python', [PYTHON], () => {
  async function started(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'xdms-issuer-'))
    const command = join(import.meta.dirname, 'authlib-issuer.py')
    child = await startChild({ command: PYTHON, args: [command], folder, log: join(folder, 'log') })
    const port = await child.line()
    if (port === undefined) throw new Error(`the issuer ended: ${await child.complaint()}`)
    return `http://127.0.0.1:${port}`
  }
  const settings = (url: string): Record<string, string> => ({
    XDMS_JWKS: `${url}/jwks`,
    XDMS_JWT_ISSUER: url,
    XDMS_JWT_AUDIENCE: AUDIENCE,
  })
  const ofAlice = (url: string, more: Record<string, string> = {}): Promise<string> =>
    tokenFrom(`${url}/token`, 'phone', 'phone-secret', {
      grant_type: 'password',
      username: 'alice',
      password: 'alice-secret',
      ...more,
    })

  it('RFC 9068 §2.2: whom its token is about asks, a user or a client, each with his own rights', async () => {
    const url = await started()
    server = await startServer(settings(url))
    const alices = await ofAlice(url)
    expect(await asked(server, alices)).toBe('200')
    expect(await asked(server, alices, '/api/users/sip:bob@example.com/preferences')).toBe('403')
    const pfs = await tokenFrom(`${url}/token`, 'pf', 'pf-secret', { grant_type: 'client_credentials' })
    expect(await asked(server, pfs, '/api/users/sip:bob@example.com/preferences')).toBe('200')
    const nobodys = await tokenFrom(`${url}/token`, 'phone', 'phone-secret', { grant_type: 'client_credentials' })
    expect(await asked(server, nobodys)).toBe('401 invalid_token')
    expect(await asked(server, await ofAlice(url, { audience: 'urn:other' }))).toBe('401 invalid_token')
    expect(await asked(server, forged(alices))).toBe('401 invalid_token')
  })

  it('RFC 9068 §2.1: a token such as Keycloak writes is taken where that is switched on, by the claim that names the user', async () => {
    const url = await started()
    await fetch(`${url}/shape`, { method: 'POST', body: new URLSearchParams({ rfc9068: 'false' }) })
    const token = await ofAlice(url)
    server = await startServer({ ...settings(url), XDMS_JWT_XUI: 'preferred_username' })
    expect(await asked(server, token)).toBe('401 invalid_token')
    await server.close()
    server = await startServer({ ...settings(url), XDMS_JWT_STRICT: 'false', XDMS_JWT_XUI: 'preferred_username' })
    expect(await asked(server, token)).toBe('200')
  })

  it('RFC 7517 §4.5: a key that was made before the first look is found by its name', async () => {
    const url = await started()
    const before = await ofAlice(url)
    await fetch(`${url}/renew`, { method: 'POST' })
    server = await startServer(settings(url))
    expect([await asked(server, before), await asked(server, await ofAlice(url))]).toEqual(['200', '200'])
  })
})
