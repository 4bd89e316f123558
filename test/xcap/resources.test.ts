import { beforeEach, describe, expect, it } from 'vitest'
import { ALICE, XcapTestbed, INDEX, outcome, TYPE } from './testbed.ts'

let testbed: XcapTestbed

beforeEach(() => {
  testbed = new XcapTestbed()
})

describe('documents', () => {
  it('RFC 4825 §8.2.7: created, then replaced, each with a new ETag; read byte for byte (XCAP-P15, XCAP-G1)', async () => {
    const first = await testbed.put(INDEX, '<a>\r\n</a>')
    const second = await testbed.put(INDEX, '<a>\r\n</a>')
    expect([first.kind, second.kind]).toEqual(['created', 'replaced'])
    expect(first.etag).not.toBe(second.etag)
    expect(await testbed.get(INDEX)).toEqual({
      kind: 'found',
      etag: second.etag,
      contentType: TYPE,
      text: '<a>\r\n</a>',
    })
  })

  it('RFC 4825 §8.3: GET of the present ETag is not modified', async () => {
    const { etag } = await testbed.put(INDEX, '<a/>')
    expect(await testbed.get(INDEX, { 'if-none-match': `"${etag}"` })).toEqual({ kind: 'not-modified', etag })
  })

  it.each([
    ['what is not there', 'GET', INDEX.replace('index', 'other'), 'not-found'],
    ['what is not there', 'DELETE', INDEX.replace('index', 'other'), 'not-found'],
    ['what the server makes', 'DELETE', INDEX.replace('index', 'made'), 'method-not-allowed'],
  ])('RFC 4825 §8.3, §8.4: %s: %s (XCAP-G1, XCAP-D1)', async (_name, method, target, kind) => {
    expect(await outcome(method === 'GET' ? testbed.get(target) : testbed.remove(target))).toBe(kind)
  })

  it.each([
    ['a stale If-Match, same bytes', '<a/>', { 'if-match': '"old"' }, 'precondition-failed'],
    ['If-None-Match: * over a document', '<b/>', { 'if-none-match': '*' }, 'precondition-failed'],
    ['a stale If-Match over a broken body', '<b', { 'if-match': '"old"' }, 'precondition-failed'],
    ['another media type', '<b/>', { type: 'application/xml' }, 'unsupported-media-type'],
    ['no media type', '<b/>', { type: undefined }, 'unsupported-media-type'],
    ['no XML', '<b', {}, 'not-well-formed'],
    ['nothing', '', {}, 'not-well-formed'],
    ['bytes that are not UTF-8', Uint8Array.of(0x3c, 0xe9, 0x2f, 0x3e), {}, 'not-utf-8'],
    ['a declaration of another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><b/>', {}, 'not-utf-8'],
    ['a document type declaration', '<!DOCTYPE b><b/>', {}, 'constraint-failure'],
    ['what the schema refuses', '<bad/>', {}, 'schema-validation-error'],
    ['more bytes than a document may have', `<b>${'x'.repeat(1_000_000)}</b>`, {}, 'too-large'],
    ['more bytes than a user may have', `<b>${'x'.repeat(100)}</b>`, {}, 'over-quota'],
  ] as const)(
    'RFC 4825 §8.2: refused and nothing changed: %s (XCAP-P2, XCAP-P12)',
    async (_name, body, headers, kind) => {
      const { etag } = await testbed.put(INDEX, '<a/>')
      expect(await outcome(testbed.put(INDEX, body, headers))).toBe(kind)
      expect(await testbed.get(INDEX)).toMatchObject({ etag, text: '<a/>' })
      expect(await testbed.store.journal.head()).toBe(1)
    },
  )

  it('RFC 4825 §8.2.1: a directory that is not there (XCAP-P1, XCAP-U5)', async () => {
    expect(await outcome(testbed.put('/x/test-app/users/sip:alice@example.com/sub/index', '<a/>'))).toBe('no-parent')
  })

  it('design §3: a user has at most so many documents; replacing one is still possible', async () => {
    for (const name of ['1', '2', '3']) await testbed.put(INDEX.replace('index', name), '<a/>')
    expect(await outcome(testbed.put(INDEX, '<a/>'))).toBe('over-quota')
    expect(await outcome(testbed.put(INDEX.replace('index', '3'), '<b/>'))).toBe('replaced')
  })

  it('X19: every change is in the journal with its ETags', async () => {
    const first = await testbed.put(INDEX, '<a/>')
    const second = await testbed.put(INDEX, '<b/>')
    await testbed.remove(INDEX, { 'if-match': `"${second.etag}"` })
    const entries = await testbed.store.journal.read(0, 10)
    const document = 'test-app/users/sip:alice@example.com/index'
    expect(entries.map(({ record }) => record)).toEqual([
      { kind: 'change', document, newEtag: first.etag, at: expect.any(Number), by: ALICE },
      { kind: 'change', document, previousEtag: first.etag, newEtag: second.etag, at: expect.any(Number), by: ALICE },
      { kind: 'change', document, previousEtag: second.etag, at: expect.any(Number), by: ALICE },
    ])
  })

  it('RFC 4825 §8.4: deleted, and gone', async () => {
    await testbed.put(INDEX, '<a/>')
    expect(await outcome(testbed.remove(INDEX, { 'if-match': '"old"' }))).toBe('precondition-failed')
    expect(await testbed.remove(INDEX)).toMatchObject({ kind: 'deleted', etag: undefined })
    expect(await outcome(testbed.remove(INDEX))).toBe('not-found')
  })
})

