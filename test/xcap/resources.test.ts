import { beforeEach, describe, expect, it } from 'vitest'
import type { ApplicationUsage, ApplicationUsages } from '../../src/xcap/application-usage.ts'
import type { Auid, Etag, Xui } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import { readAddress } from '../../src/xcap/address.ts'
import { readConditions } from '../../src/xcap/conditions.ts'
import { deleteResource } from '../../src/xcap/delete.ts'
import { getResource } from '../../src/xcap/get.ts'
import { putResource } from '../../src/xcap/put.ts'
import type { XcapRooms } from '../../src/xcap/rooms.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/gate.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore, type MemoryStore } from '../store/memory.ts'

const ALICE = 'sip:alice@example.com' as Xui
const TYPE = 'application/test-app+xml'
const INDEX = '/x/test-app/users/sip:alice@example.com/index'

/** Refuses a document whose root is `bad`, as a schema would. */
const usage: ApplicationUsage = {
  auid: 'test-app' as Auid,
  mediaType: TYPE,
  defaultNamespace: undefined,
  trees: ['users', 'global'],
  bytesAtMost: 1_000,
  wakes: 'waiting',
  readableBy: 'owner',
  async check(_selector, document) {
    if (document.root.local === 'bad') throw new Refused({ kind: 'schema-validation-error', phrase: 'bad', faults: [] })
  },
  async checkRemoval() {},
  computed: (selector) => (selector.name === 'made' ? { bytes: Buffer.from('<made/>'), etag: 'made1' as Etag } : undefined),
}
const usages: ApplicationUsages = { find: (auid) => (auid === 'test-app' ? usage : undefined), all: () => [usage] }

let store: MemoryStore
let rooms: XcapRooms

beforeEach(() => {
  const clock = createHandClock()
  store = createMemoryStore({ clock })
  let drawn = 0
  rooms = {
    homes: store.homes,
    usages,
    clock,
    random: (count) => Buffer.from(String(drawn++).padStart(count, '0')),
    attributeQuotes: true,
    limits: { xml: DEFAULT_XML_LIMITS, documentsAtMost: 3, bytesAtMost: 100 },
  }
})

type Headers = { 'if-match'?: string; 'if-none-match'?: string; type?: string | undefined }

async function outcome(run: Promise<{ kind: string; etag?: Etag | undefined }>): Promise<string> {
  try {
    return (await run).kind
  } catch (error) {
    if (error instanceof Refused) return error.refusal.kind
    throw error
  }
}

function put(target: string, body: string, headers: Headers = {}): Promise<{ kind: string; etag: Etag }> {
  const address = readAddress(target, '/x', usages)
  const contentType = 'type' in headers ? headers.type : target.includes('~~') ? 'application/xcap-el+xml' : TYPE
  return putResource(rooms, { address, by: ALICE, conditions: readConditions(headers), contentType, body: Buffer.from(body) })
}

function remove(target: string, headers: Headers = {}): Promise<{ kind: string; etag: Etag | undefined }> {
  return deleteResource(rooms, { address: readAddress(target, '/x', usages), by: ALICE, conditions: readConditions(headers) })
}

async function get(target: string, headers: Headers = {}): Promise<{ kind: string; etag: Etag; contentType?: string; text?: string }> {
  const answer = await getResource(rooms, { address: readAddress(target, '/x', usages), conditions: readConditions(headers) })
  return answer.kind === 'found' ? { kind: 'found', etag: answer.etag, contentType: answer.contentType, text: Buffer.from(answer.body).toString() } : answer
}

