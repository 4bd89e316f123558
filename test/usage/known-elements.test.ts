import { describe, expect, test } from 'vitest'
import type { Auid } from '../../src/names.ts'
import { refusal } from './fixtures.ts'

const rules = (content: string): string =>
  `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy" xmlns:pr="urn:ietf:params:xml:ns:pres-rules" ` +
  `xmlns:ocp="urn:oma:xml:xdm:common-policy">${content}</ruleset>`

async function verdict(auid: string, text: string, name?: string): Promise<string> {
  const refused = await refusal(auid as Auid, text, name)
  if (refused?.kind !== 'schema-validation-error') return refused?.kind ?? 'accepted'
  return refused.faults.map(({ path, line, message }) => `${path} ${line} ${message}`).join(' ')
}

describe('RFC 4825 §8.2.5: elements of namespaces that are advertised', () => {
  test('RFC 4825 §8.2.5: one that no schema has is named with its place', async () => {
    expect(await verdict('pres-rules', rules('\n<rule id="a"><actions><pr:sub-handeling/></actions></rule>'))).toBe(
      '/ruleset/rule/actions/sub-handeling 2 There is no such element in urn:ietf:params:xml:ns:pres-rules.',
    )
  })

  test('RFC 4825 §8.2.5: also inside what nobody knows', async () => {
    const inside = (content: string): string =>
      rules(`<rule id="a"><conditions><x:x xmlns:x="urn:example:x">${content}</x:x></conditions></rule>`)
    expect(await verdict('pres-rules', inside('<rule/>'))).toBe(
      '/ruleset/rule/conditions/x/rule 1 There is no such element in urn:ietf:params:xml:ns:common-policy.',
    )
    expect(await verdict('pres-rules', inside('<pr:sub-handling>allow</pr:sub-handling>'))).toBe('accepted')
    expect(await verdict('pres-rules', inside('<pr:sub-handling>perhaps</pr:sub-handling>'))).toContain(
      '/ruleset/rule/conditions/x/sub-handling 1 The value',
    )
  })

  test('RFC 4825 §5.8: what is foreign to one usage is known to another', async () => {
    const unknown = rules('<rule id="a"><conditions><ocp:external-lists/></conditions></rule>')
    expect(await verdict('pres-rules', unknown)).toBe('accepted')
    expect(await verdict('org.openmobilealliance.pres-rules', unknown, 'pres-rules')).toContain(
      'There is no such element in urn:oma:xml:xdm:common-policy.',
    )
  })

  test('RFC 4825 §11.1: many are answered with the first twenty', async () => {
    const text = rules(`<rule id="a"><actions>${'<pr:a/>'.repeat(100)}</actions></rule>`)
    expect((await verdict('pres-rules', text)).match(/There is no such element/g)).toHaveLength(20)
  })
})

test.each([
  [
    'pres-rules',
    '<sub-handling xmlns="urn:ietf:params:xml:ns:pres-rules">allow</sub-handling>',
    undefined,
    '/sub-handling 1 The root of such a document is ruleset in urn:ietf:params:xml:ns:common-policy.',
  ],
  [
    'rls-services',
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>',
    'index',
    '/resource-lists 1 The root of such a document is rls-services in urn:ietf:params:xml:ns:rls-services.',
  ],
  [
    'rls-services',
    '<rls-services/>',
    'index',
    '/rls-services 1 The root of such a document is rls-services in urn:ietf:params:xml:ns:rls-services. ' +
      'Write <rls-services xmlns="urn:ietf:params:xml:ns:rls-services">.',
  ],
])('RFC 4825 §8.2.5: %s: the root of %s is another one', async (auid, text, name, expected) => {
  expect(await verdict(auid, text, name)).toBe(expected)
})
