import { describe, expect, test } from 'vitest'
import { AUID } from '../../src/names.ts'
import { alice, refusal, refusedBy, surroundings, usageOf } from './fixtures.ts'

const profile = (content: string, attributes = ''): string =>
  `<profile xmlns="urn:cpm-xdms:profile:1" id="x"${attributes}><display-name>x</display-name>${content}</profile>`
const ofProfile = async (content: string): Promise<string> =>
  phraseOf(await refusal(AUID.profiles, profile(content), 'x'))
const ofDisturb = async (attributes: string, content = ''): Promise<string> =>
  phraseOf(
    await refusal(
      AUID.doNotDisturb,
      `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" ${attributes}>${content}</do-not-disturb>`,
    ),
  )
const ofPolicy = async (content: string): Promise<string> =>
  phraseOf(
    await refusal(
      AUID.providerPolicy,
      `<provider-policy xmlns="urn:cpm-xdms:provider-policy:1" ` +
        `xmlns:p="urn:cpm-xdms:profile:1">${content}</provider-policy>`,
    ),
  )

/** `kind: phrase`, of a broken schema with the first place, or `accepted`. */
function phraseOf(verdict: Awaited<ReturnType<typeof refusal>>): string {
  if (verdict === undefined) return 'accepted'
  if (verdict.kind === 'schema-validation-error')
    return `${verdict.kind}: ${verdict.faults[0]?.path}: ${verdict.faults[0]?.message}`
  return `${verdict.kind}: ${'phrase' in verdict ? verdict.phrase : verdict.detail}`
}

