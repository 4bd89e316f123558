import { describe, expect, test } from 'vitest'
import type { DocumentEntry } from '../../src/home/home.ts'
import { readProfile } from '../../src/preferences/documents.ts'
import type { UserPreferences } from '../../src/preferences/in-force.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { exampleText } from './example.ts'
import {
  ACTIVE,
  ALICE,
  DISTURB,
  disturbText,
  activeText,
  LISTS,
  POLICY,
  policyText,
  PROFILE,
  profileText,
  Stored,
} from './stored.ts'

const PHONE = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128'
const bob = { uri: 'sip:bob@example.com', undisclosed: false }

function read(stored: Stored): Promise<UserPreferences> {
  return readPreferences(stored.rooms(), stored.home(ALICE))
}

const OURS = {
  messages: { rules: [], available: { action: 'deliver' }, unavailable: { action: 'defer' } },
  deferred: { mode: 'push', keepFor: 'P7D', onExpiry: 'discard' },
  sessions: { otherwise: 'ask' },
  storage: { messages: false, sessions: false, conversations: false },
  devices: { messages: { to: 'all' }, invitations: { to: 'all' }, reports: { to: 'all' } },
}

describe('X3: which profile is in force', () => {
  test('X4: without documents the policy is all there is, and without a policy what formats.md says', async () => {
    const preferences = await read(new Stored())
    expect(preferences.inForce(PHONE)).toEqual({
      profileId: undefined,
      etag: undefined,
      because: 'only-policy',
      profile: OURS,
      ownUnavailable: false,
    })
    expect(preferences.policy).toEqual({
      limits: {
        keepAtMost: 'P30D',
        extensionsAtMost: 3,
        waitingAtMost: 1000,
        waitingBytesAtMost: 104857600,
        ofOneSender: 0.1,
      },
      notices: { outOfBand: 'summary', atMostEvery: 'PT15M' },
      reports: { failure: true },
    })
    expect(preferences.disturbance(PHONE, 0)).toEqual({ on: false, because: 'unset', until: undefined })
    expect(preferences.unreadable).toEqual([])
  })

  test('X3, X4: a device’s own, else the default one', async () => {
    const stored = new Stored()
    stored.put(ALICE, PROFILE('work'), exampleText('accepted/profile-work.xml'))
    stored.put(ALICE, PROFILE('home'), exampleText('accepted/profile-smallest.xml'))
    stored.put(ALICE, ACTIVE, exampleText('accepted/active-profile.xml'))
    const preferences = await read(stored)
    const { profileId, etag, because, ownUnavailable } = preferences.inForce(PHONE)
    expect([profileId, etag, because, ownUnavailable]).toEqual(['work', 't1', 'device', true])
    expect(preferences.inForce('urn:gsma:imei:90420156-025763-0')).toMatchObject({
      profileId: 'home',
      etag: 't2',
      because: 'device',
      ownUnavailable: false,
    })
    expect(preferences.inForce('urn:other')).toMatchObject({ profileId: 'home', because: 'default' })
    expect(preferences.inForce(undefined)).toMatchObject({ profileId: 'home', because: 'default', profile: OURS })
  })

  test('X3: only what matters is read, and what is kept is not read again', async () => {
    const stored = new Stored()
    for (const id of ['a', 'b', 'c']) stored.put(ALICE, PROFILE(id), profileText(id))
    stored.put(ALICE, LISTS, '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>')
    stored.put(ALICE, ACTIVE, activeText('b', { 'urn:1': 'b' }))
    const rooms = stored.rooms()
    await readPreferences(rooms, stored.home(ALICE))
    expect(stored.asked).toEqual(['t5', 't2'])
    await readPreferences(rooms, stored.home(ALICE))
    expect(stored.asked).toEqual(['t5', 't2'])
    stored.put(ALICE, PROFILE('b'), profileText('b', '<deferred keep-for="P1D"/>'))
    expect((await readPreferences(rooms, stored.home(ALICE))).inForce(undefined).profile.deferred.keepFor).toBe('P1D')
    expect(stored.asked).toEqual(['t5', 't2', 't6'])
  })

  test('X3: what is kept is bounded, and the longest unused goes first', async () => {
    const stored = new Stored()
    stored.put(ALICE, PROFILE('a'), profileText('a'))
    stored.put(ALICE, ACTIVE, activeText('a'))
    stored.put(ALICE, DISTURB, disturbText('on="true"'))
    const sizes = [...stored.home(ALICE).documents.values()].map(({ size }) => size)
    const rooms = stored.rooms(sizes.reduce((sum, size) => sum + size, 0) - 1)
    await readPreferences(rooms, stored.home(ALICE))
    const home = stored.home(ALICE)
    await readPreferences(rooms, { ...home, documents: new Map(home.documents) })
    expect(stored.asked).toEqual(['t2', 't3', 't1', 't2', 't3', 't1'])
  })
})

