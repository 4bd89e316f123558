import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canonical } from '../feed/canonical.ts'
import { applyXcapDiff } from '../feed/patch-applier.ts'
import type { EventReader } from './event-reader.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const LISTS = `resource-lists/users/${ALICE}/index`
const ROOT = '/xcap-root/'
const TYPE = { 'content-type': 'application/resource-lists+xml' }
const lists = (entries: string): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">\n <list name="friends">${entries}\n ` +
  `</list>\n</resource-lists>`
const entry = (name: string): string => `\n  <entry uri="sip:${name}@example.com"/>`
const watching = (...parameters: readonly (readonly [string, string])[]): string =>
  `/api/changes?${new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString()}`
const kinds = ({ events }: EventReader): unknown[] => events.map(({ data }) => [data.kind, data.document])

describe('what is watched', () => {
  let server: Running
  beforeEach(async () => void (server = await startServer({ XDMS_QUIET_MS: '100' })))
  afterEach(() => server.close())

  const put = (document: string, body: string) =>
    server.alice.ask('PUT', ROOT + document, { headers: TYPE, body }).then(({ headers }) => headers.etag?.slice(1, -1))

  it('RFC 5875 §4.4: what is there comes first, then its changes, and nothing that was not named', async () => {
    const etag = await put(LISTS, lists(entry('bob')))
    await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
    const watch = await server.alice.stream(watching(['what', 'resource-lists'], ['what', 'state']))
    await watch.until(({ events }) => events.length >= 2)
    expect(watch.events.map(({ event, data }) => [event, data.kind ?? data.doNotDisturb, data.newEtag])).toEqual([
      ['change', 'present', etag],
      ['state', true, undefined],
    ])
    await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: false })
    // What follows from a document is a commit of its own: only then is the next change behind it on every store. That
    // do-not-disturb was on may have been committed behind the answer that the watch began with, and is told again.
    await watch.until(({ events }) => events.some(({ data }) => data.doNotDisturb === false))
    const later = await put(LISTS, lists(entry('carol')))
    await watch.until(({ events }) => events.slice(2).some(({ event }) => event === 'change'))
    const news = watch.events.slice(2).filter(({ data }) => data.doNotDisturb !== true)
    expect(news.map(({ event, data }) => [event, data.doNotDisturb ?? data.previousEtag])).toEqual([
      ['state', false],
      ['change', etag],
    ])
    expect(watch.events.at(-1)?.data.newEtag).toBe(later)
    watch.close()
  })

  it('RFC 5875 §4.2: what does not exist yet is pending, and what may not be read is left out without a word', async () => {
    const watch = await server.alice.stream(
      watching(
        ['what', LISTS],
        ['what', `resource-lists/users/${BOB}/index`],
        ['what', `resource-lists/users/${BOB}/`],
      ),
    )
    await server.bob.ask('PUT', `${ROOT}resource-lists/users/${BOB}/index`, { headers: TYPE, body: lists('') })
    await put(LISTS, lists(''))
    await server.alice.ask('DELETE', ROOT + LISTS)
    await watch.until(({ events }) => events.length >= 2)
    expect(kinds(watch)).toEqual([
      ['created', LISTS],
      ['deleted', LISTS],
    ])
    watch.close()
  })

  it('RFC 5874 §4, X5: patches turn what a subscriber had into what GET returns', async () => {
    let text = lists(entry('bob'))
    await put(LISTS, text)
    const watch = await server.alice.stream(watching(['what', LISTS], ['form', 'xcap-diff']))
    expect((await watch.event(0)).data.xcapDiff).toContain(`sel="${LISTS}" new-etag=`)
    const texts = [lists(entry('bob') + entry('carol')), lists(entry('carol')), lists('\n  <!-- nobody -->')]
    for (const [index, now] of texts.entries()) {
      const etag = await put(LISTS, now)
      const { event, data } = await watch.event(index + 1)
      expect(event).toBe('xcap-diff')
      expect(data.xcapDiff).toContain(`new-etag="${etag}"`)
      text = applyXcapDiff(text, data.xcapDiff as string).text
      expect(canonical(text)).toBe(canonical((await server.alice.get(ROOT + LISTS)).text))
    }
    await put(LISTS, lists('\n  <!-- nobody -->').replace('name="friends"', "name = 'friends'"))
    expect((await watch.event(4)).data.xcapDiff).toContain('<d:body-not-changed/></d:document>')
    watch.close()
  })

  it('RFC 5874 §3: the XCAP root is the one by which the watcher has come; what stands before us may be TLS', async () => {
    await put(LISTS, lists(''))
    const rootTold = async (headers: Record<string, string>): Promise<string | undefined> => {
      const watch = await server.alice.stream(watching(['what', LISTS], ['form', 'xcap-diff']), headers)
      const [, root] = /xcap-root="([^"]*)"/.exec((await watch.event(0)).data.xcapDiff as string) ?? []
      watch.close()
      return root
    }
    const behindTls = { host: 'xdms.example.com', 'x-forwarded-proto': 'https' }
    // Not every peer may say so.
    expect(await rootTold(behindTls)).toBe('http://xdms.example.com/xcap-root/')
    await server.close()
    server = await startServer({ XDMS_QUIET_MS: '100', XDMS_TRUSTED_PROXIES: '127.0.0.1' })
    await put(LISTS, lists(''))
    expect(await rootTold(behindTls)).toBe('https://xdms.example.com/xcap-root/')
    expect(await rootTold({ host: 'xdms.example.com:8080' })).toBe('http://xdms.example.com:8080/xcap-root/')
  })

  it('X19: the same as JSON: patches, texts, or ETags alone', async () => {
    await put(LISTS, lists(''))
    const patches = await server.alice.stream(watching(['what', LISTS], ['diff', 'patches']))
    const documents = await server.alice.stream(watching(['diff', 'documents']))
    const now = lists(entry('bob'))
    await put(LISTS, now)
    expect((await patches.event(1)).data.patches).toEqual([
      {
        op: 'add',
        sel: '/*/*[1]',
        pos: 'prepend',
        content: '\n  <entry xmlns="urn:ietf:params:xml:ns:resource-lists" uri="sip:bob@example.com"/>',
      },
    ])
    expect((await documents.event(0)).data.text).toBe(now)
    patches.close()
    documents.close()
  })

  it('RFC 5874 §3: with ETags alone, or documents, a change has no body, and a node says only whether it is there', async () => {
    await put(LISTS, lists(''))
    const node = `${LISTS}/~~/resource-lists/list/@name`
    const [etags, documents, attribute] = [
      await server.alice.stream(watching(['what', LISTS], ['form', 'xcap-diff'], ['diff', 'etags'])),
      await server.alice.stream(watching(['what', LISTS], ['form', 'xcap-diff'], ['diff', 'documents'])),
      await server.alice.stream(watching(['what', node], ['form', 'xcap-diff'], ['diff', 'etags'])),
    ]
    await etags.event(0)
    await documents.event(0)
    expect((await attribute.event(0)).data.xcapDiff).toMatch(/<d:attribute sel="[^"]*" exists="1"\/>/)
    const etag = await put(LISTS, lists(entry('bob')).replace('friends', 'others'))
    for (const watch of [etags, documents]) {
      const { data } = await watch.event(1)
      expect(data.xcapDiff).toMatch(
        new RegExp(`new-etag="${etag}" previous-etag="[^"]+"/>|previous-etag="[^"]+" new-etag="${etag}"/>`),
      )
    }
    expect((await attribute.event(1)).data.xcapDiff).toMatch(/exists="1"\/>/)
    for (const watch of [etags, documents, attribute]) watch.close()
  })

  it('RFC 5875 §4.2: an element and an attribute are told when they change, not when the rest does', async () => {
    await put(LISTS, lists(entry('bob')))
    const node = `${LISTS}/~~/resource-lists/list%5b@name=%22friends%22%5d/entry%5b2%5d`
    const asJson = await server.alice.stream(watching(['what', node], ['diff', 'documents']))
    const asXml = await server.alice.stream(watching(['what', `${node}/@uri`], ['form', 'xcap-diff']))
    await put(LISTS, lists(entry('carol')))
    await put(LISTS, lists(entry('carol') + entry('bob')))
    await put(LISTS, lists(entry('dave') + entry('bob')))
    await put(LISTS, lists(entry('dave')))
    await asJson.until(({ events }) => events.length >= 2)
    await asXml.until(({ events }) => events.length >= 2)
    expect(asJson.events.map(({ data }) => data.nodes)).toEqual([
      [
        {
          sel: 'resource-lists/list%5b@name=%22friends%22%5d/entry%5b2%5d',
          exists: true,
          text: '<entry uri="sip:bob@example.com"/>',
        },
      ],
      [{ sel: 'resource-lists/list%5b@name=%22friends%22%5d/entry%5b2%5d', exists: false }],
    ])
    expect(asXml.events.map(({ data }) => /exists.*?(?=<\/d:xcap-diff)/.exec(data.xcapDiff as string)?.[0])).toEqual([
      'exists="1">sip:bob@example.com</d:attribute>',
      'exists="0"/>',
    ])
    asJson.close()
    asXml.close()
  })

  it('RFC 5875 §4.2: a folder, and a usage of all users for those who may', async () => {
    const profile = readFileSync(new URL('../examples/accepted/profile-work.xml', import.meta.url))
    const sending = { headers: { 'content-type': 'application/vnd.cpm-xdms.profile+xml' }, body: profile }
    await server.alice.ask('PUT', `${ROOT}org.cpm-xdms.profiles/users/${ALICE}/work`, sending)
    const folder = await server.alice.stream(watching(['what', `org.cpm-xdms.profiles/users/${ALICE}/`]))
    const usage = await server.pf.stream(watching(['what', 'org.cpm-xdms.do-not-disturb']))
    expect((await folder.event(0)).data.document).toBe(`org.cpm-xdms.profiles/users/${ALICE}/work`)
    await server.bob.put(`/api/users/${BOB}/do-not-disturb`, { on: true })
    await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
    await usage.until(({ events }) => events.length >= 2)
    expect(usage.events.map(({ data }) => data.user)).toEqual([BOB, ALICE])
    folder.close()
    usage.close()
  })

  it('X19: who continues behind an id is not told again what is there', async () => {
    await put(LISTS, lists(''))
    const first = await server.alice.stream(watching(['what', LISTS]))
    await first.until(({ lastId }) => lastId !== undefined)
    first.close()
    await put(LISTS, lists(entry('bob')))
    const again = await server.alice.stream(watching(['what', LISTS]), { 'last-event-id': first.lastId })
    await again.until(({ events }) => events.length >= 1)
    expect(kinds(again)).toEqual([['changed', LISTS]])
    again.close()
  })

  it.each([
    ['form', 'atom'],
    ['diff', 'all'],
    ['what', 'no-such-usage/users/sip:alice@example.com/index'],
    ['what', `${LISTS}/~~/p:a`],
    ['what', `${LISTS}/~~/resource-lists/namespace::*`],
  ])('RFC 5875 §4.2: %s=%s is 400', async (name, value) => {
    expect((await server.alice.get(watching([name, value]))).status).toBe(400)
  })
})