describe('X1: profile', () => {
  const rule = (attributes: string, conditions = '<undisclosed-sender/>'): string =>
    `<messages><rule id="a" ${attributes}>${conditions}</rule></messages>`
  const extend = (attributes: string): string => `<deferred on-expiry="extend" ${attributes}/>`
  test.each([
    ['<messages/><messages/>', 'constraint-failure: /profile/messages[2] (line 1): messages is there already.'],
    [
      '<messages><available action="deliver"/><available action="defer"/></messages>',
      'constraint-failure: /profile/messages/available[2] (line 1): available is there already.',
    ],
    [
      '<devices><reports to="all"/><reports to="all"/></devices>',
      'constraint-failure: /profile/devices/reports[2] (line 1): reports is there already.',
    ],
    [
      rule('action="reject"', '<undisclosed-sender/><undisclosed-sender/>'),
      'constraint-failure: /profile/messages/rule/undisclosed-sender[2] (line 1): undisclosed-sender is there already.',
    ],
    [rule('action="reject"', '<content-type>a/b</content-type><content-type>*/*</content-type>'), 'accepted'],
    [
      rule('action="forward"'),
      'constraint-failure: /profile/messages/rule (line 1): to is needed with action="forward".',
    ],
    [rule('action="forward" to="sip:a@example.com"'), 'accepted'],
    [
      rule('action="reject" to="sip:a@example.com"'),
      'constraint-failure: /profile/messages/rule (line 1): to goes only with action="forward".',
    ],
    [
      rule('action="forward" to="nowhere"'),
      "schema-validation-error: /profile/messages/rule: to: The value 'nowhere' is not a URI with its scheme.",
    ],
    [
      rule('action="reject"', '<originator/>'),
      'constraint-failure: /profile/messages/rule/originator (line 1): one of uri, domain and list, not none.',
    ],
    [
      rule('action="reject"', '<originator uri="tel:+1" list="a"/>'),
      'constraint-failure: /profile/messages/rule/originator (line 1): one of uri, domain and list, not uri and list.',
    ],
    [
      rule('action="reject"', '<larger-than bytes="+1"/>'),
      "schema-validation-error: /profile/messages/rule/larger-than: bytes: The value '+1' is not a count " +
        'without sign or leading zeros.',
    ],
    [
      rule('action="reject"', '<content-type>text</content-type>'),
      "schema-validation-error: /profile/messages/rule/content-type: The value 'text' is not a media " +
        'range: type/subtype, type/* or */*.',
    ],
    [
      rule('action="reject"', '<message-type>sms</message-type>'),
      "schema-validation-error: /profile/messages/rule/message-type: The value 'sms' is not an element of " +
        "the set {'pager', 'large', 'file', 'group'}.",
    ],
    [
      '<messages><available action="discard"/></messages>',
      "schema-validation-error: /profile/messages/available: action: The value 'discard' is not an element " +
        "of the set {'deliver', 'reject', 'forward', 'store', 'interwork', 'defer'}.",
    ],
    [extend('extend-by="P1D" extensions="3" then="store"'), 'accepted'],
    [
      extend('extensions="3" then="store"'),
      'constraint-failure: /profile/deferred (line 1): extend-by is needed with on-expiry="extend".',
    ],
    [
      extend('extend-by="P1D" then="store"'),
      'constraint-failure: /profile/deferred (line 1): extensions is needed with on-expiry="extend".',
    ],
    [
      '<deferred on-expiry="store" then="store"/>',
      'constraint-failure: /profile/deferred (line 1): then goes only with on-expiry="extend".',
    ],
    [
      '<deferred then="store"/>',
      'constraint-failure: /profile/deferred (line 1): then goes only with on-expiry="extend".',
    ],
    [
      '<deferred keep-for="PT0.0000000001S"/>',
      'constraint-failure: /profile/deferred (line 1): keep-for is at least a millisecond, not PT0.0000000001S.',
    ],
    [
      '<deferred on-expiry="extend" extend-by="P1D" extensions="0" then="discard"/>',
      'constraint-failure: /profile/deferred (line 1): extensions is at least 1; without any, say ' +
        'on-expiry="discard" or "store".',
    ],
    [
      '<deferred keep-for="PT0S"/>',
      'constraint-failure: /profile/deferred (line 1): keep-for is at least a millisecond, not PT0S.',
    ],
    [
      '<deferred keep-for="P999999Y"/>',
      'constraint-failure: /profile/deferred (line 1): keep-for is at most 100 years.',
    ],
    ['<deferred keep-for="P1Y2M3DT4H5M6.5S"/>', 'accepted'],
    ['<deferred keep-for="P2W"/>', 'accepted'],
    [
      '<deferred keep-for="P"/>',
      "schema-validation-error: /profile/deferred: keep-for: The value 'P' is not a duration without sign, " +
        'like P7D or PT12H.',
    ],
    [
      '<deferred keep-for="P1DT"/>',
      "schema-validation-error: /profile/deferred: keep-for: The value 'P1DT' is not a duration without " +
        'sign, like P7D or PT12H.',
    ],
    [
      '<deferred keep-for=" P1D"/>',
      "schema-validation-error: /profile/deferred: keep-for: The value ' P1D' is not a duration without " +
        'sign, like P7D or PT12H.',
    ],
    [
      '<storage messages=" true "/>',
      "schema-validation-error: /profile/storage: messages: The value ' true ' is not an element of the " +
        "set {'true', 'false'}.",
    ],
    [
      '<display-name>y</display-name>',
      'constraint-failure: /profile/display-name[2] (line 1): there is a display-name without a language already.',
    ],
    [
      '<display-name xml:lang="not a language">y</display-name>',
      "schema-validation-error: /profile/display-name[2]: lang: The value 'not a language' is not a valid language.",
    ],
    [
      '<display-name xml:lang="de"></display-name>',
      "schema-validation-error: /profile/display-name[2]: The value has a length of '0'; this underruns " +
        "the allowed minimum length of '1'.",
    ],
  ])('X1: %s', async (content, expected) => {
    expect(await ofProfile(content)).toBe(expected)
  })

  test.each(['a', 'A.b_c-9', '_', '-', 'x'.repeat(64)])('X1: %s is a profile id', async (id) => {
    expect(await refusal(AUID.profiles, profile('').replace('id="x"', `id="${id}"`), id)).toBeUndefined()
  })
  test.each(['.hidden', 'x'.repeat(65), 'ä', 'a b', 'a/b'])('X1: %s is none', async (id) => {
    expect(await refusal(AUID.profiles, profile('').replace('id="x"', `id="${id}"`), id)).toMatchObject({
      kind: 'schema-validation-error',
    })
    expect(await refusal(AUID.profiles, profile(''), id)).toMatchObject({ kind: 'constraint-failure' })
  })

  test('HOST-X10: foreign content is kept and ignored: nothing in it is judged, not even our own names', async () => {
    const ours =
      '<messages xmlns="urn:cpm-xdms:profile:1"><rule/><rule/></messages><display-name xmlns="urn:cpm-xdms:profile:1"/>'
    expect(
      await ofProfile(
        `<messages a:b="c" xmlns:a="urn:a"><a:messages>${ours}</a:messages><a:messages/></messages><e:dnd ` +
          `xmlns:e="urn:evil"/><e:dnd xmlns:e="urn:evil"/>`,
      ),
    ).toBe('accepted')
    expect(await ofProfile('<a:x xmlns:a="urn:a"/><messages/>')).toBe(
      'schema-validation-error: /profile/messages: This element is not expected.',
    )
    expect(await ofProfile('<messages><x xmlns=""/></messages>')).toContain(
      'schema-validation-error: /profile/messages/x: This element is not expected.',
    )
  })

  test('HOST-X3: xsi attributes load nothing and change no type', async () => {
    const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    expect(
      phraseOf(
        await refusal(
          AUID.profiles,
          profile('', ` ${xsi} xsi:schemaLocation="urn:cpm-xdms:profile:1 file:///etc/passwd"`),
          'x',
        ),
      ),
    ).toBe('accepted')
    expect(await ofProfile(`<messages ${xsi} xsi:type="storage" messages="true"/>`)).toContain(
      'schema-validation-error',
    )
  })
})

