/** Clients that speak a dialect, each understood by a setting; without it they are held to the standard. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, startServer, type Running } from './server.ts'

const LISTS = 'application/resource-lists+xml'
const FORM = 'application/x-www-form-urlencoded'
const DOCUMENT =
  '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="a &amp; b"/></resource-lists>'
const LIST = `/xcap-root/resource-lists/users/${ALICE}/index`
const NAME = `${LIST}/~~/resource-lists/list/@name`

describe('old clients', () => {
  let strict: Running
  let lenient: Running
  beforeAll(async () => {
    strict = await startServer({ XDMS_LENIENT_ETAGS: 'false' })
    lenient = await startServer({ XDMS_LENIENT_CONTENT_TYPE: 'true', XDMS_ATTRIBUTE_QUOTES: 'false' })
    for (const { alice } of [strict, lenient]) expect((await alice.putXml(LIST, LISTS, DOCUMENT)).status).toBe(201)
  })
  afterAll(() => Promise.all([strict.close(), lenient.close()]))

  it.each([
    ['a form, as Blink sends it', FORM],
    ['nothing', undefined],
  ])(
    'RFC 4825 §8.2.2: a document that comes as %s is taken where XDMS_LENIENT_CONTENT_TYPE says so',
    async (_name, type) => {
      const headers = type === undefined ? {} : { 'content-type': type }
      const put = ({ alice }: Running, target: string, body: string) => alice.ask('PUT', target, { body, headers })
      expect((await put(strict, LIST, DOCUMENT)).status).toBe(415)
      expect((await put(lenient, LIST, DOCUMENT)).status).toBe(200)
      const read = await lenient.alice.get(LIST)
      expect([read.headers['content-type'], read.text]).toEqual([LISTS, DOCUMENT])
      expect((await put(lenient, NAME, 'c')).status).toBe(415)
      expect((await lenient.alice.putXml(LIST, 'application/xml', DOCUMENT)).status).toBe(415)
    },
  )

  it('RFC 4825 §8.3: an attribute’s value comes in quotes, or without where XDMS_ATTRIBUTE_QUOTES says so (XCAP-G3)', async () => {
    expect((await strict.alice.get(NAME)).text).toBe('"a &amp; b"')
    expect((await lenient.alice.get(NAME)).text).toBe('a &amp; b')
  })

  it('RFC 4825 §8.2.2: an attribute’s value is taken in quotes and without (XCAP-P4)', async () => {
    for (const { alice } of [strict, lenient]) {
      for (const body of ['"x &amp; y"', "'x &amp; y'", 'x &amp; y']) {
        expect((await alice.putXml(NAME, 'application/xcap-att+xml', body)).status).toBe(200)
        expect((await alice.get(LIST)).text).toContain(`name=${body.startsWith('x') ? `"${body}"` : body}`)
      }
      await alice.putXml(LIST, LISTS, DOCUMENT)
    }
  })

  it('RFC 9110 §8.8.3: a tag without its quotes, or with two pairs of them, is understood unless XDMS_LENIENT_ETAGS says no (XCAP-E3)', async () => {
    for (const [server, status] of [
      [strict, 400],
      [lenient, 304],
    ] as const) {
      const etag = (await server.alice.get(LIST)).headers.etag ?? ''
      for (const tag of [etag.slice(1, -1), `"${etag}"`])
        expect((await server.alice.get(LIST, { 'if-none-match': tag })).status).toBe(status)
      expect((await server.alice.get(LIST, { 'if-none-match': etag })).status).toBe(304)
    }
  })

  it('api §REST: the documents as JSON heed XDMS_LENIENT_ETAGS, too', async () => {
    const disturb = '/api/users/sip:alice@example.com/do-not-disturb'
    for (const [server, status] of [
      [strict, 400],
      [lenient, 200],
    ] as const) {
      const etag = (await server.alice.put(disturb, { on: true })).headers.etag ?? ''
      expect((await server.alice.put(disturb, { on: false }, { 'if-match': etag.slice(1, -1) })).status).toBe(status)
    }
  })
})
