import { beforeEach, expect, test } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import { loadUsages } from '../../src/usage/load.ts'
import { readAddress } from '../../src/xcap/address.ts'
import type { ApplicationUsage, ApplicationUsages } from '../../src/xcap/application-usage.ts'
import { deleteResource } from '../../src/xcap/delete.ts'
import { getResource } from '../../src/xcap/get.ts'
import { putResource } from '../../src/xcap/put.ts'
import type { XcapRooms } from '../../src/xcap/rooms.ts'
import type { XmlDocument } from '../../src/xml/tree.ts'
import { createHandClock, type HandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'
import { roomsOver } from './rooms-over.ts'

const shipped = loadUsages(new URL('../../schemas', import.meta.url).pathname)
/** What the usage was told of each document: whether it is one that it knows, and what is new in it. */
let told: string[]
let seen: WeakSet<XmlDocument>
const listening = (usage: ApplicationUsage | undefined): ApplicationUsage | undefined =>
  usage && {
    ...usage,
    check(selector, document, surroundings, replaced) {
      const fragment =
        typeof replaced === 'object' && replaced.alone.slice(replaced.element.start, replaced.element.end)
      told.push(fragment || (seen.has(document) ? 'the same' : (replaced?.toString() ?? 'another')))
      seen.add(document)
      return usage.check(selector, document, surroundings, replaced)
    },
  }
const usages: ApplicationUsages = { find: (auid) => listening(shipped.find(auid)), all: shipped.all }

const LISTS = 'resource-lists/users/sip:alice@example.com/index'
const lists = (uri: string): string =>
  [
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">',
    `<list name="a"><entry uri="${uri}"/></list></resource-lists>`,
  ].join('')
const profile = (id: string): string =>
  `<profile xmlns="urn:cpm-xdms:profile:1" id="${id}"><display-name>It</display-name></profile>`
const active = (id: string): string => `<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="${id}"/>`
const services = (owner: string): string => `rls-services/users/sip:${owner}@example.com/index`
const SERVICES = [
  '<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">',
  '<service uri="sip:friends@example.com"><list/></service></rls-services>',
].join('')

let clock: HandClock
let rooms: XcapRooms

beforeEach(() => {
  told = []
  seen = new WeakSet()
  clock = createHandClock()
  rooms = roomsOver(createMemoryStore({ clock }), clock, { usages })
})

async function outcome(asked: Promise<{ readonly kind: string }>): Promise<string> {
  try {
    return (await asked).kind
  } catch (error) {
    if (error instanceof Refused) return error.refusal.kind
    throw error
  }
}

function put(path: string, body: string): Promise<string> {
  const address = readAddress(`/x/${path}`, '/x', usages)
  const contentType = path.includes('~~') ? 'application/xcap-el+xml' : address.usage.mediaType
  const by = address.selector.owner as Xui
  return outcome(putResource(rooms, { address, by, conditions: {}, contentType, body: Buffer.from(body) }))
}

function remove(path: string): Promise<string> {
  const address = readAddress(`/x/${path}`, '/x', usages)
  return outcome(deleteResource(rooms, { address, by: address.selector.owner as Xui, conditions: {} }))
}

test('RFC 4825 §8.2.5: of a text the usage judges what the present one does not have, or nothing', async () => {
  for (const uri of ['sip:a@example.com', 'sip:a@example.com', 'sip:b@example.com', 'sip:a@example.com'])
    await put(LISTS, lists(uri))
  await put('resource-lists/users/sip:bob@example.com/index', lists('sip:a@example.com'))
  const [a, b] = ['<entry uri="sip:a@example.com"/>', '<entry uri="sip:b@example.com"/>']
  expect(told).toEqual(['another', 'the same', b, a, 'another'])
})

test('X16, RFC 4825 §8.2.5: a text that its usage took at this place is not judged again, any other is', async () => {
  const setting = (on: boolean): string => `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="${on}"/>`
  const place = 'org.cpm-xdms.do-not-disturb/users/sip:alice@example.com/index'
  for (const on of [true, false, true, false]) expect(await put(place, setting(on))).toMatch(/created|replaced/)
  expect(told).toEqual(['another', 'another', 'nothing', 'nothing'])
})

test('RFC 4825 §11.1: what differs from the present text in one element is refused as the whole is, and stays out', async () => {
  await put(LISTS, lists('sip:a@example.com'))
  expect(await put(LISTS, lists('sip:a@example.com').replace('uri', 'adr'))).toBe('schema-validation-error')
  expect(await put(LISTS, lists('sip:a@example.com').replace('/></list>', '></entri></list>'))).toBe('not-well-formed')
  expect(await put(LISTS, lists('sip:a@example.com"><e xmlns="u"/></entry><entry uri="sip:a@example.com'))).toBe(
    'uniqueness-failure',
  )
  const reference = lists('sip:a@example.com').replace('<entry uri="', '<entry-ref ref="http://elsewhere.example/')
  expect(await put(LISTS, reference)).toBe('constraint-failure')
  const whole = await getResource(rooms, { address: readAddress(`/x/${LISTS}`, '/x', usages), conditions: {} })
  expect(whole.kind === 'found' && Buffer.from(whole.body).toString()).toBe(lists('sip:a@example.com'))
})

test.each([
  ['schema-validation-error', LISTS, lists('sip:a@example.com').replaceAll('entry', 'entri')],
  ['uniqueness-failure', LISTS, lists('sip:a@example.com"/><entry uri="sip:a@example.com')],
  ['constraint-failure', LISTS, lists('sip:a@example.com"/><entry-ref ref="http://elsewhere.example/')],
  ['not-well-formed', LISTS, '<resource-lists'],
  ['not-utf-8', LISTS, '<?xml version="1.0" encoding="latin1"?><resource-lists/>'],
])('RFC 4825 §11.1: what was refused as %s is so again', async (kind, path, text) => {
  expect([await put(path, text), await put(path, text)]).toEqual([kind, kind])
})

test('RFC 4825 §8.2.5: a text that was taken at one place is judged at another', async () => {
  const PROFILES = 'org.cpm-xdms.profiles/users/sip:alice@example.com/'
  expect(await put(`${PROFILES}work`, profile('work'))).toBe('created')
  expect(await put(`${PROFILES}home`, profile('work'))).toBe('constraint-failure')
})

test('X3, RFC 4825 §8.2.5: the same text is refused once what it names is gone', async () => {
  const PROFILES = 'org.cpm-xdms.profiles/users/sip:alice@example.com/'
  const ACTIVE = 'org.cpm-xdms.active-profile/users/sip:alice@example.com/index'
  await put(`${PROFILES}work`, profile('work'))
  await put(`${PROFILES}home`, profile('home'))
  expect([await put(ACTIVE, active('work')), await put(ACTIVE, active('home'))]).toEqual(['created', 'replaced'])
  expect(await remove(`${PROFILES}work`)).toBe('deleted')
  expect(await put(ACTIVE, active('work'))).toBe('constraint-failure')
})

test('RFC 4826 §4.4.5: the same text is refused once another one has the name in it', async () => {
  expect(await put(services('carol'), SERVICES)).toBe('created')
  expect(await put(services('carol'), SERVICES)).toBe('replaced')
  expect(await remove(services('carol'))).toBe('deleted')
  clock.move(120_000)
  expect(await put(services('dave'), SERVICES)).toBe('created')
  expect(await put(services('carol'), SERVICES)).toBe('uniqueness-failure')
})

test('RFC 4825 §8.2.3, §8.3: a text that was put again is read, edited and judged as any other', async () => {
  const entry = `${LISTS}/~~/resource-lists/list/entry%5b1%5d`
  await put(LISTS, lists('sip:a@example.com'))
  await put(LISTS, lists('sip:a@example.com'))
  const found = await getResource(rooms, { address: readAddress(`/x/${entry}`, '/x', usages), conditions: {} })
  expect(found.kind === 'found' && Buffer.from(found.body).toString()).toBe('<entry uri="sip:a@example.com"/>')
  expect(await put(entry, '<entry adr="sip:b@example.com"/>')).toBe('schema-validation-error')
  expect(await put(entry, '<entry uri="sip:b@example.com"/>')).toBe('replaced')
  const whole = await getResource(rooms, { address: readAddress(`/x/${LISTS}`, '/x', usages), conditions: {} })
  expect(whole.kind === 'found' && Buffer.from(whole.body).toString()).toBe(lists('sip:b@example.com'))
})
