import { describe, expect, test } from 'vitest'
import { checkJson } from '../../src/preferences/check.ts'
import {
  readActiveProfile,
  readDoNotDisturb,
  readProfile,
  readProviderPolicy,
} from '../../src/preferences/documents.ts'
import type { DocumentKind } from '../../src/preferences/shapes.ts'
import { documentJson, writeJson } from '../../src/preferences/write.ts'
import { Refused, type FieldFault } from '../../src/refusal.ts'
import { example, exampleJson, exampleText, parsed } from './example.ts'

const PAIRS: readonly (readonly [DocumentKind, string])[] = [
  ['profile', 'profile-smallest'],
  ['profile', 'profile-work'],
  ['profile', 'profile-meeting'],
  ['active-profile', 'active-profile'],
  ['do-not-disturb', 'do-not-disturb'],
  ['do-not-disturb', 'do-not-disturb-off'],
  ['provider-policy', 'provider-policy'],
]

describe('X1: a document and its JSON say the same', () => {
  test.each(PAIRS)('X1: %s %s from XML', (kind, name) => {
    expect(documentJson(kind, example(name))).toEqual(exampleJson(name))
  })

  test.each(PAIRS)('X1: %s %s to XML and back', (kind, name) => {
    const written = writeJson(kind, checkJson(kind, exampleJson(name)), undefined)
    expect(documentJson(kind, parsed(written))).toEqual(exampleJson(name))
  })

  test.each(PAIRS)('X1: %s %s written over itself keeps every byte', (kind, name) => {
    expect(writeJson(kind, checkJson(kind, exampleJson(name)), example(name))).toBe(exampleText(`accepted/${name}.xml`))
  })

  test('X1: the typed readings', () => {
    expect(readProfile(example('profile-smallest'))).toEqual({ id: 'home', displayNames: [{ text: 'Home' }] })
    expect(readActiveProfile(example('active-profile')).default).toBe('home')
    expect(readDoNotDisturb(example('do-not-disturb-unset'))).toEqual({})
    expect(readProviderPolicy(example('provider-policy-empty'))).toEqual({})
  })

  test('X1: foreign elements and attributes are passed over, whatever is inside them', () => {
    expect(readProfile(example('profile-ours-inside-foreign'))).toEqual({ id: 'inside', displayNames: [{ text: 'x' }] })
    expect(readProfile(example('profile-any-order-and-foreign'))).toEqual({
      id: 'night',
      displayNames: [{ lang: 'de', text: 'Nachts 🌙' }],
      messages: { rules: [{ id: 'r1', action: 'defer', contentTypes: ['*/*'] }], unavailable: { action: 'discard' } },
      deferred: { mode: 'notify' },
      interworking: { services: [{ name: 'email', priority: 1, address: 'mailto:alice@example.com' }] },
    })
  })

  test('X1: the same names in another namespace are not ours', () => {
    const document = parsed(
      '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" xmlns:e="urn:evil" e:on="true"><e:schedule ' +
        'time-zone="Europe/Berlin"/></do-not-disturb>',
    )
    expect(readDoNotDisturb(document)).toEqual({})
  })

  test('X1: a new document is indented and has its namespaces at the root', () => {
    const policy = checkJson('provider-policy', {
      defaults: { deferred: { mode: 'notify' } },
      reports: { failure: false },
    })
    expect(writeJson('provider-policy', policy, undefined)).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<provider-policy xmlns="urn:cpm-xdms:provider-policy:1" xmlns:p="urn:cpm-xdms:profile:1">
  <defaults>
    <p:deferred mode="notify"/>
  </defaults>
  <reports failure="false"/>
</provider-policy>
`,
    )
  })

  test('X1: text that would be markup is text again when it is read', () => {
    const displayNames = [{ lang: 'en', text: '<b> & "quoted" ]]>\r\n\t' }]
    expect(readProfile(parsed(writeJson('profile', { id: 'x', displayNames }, undefined))).displayNames).toEqual(
      displayNames,
    )
  })
})

describe('X2: what a JSON body is refused for', () => {
  function refusal(kind: DocumentKind, value: unknown): { kind: string; errors: readonly FieldFault[] } {
    try {
      checkJson(kind, value)
    } catch (error) {
      if (error instanceof Refused)
        return { kind: error.refusal.kind, errors: ('errors' in error.refusal && error.refusal.errors) || [] }
      throw error
    }
    return { kind: 'accepted', errors: [] }
  }

  const named = { id: 'x', displayNames: [{ text: 'X' }] }
  const rule = { id: 'r', action: 'reject', undisclosedSender: true }

  test.each([null, [], 'text', 5])('X2: %j is no object', (value) => {
    expect(refusal('profile', value).kind).toBe('bad-request')
  })

  test('X2: a missing field is 400 and named', () => {
    expect(refusal('profile', { id: 'x' })).toEqual({
      kind: 'bad-request',
      errors: [{ path: '/displayNames', message: 'is missing' }],
    })
    expect(refusal('active-profile', {})).toEqual({
      kind: 'bad-request',
      errors: [{ path: '/default', message: 'is missing' }],
    })
    expect(refusal('profile', { ...named, messages: { available: {} } })).toEqual({
      kind: 'bad-request',
      errors: [{ path: '/messages/available/action', message: 'is missing' }],
    })
  })

  test('X2: an unknown field is 422 and named', () => {
    expect(refusal('do-not-disturb', { on: true, snooze: 1 })).toEqual({
      kind: 'not-of-the-format',
      errors: [
        { path: '/snooze', message: 'is not a field of this format; there are on, until, schedule, devices, except' },
      ],
    })
    const polluting: unknown = JSON.parse('{"__proto__":{"on":true}}')
    expect(refusal('do-not-disturb', polluting)).toEqual({
      kind: 'not-of-the-format',
      errors: [
        {
          path: '/__proto__',
          message: 'is not a field of this format; there are on, until, schedule, devices, except',
        },
      ],
    })
  })

  test.each<[DocumentKind, unknown, string]>([
    ['do-not-disturb', { on: 'yes' }, '/on'],
    ['do-not-disturb', { on: 1 }, '/on'],
    ['do-not-disturb', { until: '2026-11-21T07:00:00Z' }, '/until'],
    ['do-not-disturb', { on: true, until: '2026-11-21T07:00:00' }, '/until'],
    ['do-not-disturb', { on: true, until: '2026-02-30T07:00:00Z' }, '/until'],
    ['do-not-disturb', { schedule: { timeZone: 'Mars/Olympus' } }, '/schedule/timeZone'],
    ['do-not-disturb', { schedule: { timeZone: '+01:00' } }, '/schedule/timeZone'],
    [
      'do-not-disturb',
      { schedule: { timeZone: 'UTC', quiet: [{ id: 'a', days: [], from: '22:00', to: '23:00' }] } },
      '/schedule/quiet/0/days',
    ],
    [
      'do-not-disturb',
      { schedule: { timeZone: 'UTC', quiet: [{ id: 'a', days: ['mon'], from: '24:00', to: '23:00' }] } },
      '/schedule/quiet/0/from',
    ],
    ['do-not-disturb', { devices: [{ id: 'urn:a' }, { id: 'urn:a' }] }, '/devices/1/id'],
    ['do-not-disturb', { except: [{ uri: 'sip:a@b', domain: 'b' }] }, '/except/0'],
    ['profile', { ...named, id: '.x' }, '/id'],
    ['profile', { ...named, displayNames: [] }, '/displayNames'],
    [
      'profile',
      {
        ...named,
        displayNames: [
          { lang: 'en', text: 'a' },
          { lang: 'en', text: 'b' },
        ],
      },
      '/displayNames/1/lang',
    ],
    ['profile', { ...named, displayNames: [{ text: 'a\u0000' }] }, '/displayNames/0/text'],
    ['profile', { ...named, messages: { rules: [{ id: 'r', action: 'reject' }] } }, '/messages/rules/0'],
    [
      'profile',
      { ...named, messages: { rules: [{ id: 'r', action: 'reject', originators: [] }] } },
      '/messages/rules/0',
    ],
    ['profile', { ...named, messages: { rules: [rule, rule] } }, '/messages/rules/1/id'],
    ['profile', { ...named, messages: { rules: [{ ...rule, to: 'sip:a@b' }] } }, '/messages/rules/0/to'],
    ['profile', { ...named, messages: { available: { action: 'forward' } } }, '/messages/available/to'],
    ['profile', { ...named, messages: { available: { action: 'discard' } } }, '/messages/available/action'],
    ['profile', { ...named, deferred: { keepFor: '-P1D' } }, '/deferred/keepFor'],
    ['profile', { ...named, deferred: { keepFor: 'PT0S' } }, '/deferred/keepFor'],
    ['profile', { ...named, deferred: { onExpiry: 'extend', extendBy: 'P1D', extensions: 1 } }, '/deferred/then'],
    ['profile', { ...named, deferred: { onExpiry: 'discard', then: 'store' } }, '/deferred/then'],
    [
      'profile',
      {
        ...named,
        interworking: {
          services: [
            { name: 'sms', priority: 1 },
            { name: 'email', priority: 1 },
          ],
        },
      },
      '/interworking/services/1/priority',
    ],
    ['provider-policy', { limits: { waitingAtMost: 1.5 } }, '/limits/waitingAtMost'],
    ['provider-policy', { limits: { waitingAtMost: -1 } }, '/limits/waitingAtMost'],
  ])('X2: %s %j', (kind, value, path) => {
    const refused = refusal(kind, value)
    expect(refused.kind).toBe('not-of-the-format')
    expect(refused.errors.map((error) => error.path)).toEqual([path])
  })

  test('X2: an array without members is one that is not there', () => {
    expect(checkJson('profile', { ...named, messages: { rules: [] } })).toEqual({ ...named, messages: {} })
    expect(checkJson('do-not-disturb', { except: [] })).toEqual({ except: [] })
  })
})
