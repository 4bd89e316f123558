import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { restRoutes } from '../../src/http/rest.ts'
import type { HttpContext } from '../../src/http/route.ts'
import { checkAgainstOpenapi, checkEventAgainstOpenapi, isForAnybody, operations, schemes } from './openapi.ts'
import { fixture } from '../access/fixture.ts'
import { startServer, type Running } from './server.ts'

const VALUES: Readonly<Record<string, string>> = {
  xui: 'sip:alice@example.com',
  id: 'work',
  device: 'urn%3Auuid%3Aa',
  message: 'm',
  auid: 'resource-lists',
  selector: 'index',
}

describe('openapi.yaml', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it.each(operations)('RFC 9110 §9: $method $path of the file is served', async ({ method, path }) => {
    const target = path.replace(/\{(\w+)\}/g, (_, name: string) => VALUES[name] ?? 'x')
    const { status } = await server.stranger.ask(method, target)
    // A login without a body is none.
    if (isForAnybody(method, path)) expect(status).toBe(method === 'POST' ? 415 : 200)
    else expect(status).toBe(401)
  })

  it('RFC 9110 §9: every route that is served is in the file', () => {
    const described = operations
      .filter(({ path }) => path.startsWith('/api'))
      .map(({ method, path }) => `${method} ${path}`)
    const served = restRoutes({ rooms: {}, settings: { serves: 'all' } } as HttpContext).map(
      ({ method, path }) => `${method} ${path}`,
    )
    expect(served.sort()).toEqual(described.sort())
  })

  it('RFC 9110 §11: the ways to say who asks that the file names are those that there are', () => {
    const bearer = { jwks: 'x', issuer: 'x', audience: 'x', xuiClaim: 'sub', roleClaim: undefined, strict: true }
    const served = [...fixture([], { bearer, certificates: true, basic: true }).schemes].sort()
    expect([[...schemes.described].sort(), [...schemes.taken].sort()]).toEqual([served, served])
  })

  it('RFC 9457 §3: an answer that is not as the file says is found out', () => {
    const problem = { type: 'urn:cpm-xdms:problem:not-found', title: 'a', status: 404, detail: 'b' }
    const check = (method: string, target: string, status: number, json: unknown) => () =>
      checkAgainstOpenapi(method, target, status, 'application/problem+json', json)
    expect(check('GET', '/api/messages/x', 404, problem)).not.toThrow()
    expect(check('GET', '/api/messages/x', 404, { ...problem, stack: 'x' })).toThrow(
      'must NOT have additional properties',
    )
    expect(check('GET', '/api/messages/x', 418, problem)).toThrow('is not in openapi.yaml')
    expect(check('GET', '/api/nothing', 200, problem)).toThrow('is not in openapi.yaml')
    expect(() => checkEventAgainstOpenapi('/api/changes', 'resync', {})).toThrow("must have required property 'from'")
    expect(() => checkEventAgainstOpenapi('/api/changes', 'other', {})).toThrow('is not in openapi.yaml')
  })
})
