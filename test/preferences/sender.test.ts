import { describe, expect, test } from 'vitest'
import { indexLists, listsOf } from '../../src/preferences/lists.ts'
import { isOneOf, isUndisclosed } from '../../src/preferences/sender.ts'
import { parsed } from './example.ts'

const known = (uri: string): { uri: string; undisclosed: boolean } => ({ uri, undisclosed: false })

describe('X7: a sender by URI', () => {
  test.each([
    ['sip:bob@example.com', 'SIP:bob@EXAMPLE.com'],
    ['sip:bob@example.com', 'sip:b%6Fb@example.com'],
    ['sip:a%2fb@example.com', 'sip:a%2Fb@example.com'],
    ['sip:bob@example.com', 'sip:bob@example.com;transport=tcp'],
    ['sip:bob@example.com', 'sip:bob@example.com;user=phone;lr?subject=x'],
    ['sip:bob@example.com', 'sip:bob:secret@example.com'],
    ['sip:bj%C3%B6rn@example.com', 'sip:björn@example.com'],
    ['sip:bob@example.com', 'sip:bob@example.com.'],
    ['sip:bob@[2001:DB8::1]:5060', 'sip:bob@[2001:db8::1]:5061'],
    ['sip:example.com', 'sip:EXAMPLE.com'],
    ['tel:+15550100', 'tel:+1-555-0100'],
    ['tel:+15550100', 'TEL:+1(555)0.100'],
    ['tel:+15550100', 'sip:+15550100@example.com;user=phone'],
    ['tel:+15550100', 'sip:+1-555-0100@example.com;USER=Phone'],
    ['sip:+15550100@example.com', 'sip:+15550100@example.com;user=phone'],
    ['tel:5550;phone-context=example.com', 'tel:55-50;phone-context=EXAMPLE.com'],
    ['mailto:bob@example.com', 'MAILTO:bob@Example.COM'],
    ['urn:uuid:1', 'URN:uuid:1'],
  ])('X7: %s equals %s', (one, other) => {
    expect(isOneOf([{ uri: one }], known(other), undefined)).toBe(true)
    expect(isOneOf([{ uri: other }], known(one), undefined)).toBe(true)
  })

  test.each([
    ['sip:bob@example.com', 'sip:Bob@example.com'],
    ['sip:bob@example.com', 'sip:bob@example.net'],
    ['sip:bob@example.com', 'sip:bob%40example.com@evil.example'],
    ['sip:bob@example.com', 'sip:bob@example.com@evil.example'],
    ['sip:bob@example.com', 'sip:bob@example.com.evil.example'],
    ['sip:bob@example.com', 'sip:example.com'],
    ['sip:a/b@example.com', 'sip:a%2Fb@example.com'],
    ['tel:+15550100', 'tel:+15550101'],
    ['tel:+15550100', 'sip:+15550100@example.com'],
    ['tel:5550;phone-context=example.com', 'tel:5550;phone-context=example.net'],
    ['sip:bob@example.com', 'mailto:bob@example.com'],
    ['sip:bob@example.com', ''],
  ])('X7: %s is not %s', (one, other) => {
    expect(isOneOf([{ uri: one }], known(other), undefined)).toBe(false)
  })
})

describe('U8: an originator is a person', () => {
  test.each([
    ['sip:bob@example.com', 'sips:bob@example.com'],
    ['sips:bob@example.com', 'SIP:bob@example.com:5061'],
    ['sip:bob@example.com:5060', 'sip:bob@EXAMPLE.com'],
    ['sip:bob@example.com', 'sip:bob@example.com:5060;transport=tls;gr=urn:uuid:1'],
    ['tel:+1-555-0100', 'sips:+15550100@example.com:5061;user=phone'],
  ])('U8: %s and %s are one', (one, other) => {
    expect(isOneOf([{ uri: one }], known(other), undefined)).toBe(true)
    expect(isOneOf([{ uri: other }], known(one), undefined)).toBe(true)
  })

  test.each([
    ['sip:bob@example.com', 'sips:Bob@example.com'],
    ['sips:bob@example.com', 'im:bob@example.com'],
    ['sip:bob@example.com', 'mailto:bob@example.com:5060'],
    ['tel:+15550100', 'sips:+15550100@example.com'],
  ])('U8: %s and %s are two', (one, other) => {
    expect(isOneOf([{ uri: one }], known(other), undefined)).toBe(false)
    expect(isOneOf([{ uri: other }], known(one), undefined)).toBe(false)
  })
})