describe('documents', () => {
  it('RFC 4825 §8.2.8: created, then replaced, each with a new ETag; read byte for byte', async () => {
    const first = await put(INDEX, '<a>\r\n</a>')
    const second = await put(INDEX, '<a>\r\n</a>')
    expect([first.kind, second.kind]).toEqual(['created', 'replaced'])
    expect(first.etag).not.toBe(second.etag)
    expect(await get(INDEX)).toEqual({ kind: 'found', etag: second.etag, contentType: TYPE, text: '<a>\r\n</a>' })
  })

  it('RFC 4825 §8.3: GET of the present ETag is not modified', async () => {
    const { etag } = await put(INDEX, '<a/>')
    expect(await get(INDEX, { 'if-none-match': `"${etag}"` })).toEqual({ kind: 'not-modified', etag })
  })

  it.each([
    ['what is not there', 'GET', INDEX.replace('index', 'other'), 'not-found'],
    ['what is not there', 'DELETE', INDEX.replace('index', 'other'), 'not-found'],
    ['what the server makes', 'DELETE', INDEX.replace('index', 'made'), 'method-not-allowed'],
  ])('RFC 4825 §8.3: %s: %s', async (_name, method, target, kind) => {
    expect(await outcome(method === 'GET' ? get(target) : remove(target))).toBe(kind)
  })

  it.each([
    ['a stale If-Match, same bytes', '<a/>', { 'if-match': '"old"' }, 'precondition-failed'],
    ['If-None-Match: * over a document', '<b/>', { 'if-none-match': '*' }, 'precondition-failed'],
    ['a stale If-Match over a broken body', '<b', { 'if-match': '"old"' }, 'precondition-failed'],
    ['another media type', '<b/>', { type: 'application/xml' }, 'unsupported-media-type'],
    ['no media type', '<b/>', { type: undefined }, 'unsupported-media-type'],
    ['no XML', '<b', {}, 'not-well-formed'],
    ['nothing', '', {}, 'not-well-formed'],
    ['what the schema refuses', '<bad/>', {}, 'schema-validation-error'],
    ['more bytes than a document may have', `<b>${'x'.repeat(1_000)}</b>`, {}, 'too-large'],
    ['more bytes than a user may have', `<b>${'x'.repeat(100)}</b>`, {}, 'over-quota'],
  ] as const)('RFC 4825 §8.2: refused and nothing changed: %s', async (_name, body, headers, kind) => {
    const { etag } = await put(INDEX, '<a/>')
    expect(await outcome(put(INDEX, body, headers))).toBe(kind)
    expect(await get(INDEX)).toMatchObject({ etag, text: '<a/>' })
    expect(await store.journal.head()).toBe(1)
  })

  it('RFC 4825 §8.2.1: a directory that is not there', async () => {
    expect(await outcome(put('/x/test-app/users/sip:alice@example.com/sub/index', '<a/>'))).toBe('no-parent')
  })

  it('RFC 4825 §8.2.7: a user has at most so many documents; replacing one is still possible', async () => {
    for (const name of ['1', '2', '3']) await put(INDEX.replace('index', name), '<a/>')
    expect(await outcome(put(INDEX, '<a/>'))).toBe('over-quota')
    expect(await outcome(put(INDEX.replace('index', '3'), '<b/>'))).toBe('replaced')
  })

  it('X19: every change is in the journal with its ETags', async () => {
    const first = await put(INDEX, '<a/>')
    const second = await put(INDEX, '<b/>')
    await remove(INDEX, { 'if-match': `"${second.etag}"` })
    const entries = await store.journal.read(0, 10)
    const document = 'test-app/users/sip:alice@example.com/index'
    expect(entries.map(({ record }) => record)).toEqual([
      { kind: 'change', document, newEtag: first.etag, at: expect.any(Number), by: ALICE },
      { kind: 'change', document, previousEtag: first.etag, newEtag: second.etag, at: expect.any(Number), by: ALICE },
      { kind: 'change', document, previousEtag: second.etag, at: expect.any(Number), by: ALICE },
    ])
  })

  it('RFC 4825 §8.4: deleted, and gone', async () => {
    await put(INDEX, '<a/>')
    expect(await outcome(remove(INDEX, { 'if-match': '"old"' }))).toBe('precondition-failed')
    expect(await remove(INDEX)).toEqual({ kind: 'deleted', etag: undefined })
    expect(await outcome(remove(INDEX))).toBe('not-found')
  })
})