describe('X6: what is kept of documents', () => {
  test('X6: what was used last stays', async () => {
    const stored = new Stored()
    const entries = ['a', 'b', 'c'].map((id) =>
      stored.put(ALICE, PROFILE(id), profileText(id)).documents.get(PROFILE(id)),
    )
    const [a, b, c] = entries as [DocumentEntry, DocumentEntry, DocumentEntry]
    const { homes, documents } = stored.rooms(a.size + b.size)
    for (const entry of [a, b, a, c, a]) await documents.said(homes, entry, readProfile)
    expect(stored.asked).toEqual(['t1', 't2', 't3'])
    await documents.said(homes, b, readProfile)
    expect(stored.asked).toEqual(['t1', 't2', 't3', 't2'])
  })
})

describe('C7: what a profile leaves unset comes from the policy', () => {
  async function merged(profile: string, defaults: string): Promise<ReturnType<UserPreferences['inForce']>> {
    const stored = new Stored()
    stored.put('global', POLICY, policyText(`<defaults xmlns:p="urn:cpm-xdms:profile:1">${defaults}</defaults>`))
    stored.put(ALICE, PROFILE('a'), profileText('a', profile))
    stored.put(ALICE, ACTIVE, activeText('a'))
    return (await read(stored)).inForce(undefined)
  }
  const RULES =
    '<p:messages><p:rule id="policy" action="reject"><p:undisclosed-sender/></p:rule><p:available ' +
    'action="store"/><p:unavailable action="discard"/></p:messages>'
  const OWN_RULE = '<rule id="own" action="defer"><undisclosed-sender/></rule>'

  test('C7: rules as one list, available and unavailable each', async () => {
    const { profile, ownUnavailable } = await merged('<messages><available action="defer"/></messages>', RULES)
    expect(profile.messages).toEqual({
      rules: [{ id: 'policy', action: 'reject', undisclosedSender: true }],
      available: { action: 'defer' },
      unavailable: { action: 'discard' },
    })
    expect(ownUnavailable).toBe(false)
    const own = await merged(`<messages>${OWN_RULE}<unavailable action="store"/></messages>`, RULES)
    expect(own.profile.messages).toEqual({
      rules: [{ id: 'own', action: 'defer', undisclosedSender: true }],
      available: { action: 'store' },
      unavailable: { action: 'store' },
    })
    expect(own.ownUnavailable).toBe(true)
  })

  test('D3: what happens on expiry is one group, mode, keep-for and parts are their own', async () => {
    const policy =
      '<p:deferred mode="notify" keep-for="P2D" on-expiry="extend" extend-by="P1D" extensions="2" ' +
      'then="store"><p:drop content-type="video/*"/></p:deferred>'
    expect((await merged('<deferred keep-for="PT1H"/>', policy)).profile.deferred).toEqual({
      mode: 'notify',
      keepFor: 'PT1H',
      onExpiry: 'extend',
      extendBy: 'P1D',
      extensions: 2,
      then: 'store',
      parts: [{ drop: 'video/*' }],
    })
    expect(
      (await merged('<deferred mode="push" on-expiry="store"><keep content-type="text/*"/></deferred>', policy)).profile
        .deferred,
    ).toEqual({
      mode: 'push',
      keepFor: 'P2D',
      onExpiry: 'store',
      parts: [{ keep: 'text/*' }],
    })
  })

  test('C7: sessions, storage and devices field by field, content adaptation and interworking as a whole', async () => {
    const policy = `<p:sessions unavailable="reject" otherwise="accept"><p:media type="audio" answer="ask"/></p:sessions><p:storage messages="true"/>
      <p:devices><p:messages to="listed"/><p:reports to="listed"/></p:devices><p:content-adaptation><p:device max-bytes="5"/></p:content-adaptation>
      <p:interworking><p:service name="sms" priority="1"/></p:interworking>`
    const { profile } = await merged(
      '<sessions otherwise="reject"/><storage sessions="true"/><devices><reports to="all"/></devices>' +
        '<content-adaptation/><interworking/>',
      policy,
    )
    expect(profile.sessions).toEqual({
      unavailable: 'reject',
      otherwise: 'reject',
      media: [{ type: 'audio', answer: 'ask' }],
    })
    expect(profile.storage).toEqual({ messages: true, sessions: true, conversations: false })
    expect(profile.devices).toEqual({ messages: { to: 'listed' }, invitations: { to: 'all' }, reports: { to: 'all' } })
    expect([profile.contentAdaptation, profile.interworking]).toEqual([{}, {}])
    const silent = (await merged('', policy)).profile
    expect(silent.contentAdaptation).toEqual({ devices: [{ maxBytes: 5 }] })
    expect(silent.interworking).toEqual({ services: [{ name: 'sms', priority: 1 }] })
  })

  test('C7: the limits of the policy, each with its own default', async () => {
    const stored = new Stored()
    stored.put(
      'global',
      POLICY,
      policyText(
        '<limits waiting-at-most="2"/><reports failure="false"/><connectivity name="roaming" max-bytes="10"/>',
      ),
    )
    const { policy } = await read(stored)
    expect(policy).toEqual({
      limits: {
        keepAtMost: 'P30D',
        extensionsAtMost: 3,
        waitingAtMost: 2,
        waitingBytesAtMost: 104857600,
        ofOneSender: 0.1,
      },
      notices: { outOfBand: 'summary', atMostEvery: 'PT15M' },
      reports: { failure: false },
      connectivity: [{ name: 'roaming', maxBytes: 10 }],
    })
  })
})

