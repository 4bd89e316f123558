import { describe, expect, test } from 'vitest'
import type { DocumentKind } from '../../src/preferences/shapes.ts'
import { documentJson, writeJson } from '../../src/preferences/write.ts'
import { exampleText, parsed } from './example.ts'

/** The text that a JSON write leaves, after it was seen to say that JSON. */
function write(kind: DocumentKind, present: string, json: object): string {
  const text = writeJson(kind, json, parsed(present))
  expect(documentJson(kind, parsed(text))).toEqual(json)
  return text
}

const RULES = `<p:profile xmlns:p="urn:cpm-xdms:profile:1" xmlns:a="urn:a" id="x">
  <p:display-name>X</p:display-name>
  <!-- the rules -->
  <p:messages a:m="1">

    <!-- about one -->
    <p:rule id="one" action="reject"  a:colour='red'><p:undisclosed-sender/><a:note>first</a:note></p:rule>
    <p:rule action='store' id='two'><p:content-type>text/*</p:content-type></p:rule> <!-- about two -->
    <p:rule id="three" action="defer"><!-- inside three --><p:larger-than bytes="5"/></p:rule>
    <a:last/>
  </p:messages>
  <a:last/>
</p:profile>`

const one = { id: 'one', action: 'reject', undisclosedSender: true }
const two = { id: 'two', action: 'store', contentTypes: ['text/*'] }
const three = { id: 'three', action: 'defer', largerThan: 5 }
const profile = (...rules: readonly object[]): object => ({
  id: 'x',
  displayNames: [{ text: 'X' }],
  messages: rules.length === 0 ? {} : { rules },
})