describe('nodes', () => {
  const NODE = `${INDEX}/~~/r/e[@n="1"]`

  it('RFC 4825 §8.2, §8.3, §8.4: an element is put, read and deleted, all with the ETag of the document', async () => {
    await put(INDEX, '<r></r>')
    const created = await put(NODE, '<e n="1"/>')
    expect(created.kind).toBe('created')
    expect(await get(NODE)).toEqual({ kind: 'found', etag: created.etag, contentType: 'application/xcap-el+xml', text: '<e n="1"/>' })
    expect(await get(`${NODE}/@n`)).toMatchObject({ etag: created.etag, contentType: 'application/xcap-att+xml', text: '"1"' })
    expect(await get(INDEX)).toMatchObject({ etag: created.etag, text: '<r><e n="1"/></r>' })
    const deleted = await remove(NODE)
    expect(await get(INDEX)).toMatchObject({ etag: deleted.etag, text: '<r></r>' })
    expect(await outcome(get(NODE))).toBe('not-found')
    expect(await outcome(remove(NODE))).toBe('not-found')
  })

  it('RFC 4825 §8.2.6: If-None-Match: * on a node always fails', async () => {
    await put(INDEX, '<r/>')
    expect(await outcome(put(NODE, '<e n="1"/>', { 'if-none-match': '*' }))).toBe('precondition-failed')
  })

  it.each([
    ['/~~/r/e[1]', 'cannot-delete'],
    ['/~~/r/e[2]', 'deleted'],
    ['/~~/r/e[1][@n="1"]', 'deleted'],
    ['/~~/r/*[2]', 'deleted'],
    ['/~~/r/*[1]', 'cannot-delete'],
    ['/~~/r', 'cannot-delete'],
    ['/~~/r/e[1]/@n', 'deleted'],
    ['/~~/r/namespace::*', 'method-not-allowed'],
  ])('RFC 4825 §7.5: DELETE of %s: %s', async (node, kind) => {
    await put(INDEX, '<r><e n="1"/><e n="2"/></r>')
    expect(await outcome(remove(INDEX + node))).toBe(kind)
  })

  it('RFC 4825 §8.2: PUT of namespace bindings is no method of theirs', async () => {
    await put(INDEX, '<r/>')
    expect(await outcome(put(`${INDEX}/~~/r/namespace::*`, '<r/>'))).toBe('method-not-allowed')
  })

  it('RFC 4825 §8.2.2: the media type is that of the node', async () => {
    await put(INDEX, '<r/>')
    expect(await outcome(put(NODE, '<e n="1"/>', { type: TYPE }))).toBe('unsupported-media-type')
    expect(await outcome(put(`${INDEX}/~~/r/@a`, '"1"', { type: 'application/xcap-att+xml' }))).toBe('created')
  })
})

describe('races', () => {
  it('RFC 4825 §8.5: of 64 writers with one ETag exactly one wins', async () => {
    const { etag } = await put(INDEX, '<a/>')
    const kinds = await Promise.all(Array.from({ length: 64 }, (_, n) => outcome(put(INDEX, `<b n="${n}"/>`, { 'if-match': `"${etag}"` }))))
    expect(kinds.filter((kind) => kind === 'replaced')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'precondition-failed')).toHaveLength(63)
  })

  it('RFC 4825 §8.5: of 64 creators with If-None-Match: * exactly one wins', async () => {
    const kinds = await Promise.all(Array.from({ length: 64 }, () => outcome(put(INDEX, '<a/>', { 'if-none-match': '*' }))))
    expect(kinds.filter((kind) => kind === 'created')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'precondition-failed')).toHaveLength(63)
  })

  it('X2: 64 elements put at once without conditions are all in the document', async () => {
    rooms = { ...rooms, limits: { ...rooms.limits, bytesAtMost: 10_000 } }
    await put(INDEX, '<r/>')
    await Promise.all(Array.from({ length: 64 }, (_, n) => put(`${INDEX}/~~/r/e[@n="${n}"]`, `<e n="${n}"/>`)))
    const { text } = await get(INDEX)
    expect(text?.match(/<e n="\d+"\/>/g)).toHaveLength(64)
  })
})
