import { readdirSync, readFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { Refused, type Refusal } from '../../src/refusal.ts'
import { loadUsages } from '../../src/usage/load.ts'
import { readAddress } from '../../src/xcap/address.ts'
import { getResource } from '../../src/xcap/get.ts'
import { putResource } from '../../src/xcap/put.ts'
import type { XcapRooms } from '../../src/xcap/rooms.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'
import { roomsOver } from '../xcap/rooms-over.ts'

/** What an operator has in the folder that `XDMS_USAGES` names, beside the shipped usages. */
const usages = loadUsages(new URL('../../schemas', import.meta.url).pathname, [
  new URL('operator', import.meta.url).pathname,
])

const ALICE = 'sip:alice@example.com' as Xui
const SIMSERVS = '/x/simservs.ngn.etsi.org/users/sip:alice@example.com/simservs.xml'
const SIMSERVS_TYPE = 'application/vnd.etsi.simservs+xml'
const APP = '/x/test-app/users/sip:alice@example.com/notes'
const APP_TYPE = 'application/test-app+xml'
const ELEMENT = 'application/xcap-el+xml'

let rooms: XcapRooms

beforeEach(() => {
  const clock = createHandClock()
  rooms = roomsOver(createMemoryStore({ clock }), clock, { usages })
})

async function put(target: string, contentType: string, body: string): Promise<string | Refusal> {
  try {
    return (
      await putResource(rooms, {
        address: readAddress(target, '/x', usages),
        by: ALICE,
        conditions: {},
        contentType,
        body: Buffer.from(body),
      })
    ).kind
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}

async function kindOfPut(target: string, contentType: string, body: string): Promise<string> {
  const outcome = await put(target, contentType, body)
  return typeof outcome === 'string' ? outcome : outcome.kind
}

async function get(target: string): Promise<string> {
  const answer = await getResource(rooms, { address: readAddress(target, '/x', usages), conditions: {} })
  return answer.kind === 'found' ? `${answer.contentType} ${Buffer.from(answer.body).toString()}` : answer.kind
}

const file = (path: string): string => readFileSync(new URL(`documents/${path}`, import.meta.url), 'utf8')
const simservs = (content: string): string =>
  `<simservs xmlns="http://uri.etsi.org/ngn/params/xml/simservs/xcap" ` +
  `xmlns:cp="urn:ietf:params:xml:ns:common-policy">${content}</simservs>`

describe('RFC 4825 §5: simservs, declared by an operator', () => {
  const REFUSED: readonly (readonly [string, string])[] = [
    ['simservs-forward-to-nobody.xml', 'schema-validation-error'],
    ['simservs-rule-id-twice.xml', 'uniqueness-failure'],
    ['simservs-service-twice.xml', 'schema-validation-error'],
    ['simservs-timer-too-long.xml', 'schema-validation-error'],
    ['simservs-unknown-condition.xml', 'schema-validation-error'],
    ['simservs-unknown-service.xml', 'schema-validation-error'],
    ['simservs-wrong-root.xml', 'schema-validation-error'],
  ]

  test.each(['simservs-empty.xml', 'simservs-full.xml'])(
    'RFC 4825 §8.2.5: %s is stored and given back byte for byte',
    async (name) => {
      const text = file(`accepted/${name}`)
      expect(await put(SIMSERVS, SIMSERVS_TYPE, text)).toBe('created')
      expect(await get(SIMSERVS)).toBe(`${SIMSERVS_TYPE} ${text}`)
    },
  )

  test.each(REFUSED)('RFC 4825 §8.2.5: %s: %s', async (name, kind) => {
    expect(await kindOfPut(SIMSERVS, SIMSERVS_TYPE, file(`refused/${name}`))).toBe(kind)
    expect(file(`refused/${name}`)).toMatch(new RegExp(`^<!-- ${kind}: `))
  })

  test('RFC 4825 §8.2.5: no document is left out', () => {
    expect(readdirSync(new URL('documents/accepted', import.meta.url)).sort()).toEqual([
      'simservs-empty.xml',
      'simservs-full.xml',
    ])
    expect(readdirSync(new URL('documents/refused', import.meta.url)).sort()).toEqual(REFUSED.map(([name]) => name))
  })

  test('RFC 4825 §6.3: an element without prefix is of the default document namespace', async () => {
    await put(SIMSERVS, SIMSERVS_TYPE, file('accepted/simservs-full.xml'))
    const cp = '?xmlns(cp=urn:ietf:params:xml:ns:common-policy)'
    const target = `${SIMSERVS}/~~/simservs/communication-diversion/cp:ruleset/cp:rule%5B@id=%22call-diversion-busy%22%5D/cp:actions/forward-to/target${cp}`
    expect(await get(target)).toBe(`${ELEMENT} <ss:target>sip:voicemail@example.com</ss:target>`)
    expect(await put(target, ELEMENT, '<ss:target>tel:+15550199</ss:target>')).toBe('replaced')
    expect(await get(target)).toBe(`${ELEMENT} <ss:target>tel:+15550199</ss:target>`)
    expect(await kindOfPut(target.replace('/target', '/fax'), ELEMENT, '<ss:fax/>')).toBe('schema-validation-error')
  })

  test('RFC 4825 §11.1: a rule id that is there already is named, with ids that are free', async () => {
    const text = simservs(
      '<communication-diversion><cp:ruleset><cp:rule id="busy"/><cp:rule id="busy"/></cp:ruleset>' +
        '</communication-diversion>',
    )
    expect(await put(SIMSERVS, SIMSERVS_TYPE, text)).toMatchObject({
      clashes: [
        {
          field:
            'simservs/communication-diversion/cp:ruleset/cp:rule%5B2%5D/@id?xmlns(cp=urn:ietf:params:xml:ns:common-policy)',
          alternatives: ['busy-2', 'busy-3', 'busy-4'],
        },
      ],
    })
    const apart =
      '<incoming-communication-barring><cp:ruleset><cp:rule id="a"/></cp:ruleset></incoming-communication-barring>' +
      '<outgoing-communication-barring><cp:ruleset><cp:rule id="a"/></cp:ruleset></outgoing-communication-barring>'
    expect(await put(SIMSERVS, SIMSERVS_TYPE, simservs(apart))).toBe('created')
  })

  test('RFC 4825 §5.7: its documents have the name, the type, the size and the tree that are declared', async () => {
    expect(await put(SIMSERVS.replace('simservs.xml', 'index'), SIMSERVS_TYPE, simservs(''))).toEqual({
      kind: 'constraint-failure',
      phrase: 'A document of simservs.ngn.etsi.org is named simservs.xml, not index.',
    })
    expect(await kindOfPut(SIMSERVS, 'application/xml', simservs(''))).toBe('unsupported-media-type')
    expect(await kindOfPut(SIMSERVS, SIMSERVS_TYPE, simservs(`<!--${'x'.repeat(16_384)}-->`))).toBe('too-large')
    expect(await kindOfPut('/x/simservs.ngn.etsi.org/global/simservs.xml', SIMSERVS_TYPE, simservs(''))).toBe(
      'not-found',
    )
  })
})

describe('RFC 4825 §5: test-app, a usage without a schema', () => {
  test('RFC 4825 §8.2.2: what is well-formed is stored, whatever it is', async () => {
    expect(await put(APP, APP_TYPE, '<notes xmlns="test-app"><note id="1">a</note></notes>')).toBe('created')
    expect(await get(`${APP}/~~/notes/note%5B@id=%221%22%5D`)).toBe(`${ELEMENT} <note id="1">a</note>`)
    expect(await put(`${APP}/~~/notes/anything`, ELEMENT, '<anything><at all="1"/></anything>')).toBe('created')
    expect(await put('/x/test-app/global/index', APP_TYPE, '<x:y xmlns:x="urn:elsewhere"/>')).toBe('created')
    expect(await kindOfPut(APP, APP_TYPE, '<notes xmlns="test-app">')).toBe('not-well-formed')
    expect(await kindOfPut(APP, APP_TYPE, '<!DOCTYPE a><a/>')).toBe('constraint-failure')
  })

  test('RFC 4825 §6.3: a step without prefix means its default document namespace, no other', async () => {
    await put(APP, APP_TYPE, '<notes><note/></notes>')
    await expect(get(`${APP}/~~/notes/note`)).rejects.toMatchObject({ refusal: { kind: 'not-found' } })
  })
})

describe('RFC 4825 §6.2: sub-directories that a usage declares', () => {
  test('RFC 4825 §8.2.1: a document lies in one of them, and in no other', async () => {
    const target = APP.replace('notes', 'archive/old/notes')
    expect(await put(target, APP_TYPE, '<a/>')).toBe('created')
    expect(await get(target)).toBe(`${APP_TYPE} <a/>`)
    expect(await put(APP.replace('notes', 'archive/notes'), APP_TYPE, '<a/>')).toMatchObject({
      kind: 'no-parent',
      ancestor: '/x/test-app/users/sip:alice@example.com/',
    })
    expect(await put(APP.replace('notes', 'archive/old/older/notes'), APP_TYPE, '<a/>')).toMatchObject({
      kind: 'no-parent',
      ancestor: '/x/test-app/users/sip:alice@example.com/archive/old/',
    })
  })

  test('RFC 4825 §6.2: no document has the name of one', async () => {
    const old = APP.replace('notes', 'archive')
    expect(await put(old, APP_TYPE, '<a/>')).toEqual({
      kind: 'constraint-failure',
      phrase: 'archive is a directory of test-app.',
    })
  })
})

describe('RFC 4825 §12: both are advertised', () => {
  test('RFC 4825 §12: their AUIDs, and the namespaces that are validated', async () => {
    const caps = await get('/x/xcap-caps/global/index')
    expect(caps).toContain('<auid>simservs.ngn.etsi.org</auid>')
    expect(caps).toContain('<auid>test-app</auid>')
    expect(caps).toContain('<namespace>http://uri.etsi.org/ngn/params/xml/simservs/xcap</namespace>')
    expect(caps).not.toContain('<namespace>test-app</namespace>')
  })

  test('RFC 4825 §5.7: who may read is what their declarations say', () => {
    expect([usages.find('simservs.ngn.etsi.org')?.readableBy, usages.find('test-app')?.readableBy]).toEqual([
      'owner',
      'everybody',
    ])
    expect([usages.find('simservs.ngn.etsi.org')?.wakes, usages.find('test-app')?.wakes]).toEqual(['never', 'never'])
  })
})

describe('X5: org.openmobilealliance.xcap-directory', () => {
  const DIRECTORY = '/x/org.openmobilealliance.xcap-directory/users/sip:alice@example.com/directory.xml'
  const TYPE = 'application/vnd.oma.xcap-directory+xml'

  test('X5: the user sees what he has, and each change of it', async () => {
    expect(await get(DIRECTORY)).toBe(
      `${TYPE} <?xml version="1.0" encoding="UTF-8"?><xcap-directory xmlns="urn:oma:xml:xdm:xcap-directory"/>`,
    )
    await put(APP, APP_TYPE, '<notes/>')
    const first = await get(DIRECTORY)
    expect(first).toContain('<folder auid="test-app"><entry uri="/x/test-app/users/sip:alice@example.com/notes" etag="')
    expect(first).toContain('size="8"/></folder>')
    await put(APP, APP_TYPE, '<notes/>')
    expect(await get(DIRECTORY)).not.toBe(first)
    expect(await get(`${DIRECTORY}/~~/xcap-directory/folder%5B@auid=%22test-app%22%5D/entry/@size`)).toBe(
      'application/xcap-att+xml "8"',
    )
  })

  test('X5: it takes GET only, and there is none of the global tree', async () => {
    expect(await kindOfPut(DIRECTORY, TYPE, '<xcap-directory xmlns="urn:oma:xml:xdm:xcap-directory"/>')).toBe(
      'method-not-allowed',
    )
    await expect(get(DIRECTORY.replace('users/sip:alice@example.com', 'global'))).rejects.toMatchObject({
      refusal: { kind: 'not-found' },
    })
  })
})

describe('RFC 4826 §4.4.5: URIs of services', () => {
  const LIST = '/x/rls-services/users/sip:alice@example.com/index'
  const services = (...uris: readonly string[]): string =>
    [
      '<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">',
      ...uris.map((uri) => `<service uri="${uri}"><list/></service>`),
      '</rls-services>',
    ].join('')
  const reservedNow = async (): Promise<readonly string[]> =>
    (await rooms.reservations.list(undefined, 100)).map(({ name }) => name)

  test.each([
    ['sip:friends@elsewhere.example', 'constraint-failure'],
    ['../../etc/passwd', 'constraint-failure'],
    ['sip:example.com', 'constraint-failure'],
    ['sip:bob@example.com', 'uniqueness-failure'],
    ['SIP:%62ob@EXAMPLE.com;transport=udp', 'uniqueness-failure'],
    ['SIP:friends@EXAMPLE.COM', 'created'],
  ])('RFC 4826 §4.4.5: %s is of a domain of the server, and no user (%s)', async (uri, outcome) => {
    expect(await kindOfPut(LIST, 'application/rls-services+xml', services(uri))).toBe(outcome)
  })

  test('RFC 3261 §19.1.4: two spellings in one document are one URI, and reserve one name', async () => {
    const twice = services('sip:friends@example.com', 'sip:friends@EXAMPLE.COM')
    expect(await kindOfPut(LIST, 'application/rls-services+xml', twice)).toBe('uniqueness-failure')
    expect(await kindOfPut(LIST, 'application/rls-services+xml', services('sip:%66riends@example.com'))).toBe('created')
    expect(await reservedNow()).toEqual(['sip:friends@example.com'])
  })

  test('RFC 4826 §4.4.5: a request that is refused reserves nothing that it asked for', async () => {
    const squats = services('sip:team@example.com', 'sip:bob@example.com')
    expect(await kindOfPut(LIST, 'application/rls-services+xml', squats)).toBe('uniqueness-failure')
    expect((await reservedNow()).filter((name) => !name.startsWith('sip:bob-'))).toEqual([])
  })
})

test.each(['org.cpm-xdms.do-not-disturb', 'org.cpm-xdms.active-profile'])(
  'X16, X3: %s is refused for no quota of others',
  async (auid) => {
    const full: XcapRooms = { ...rooms, limits: { ...rooms.limits, documentsAtMost: 1, bytesAtMost: 1 } }
    const body =
      auid === 'org.cpm-xdms.do-not-disturb'
        ? '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"/>'
        : '<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="work"/>'
    const own = readAddress(`/x/${auid}/users/${ALICE}/index`, '/x', usages)
    const usage = { ...own.usage, check: async () => undefined }
    const request = { by: ALICE, conditions: {}, contentType: usage.mediaType, body: Buffer.from(body) }
    expect((await putResource(full, { ...request, address: { ...own, usage } })).kind).toBe('created')
  },
)
