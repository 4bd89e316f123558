import { expect, it } from 'vitest'
import { AUID } from '../../src/names.ts'
import { loadUsages } from '../../src/usage/load.ts'
import { document, refusal, schemas, surroundings, alice } from './fixtures.ts'

const rules = (count: number): string =>
  `<profile xmlns="urn:cpm-xdms:profile:1" id="work"><display-name>x</display-name><messages>${Array.from(
    { length: count },
    (_, n) => `<rule id="r${n}" action="reject"><content-type>x/y${n}</content-type></rule>`,
  ).join('')}</messages></profile>`

const zones = (count: number): string =>
  `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1">${Intl.supportedValuesOf('timeZone')
    .slice(0, count)
    .map(
      (zone, n) =>
        `<device id="urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}"><schedule time-zone="${zone}"/></device>`,
    )
    .join('')}</do-not-disturb>`

it('HOST-S4: a profile with more elements than are judged quickly is a constraint-failure', async () => {
  expect(await refusal(AUID.profiles, rules(998), 'work')).toBeUndefined()
  expect(await refusal(AUID.profiles, rules(999), 'work')).toEqual({
    kind: 'constraint-failure',
    phrase: 'Preferences have at most 2000 elements, and these have 2001. Name many in a list.',
  })
})

it('HOST-S4: a do-not-disturb with more time zones than anybody is in is a constraint-failure', async () => {
  expect(await refusal(AUID.doNotDisturb, zones(16))).toBeUndefined()
  expect(await refusal(AUID.doNotDisturb, zones(17))).toMatchObject({
    kind: 'constraint-failure',
    phrase: expect.stringContaining('there are 16 other time zones already'),
  })
})

it('HOST-S4: the bounds are settings', async () => {
  const usage = loadUsages(schemas, [], { bounds: { elementsAtMost: 3, timeZonesAtMost: 1 } }).find(AUID.profiles)
  const check = async (text: string) =>
    usage?.check({ auid: AUID.profiles, owner: alice, name: 'work' }, document(text), surroundings([]))
  await expect(check(rules(0))).resolves.toBeUndefined()
  await expect(check(rules(1))).rejects.toThrow('at most 3 elements')
})
