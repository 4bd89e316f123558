/** HOST-B7: a request that the file calls valid is not refused for its form. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isOfSchema } from './openapi.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

let server: Running
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.close())

const profile = (more: object): object => ({ id: 'p', displayNames: [{ text: 'P' }], ...more })
const withRule = (rule: object): object =>
  profile({ messages: { rules: [{ id: 'a', action: 'reject', undisclosedSender: true, ...rule }] } })
const night = { id: 'n', days: ['mon'], from: '22:00', to: '06:00' }
const message = (more: object): object => ({ to: BOB, contentType: 'text/plain', body: 'x', ...more })

const PROFILE = ['Profile', 'PUT', `/api/users/${ALICE}/profiles/p`] as const
const DND = ['DoNotDisturb', 'PUT', `/api/users/${ALICE}/do-not-disturb`] as const
const MESSAGE = ['NewMessage', 'POST', '/api/messages'] as const

describe('what the file calls wrong is refused, and what it calls right is not', () => {
  it.each<[readonly [string, string, string], object]>([
    [PROFILE, profile({ displayNames: [{ text: '' }] })],
    [PROFILE, profile({ displayNames: [{ text: 'a\u0007' }] })],
    [PROFILE, profile({ displayNames: [{ text: 'a', lang: 'no language' }] })],
    [PROFILE, withRule({ id: '' })],
    [PROFILE, withRule({ id: 'two  blanks' })],
    [PROFILE, withRule({ originators: [{ uri: 'sip:a\u0001@example.com' }] })],
    [PROFILE, withRule({ originators: [{ domain: 'a b' }] })],
    [PROFILE, withRule({ originators: [{ list: '' }] })],
    [PROFILE, withRule({ largerThan: 1e15 })],
    [DND, { on: true, schedule: { timeZone: '' } }],
    [DND, { on: true, schedule: { timeZone: 'Europe/ Vienna' } }],
    [DND, { on: true, schedule: { timeZone: 'Europe/Vienna', quiet: [{ ...night, id: '' }] } }],
    [MESSAGE, message({ to: 'sip:bob@example.com\n' })],
    [MESSAGE, message({ from: '' })],
    [MESSAGE, message({ subject: 'two\nlines' })],
    [MESSAGE, message({ conversation: 'a\u0000' })],
    [MESSAGE, message({ group: 'a'.repeat(999) })],
    [MESSAGE, message({ contentType: 'text' })],
  ])('HOST-B7: %s: %o', async ([schema, method, target], json) => {
    expect([isOfSchema(schema, json), (await server.alice.ask(method, target, { json })).status]).toEqual([false, 422])
  })

  it.each<[readonly [string, string, string], object]>([
    [PROFILE, withRule({ originators: [{ uri: 'tel:+1-555' }, { domain: 'example.com' }, { list: 'my friends' }] })],
    [PROFILE, profile({ displayNames: [{ text: 'Grüße,\n\u{1f600}', lang: 'de-AT' }] })],
    [DND, { on: true, schedule: { timeZone: 'America/Argentina/Buenos_Aires', quiet: [night] } }],
    [MESSAGE, message({ subject: 'ü', conversation: 'c', group: '', contentType: 'text/plain; charset="utf-8"' })],
  ])('HOST-B7: %s: %o is taken', async ([schema, method, target], json) => {
    const { status } = await server.alice.ask(method, target, { json })
    expect([isOfSchema(schema, json), status < 300]).toEqual([true, true])
  })

  it('HOST-B7: names of users and devices in the path', async () => {
    const registrations = `/api/users/${ALICE}/registrations`
    for (const device of ['phone', 'urn:a b', `urn:x:${'a'.repeat(250)}`]) {
      const { status } = await server.alice.put(`${registrations}/${encodeURIComponent(device)}`, {})
      expect([isOfSchema('Device', device), status]).toEqual([false, 400])
    }
    expect(isOfSchema('Device', 'urn:uuid:00000000-0000-1000-8000-000a95a0e128')).toBe(true)
    expect((await server.alice.get('/api/users/sip:alice%00@example.com/profiles')).status).toBe(400)
  })
})
