import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BOB, PHONE, startServer, type Running } from './server.ts'

const DECISIONS = `/api/users/${ALICE}/decisions`
const phone = encodeURIComponent(PHONE)

let server: Running
beforeAll(async () => {
  server = await startServer()
  const rules = [
    { id: 'friends', action: 'forward', to: 'sip:carol@example.com', originators: [{ uri: 'sip:dave@example.com' }] },
  ]
  const profile = { id: 'home', displayNames: [{ text: 'Home' }], messages: { rules }, deferred: { keepFor: 'PT1H' } }
  await server.alice.put(`/api/users/${ALICE}/profiles/home`, profile)
  await server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'home' })
  await server.alice.put(`/api/users/${ALICE}/registrations/${phone}`, { expiresIn: 3600, accepts: ['text/*'] })
})
afterAll(() => server.close())

const asked = async (json: object) => (await server.alice.ask('POST', DECISIONS, { json })).json as unknown

describe('what would happen', () => {
  it('P3: to a message now: which device gets it, and why another does not', async () => {
    expect(await asked({ message: { from: BOB } })).toMatchObject({
      outcome: 'deliver',
      profileId: 'home',
      devices: [{ device: PHONE, gets: true, because: 'applicable' }],
      recorded: false,
    })
    expect(await asked({ message: { from: BOB, contentType: 'image/png', size: 10 } })).toMatchObject({
      outcome: 'defer',
      reason: 'no-applicable-device',
      devices: [{ gets: false, because: 'does-not-accept' }],
    })
  })

  it('P1: the rule that says so is named, and where it goes', async () => {
    expect(await asked({ message: { from: 'sip:dave@example.com' } })).toMatchObject({
      outcome: 'forward',
      to: 'sip:carol@example.com',
      rule: 'friends',
    })
  })

  it('P2: at an instant: after the registration nobody is there, and it waits until then', async () => {
    const at = new Date(Date.now() + 7_200_000).toISOString()
    expect(await asked({ message: { from: BOB }, at })).toMatchObject({
      outcome: 'defer',
      reason: 'no-applicable-device',
      devices: [{ gets: false, because: 'not-registered' }],
      mode: 'push',
      until: new Date(Date.parse(at) + 3_600_000).toISOString().replace('.000Z', 'Z'),
      then: 'discard',
    })
  })

  it('X16: do-not-disturb is the reason where it is', async () => {
    await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
    expect(await asked({ message: { from: BOB } })).toMatchObject({
      outcome: 'defer',
      reason: 'do-not-disturb',
      devices: [{ gets: false, because: 'do-not-disturb' }],
    })
    await server.alice.delete(`/api/users/${ALICE}/do-not-disturb`)
  })

  it('X12: to an invitation, medium by medium', async () => {
    expect(await asked({ invitation: { from: BOB, media: ['audio'] } })).toMatchObject({
      answer: 'ask',
      media: [{ type: 'audio', answer: 'ask' }],
      devices: [PHONE],
    })
  })

  it('X13: and what of it whoever carries it puts into the store', async () => {
    const storage = { sessions: true, media: [{ contentType: 'video/*', store: false }] }
    const profile = { id: 'home', displayNames: [{ text: 'Home' }], storage }
    const invitation = { from: BOB, media: ['audio', 'video'] }
    const media = [
      { type: 'audio', answer: 'ask', recorded: true },
      { type: 'video', answer: 'ask', recorded: false },
    ]
    expect(await asked({ invitation, preferences: { profile } })).toMatchObject({ media, recorded: true })
    const ofOne = { ...profile, storage: { conversations: true } }
    const nothing = { media: [{ recorded: false }, { recorded: false }], recorded: false }
    expect(await asked({ invitation, preferences: { profile: ofOne } })).toMatchObject(nothing)
    expect(
      await asked({ invitation: { ...invitation, conversation: 'c-1' }, preferences: { profile: ofOne } }),
    ).toMatchObject({ recorded: true })
  })

  describe('under preferences that are not saved', () => {
    const rejecting = {
      id: 'home',
      displayNames: [{ text: 'Home' }],
      messages: { available: { action: 'reject' }, unavailable: { action: 'discard' } },
    }
    const xml =
      '<profile xmlns="urn:cpm-xdms:profile:1" id="new"><display-name>New</display-name><messages>' +
      '<available action="store"/><unavailable action="discard"/></messages></profile>'
    const message = { from: BOB }

    it('P3: a profile counts in place of the saved one of its id, and nothing is stored', async () => {
      const profiles = `/api/users/${ALICE}/profiles/home`
      const before = (await server.alice.ask('GET', profiles)).headers.etag
      expect(await asked({ message, preferences: { profile: rejecting } })).toMatchObject({
        outcome: 'reject',
        profileId: 'home',
      })
      expect(await asked({ message })).toMatchObject({ outcome: 'deliver' })
      expect((await server.alice.ask('GET', profiles)).headers.etag).toBe(before)
    })

    it('P3: one that is active for nothing counts as the default one, as XML as well', async () => {
      expect(await asked({ message, preferences: { profile: xml } })).toMatchObject({
        outcome: 'store',
        profileId: 'new',
      })
      expect((await server.alice.ask('GET', `/api/users/${ALICE}/profiles/new`)).status).toBe(404)
    })

    it('P2: at an instant', async () => {
      const at = new Date(Date.now() + 7_200_000).toISOString()
      expect(await asked({ message, at, preferences: { profile: rejecting } })).toMatchObject({ outcome: 'discard' })
    })

    it('X16: do-not-disturb, alone or with a profile, and for invitations', async () => {
      const doNotDisturb = { on: true }
      expect(await asked({ message, preferences: { doNotDisturb } })).toMatchObject({ reason: 'do-not-disturb' })
      expect(await asked({ invitation: { from: BOB, media: ['audio'] }, preferences: { doNotDisturb } })).toMatchObject(
        { reason: 'do-not-disturb' },
      )
      expect(await asked({ message })).toMatchObject({ outcome: 'deliver' })
    })

    it('RFC 4825 §8.2.5: what a PUT would refuse is refused as there', async () => {
      const status = async (preferences: object): Promise<number> =>
        (await server.alice.ask('POST', DECISIONS, { json: { message, preferences } })).status
      expect([
        await status({ profile: { ...rejecting, messages: { available: { action: 'eat' } } } }),
        await status({ profile: '<profile' }),
        await status({ profile: '<!DOCTYPE profile><profile/>' }),
        await status({ profile: xml.replace('store', 'eat') }),
        await status({ profile: xml.replace(' id="new"', '') }),
        await status({ profile: xml.replace('<available', `<!--${'x'.repeat(70_000)}--><available`) }),
        await status({ doNotDisturb: xml }),
        await status({ policy: {} }),
      ]).toEqual([422, 409, 409, 422, 422, 413, 422, 422])
    })
  })

  it('X6: a user asks for himself alone; both or neither is no question', async () => {
    const json = { message: { from: BOB } }
    const statuses = [
      (await server.bob.ask('POST', DECISIONS, { json })).status,
      (await server.pf.ask('POST', DECISIONS, { json })).status,
      (await server.alice.ask('POST', DECISIONS, { json: {} })).status,
      (await server.alice.ask('POST', DECISIONS, { json: { message: { from: BOB }, at: 'noon' } })).status,
    ]
    expect(statuses).toEqual([403, 200, 400, 400])
  })
})