describe('RFC 4825 §8.2.7: a profile in use stays (X3, HOST-X13)', () => {
  const active =
    '<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="home"><device id="urn:uuid:1" ' +
    'profile="work"/></active-profile>'
  const around = surroundings(['home', 'work', 'idle'], { 'org.cpm-xdms.active-profile/index': active })
  const removal = async (name: string, of = around): Promise<string> =>
    phraseOf(
      await refusedBy(() => usageOf(AUID.profiles).checkRemoval({ auid: AUID.profiles, owner: alice, name }, of)),
    )
  test('HOST-X13: as the default, on a device, or not', async () => {
    expect(await removal('home')).toBe('constraint-failure: The profile home is in use: it is the default profile.')
    expect(await removal('work')).toBe(
      'constraint-failure: The profile work is in use: it is the active profile of the device urn:uuid:1.',
    )
    expect(await removal('idle')).toBe('accepted')
    expect(await removal('home', surroundings(['home']))).toBe('accepted')
  })
})

describe('X3: active-profile', () => {
  const of = async (attributes: string, content = ''): Promise<string> =>
    phraseOf(
      await refusal(
        AUID.activeProfile,
        `<active-profile xmlns="urn:cpm-xdms:active-profile:1" ${attributes}>${content}</active-profile>`,
      ),
    )
  test('HOST-X12: every profile named exists', async () => {
    expect(await of('default="home"', '<device id="urn:uuid:1" profile="work"/>')).toBe('accepted')
    expect(await of('default="away"')).toBe('constraint-failure: /active-profile (line 1): there is no profile away.')
    expect(await of('default="home"', '\n<device id="urn:uuid:1" profile="away"/>')).toBe(
      'constraint-failure: /active-profile/device (line 2): there is no profile away.',
    )
    expect(await of('default="constructor"')).toBe(
      'constraint-failure: /active-profile (line 1): there is no profile constructor.',
    )
  })
})

describe('X16: do-not-disturb', () => {
  const schedule = (zone: string): string =>
    `<schedule time-zone="${zone}"><quiet id="a" days="mon" from="22:00" to="07:00"/></schedule>`
  test.each([
    ['on="true" until="2026-02-28T23:59:59.5+01:00"', '', 'accepted'],
    [
      'on="true" until="2026-02-29T00:00:00Z"',
      '',
      'constraint-failure: /do-not-disturb (line 1): until 2026-02-29T00:00:00Z is no day of the calendar.',
    ],
    ['on="true" until="2028-02-29T00:00:00Z"', '', 'accepted'],
    [
      'on="true" until="-99999-01-01T00:00:00Z"',
      '',
      "schema-validation-error: /do-not-disturb: until: The value '-99999-01-01T00:00:00Z' is not an " +
        'instant with its offset, like 2026-11-21T07:00:00Z.',
    ],
    [
      'on="true" until="2026-01-01T24:00:00Z"',
      '',
      "schema-validation-error: /do-not-disturb: until: The value '2026-01-01T24:00:00Z' is not an instant " +
        'with its offset, like 2026-11-21T07:00:00Z.',
    ],
    [
      '',
      '<device id="urn:uuid:1" until="2026-01-01T00:00:00Z"/>',
      'constraint-failure: /do-not-disturb/device (line 1): until says how long on holds, so it needs on.',
    ],
    ['', schedule('Europe/Berlin'), 'accepted'],
    ['', schedule('UTC'), 'accepted'],
    ['', schedule('America/Argentina/Buenos_Aires'), 'accepted'],
    [
      '',
      schedule('+01:00'),
      'constraint-failure: /do-not-disturb/schedule (line 1): +01:00 is not a time zone of the IANA database.',
    ],
    [
      '',
      `<device id="urn:uuid:1">${schedule('Nowhere')}</device>`,
      'constraint-failure: /do-not-disturb/device/schedule (line 1): Nowhere is not a time zone of the IANA database.',
    ],
    [
      '',
      schedule('UTC') + schedule('UTC'),
      'constraint-failure: /do-not-disturb/schedule[2] (line 1): schedule is there already.',
    ],
    [
      '',
      '<except><originator uri="sip:a@b"/><originator/></except>',
      'constraint-failure: /do-not-disturb/except/originator[2] (line 1): one of uri, domain and list, not none.',
    ],
    [
      '',
      schedule('UTC').replace('"mon"', '"mon day"'),
      "schema-validation-error: /do-not-disturb/schedule/quiet: days: The value 'mon day' is not a list of " +
        'days: mon tue wed thu fri sat sun.',
    ],
  ])('X16: %s %s', async (attributes, content, expected) => {
    expect(await ofDisturb(attributes, content)).toBe(expected)
  })
})

