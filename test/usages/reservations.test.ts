import { beforeEach, describe, expect, test } from 'vitest'
import type { Commit } from '../../src/home/home.ts'
import { reserve } from '../../src/home/reservations.ts'
import type { Owner, Xui } from '../../src/names.ts'
import { Refused, type Refusal } from '../../src/refusal.ts'
import { loadUsages } from '../../src/usage/load.ts'
import { readAddress } from '../../src/xcap/address.ts'
import { deleteResource } from '../../src/xcap/delete.ts'
import { getResource } from '../../src/xcap/get.ts'
import { putResource } from '../../src/xcap/put.ts'
import type { XcapRooms } from '../../src/xcap/rooms.ts'
import { createHandClock, type HandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'
import { roomsOver } from '../xcap/rooms-over.ts'

const usages = loadUsages(new URL('../../schemas', import.meta.url).pathname)
const NAMESPACE = 'urn:ietf:params:xml:ns:rls-services'
const ALICE = 'sip:alice@example.com' as Xui
const BOB = 'sip:bob@example.com' as Xui
const of = (owner: Xui): string => `/x/rls-services/users/${owner}/index`
const services = (...names: readonly string[]): string =>
  [
    `<rls-services xmlns="${NAMESPACE}">`,
    ...names.map((name) => `<service uri="sip:${name}@example.com"><list/></service>`),
    '</rls-services>',
  ].join('')

let clock: HandClock
let rooms: XcapRooms
/** Waited for before the commit of that home. */
let beforeCommit: (commit: Commit) => Promise<void>

beforeEach(() => {
  clock = createHandClock()
  const store = createMemoryStore({ clock })
  const { homes } = store
  beforeCommit = async () => {}
  rooms = roomsOver(store, clock, {
    homes: { ...homes, commit: async (commit) => beforeCommit(commit).then(() => homes.commit(commit)) },
    usages,
    leniency: { contentType: false, etags: false },
  })
})

async function put(owner: Xui, body: string): Promise<string | Refusal> {
  try {
    const request = {
      address: readAddress(of(owner), '/x', usages),
      by: owner,
      conditions: {},
      contentType: 'application/rls-services+xml',
      body: Buffer.from(body),
    }
    return (await putResource(rooms, request)).kind
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}

async function get(target: string): Promise<string> {
  const answer = await getResource(rooms, { address: readAddress(target, '/x', usages), conditions: {} })
  return answer.kind === 'found' ? Buffer.from(answer.body).toString() : answer.kind
}

describe('RFC 4826 §4.4.5: the URI of a service is unique across users', () => {
  test('RFC 4826 §4.4.5: the second user is told which of his services clashes, and nothing of whose it is', async () => {
    expect(await put(ALICE, services('a', 'b'))).toBe('created')
    expect(await put(BOB, services('c', 'b'))).toEqual({
      kind: 'uniqueness-failure',
      phrase: '"sip:b@example.com" is in use already.',
      clashes: [
        {
          field: 'rls-services/service%5B2%5D/@uri',
          alternatives: ['sip:b-2@example.com', 'sip:b-3@example.com', 'sip:b-4@example.com'],
        },
      ],
    })
    await expect(get(of(BOB))).rejects.toMatchObject({ refusal: { kind: 'not-found' } })
    expect(await put(BOB, services('c'))).toBe('created')
    expect(await put(ALICE, services('b', 'a'))).toBe('replaced')
  })

  test('RFC 4825 §11.1: what is offered instead is free, in his document and among all users, and stays so for a minute', async () => {
    await put(ALICE, services('b', 'b-2'))
    const refusal = await put(BOB, services('b', 'b-3'))
    expect(refusal).toMatchObject({
      clashes: [
        { field: 'rls-services/service%5B1%5D/@uri', alternatives: ['sip:b-4@example.com', 'sip:b-5@example.com'] },
      ],
    })
    expect(await put(ALICE, services('b', 'b-4'))).toMatchObject({ kind: 'uniqueness-failure' })
    expect(await put(BOB, services('b-4'))).toBe('created')
    clock.move(60_000)
    expect(await put(ALICE, services('b', 'b-5'))).toBe('replaced')
  })

  test('HOST-S9: a document that has no room reserves nothing', async () => {
    rooms = { ...rooms, limits: { ...rooms.limits, bytesAtMost: 100 } }
    expect(await put(ALICE, services('a'))).toMatchObject({ kind: 'over-quota' })
    rooms = { ...rooms, limits: { ...rooms.limits, bytesAtMost: 1_000 } }
    expect(await put(BOB, services('a'))).toBe('created')
  })

  test('RFC 4826 §4.4.5: what a document no longer uses is free, also when it is deleted', async () => {
    await put(ALICE, services('a', 'b'))
    clock.move(60_000)
    await put(ALICE, services('a'))
    expect(await put(BOB, services('b'))).toBe('created')
    await deleteResource(rooms, { address: readAddress(of(ALICE), '/x', usages), by: ALICE, conditions: {} })
    expect(await put(BOB, services('b', 'a'))).toBe('replaced')
    expect(await put(ALICE, services('a'))).toMatchObject({ kind: 'uniqueness-failure' })
  })

  test('RFC 4826 §4.4.5: a reservation whose owner never committed is void after a minute', async () => {
    expect(
      await reserve(
        rooms.homes,
        rooms.reservations,
        'rls-services',
        'sip:a@example.com',
        await rooms.homes.read(ALICE),
      ),
    ).toBe(true)
    expect(await put(BOB, services('a'))).toMatchObject({ kind: 'uniqueness-failure' })
    clock.move(60_000)
    expect(await put(BOB, services('a'))).toBe('created')
  })

  test('RFC 4826 §4.4.5: who takes over a reservation makes the commit that was on its way decide again', async () => {
    let bob: string | Refusal | undefined
    beforeCommit = async ({ home }) => {
      if (home.owner !== ALICE || bob !== undefined) return
      bob = 'on his way'
      clock.move(60_000)
      bob = await put(BOB, services('a'))
    }
    expect(await put(ALICE, services('a'))).toMatchObject({ kind: 'uniqueness-failure' })
    expect(bob).toBe('created')
  })

  test('RFC 4826 §4.4.5: of 16 users who want one name at once exactly one has it, whatever the order', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      let state = seed
      beforeCommit = async () => {
        state = (state * 48_271) % 2_147_483_647
        for (let turn = state % 7; turn > 0; turn--) await Promise.resolve()
      }
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, n) => put(`sip:u${seed}-${n}@example.com` as Xui, services(`race${seed}`))),
      )
      expect([seed, outcomes.filter((outcome) => outcome === 'created').length]).toEqual([seed, 1])
    }
  })
})

describe('RFC 4826 §4.4.8: rls-services/global/index', () => {
  test('RFC 4826 §4.4.8: the services of everybody, and of nobody who reserved in vain', async () => {
    await put(BOB, services('b'))
    await put(ALICE, services('a'))
    await reserve(
      rooms.homes,
      rooms.reservations,
      'rls-services',
      'sip:z@example.com',
      await rooms.homes.read('sip:zoe@example.com' as Owner),
    )
    const global = await get('/x/rls-services/global/index')
    expect([...global.matchAll(/uri="([^"]*)"/g)].map(([, uri]) => uri)).toEqual([
      'sip:a@example.com',
      'sip:b@example.com',
    ])
    expect(await get('/x/rls-services/global/index/~~/rls-services/service%5B@uri=%22sip:b@example.com%22%5D')).toBe(
      `<service xmlns="${NAMESPACE}" uri="sip:b@example.com"><list/></service>`,
    )
  })
})
