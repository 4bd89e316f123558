import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Running } from './server.ts'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

describe('the files of the page', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer()))
  afterAll(() => server.close())

  it('api §Page: /ui leads to /ui/, also behind a proxy that puts something before it', async () => {
    const { headers } = await supertest(server.url).get('/ui').expect(308)
    expect(headers['location']).toBe('ui/')
  })

  it('api §Page: no script but ours, nothing of another host, nothing that another page may show in itself', async () => {
    const { text, headers } = await supertest(server.url).get('/ui/').expect(200)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    })
    expect(text).not.toMatch(/https?:|\/\/[a-z]|<style|\sstyle=|\son\w+=/)
  })

  it('api §Page: what is named after its content is kept for good, what names it is asked for anew', async () => {
    const page = await supertest(server.url).get('/ui/')
    const [script = ''] = /(?<=<script type="module" src=")[^"]+/.exec(page.text) ?? []
    const main = await supertest(server.url).get(`/ui/${script}`).expect(200)
    expect(main.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(main.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    const etag = String(page.headers['etag'])
    await supertest(server.url).get('/ui/').set('if-none-match', etag).expect(304)
  })

  it('RFC 9110 §13.1.2: what a proxy made weak, or put among others, is still what is there', async () => {
    const etag = String((await supertest(server.url).get('/ui/')).headers['etag'])
    for (const tags of [`W/${etag}`, `"another", ${etag}`, '*'])
      await supertest(server.url).get('/ui/').set('if-none-match', tags).expect(304)
    await supertest(server.url).get('/ui/').set('if-none-match', 'W/"another"').expect(200)
  })

  it('RFC 9110 §12.5.3: compressed as the browser takes it, and not where it takes none', async () => {
    const coding = async (accepted: string): Promise<unknown> =>
      (await supertest(server.url).get('/ui/').set('accept-encoding', accepted)).headers['content-encoding']
    expect(await coding('gzip, deflate, br')).toBe('br')
    expect(await coding('gzip')).toBe('gzip')
    expect(await coding('br;q=0, gzip;q=0.0')).toBe(undefined)
    expect(await coding('identity')).toBe(undefined)
  })

  it('HOST-R1: nothing but what was built can be asked for', async () => {
    for (const path of ['/ui/../main.js', '/ui/%2e%2e/main.js', '/ui/index.html.br', '/ui/x', '/ui/x/', '/uix'])
      expect((await server.stranger.get(path)).status, path).toBeGreaterThanOrEqual(400)
    await supertest(server.url).post('/ui/').expect(405)
  })
})
