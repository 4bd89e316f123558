/** Any JSON of each document, for properties. */
import fc from 'fast-check'
import type { DocumentKind } from '../../src/preferences/shapes.ts'

const text = fc.oneof(
  fc.constantFrom(
    'Home',
    'a & b',
    '<b>"x"</b>',
    "it's",
    ' two  blanks ',
    'line\nbreak\ttab\rreturn',
    ']]>',
    '🌙',
    '<!-- no -->',
  ),
  fc.string({ minLength: 1, maxLength: 8 }),
)
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f g', 'ü&<>"')
const profileId = fc.constantFrom('home', 'work', 'x.1', '_')
const uri = fc.constantFrom(
  'sip:a@example.com',
  'tel:+15550100',
  'urn:uuid:1',
  'urn:uuid:2',
  'sip:it\'s"<&>@example.com',
)
const range = fc.constantFrom('*/*', 'text/*', 'text/plain', 'image/png', 'video/*')
const count = fc.constantFrom(0, 1, 5, 1_300, 999_999_999_999_999)
const duration = fc.constantFrom('P7D', 'PT15M', 'P1M', 'PT0.5S')
const one = fc.constantFrom

type Fields = Record<string, fc.Arbitrary<unknown>>

/** An object with these fields, the needed ones always. */
function object(needed: Fields, optional: Fields = {}): fc.Arbitrary<Record<string, unknown>> {
  return fc.record({ ...needed, ...optional }, { requiredKeys: Object.keys(needed) })
}

function some<T>(member: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(member, { minLength: 1, maxLength: 4 })
}

/** No two with the same value of a field. */
function unique(field: string, member: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>[]> {
  return fc.uniqueArray(member, { minLength: 1, maxLength: 5, selector: (value) => value[field] })
}

const originator = fc.oneof(
  object({ uri }),
  object({ domain: one('example.com', 'spam.example') }),
  object({ list: text }),
)

const rule = fc
  .tuple(
    fc.oneof(
      object({ action: one('deliver', 'reject', 'store', 'interwork', 'defer', 'discard') }),
      object({ action: one('forward'), to: uri }),
    ),
    object(
      { id },
      {
        when: one('any', 'available', 'unavailable'),
        originators: some(originator),
        undisclosedSender: one(true),
        contentTypes: some(range),
        messageTypes: some(one('pager', 'large', 'file', 'group')),
      },
    ),
    object({ largerThan: count }),
  )
  .map(([action, conditions, size]) => ({ ...conditions, ...action, ...size }))

const choice = object({ to: one('all', 'listed') }, { devices: some(uri) })

const preferences: Fields = {
  messages: object(
    {},
    {
      rules: unique('id', rule),
      available: object({ action: one('deliver', 'defer') }),
      unavailable: object({ action: one('discard', 'defer', 'store') }),
    },
  ),
  deferred: fc.oneof(
    object(
      { onExpiry: one('extend'), extendBy: duration, extensions: one(1, 2), then: one('discard', 'store') },
      { parts: some(object({ keep: range })) },
    ),
    object(
      {},
      {
        mode: one('notify', 'push'),
        keepFor: duration,
        parts: some(fc.oneof(object({ keep: range }), object({ drop: range }, { whole: fc.boolean() }))),
      },
    ),
  ),
  contentAdaptation: object(
    {},
    {
      devices: unique(
        'id',
        object({}, { id: uri, maxBytes: count, otherwise: one('convert', 'withhold'), accepts: some(range) }),
      ),
    },
  ),
  sessions: object(
    {},
    {
      unavailable: one('reject'),
      otherwise: one('ask', 'accept'),
      media: unique('type', object({ type: one('audio', 'video', 'text'), answer: one('ask', 'reject') })),
    },
  ),
  storage: object(
    {},
    {
      messages: fc.boolean(),
      sessions: fc.boolean(),
      media: some(object({ contentType: range, store: fc.boolean() })),
    },
  ),
  devices: object({}, { messages: choice, invitations: choice, reports: choice }),
  interworking: object({}, { services: unique('priority', object({ name: id, priority: count }, { address: uri })) }),
}

const quiet = object({
  id,
  days: fc.uniqueArray(one('mon', 'tue', 'sun'), { minLength: 1 }),
  from: one('22:00', '00:00'),
  to: one('07:00', '23:59'),
})
const schedule = object({ timeZone: one('Europe/Berlin', 'UTC') }, { quiet: unique('id', quiet) })
const setting = fc
  .tuple(
    fc.oneof(
      object({}),
      object({ on: fc.boolean() }, { until: one('2026-11-21T07:00:00Z', '2026-11-21T07:00:00.5+01:00') }),
    ),
    object({}, { schedule }),
  )
  .map(([hand, weekly]) => ({ ...hand, ...weekly }))

export const ANY_JSON: Readonly<Record<DocumentKind, fc.Arbitrary<Record<string, unknown>>>> = {
  profile: object(
    { id: profileId, displayNames: unique('lang', object({ text }, { lang: one('en', 'de', 'de-CH', ' en ', '') })) },
    preferences,
  ),
  'active-profile': object({ default: profileId }, { devices: unique('id', object({ id: uri, profile: profileId })) }),
  'do-not-disturb': fc
    .tuple(
      setting,
      object(
        {},
        {
          devices: unique(
            'id',
            fc.tuple(object({ id: uri }), setting).map(([named, set]) => ({ ...named, ...set })),
          ),
          except: fc.array(originator, { maxLength: 3 }),
        },
      ),
    )
    .map(([own, others]) => ({ ...own, ...others })),
  'provider-policy': object(
    {},
    {
      defaults: object({}, preferences),
      limits: object(
        {},
        {
          keepAtMost: duration,
          extensionsAtMost: count,
          waitingAtMost: count,
          waitingBytesAtMost: count,
          ofOneSender: one(0, 0.1, 0.025, 0.999, 1),
        },
      ),
      notices: object({}, { outOfBand: one('none', 'each', 'summary'), atMostEvery: duration }),
      reports: object({}, { failure: fc.boolean() }),
      connectivity: unique('name', object({ name: id, maxBytes: count })),
    },
  ),
}
