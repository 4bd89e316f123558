import { describe, expect, test } from 'vitest'
import { AUID, type Auid } from '../../src/names.ts'
import type { Clash } from '../../src/refusal.ts'
import { refusal } from './fixtures.ts'

async function clashes(auid: Auid, text: string, name?: string): Promise<readonly Clash[]> {
  const verdict = await refusal(auid, text, name)
  return verdict?.kind === 'uniqueness-failure' ? verdict.clashes : []
}

describe('RFC 4825 §11.1: each clash is named, with values that are free', () => {
  const rule = (id: string): string => `<rule id="${id}" action="reject"><undisclosed-sender/></rule>`
  const profile = (content: string): string =>
    `<profile xmlns="urn:cpm-xdms:profile:1" id="x"><display-name>x</display-name>${content}</profile>`

  test('RFC 4825 §11.1: the field starts at the root and selects the later one', async () => {
    expect(
      await clashes(
        AUID.profiles,
        profile(`<messages>${rule('a')}${rule('a-2')}${rule('b')}${rule('a')}${rule('a')}</messages>`),
        'x',
      ),
    ).toEqual([
      { field: 'profile/messages/rule%5B4%5D/@id', alternatives: ['a-3', 'a-4', 'a-5'] },
      { field: 'profile/messages/rule%5B5%5D/@id', alternatives: ['a-3', 'a-4', 'a-5'] },
    ])
  })

  test('RFC 4825 §11.1: numbers get numbers', async () => {
    const services =
      '<interworking><service name="a" priority="2"/><service name="b" priority="2"/><service name="c" ' +
      'priority="4"/></interworking>'
    expect(await clashes(AUID.profiles, profile(services), 'x')).toEqual([
      { field: 'profile/interworking/service%5B2%5D/@priority', alternatives: ['1', '3', '5'] },
    ])
  })

  test('RFC 4825 §11.1: a field with prefixes binds them in its query', async () => {
    const names = '<display-name xml:lang="de">a</display-name><display-name xml:lang="de">b</display-name>'
    expect(await clashes(AUID.profiles, profile(names), 'x')).toEqual([
      {
        field: 'profile/display-name%5B3%5D/@xml:lang?xmlns(xml=http://www.w3.org/XML/1998/namespace)',
        alternatives: [],
      },
    ])
    const policy =
      `<q:provider-policy xmlns:q="urn:cpm-xdms:provider-policy:1"><q:defaults><messages ` +
      `xmlns="urn:cpm-xdms:profile:1">${rule('a')}${rule('a')}</messages></q:defaults>` +
      `</q:provider-policy>`
    expect(await clashes(AUID.providerPolicy, policy)).toEqual([
      {
        field: 'provider-policy/defaults/p:messages/p:rule%5B2%5D/@id?xmlns(p=urn:cpm-xdms:profile:1)',
        alternatives: ['a-2', 'a-3', 'a-4'],
      },
    ])
  })

  test('X16: quiet windows are unique within their own schedule', async () => {
    const schedule = (...ids: string[]): string =>
      [
        '<schedule time-zone="UTC">',
        ...ids.map((id) => `<quiet id="${id}" days="mon" from="01:00" to="02:00"/>`),
        '</schedule>',
      ].join('')
    const text = (own: string, device: string): string =>
      `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1">${own}<device ` +
      `id="urn:uuid:1">${device}</device></do-not-disturb>`
    expect(await refusal(AUID.doNotDisturb, text(schedule('a', 'b'), schedule('a', 'b')))).toBeUndefined()
    expect(await clashes(AUID.doNotDisturb, text('', schedule('a', 'a')))).toEqual([
      { field: 'do-not-disturb/device/schedule/quiet%5B2%5D/@id', alternatives: ['a-2', 'a-3', 'a-4'] },
    ])
  })

  test('RFC 4826 §3.4.5: names among sibling lists, URIs, references and anchors within their list', async () => {
    const lists = (content: string): string =>
      `<rl:resource-lists xmlns:rl="urn:ietf:params:xml:ns:resource-lists">${content}</rl:resource-lists>`
    expect(await clashes(AUID.resourceLists, lists('<rl:list name="a"/><rl:list name="a"/>'))).toEqual([
      { field: 'resource-lists/list%5B2%5D/@name', alternatives: ['a-2', 'a-3', 'a-4'] },
    ])
    const inner = [
      '<rl:list name="b"/>',
      '<rl:entry uri="sip:a@b"/>',
      '<rl:entry-ref ref="x"/>',
      '<rl:external anchor="http://a/"/>',
    ]
      .map((element) => element.repeat(2))
      .join('')
    expect(await clashes(AUID.resourceLists, lists(`<rl:list><rl:list>${inner}</rl:list></rl:list>`))).toEqual([
      { field: 'resource-lists/list/list/list%5B2%5D/@name', alternatives: ['b-2', 'b-3', 'b-4'] },
      { field: 'resource-lists/list/list/entry%5B2%5D/@uri', alternatives: [] },
      { field: 'resource-lists/list/list/entry-ref%5B2%5D/@ref', alternatives: [] },
      { field: 'resource-lists/list/list/external%5B2%5D/@anchor', alternatives: [] },
    ])
  })

  test("HOST-X10: clashes in foreign content are nobody's business", async () => {
    const foreign =
      `<a:x xmlns:a="urn:a"><messages ` + `xmlns="urn:cpm-xdms:profile:1">${rule('a')}${rule('a')}</messages></a:x>`
    expect(await refusal(AUID.profiles, profile(foreign), 'x')).toBeUndefined()
    const entries = '<entry uri="sip:a@b"/>'.repeat(2)
    const lists = (content: string): string =>
      `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${content}</resource-lists>`
    expect(
      await refusal(AUID.resourceLists, lists(`<list><a:x xmlns:a="urn:a"><list>${entries}</list></a:x></list>`)),
    ).toBeUndefined()
    expect(await refusal(AUID.resourceLists, lists(`<list><list>${entries}</list></list>`))).toMatchObject({
      kind: 'uniqueness-failure',
    })
  })

  test('RFC 4825 §11.1: many clashes are answered with the first twenty', async () => {
    expect((await clashes(AUID.profiles, profile(`<messages>${rule('a').repeat(500)}</messages>`), 'x')).length).toBe(
      20,
    )
  })
})