describe('X7: lists of the user', () => {
  const LIST =
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="friends"><entry ' +
    'uri="sip:bob@example.com"/></list></resource-lists>'
  const EXCEPT = '<except><originator list="friends"/><originator list="nobody"/></except>'

  test('X7, X16: a list is looked up, one that is not there matches nobody and is named', async () => {
    const stored = new Stored()
    stored.put(ALICE, LISTS, LIST)
    stored.put(ALICE, DISTURB, disturbText('on="true"', EXCEPT))
    stored.put(
      ALICE,
      PROFILE('a'),
      profileText(
        'a',
        '<messages><rule id="r" action="reject"><originator list="foes"/><originator list="friends"/>' +
          '</rule></messages>',
      ),
    )
    stored.put(ALICE, ACTIVE, activeText('a'))
    const preferences = await read(stored)
    expect(preferences.excepted(bob)).toBe(true)
    expect(preferences.excepted({ uri: 'sip:eve@example.com', undisclosed: false })).toBe(false)
    // To be let through would tell who he is that hides.
    expect(preferences.excepted({ ...bob, undisclosed: true })).toBe(false)
    expect(preferences.originates([{ list: 'friends' }], bob)).toBe(true)
    expect(preferences.originates([{ list: 'foes' }], bob)).toBe(false)
    expect(preferences.unknownLists(undefined)).toEqual(['foes', 'nobody'])
  })

  test('X7: any document of resource-lists counts', async () => {
    const stored = new Stored()
    stored.put(ALICE, 'resource-lists/private', LIST)
    stored.put(ALICE, DISTURB, disturbText('on="true"', EXCEPT))
    expect((await read(stored)).excepted(bob)).toBe(true)
  })
})