describe('nodes', () => {
  const NODE = `${INDEX}/~~/r/e[@n="1"]`

  it('RFC 4825 §8.5: an element is put, read and deleted, all with the ETag of the document (XCAP-E1, XCAP-G2, XCAP-G3, XCAP-G6, XCAP-D4)', async () => {
    await testbed.put(INDEX, '<r></r>')
    const created = await testbed.put(NODE, '<e n="1"/>')
    expect(created.kind).toBe('created')
    expect(await testbed.get(NODE)).toEqual({
      kind: 'found',
      etag: created.etag,
      contentType: 'application/xcap-el+xml',
      text: '<e n="1"/>',
    })
    expect(await testbed.get(`${NODE}/@n`)).toMatchObject({
      etag: created.etag,
      contentType: 'application/xcap-att+xml',
      text: '"1"',
    })
    expect(await testbed.get(INDEX)).toMatchObject({ etag: created.etag, text: '<r><e n="1"/></r>' })
    const deleted = await testbed.remove(NODE)
    expect(await testbed.get(INDEX)).toMatchObject({ etag: deleted.etag, text: '<r></r>' })
    expect(await outcome(testbed.get(NODE))).toBe('not-found')
    expect(await outcome(testbed.remove(NODE))).toBe('not-found')
  })

  it('RFC 4825 §8.2.6: If-None-Match: * on a node always fails (XCAP-E2)', async () => {
    await testbed.put(INDEX, '<r/>')
    expect(await outcome(testbed.put(NODE, '<e n="1"/>', { 'if-none-match': '*' }))).toBe('precondition-failed')
  })

  it.each([
    ['/~~/r/e[1]', 'cannot-delete'],
    ['/~~/r/e[2]', 'deleted'],
    ['/~~/r/e[1][@n="1"]', 'deleted'],
    ['/~~/r/*[2]', 'deleted'],
    ['/~~/r/*[1]', 'cannot-delete'],
    ['/~~/r', 'cannot-delete'],
    ['/~~/r/e[1]/@n', 'deleted'],
    ['/~~/r/e', 'not-found'],
    ['/~~/r/e[3]', 'not-found'],
    ['/~~/r/e[1]/@x', 'not-found'],
    ['/~~/r//e', 'bad-request'],
    ['/~~/r/namespace::*', 'method-not-allowed'],
  ])('RFC 4825 §7.5: DELETE of %s: %s (XCAP-D2, XCAP-D3)', async (node, kind) => {
    await testbed.put(INDEX, '<r><e n="1"/><e n="2"/></r>')
    expect(await outcome(testbed.remove(INDEX + node))).toBe(kind)
  })

  it('RFC 4825 §8.2: PUT of namespace bindings is no method of theirs', async () => {
    await testbed.put(INDEX, '<r/>')
    expect(await outcome(testbed.put(`${INDEX}/~~/r/namespace::*`, '<r/>'))).toBe('method-not-allowed')
  })

  it.each([undefined, 'application/x-www-form-urlencoded'])(
    'RFC 4825 §8.2.2: %s is 415 for a document, unless old clients are let off',
    async (type) => {
      expect(await outcome(testbed.put(INDEX, '<r/>', { type }))).toBe('unsupported-media-type')
      testbed.rooms = { ...testbed.rooms, leniency: { ...testbed.rooms.leniency, contentType: true } }
      expect(await outcome(testbed.put(INDEX, '<r/>', { type }))).toBe('created')
      expect(await outcome(testbed.put(NODE, '<e n="1"/>', { type }))).toBe('unsupported-media-type')
      expect(await outcome(testbed.put(INDEX, '<r/>', { type: 'application/xml' }))).toBe('unsupported-media-type')
    },
  )

  it('RFC 4825 §8.2.2: the media type is that of the node (XCAP-P3, XCAP-P4)', async () => {
    await testbed.put(INDEX, '<r/>')
    expect(await outcome(testbed.put(NODE, '<e n="1"/>', { type: TYPE }))).toBe('unsupported-media-type')
    expect(await outcome(testbed.put(NODE, '<e n="1"/>', { type: 'application/xcap-att+xml' }))).toBe(
      'unsupported-media-type',
    )
    expect(await outcome(testbed.put(`${INDEX}/~~/r/@a`, '"1"'))).toBe('unsupported-media-type')
    expect(await outcome(testbed.put(INDEX, '<r/>', { type: 'application/xcap-el+xml' }))).toBe(
      'unsupported-media-type',
    )
    expect(await outcome(testbed.put(`${INDEX}/~~/r/@a`, '"1"', { type: 'application/xcap-att+xml' }))).toBe('created')
    expect(await outcome(testbed.put(`${INDEX}/~~/r/@a`, '2', { type: 'application/xcap-att+xml' }))).toBe('replaced')
  })

  it('RFC 4825 §8.2.3: the schema has no say in the place; what it refuses changes nothing (XCAP-P7, XCAP-P12)', async () => {
    const { etag } = await testbed.put(INDEX, '<r><e/></r>')
    expect(await outcome(testbed.put(`${INDEX}/~~/r/first`, '<first/>'))).toBe('schema-validation-error')
    expect(await testbed.get(INDEX)).toMatchObject({ etag, text: '<r><e/></r>' })
    expect(await outcome(testbed.put(`${INDEX}/~~/r/*[1][@n="1"]`, '<first n="1"/>'))).toBe('created')
    expect(await testbed.get(INDEX)).toMatchObject({ text: '<r><first n="1"/><e/></r>' })
  })

  it('RFC 4825 §8.4: what is left is validated too (XCAP-D2)', async () => {
    const { etag } = await testbed.put(INDEX, '<r> <first n="1"/> <e/></r>')
    expect(await outcome(testbed.put(`${INDEX}/~~/r/*[1]`, '<e/>'))).toBe('replaced')
    expect(await testbed.get(INDEX)).toMatchObject({ text: '<r> <e/> <e/></r>' })
    expect(etag).toBeDefined()
    await testbed.put(INDEX, '<r> <e n="1"/> <f a="1" b="2"/> </r>')
    await testbed.remove(`${INDEX}/~~/r/e`)
    await testbed.remove(`${INDEX}/~~/r/f/@a`)
    expect(await testbed.get(INDEX)).toMatchObject({ text: '<r>  <f b="2"/> </r>' })
  })

  it('RFC 4825 §8.2.7: what depends on another document is settled before the answer (XCAP-P14)', async () => {
    const note = INDEX.replace('index', 'note')
    expect(await outcome(testbed.put(INDEX, '<speaks-of-note/>'))).toBe('constraint-failure')
    await testbed.put(note, '<n/>')
    expect(await outcome(testbed.put(INDEX, '<speaks-of-note/>'))).toBe('created')
    expect(await outcome(testbed.remove(note))).toBe('constraint-failure')
    expect(await outcome(testbed.get(note))).toBe('found')
  })

  it('RFC 9110 §13.2.1: a condition does not turn a missing node into "not modified" or 412 (XCAP-G5, XCAP-E3)', async () => {
    const { etag } = await testbed.put(INDEX, '<r><e n="2"/></r>')
    expect(await outcome(testbed.get(NODE, { 'if-none-match': `"${etag}"` }))).toBe('not-found')
    expect(await outcome(testbed.get(NODE, { 'if-match': '"old"' }))).toBe('not-found')
    expect(await outcome(testbed.remove(NODE, { 'if-match': '"old"' }))).toBe('not-found')
    expect(await testbed.get(`${INDEX}/~~/r/e`, { 'if-none-match': `"${etag}"` })).toEqual({
      kind: 'not-modified',
      etag,
    })
    expect(await outcome(testbed.remove(`${INDEX}/~~/r/e`, { 'if-match': '"old"' }))).toBe('precondition-failed')
    expect(await outcome(testbed.remove(`${INDEX}/~~/r`, { 'if-match': '"old"' }))).toBe('precondition-failed')
  })

  it('RFC 4825 §8.3: a node of what the server makes can be read (XCAP-G2)', async () => {
    expect(await testbed.get(`${INDEX.replace('index', 'made')}/~~/made`)).toMatchObject({
      contentType: 'application/xcap-el+xml',
      text: '<made/>',
    })
    expect(await outcome(testbed.get(`${INDEX.replace('index', 'made')}/~~/other`))).toBe('not-found')
  })
})