describe('C7: provider-policy', () => {
  test.each([
    [
      '<limits keep-at-most="PT0S"/>',
      'constraint-failure: /provider-policy/limits (line 1): keep-at-most is at least a millisecond, not PT0S.',
    ],
    [
      '<notices at-most-every="P0D"/>',
      'constraint-failure: /provider-policy/notices (line 1): at-most-every is at least a millisecond, not P0D.',
    ],
    ['<limits/><limits/>', 'constraint-failure: /provider-policy/limits[2] (line 1): limits is there already.'],
    [
      '<defaults><p:deferred/><p:deferred/></defaults>',
      'constraint-failure: /provider-policy/defaults/deferred[2] (line 1): deferred is there already.',
    ],
    [
      '<defaults><p:messages><p:available action="forward"/></p:messages></defaults>',
      'constraint-failure: /provider-policy/defaults/messages/available (line 1): to is needed with action="forward".',
    ],
    ['<connectivity name="wifi" max-bytes="1"/><connectivity name="roaming" max-bytes="2"/>', 'accepted'],
  ])('C7: %s', async (content, expected) => {
    expect(await ofPolicy(content)).toBe(expected)
  })
})

describe('RFC 4826 §3.4.5: resource-lists', () => {
  const of = async (content: string): Promise<string> =>
    phraseOf(
      await refusal(
        AUID.resourceLists,
        `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${content}</resource-lists>`,
      ),
    )
  test.each([
    ['', 'accepted'],
    ['<list/><list/>', 'accepted'],
    [
      '<list name="a"><list name="a"><entry uri="sip:a@b"/></list><entry uri="sip:a@b"><display-name ' +
        'xml:lang="de">A</display-name><x xmlns="urn:x"/></entry></list>',
      'accepted',
    ],
    [
      '<list><entry-ref ref="resource-lists/users/sip:a@b/index/~~/resource-lists/list"/><external ' +
        'anchor="https://xcap.example.com/a"/></list>',
      'accepted',
    ],
    [
      '<list><entry-ref ref="/a"/></list>',
      'constraint-failure: /resource-lists/list/entry-ref (line 1): ref is a path relative to the XCAP root.',
    ],
    [
      '<list><list><entry-ref ref="http://b/a"/></list></list>',
      'constraint-failure: /resource-lists/list/list/entry-ref (line 1): ref is a path relative to the XCAP root.',
    ],
    [
      '<list><external anchor="a"/></list>',
      'constraint-failure: /resource-lists/list/external (line 1): anchor is an absolute HTTP URI.',
    ],
    [
      '<list><entry/></list>',
      "schema-validation-error: /resource-lists/list/entry: The attribute 'uri' is required but missing.",
    ],
    [
      '<list><entry uri="sip:a@b"/><display-name>late</display-name></list>',
      'schema-validation-error: /resource-lists/list/display-name: This element is not expected. Expected ' +
        'is (elements of other namespaces).',
    ],
  ])('RFC 4826 §3.2: %s', async (content, expected) => {
    expect(await of(content)).toBe(expected)
  })
})

test('RFC 4825 §5.7: index usages have no document of another name', async () => {
  const text = '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1"/>'
  expect(phraseOf(await refusal(AUID.doNotDisturb, text, 'other'))).toBe(
    'constraint-failure: A document of org.cpm-xdms.do-not-disturb is named index, not other.',
  )
})