describe('INV-22: a document that cannot be read disturbs nobody', () => {
  const WAITING = { rules: [], available: { action: 'defer' }, unavailable: { action: 'defer' } }

  test('INV-22: do-not-disturb counts as on, for everybody', async () => {
    const stored = new Stored()
    stored.put(ALICE, DISTURB, '<do-not-disturb')
    const preferences = await read(stored)
    expect(preferences.disturbance(PHONE, 0)).toEqual({ on: true, because: 'unreadable', until: undefined })
    expect(preferences.excepted(bob)).toBe(false)
    expect(preferences.unreadable.map(({ document }) => document)).toEqual([DISTURB])
  })

  test.each([
    ['is not of its format', disturbText('on="true"', '<schedule time-zone="Mars/Olympus"/>')],
    ['is another document', profileText('x')],
  ])('INV-22: a document that %s', async (_, text) => {
    const stored = new Stored()
    stored.put(ALICE, DISTURB, text)
    expect((await read(stored)).disturbance(undefined, 0).on).toBe(true)
  })

  test('INV-22: messages wait where the profile, or which one is active, is not known; other users of it are not concerned', async () => {
    const stored = new Stored()
    stored.put(ALICE, PROFILE('bad'), '<profile/>')
    stored.put(ALICE, PROFILE('good'), profileText('good'))
    stored.put(ALICE, ACTIVE, activeText('bad', { 'urn:1': 'good', 'urn:2': 'gone' }))
    const preferences = await read(stored)
    expect(preferences.inForce(undefined)).toMatchObject({
      profileId: 'bad',
      because: 'default',
      profile: { messages: WAITING },
      ownUnavailable: false,
    })
    expect(preferences.inForce('urn:1')).toMatchObject({ profile: OURS })
    expect(preferences.inForce('urn:2')).toMatchObject({ profileId: 'gone', profile: { messages: WAITING } })
    expect(preferences.unreadable.map(({ document }) => document)).toEqual([PROFILE('bad'), PROFILE('gone')])
    stored.put(ALICE, ACTIVE, '<active-profile xmlns="urn:cpm-xdms:active-profile:1"/>')
    expect((await read(stored)).inForce('urn:1')).toMatchObject({
      profileId: undefined,
      profile: { messages: WAITING },
    })
  })

  test('INV-22: messages wait where the text is lost, and where the policy cannot be read and the profile is silent', async () => {
    const stored = new Stored()
    stored.put('global', POLICY, 'no policy')
    stored.put(ALICE, PROFILE('a'), profileText('a', '<messages><available action="deliver"/></messages>'))
    stored.put(ALICE, ACTIVE, activeText('a'))
    expect((await read(stored)).inForce(undefined).profile.messages).toEqual({
      rules: [],
      available: { action: 'deliver' },
      unavailable: { action: 'defer' },
    })
    stored.put(ALICE, ACTIVE, undefined)
    expect((await read(stored)).inForce(undefined).profile.messages).toEqual(WAITING)
    stored.put('global', POLICY, undefined)
    stored.put(ALICE, ACTIVE, activeText('a'))
    stored.lose('t2')
    expect((await read(stored)).inForce(undefined).profile.messages).toEqual(WAITING)
  })

  test('INV-22: messages wait where a rule asks for lists that cannot be read', async () => {
    const stored = new Stored()
    stored.put(ALICE, LISTS, '<resource-lists')
    stored.put(
      ALICE,
      PROFILE('a'),
      profileText('a', '<messages><rule id="r" action="reject"><originator list="foes"/></rule></messages>'),
    )
    stored.put(ALICE, PROFILE('b'), profileText('b'))
    stored.put(ALICE, ACTIVE, activeText('a', { 'urn:1': 'b' }))
    const preferences = await read(stored)
    expect(preferences.inForce(undefined).profile.messages).toEqual(WAITING)
    expect(preferences.inForce('urn:1').profile).toEqual(OURS)
  })
})
