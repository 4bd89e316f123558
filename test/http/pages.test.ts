import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STATUS } from '../../src/refusal.ts'
import { startServer, type Running } from './server.ts'

describe('what a browser sees', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it.each([
    ['/', 'text/html; charset=utf-8', 'href="docs/problems"'],
    ['/', 'text/html; charset=utf-8', 'href="ui/"'],
    ['/docs', 'text/html; charset=utf-8', 'src="docs/swagger-ui-bundle.js"'],
    ['/docs/problems', 'text/html; charset=utf-8', 'id="unknown-user"'],
    ['/openapi.yaml', 'application/yaml', 'openapi: 3.1.0'],
    ['/docs/swagger-ui-bundle.js', 'text/javascript', 'SwaggerUIBundle'],
    ['/docs/swagger-ui.css', 'text/css', '.swagger-ui'],
    ['/docs/start.js', 'text/javascript', "url: 'openapi.yaml'"],
    ['/docs/pages.css', 'text/css', 'table'],
  ])('api §Operation: GET %s is %s', async (path, type, part) => {
    const { text, body, headers } = await supertest(server.url).get(path).expect(200)
    expect(headers['content-type']).toBe(type)
    expect(headers['x-content-type-options']).toBe('nosniff')
    const shown = typeof text === 'string' ? text : (body as Buffer).toString()
    expect(shown).toContain(part)
  })

  it('api §Operation: pages take nothing of another host, and no script that stands in them', async () => {
    for (const path of ['/', '/docs', '/docs/problems']) {
      const { text, headers } = await supertest(server.url).get(path)
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self';")
      expect(text).not.toMatch(/https?:|\/\/[a-z]/)
      expect(text).not.toMatch(/<script(?! src="docs\/)|\son\w+=|<style/)
    }
  })

  it('RFC 9457 §3.1.1: the page of problems has every type, and what to do', async () => {
    const { text } = await supertest(server.url).get('/docs/problems')
    for (const [kind, { status, title }] of Object.entries(STATUS)) {
      expect(text).toContain(`<tr id="${kind}"><td>${status}</td><td><code>urn:cpm-xdms:problem:${kind}</code></td>`)
      expect(text).toContain(title)
    }
  })

  it('HOST-R1: where the world reaches the public listener, the pages are on the other one', async () => {
    const apart = await startServer({ XDMS_ADMIN_PORT: '0' })
    for (const path of ['/', '/docs', '/docs/problems', '/openapi.yaml', '/docs/start.js']) {
      await supertest(apart.url).get(path).expect(404)
      await supertest(apart.adminUrl).get(path).expect(200)
    }
    await apart.close()
  })
})
