/**
 * Random requests on random documents, judged by the oracle. A case is one request; four follow each other on one
 * document, so the outcome of an edit is edited again. `XCAP_CASES=100000` asks for more of them, `XCAP_SEED=17` for
 * one seed alone, to look at it.
 */
import { expect, it } from 'vitest'
import type { Auid, Etag, Xui } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import { readAddress } from '../../src/xcap/address.ts'
import type { ApplicationUsage, ApplicationUsages } from '../../src/xcap/application-usage.ts'
import { deleteResource } from '../../src/xcap/delete.ts'
import { getResource } from '../../src/xcap/get.ts'
import { putResource } from '../../src/xcap/put.ts'
import type { XcapRooms } from '../../src/xcap/rooms.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'
import { isWellFormed, readTree, valueOf } from './oracle-tree.ts'
import { judgeDelete, judgeGet, judgePut, type Verdict } from './oracle.ts'
import { chanceOf, pick, randomDocument } from './random-document.ts'
import { randomRequest, type RandomRequest } from './random-request.ts'
import { roomsOver } from './rooms-over.ts'
import { trials } from '../trials.ts'

const CASES = Number(process.env['XCAP_CASES'] ?? trials(10_000, 2_500))
const ONLY_SEED = process.env['XCAP_SEED']
const REQUESTS_OF_DOCUMENT = 4
const DOCUMENTS_OF_STORE = 200

const ALICE = 'sip:alice@example.com' as Xui
const INDEX = '/x/test-app/users/sip:alice@example.com/index'

/** All that there is. */
const OUTCOMES = [
  'GET found',
  'GET not-found',
  'GET bad-request',
  'PUT created',
  'PUT replaced',
  'PUT no-parent',
  'PUT not-xml-frag',
  'PUT not-xml-att-value',
  'PUT not-utf-8',
  'PUT cannot-insert',
  'PUT method-not-allowed',
  'PUT bad-request',
  'DELETE deleted',
  'DELETE not-found',
  'DELETE cannot-delete',
  'DELETE method-not-allowed',
  'DELETE bad-request',
]

type Outcome = Verdict | { readonly kind: 'bad-request' | 'other'; readonly detail?: string }

function usagesOf(defaultNamespace: string): ApplicationUsages {
  const usage: ApplicationUsage = {
    auid: 'test-app' as Auid,
    mediaType: 'application/test-app+xml',
    defaultNamespace: defaultNamespace === '' ? undefined : defaultNamespace,
    trees: ['users'],
    bytesAtMost: 1_000_000,
    wakes: 'never',
    readableBy: 'owner',
    check: async () => {},
    checkRemoval: async () => {},
  }
  return { find: () => usage, all: () => [usage] }
}

function newRooms(): XcapRooms {
  const clock = createHandClock()
  return roomsOver(createMemoryStore({ clock }), clock, {
    usages: usagesOf(''),
    limits: {
      xml: { ...DEFAULT_XML_LIMITS, namespaceDeclarations: 10_000 },
      documentsAtMost: 10,
      bytesAtMost: 10_000_000,
    },
  })
}

async function read(
  rooms: XcapRooms,
  target: string,
): Promise<{ readonly etag: Etag; readonly type: string; readonly body: string }> {
  const answer = await getResource(rooms, { address: readAddress(target, '/x', rooms.usages), conditions: {} })
  if (answer.kind !== 'found') throw new Error('an unconditional GET is never "not modified"')
  return { etag: answer.etag, type: answer.contentType, body: Buffer.from(answer.body).toString() }
}

async function ask(rooms: XcapRooms, { method, wanted, target, body }: RandomRequest): Promise<Outcome> {
  try {
    const address = readAddress(`${INDEX}/~~/${target}`, '/x', rooms.usages)
    if (method === 'GET') return await found(rooms, `${INDEX}/~~/${target}`)
    const contentType = wanted?.end.kind === 'attribute' ? 'application/xcap-att+xml' : 'application/xcap-el+xml'
    const { kind } =
      method === 'PUT'
        ? await putResource(rooms, { address, by: ALICE, conditions: {}, contentType, body })
        : await deleteResource(rooms, { address, by: ALICE, conditions: {} })
    return { kind, texts: [(await read(rooms, INDEX)).body] }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return refused(rooms, error.refusal)
  }
}

async function found(rooms: XcapRooms, target: string): Promise<Outcome> {
  const { type, body } = await read(rooms, target)
  if (type !== 'application/xcap-ns+xml') return { kind: 'found', type, body }
  const { root } = readTree(body)
  const bindings = root.attributes.map(({ name, quoted }) => `${name.slice('xmlns:'.length)}=${valueOf(quoted)}`)
  return { kind: 'found', type, body: [root.name, ...bindings.sort()].join(' ') }
}