describe('X2: a JSON write keeps what JSON does not show', () => {
  test('X2: a changed attribute is replaced in place', () => {
    const text = write('profile', RULES, profile({ ...one, action: 'discard' }, two, { ...three, largerThan: 6 }))
    expect(text).toBe(RULES.replace('"reject"', '"discard"').replace('bytes="5"', 'bytes="6"'))
  })

  test('X2: a new attribute goes behind the others, one that is unset goes with the blanks before it', () => {
    const text = write('profile', RULES, profile({ ...one, when: 'available' }, two, three))
    expect(text).toBe(RULES.replace("a:colour='red'>", 'a:colour=\'red\' when="available">'))
    const off = '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"  until="2026-11-21T07:00:00Z" />'
    expect(write('do-not-disturb', off, { on: false })).toBe(
      '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="false" />',
    )
    expect(write('do-not-disturb', off, {})).toBe('<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" />')
  })

  test('X2: a removed rule goes, the others and all comments stay', () => {
    expect(write('profile', RULES, profile(one, three))).toBe(
      RULES.replace("\n    <p:rule action='store' id='two'><p:content-type>text/*</p:content-type></p:rule>", ''),
    )
  })

  test('X2: a new rule stands where the array has it, with the prefix and the indentation of the document', () => {
    const line = '\n    <p:rule id="new" action="discard">\n      <p:larger-than bytes="9"/>\n    </p:rule>'
    const added = { id: 'new', action: 'discard', largerThan: 9 }
    expect(write('profile', RULES, profile(one, added, two, three))).toBe(
      RULES.replace("\n    <p:rule action='store'", `${line}\n    <p:rule action='store'`),
    )
    expect(write('profile', RULES, profile(one, two, three, added))).toBe(
      RULES.replace('\n    <a:last/>', `${line}\n    <a:last/>`),
    )
    expect(write('profile', RULES, profile(added, one, two, three))).toBe(RULES.replace('a:m="1">', `a:m="1">${line}`))
  })

  test('X2: rules in another order change places, with what is inside them and the comments beside them', () => {
    const text = write('profile', RULES, profile(three, { ...two, action: 'discard' }, one))
    expect(text).toContain(`
    <p:rule id="three" action="defer"><!-- inside three --><p:larger-than bytes="5"/></p:rule>
    <p:rule action="discard" id='two'><p:content-type>text/*</p:content-type></p:rule> <!-- about two -->
    <!-- about one -->
    <p:rule id="one" action="reject"  a:colour='red'><p:undisclosed-sender/><a:note>first</a:note></p:rule>
    <a:last/>`)
  })

  test('X2: without rules the messages element stays with what is foreign', () => {
    const text = write('profile', RULES, profile())
    expect(text).toContain('<p:messages a:m="1">')
    expect(text.match(/<a:last\/>/g)).toHaveLength(2)
    expect(text).toContain('<!-- about one -->')
  })

  test('X2: an empty-element tag is opened for what comes inside', () => {
    const text = write('do-not-disturb', exampleText('accepted/do-not-disturb-unset.xml').trim(), {
      on: true,
      except: [{ list: 'family' }],
    })
    expect(text).toBe(
      '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true">\n  <except>\n    <originator ' +
        'list="family"/>\n  </except>\n</do-not-disturb>',
    )
    expect(
      write(
        'profile',
        '<profile xmlns="urn:cpm-xdms:profile:1" id="x"><display-name>X</display-name><messages/></profile>',
        profile(one),
      ),
    ).toBe(
      '<profile xmlns="urn:cpm-xdms:profile:1" id="x"><display-name>X</display-name><messages><rule ' +
        'id="one" action="reject"><undisclosed-sender/></rule></messages></profile>',
    )
  })

  test('X2: a display name is found by its language, and the comment inside it stays', () => {
    const present =
      '<profile xmlns="urn:cpm-xdms:profile:1" id="x"><display-name xml:lang="en" xmlns:a="urn:a" ' +
      'a:b="c">A<!-- c -->B</display-name><display-name>X</display-name></profile>'
    expect(write('profile', present, { id: 'x', displayNames: [{ lang: 'en', text: 'C & D' }, { text: 'X' }] })).toBe(
      present.replace('A<!-- c -->B', 'C &amp; D<!-- c -->'),
    )
  })

  test('X2: of several with one key, the one that says the same is taken', () => {
    const present =
      '<profile xmlns="urn:cpm-xdms:profile:1" xmlns:a="urn:a" id="x"><display-name>X</display-name>' +
      '<interworking><service name="sms" priority="1" a:b="1"/><service name="sms" priority="2" a:b="2"/>' +
      '</interworking></profile>'
    const services = [
      { name: 'sms', priority: 2 },
      { name: 'sms', priority: 1 },
    ]
    expect(write('profile', present, { id: 'x', displayNames: [{ text: 'X' }], interworking: { services } })).toContain(
      '<service name="sms" priority="2" a:b="2"/><service name="sms" priority="1" a:b="1"/>',
    )
  })

  test('X2: keep and drop keep their order', () => {
    const present =
      '<profile xmlns="urn:cpm-xdms:profile:1" id="x"><display-name>X</display-name><deferred><keep ' +
      'content-type="text/*"/><drop content-type="*/*"/></deferred></profile>'
    const parts = [{ drop: '*/*' }, { keep: 'image/*' }, { keep: 'text/*' }]
    expect(write('profile', present, { id: 'x', displayNames: [{ text: 'X' }], deferred: { parts } })).toContain(
      '<drop content-type="*/*"/><keep content-type="image/*"/><keep content-type="text/*"/>',
    )
  })

  test('X2: the prefix of another namespace is found, or declared where there is none', () => {
    const bound =
      '<provider-policy xmlns="urn:cpm-xdms:provider-policy:1" xmlns:q="urn:cpm-xdms:profile:1"><defaults/>' +
      '</provider-policy>'
    expect(write('provider-policy', bound, { defaults: { deferred: { mode: 'push' } } })).toContain(
      '<defaults><q:deferred mode="push"/></defaults>',
    )
    const unbound = '<provider-policy xmlns="urn:cpm-xdms:provider-policy:1"/>'
    expect(write('provider-policy', unbound, { defaults: { messages: { available: { action: 'defer' } } } })).toContain(
      '<messages xmlns="urn:cpm-xdms:profile:1">\n      <available action="defer"/>\n    </messages>',
    )
  })

  test('X2: line ends of the document are used', () => {
    const present = '<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="a"/>\r\n'
    expect(write('active-profile', present, { default: 'a', devices: [{ id: 'urn:d', profile: 'a' }] })).toBe(
      '<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="a">\r\n  <device id="urn:d" ' +
        'profile="a"/>\r\n</active-profile>\r\n',
    )
  })
})
