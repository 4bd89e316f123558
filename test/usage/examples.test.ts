import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { AUID, type Auid } from '../../src/names.ts'
import { example, refusal } from './fixtures.ts'

const { profiles, activeProfile, doNotDisturb, providerPolicy } = AUID

/** File, usage, document name, verdict: what its first comment says, or `accepted`. */
const ACCEPTED: readonly (readonly [string, Auid, string])[] = [
  ['active-profile.xml', activeProfile, 'index'],
  ['do-not-disturb-off.xml', doNotDisturb, 'index'],
  ['do-not-disturb-unset.xml', doNotDisturb, 'index'],
  ['do-not-disturb.xml', doNotDisturb, 'index'],
  ['profile-any-order-and-foreign.xml', profiles, 'night'],
  ['profile-meeting.xml', profiles, 'meeting'],
  ['profile-ours-inside-foreign.xml', profiles, 'inside'],
  ['profile-smallest.xml', profiles, 'home'],
  ['profile-work.xml', profiles, 'work'],
  ['provider-policy-empty.xml', providerPolicy, 'index'],
  ['provider-policy.xml', providerPolicy, 'index'],
]

const REFUSED: readonly (readonly [string, Auid, string, string])[] = [
  ['active-profile-device-twice.xml', activeProfile, 'index', 'uniqueness-failure'],
  ['active-profile-no-default.xml', activeProfile, 'index', 'schema-validation-error'],
  ['active-profile-unknown.xml', activeProfile, 'index', 'constraint-failure'],
  ['do-not-disturb-25-oclock.xml', doNotDisturb, 'index', 'schema-validation-error'],
  ['do-not-disturb-boolean-one.xml', doNotDisturb, 'index', 'schema-validation-error'],
  ['do-not-disturb-no-such-zone.xml', doNotDisturb, 'index', 'constraint-failure'],
  ['do-not-disturb-no-time-offset.xml', doNotDisturb, 'index', 'schema-validation-error'],
  ['do-not-disturb-not-boolean.xml', doNotDisturb, 'index', 'schema-validation-error'],
  ['do-not-disturb-quiet-twice.xml', doNotDisturb, 'index', 'uniqueness-failure'],
  ['do-not-disturb-until-without-on.xml', doNotDisturb, 'index', 'constraint-failure'],
  ['doctype.xml', profiles, 'x', 'constraint-failure'],
  ['profile-extend-without-then.xml', profiles, 'x', 'constraint-failure'],
  ['profile-foreign-not-last.xml', profiles, 'x', 'schema-validation-error'],
  ['profile-forward-without-to.xml', profiles, 'x', 'constraint-failure'],
  ['profile-id-differs-from-name.xml', profiles, 'not-this-name', 'constraint-failure'],
  ['profile-messages-twice.xml', profiles, 'x', 'constraint-failure'],
  ['profile-negative-size.xml', profiles, 'x', 'schema-validation-error'],
  ['profile-no-display-name.xml', profiles, 'x', 'schema-validation-error'],
  ['profile-no-id.xml', profiles, 'x', 'schema-validation-error'],
  ['profile-no-namespace-child.xml', profiles, 'x', 'schema-validation-error'],
  ['profile-originator-two-ways.xml', profiles, 'x', 'constraint-failure'],
  ['profile-other-namespace.xml', profiles, 'x', 'schema-validation-error'],
  ['profile-rule-without-condition.xml', profiles, 'x', 'schema-validation-error'],
  ['profile-two-names-one-language.xml', profiles, 'x', 'uniqueness-failure'],
  ['profile-two-rules-one-id.xml', profiles, 'x', 'uniqueness-failure'],
  ['profile-two-services-one-priority.xml', profiles, 'x', 'uniqueness-failure'],
  ['profile-unavailable-deliver.xml', profiles, 'x', 'schema-validation-error'],
  ['profile-unknown-element.xml', profiles, 'x', 'schema-validation-error'],
  ['profile-wrong-root.xml', profiles, 'x', 'schema-validation-error'],
  ['provider-policy-default-display-name.xml', providerPolicy, 'index', 'schema-validation-error'],
  ['provider-policy-life-negative.xml', providerPolicy, 'index', 'schema-validation-error'],
]

describe('RFC 4825 §8.2.5: examples', () => {
  test.each(ACCEPTED)('X5: %s is accepted', async (file, auid, name) => {
    expect(await refusal(auid, example(`accepted/${file}`), name)).toBeUndefined()
  })

  test.each(REFUSED)('X5: %s is refused', async (file, auid, name, kind) => {
    expect(await refusal(auid, example(`refused/${file}`), name)).toMatchObject({ kind })
    expect(new TextDecoder().decode(example(`refused/${file}`))).toContain(kind)
  })

  test('X5: no example is left out', () => {
    const files = (folder: string): string[] => readdirSync(new URL(`../examples/${folder}`, import.meta.url)).sort()
    expect(files('accepted')).toEqual(ACCEPTED.map(([file]) => file))
    expect(files('refused')).toEqual(REFUSED.map(([file]) => file))
  })
})