/** Of `no-parent`, that the ancestor which is named can be read, and how deep it lies. */
async function refused(rooms: XcapRooms, refusal: Refused['refusal']): Promise<Outcome> {
  if (refusal.kind !== 'no-parent') return { kind: refusal.kind } as Outcome
  const ancestor = refusal.ancestor ?? ''
  await read(rooms, ancestor)
  const node = /\/~~\/(.*?)(?:\?.*)?$/s.exec(ancestor)?.[1]
  return { kind: 'no-parent', depth: node === undefined ? 0 : node.split('/').length }
}

function judge(text: string, { method, wanted, body }: RandomRequest): Outcome {
  if (wanted === undefined) return { kind: 'bad-request' }
  if (method === 'GET') return judgeGet(text, wanted)
  if (method === 'DELETE') return judgeDelete(text, wanted)
  const sent = Buffer.from(body).toString()
  return judgePut(text, wanted, Buffer.from(sent).equals(body) ? sent : undefined)
}

/** The outcome and what RFC 4825 §7 promises of it. */
async function mustAgree(
  rooms: XcapRooms,
  text: string,
  request: RandomRequest,
): Promise<{ readonly kind: string; readonly text: string }> {
  const before = await read(rooms, INDEX)
  const verdict = judge(text, request)
  const outcome = await ask(rooms, request)
  const after = await read(rooms, INDEX)
  if (!('texts' in verdict)) {
    expect(outcome).toEqual(verdict)
    expect(after).toEqual(before)
    return { kind: verdict.kind, text }
  }
  expect(outcome.kind).toBe(verdict.kind)
  expect(verdict.texts).toContain(after.body)
  expect(after.etag).not.toBe(before.etag)
  expect(isWellFormed(after.body)).toBe(true)
  const node = await ask(rooms, { ...request, method: 'GET' })
  if (verdict.kind === 'deleted') expect(node).toEqual({ kind: 'not-found' })
  else expect(node).toMatchObject({ kind: 'found', body: sentBy(request) })
  return { kind: verdict.kind, text: after.body }
}

/** What GET gives back: what was sent without white space round it, a value in quotes. */
function sentBy({ wanted, body }: RandomRequest): string {
  const sent = Buffer.from(body)
    .toString()
    .replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
  if (wanted?.end.kind === 'element') return sent
  return /^["']/.test(sent) ? sent : `"${sent.replaceAll('"', '&quot;')}"`
}

async function store(fixture: XcapRooms, text: string): Promise<void> {
  const address = readAddress(INDEX, '/x', fixture.usages)
  await putResource(fixture, {
    address,
    by: ALICE,
    conditions: {},
    contentType: 'application/test-app+xml',
    body: Buffer.from(text),
  })
}

async function runSeed(rooms: XcapRooms, seed: number, count: (kind: string) => void): Promise<void> {
  const chance = chanceOf(seed)
  const defaultNamespace = pick(chance, ['', 'urn:a'])
  const fixture = { ...rooms, usages: usagesOf(defaultNamespace) }
  let text = randomDocument(chance)
  await store(fixture, text)
  for (let nth = 0; nth < REQUESTS_OF_DOCUMENT; nth++) {
    const request = randomRequest(chance, text, defaultNamespace)
    try {
      const agreed = await mustAgree(fixture, text, request)
      text = agreed.text
      count(`${request.method} ${agreed.kind}`)
    } catch (error) {
      const shown = JSON.stringify(
        { seed, defaultNamespace, document: text, ...request, body: Buffer.from(request.body).toString() },
        undefined,
        2,
      )
      throw new Error(
        `The product and the oracle disagree:\n${shown}\n${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      )
    }
  }
}

it(
  'RFC 4825 §7, X2: whatever is asked of whatever document, the outcome is the one of an independent oracle, and every other byte stays',
  async () => {
    const counts = new Map<string, number>()
    const count = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1)
    const first = ONLY_SEED === undefined ? 1 : Number(ONLY_SEED)
    const last = ONLY_SEED === undefined ? Math.ceil(CASES / REQUESTS_OF_DOCUMENT) : first
    let rooms = newRooms()
    for (let seed = first; seed <= last; seed++) {
      if (seed % DOCUMENTS_OF_STORE === 0) rooms = newRooms()
      await runSeed(rooms, seed, count)
      if (seed % Math.ceil(last / 10) === 0)
        console.log(`${seed * REQUESTS_OF_DOCUMENT} of ${last * REQUESTS_OF_DOCUMENT} requests agree`)
    }
    console.log(
      [...counts]
        .sort()
        .map(([kind, times]) => `${kind}: ${times}`)
        .join(', '),
    )
    if (ONLY_SEED !== undefined) return
    // What is never met proves nothing.
    expect(OUTCOMES.filter((outcome) => (counts.get(outcome) ?? 0) < CASES / 1_000)).toEqual([])
  },
  20 * 60_000,
)
