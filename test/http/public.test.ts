import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkAgainstOpenapi } from './openapi.ts'
import { ALICE, startServer, type Running } from './server.ts'

describe('what anybody may ask', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it.each([
    ['/api/users', 'GET, HEAD, POST, OPTIONS'],
    [`/api/users/${ALICE}`, 'GET, HEAD, PUT, DELETE, OPTIONS'],
    [`/api/users/${ALICE}/preferences`, 'GET, HEAD, OPTIONS'],
    [`/api/users/${ALICE}/registrations/urn%3Ax`, 'PUT, DELETE, OPTIONS'],
    ['/api/messages', 'POST, GET, HEAD, OPTIONS'],
    ['/xcap-root/resource-lists/users/x/index', 'GET, HEAD, PUT, DELETE, OPTIONS'],
    ['/xcap-root/xcap-caps/global/index', 'GET, HEAD, OPTIONS'],
  ])('RFC 9110 §9.3.7: OPTIONS of %s allows %s', async (path, allow) => {
    await supertest(server.url).options(path).expect(204).expect('allow', allow).expect('')
  })

  it('RFC 7616 §3.3: everything else is 401 with a challenge for SHA-256 and one for MD5, the same for what is not there', async () => {
    const bodies = new Set<string>()
    for (const path of [
      `/api/users/${ALICE}`,
      '/api/users/sip:nobody@example.com',
      `/xcap-root/resource-lists/users/${ALICE}/index`,
      '/xcap-root/resource-lists/users/no/index',
    ]) {
      const { headers, text, type, body } = await supertest(server.url).get(path).expect(401)
      checkAgainstOpenapi('GET', path, 401, type, body)
      expect(type).toBe('application/problem+json')
      expect(headers['www-authenticate']).toMatch(/^Digest .*algorithm=SHA-256.*, Digest .*algorithm=MD5/)
      bodies.add(text.replace(headers['x-request-id'] ?? '', ''))
    }
    expect(bodies.size).toBe(1)
  })

  it('api §REST: /api says without a password what there is, with which methods, and where it is described', async () => {
    const { body, type } = await supertest(server.url).get('/api').expect(200)
    checkAgainstOpenapi('GET', '/api', 200, type, body)
    const contents = body as { readonly resources: readonly { readonly path: string; readonly methods: string[] }[] }
    expect(contents).toMatchObject({ docs: '/docs', openapi: '/openapi.yaml', xcapRoot: '/xcap-root' })
    expect(contents.resources).toContainEqual({ path: '/api/users', methods: ['GET', 'HEAD', 'POST', 'OPTIONS'] })
    expect(contents.resources).toContainEqual({ path: '/api/messages/{id}/release', methods: ['POST', 'OPTIONS'] })
    await supertest(server.url).post('/api').expect(405).expect('allow', 'GET, HEAD, OPTIONS')
  })

  it('api §REST: /api lists only what this server has, and is found with its root as XCAP root', async () => {
    const alone = await startServer({ XDMS_PARTICIPATING: 'false', XDMS_XCAP_ROOT: '/' })
    const { text } = await supertest(alone.url).get('/api').expect(200)
    expect(text).toContain('"/api/users/{xui}/do-not-disturb"')
    expect(text).not.toContain('/api/messages')
    await alone.close()
  })

  it('RFC 9457 §3: what is not there is a problem in JSON', async () => {
    const { body, headers } = await supertest(server.url)
      .get('/nothing')
      .expect(404)
      .expect('content-type', 'application/problem+json')
      .expect('cache-control', 'no-store')
    checkAgainstOpenapi('GET', '/nothing', 404, 'application/problem+json', body)
    expect(body).toEqual({
      type: 'urn:cpm-xdms:problem:not-found',
      title: 'There is no such resource',
      status: 404,
      detail: 'There is nothing here.',
      requestId: headers['x-request-id'],
    })
  })
})