describe('races', () => {
  it('RFC 4825 §8.5: of 64 writers with one ETag exactly one wins', async () => {
    const { etag } = await testbed.put(INDEX, '<a/>')
    const kinds = await Promise.all(
      Array.from({ length: 64 }, (_, n) => outcome(testbed.put(INDEX, `<b n="${n}"/>`, { 'if-match': `"${etag}"` }))),
    )
    expect(kinds.filter((kind) => kind === 'replaced')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'precondition-failed')).toHaveLength(63)
  })

  it('RFC 4825 §8.5: of 64 creators with If-None-Match: * exactly one wins', async () => {
    const kinds = await Promise.all(
      Array.from({ length: 64 }, () => outcome(testbed.put(INDEX, '<a/>', { 'if-none-match': '*' }))),
    )
    expect(kinds.filter((kind) => kind === 'created')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'precondition-failed')).toHaveLength(63)
  })

  it('X2: 64 elements put at once without conditions are all in the document', async () => {
    testbed = new XcapTestbed(10_000)
    await testbed.put(INDEX, '<r/>')
    await Promise.all(Array.from({ length: 64 }, (_, n) => testbed.put(`${INDEX}/~~/r/e[@n="${n}"]`, `<e n="${n}"/>`)))
    const { text } = await testbed.get(INDEX)
    expect(text?.match(/<e n="\d+"\/>/g)).toHaveLength(64)
  })
})
