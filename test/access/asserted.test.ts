/** Who asks, by the word of another: whose word counts, and in which forms it comes. Without a network. */
import { expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { account, ALICE, alice, BOB, challenged, headersOf, fixture, type Asked, type Fixture } from './fixture.ts'

const ADMIN = 'sip:admin@example.com' as Xui
const TEL = 'tel:+15550100' as Xui
const accounts = [
  account(ALICE, 'secret'),
  account(BOB, 'other'),
  account(ADMIN, 'x', 'administrator'),
  account(TEL, 'x'),
]

/** The fixture trusts one address. */
const TRUSTED = '192.0.2.200'
const ASSERTED = 'x-3gpp-asserted-identity'
const OMA = 'x-xcap-asserted-identity'
const INTENDED = 'x-3gpp-intended-identity'

const from = (address: string, headers: Record<string, string>): Asked => ({ address, headers })

/** Who it is by these fields, from where they count, or why it is nobody. */
async function who(on: Fixture, headers: Record<string, string>): Promise<string> {
  const outcome = await on.ask(undefined, from(TRUSTED, headers))
  return outcome.kind === 'authenticated' ? outcome.principal.xui : outcome.kind
}

it.each<[string, Record<string, string>, string]>([
  ['in quotes', { [ASSERTED]: '"sip:alice@example.com"' }, ALICE],
  ['bare', { [ASSERTED]: 'sip:alice@example.com' }, ALICE],
  ['in angle brackets', { [ASSERTED]: ' <sip:alice@example.com> ' }, ALICE],
  ['a bare name of the realm, as Clearwater sends it', { [OMA]: 'alice' }, ALICE],
  ['as it may be written', { [ASSERTED]: '"SIP:%61lice@EXAMPLE.COM"' }, ALICE],
  ['a telephone number', { [ASSERTED]: '"tel:+1-555-0100"' }, TEL],
  [
    'a list, of which the first has an account',
    { [ASSERTED]: '"sip:nobody@example.com", "sip:alice@example.com",sip:bob@example.com' },
    ALICE,
  ],
  ['one with a comma in quotes', { [ASSERTED]: '"sip:a,b@example.com" , <sip:bob@example.com>' }, BOB],
  [
    'both fields, in another order',
    { [ASSERTED]: '"tel:+15550100","sip:alice@example.com"', [OMA]: 'alice, tel:+15550100' },
    TEL,
  ],
  [
    'one of several intended',
    { [ASSERTED]: '"sip:alice@example.com","sip:bob@example.com"', [INTENDED]: '"sip:bob@example.com"' },
    BOB,
  ],
  ['another one intended', { [ASSERTED]: '"sip:alice@example.com"', [INTENDED]: 'sip:bob@example.com' }, 'forbidden'],
  ['nobody of ours', { [ASSERTED]: '"sip:nobody@example.com"' }, 'forbidden'],
  ['a bare name with a scheme', { [ASSERTED]: '"sip:alice"' }, 'forbidden'],
  ['what is no XUI', { [ASSERTED]: '"sip:alice@example.com;user=phone"' }, 'forbidden'],
  ['only intended', { [INTENDED]: '"sip:alice@example.com"' }, 'unauthenticated'],
])('X5: an asserted identity, %s', async (_, headers, expected) => {
  expect(await who(fixture(accounts), headers)).toBe(expected)
})

it.each<[string, Record<string, string>]>([
  ['two fields that differ', { [ASSERTED]: '"sip:alice@example.com"', [OMA]: '"sip:bob@example.com"' }],
  ['nothing', { [ASSERTED]: '' }],
  ['an open quote', { [ASSERTED]: '"sip:alice@example.com' }],
  ['two in one place', { [ASSERTED]: '"sip:alice@example.com" sip:bob@example.com' }],
  ['an empty place', { [ASSERTED]: 'sip:alice@example.com,,sip:bob@example.com' }],
  ['more than anybody has', { [ASSERTED]: Array.from({ length: 33 }, () => 'sip:alice@example.com').join() }],
])('HOST-ID3: an asserted identity that is %s is refused', async (_, headers) => {
  expect(await who(fixture(accounts), headers)).toBe('bad-request')
})

it('HOST-ID4: one that the next hop was told to drop counts for nobody', async () => {
  const headers = { [ASSERTED]: '"sip:alice@example.com"', connection: 'close, X-3GPP-Asserted-Identity' }
  expect(await who(fixture(accounts), headers)).toBe('bad-request')
})

it.each([ASSERTED, OMA])(
  'HOST-ID1: %s from anybody else is 403, without credentials and with right ones',
  async (name) => {
    const on = fixture(accounts)
    const client = await challenged(on)
    const spoofed = from('192.0.2.1', { [name]: '"sip:admin@example.com"', 'x-forwarded-for': TRUSTED })
    expect((await on.ask(undefined, spoofed)).kind).toBe('forbidden')
    expect((await on.ask(client.authorization('GET', '/a'), spoofed)).kind).toBe('forbidden')
    const own = from('192.0.2.1', { [name]: '"sip:alice@example.com"' })
    expect((await on.ask(client.authorization('GET', '/a'), own)).kind).toBe('forbidden')
  },
)

it('X5: who says in a header of his own who asks is judged by that, also where an identity is asserted', async () => {
  const on = fixture(accounts)
  const client = await challenged(on)
  const bobs = from(TRUSTED, { [ASSERTED]: '"sip:bob@example.com"' })
  expect(await on.ask(client.authorization('GET', '/a'), bobs)).toMatchObject({ principal: { xui: ALICE } })
  const wrong = alice('SHA-256', 'wrong')
  wrong.learn(headersOf(await on.ask(undefined)))
  expect((await on.ask(wrong.authorization('GET', '/a'), bobs)).kind).toBe('unauthenticated')
})

it('HOST-ID2: a user intends to be nobody but himself; who acts for others says of whom he speaks', async () => {
  const on = fixture(accounts)
  const client = await challenged(on)
  const intends = async (text: string): Promise<string> =>
    (await on.ask(client.authorization('GET', '/a'), from('192.0.2.1', { [INTENDED]: text }))).kind
  expect(await intends('"sip:alice@example.com"')).toBe('authenticated')
  expect(await intends('tel:+15550100, sip:alice@example.com')).toBe('authenticated')
  expect(await intends('"sip:bob@example.com"')).toBe('forbidden')
  const asAdmin = from(TRUSTED, { [ASSERTED]: '"sip:admin@example.com"', [INTENDED]: '"sip:admin@example.com"' })
  expect(await on.ask(undefined, asAdmin)).toMatchObject({ principal: { xui: ADMIN, role: 'administrator' } })
})