describe('X7: a sender by domain', () => {
  test.each([
    ['sip:x@spam.example', true],
    ['sip:x@a.b.SPAM.example:5080;transport=tcp', true],
    ['sip:spam.example', true],
    ['sips:x@spam.example.', true],
    ['mailto:x@spam.example', true],
    ['sip:x@xspam.example', false],
    ['sip:x@spam.example.org', false],
    ['sip:spam.example@other.example', false],
    ['sip:x@other.example;maddr=spam.example', false],
    ['sip:x@other.example?h=@spam.example', false],
    ['tel:+15550100', false],
    ['nonsense', false],
  ])('X7: %s within spam.example: %s', (uri, expected) => {
    expect(isOneOf([{ domain: 'spam.example' }], known(uri), undefined)).toBe(expected)
    expect(isOneOf([{ domain: 'Spam.Example' }], known(uri), undefined)).toBe(expected)
  })
})

describe('X7: a sender by list', () => {
  const lists = listsOf([
    indexLists(
      parsed(`<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:a="urn:a">
  <list name="family">
    <entry uri="sip:mum@example.com"/>
    <list name="cousins"><entry uri="sip:carl@example.com"/></list>
    <list><entry uri="tel:+1-555-0100"/></list>
    <entry-ref ref="resource-lists/users/sip:alice@example.com/index/~~/x"/>
    <a:entry uri="sip:evil@example.com"/>
    <a:list><entry uri="sip:evil@example.com"/></a:list>
  </list>
  <list name="work"><entry uri="sip:boss@example.com"/></list>
  <list><list name="work"><entry uri="sip:desk@example.com"/></list></list>
</resource-lists>`),
    ),
  ])

  test.each([
    ['family', 'sip:MUM@example.com', false],
    ['family', 'sip:mum@EXAMPLE.com', true],
    ['family', 'sip:carl@example.com', true],
    ['family', 'sip:+15550100@gw.example;user=phone', true],
    ['family', 'sip:evil@example.com', false],
    ['family', 'sip:boss@example.com', false],
    ['cousins', 'sip:carl@example.com', true],
    ['cousins', 'sip:mum@example.com', false],
    ['work', 'sip:boss@example.com', true],
    ['work', 'sip:desk@example.com', true],
    ['nobody', 'sip:mum@example.com', false],
  ])('X7: on %s, %s: %s', (list, uri, expected) => {
    expect(isOneOf([{ list }], known(uri), lists)).toBe(expected)
  })

  test('X7: which lists there are', () => {
    expect(['family', 'cousins', 'work', 'nobody', '__proto__'].filter((name) => lists.knows(name))).toEqual([
      'family',
      'cousins',
      'work',
    ])
  })
})

describe('X7: a sender who hides', () => {
  const all = [
    { uri: 'sip:anonymous@anonymous.invalid' },
    { uri: 'sip:bob@example.com' },
    { domain: 'invalid' },
    { domain: 'example.com' },
  ]

  test.each([known('sip:anonymous@anonymous.invalid'), known('SIP:Anonymous@Anonymous.INVALID;x=y')])(
    'X7: %j is undisclosed, and nobody’s match',
    (sender) => {
      expect(isUndisclosed(sender)).toBe(true)
      expect(isOneOf(all, sender, undefined)).toBe(false)
    },
  )

  test('X7: who asked for privacy is undisclosed, and still on the block list', () => {
    const bob = { uri: 'sip:bob@example.com', undisclosed: true }
    expect(isUndisclosed(bob)).toBe(true)
    expect(isOneOf(all, bob, undefined)).toBe(true)
    expect(isOneOf([{ uri: 'sip:carol@example.com' }], bob, undefined)).toBe(false)
  })

  test('X7: who is only called so does not hide', () => {
    expect(isUndisclosed(known('sip:anonymous@example.com'))).toBe(false)
    expect(isUndisclosed(known('sip:bob@example.com?x=anonymous.invalid'))).toBe(false)
  })
})
