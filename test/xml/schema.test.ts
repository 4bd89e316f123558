import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Refused, type Conflict } from '../../src/refusal.ts'
import { writeConflict } from '../../src/xml/error-document.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { compileSchema, SchemaBroken, type Schema } from '../../src/xml/schema.ts'
import type { XmlDocument } from '../../src/xml/tree.ts'

const folder = new URL('../../schemas/', import.meta.url)
const files = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.xsd'))
    .map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]),
)
const read = (text: string | Uint8Array): XmlDocument =>
  readDocument(typeof text === 'string' ? new TextEncoder().encode(text) : text, DEFAULT_XML_LIMITS)
const head = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"'
const compiled = (name: string, ...texts: readonly (readonly [string, string])[]): Schema =>
  compileSchema(name, new Map(texts.map(([file, text]) => [file, new TextEncoder().encode(text)])))

describe('RFC 4825 §11.1: where a document breaks its schema', () => {
  const schema = compiled('a.xsd', [
    'a.xsd',
    `${head} targetNamespace="urn:a" xmlns="urn:a"><xs:element name="a"><xs:complexType><xs:sequence>
    <xs:element name="b" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="c" minOccurs="0" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element></xs:schema>`,
  ])
  test.each([
    ['<a xmlns="urn:a"><b/></a>', undefined],
    ['<a xmlns="urn:a"/>', '/a 1'],
    ['<a xmlns="urn:a">\n<b/>\n<b><d/></b></a>', '/a/b[2]/d 3'],
    [
      '<p:a xmlns:p="urn:a">\r\n<p:b/><!-- -->\r\n<p:b><p:c>1</p:c></p:b>\r\n<p:b><p:c>x</p:c></p:b></p:a>',
      '/a/b[3]/c 4',
    ],
    ['<a xmlns="urn:a"><p:b xmlns:p="urn:a"/><b/><p:b xmlns:p="urn:a"><p:x/></p:b></a>', '/a/b[3]/x 1'],
    ['<a xmlns="urn:a"><b e="f"/></a>', '/a/b 1'],
    ['<a/>', '/a 1'],
  ])('RFC 4825 §11.1: %s', (text, place) => {
    const [fault] = schema.validate(read(text))
    expect(fault && `${fault.path} ${fault.line}`).toBe(place)
  })

  test('RFC 4825 §11.1: at most twenty are told', () => {
    expect(schema.validate(read(`<a xmlns="urn:a">${'<b><c>x</c></b>'.repeat(100)}</a>`)).length).toBe(20)
  })

  test('RFC 4825 §8.2.2: a text that only the validator cannot read is not well-formed', () => {
    expect(() => schema.validate({ ...read('<a/>'), text: '<a' })).toThrow(Refused)
  })
})

describe('HOST-X2: a schema reads only the files that came with it', () => {
  const importing = (
    location: string,
  ): string => `${head} targetNamespace="urn:a"><xs:import namespace="urn:b" schemaLocation="${location}"/>
    <xs:element name="a"><xs:complexType><xs:attribute ref="b:c" xmlns:b="urn:b" use="required"/></xs:complexType></xs:element></xs:schema>`
  const imported = `${head} targetNamespace="urn:b"><xs:attribute name="c"/></xs:schema>`

  test('HOST-X2: imports among them are found', () => {
    const schema = compiled('a.xsd', ['a.xsd', importing('b.xsd')], ['b.xsd', imported])
    expect(schema.validate(read('<a xmlns="urn:a" xmlns:b="urn:b" b:c=""/>'))).toEqual([])
    expect(schema.validate(read('<a xmlns="urn:a"/>')).length).toBe(1)
  })

  test.each([
    'c.xsd',
    '../schemas/xml.xsd',
    new URL('xml.xsd', folder).href,
    new URL('xml.xsd', folder).pathname,
    'http://127.0.0.1:9/b.xsd',
  ])('HOST-X2: %s is not', (location) => {
    expect(() => compiled('a.xsd', ['a.xsd', importing(location)], ['b.xsd', imported])).toThrow(SchemaBroken)
  })

  test('HOST-X2: what came with one schema is not there for the next', () => {
    compiled('a.xsd', ['a.xsd', importing('once.xsd')], ['once.xsd', imported])
    expect(() => compiled('a.xsd', ['a.xsd', importing('once.xsd')])).toThrow(SchemaBroken)
  })

  test('HOST-X3: schemaLocation in a document loads nothing', () => {
    const open = `${head} targetNamespace="urn:a"><xs:element name="a"><xs:complexType><xs:sequence><xs:any namespace="##other"/></xs:sequence></xs:complexType>
      </xs:element></xs:schema>`
    const schema = compiled(
      'a.xsd',
      ['a.xsd', open],
      ['b.xsd', `${head} targetNamespace="urn:b"><xs:element name="b"/></xs:schema>`],
    )
    const location = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:b schemas:///b.xsd"'
    expect(schema.validate(read(`<a xmlns="urn:a" ${location}><b xmlns="urn:b"/></a>`)).length).toBeGreaterThan(0)
  })
})

describe('HOST-X11: no value makes a pattern slow', () => {
  const policy = compileSchema('provider-policy.xsd', files)
  const profile = compileSchema('profile.xsd', files)
  const disturb = compileSchema('do-not-disturb.xsd', files)
  const long = (text: string): string => text.repeat(Math.floor(8_000 / text.length))
  const inProfile = (content: string): string =>
    `<profile xmlns="urn:cpm-xdms:profile:1" id="x"><display-name>x</display-name>${content}</profile>`
  const rule = (attributes: string, condition: string): string =>
    inProfile(`<messages><rule ${attributes}>${condition}</rule></messages>`)
  test.each<[string, Schema, string]>([
    ['name', profile, rule(`id="${long('a ')}" action="reject"`, '<undisclosed-sender/>')],
    ['profile-id', profile, inProfile('').replace('id="x"', `id="${long('a')}!"`)],
    ['uri', profile, rule(`id="a" action="forward" to="${long('a+')}"`, '<undisclosed-sender/>')],
    ['domain', profile, rule('id="a" action="reject"', `<originator domain="${long('a-.')}!"/>`)],
    ['media-range', profile, rule('id="a" action="reject"', `<content-type>${long('a/')}</content-type>`)],
    ['count', profile, rule('id="a" action="reject"', `<larger-than bytes="${long('1')}x"/>`)],
    [
      'instant',
      disturb,
      `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true" until="2026-11-21T07:00:00.${long('1')}"/>`,
    ],
    [
      'duration',
      policy,
      `<provider-policy xmlns="urn:cpm-xdms:provider-policy:1"><limits keep-at-most="P${long('1')}"/>` +
        `</provider-policy>`,
    ],
    [
      'days',
      disturb,
      `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1"><schedule time-zone="UTC"><quiet id="a" ` +
        `days="${long('mon ')}" from="01:00" to="02:00"/></schedule></do-not-disturb>`,
    ],
  ])('HOST-X11: %s', (_, schema, text) => {
    const document = read(text)
    schema.validate(document)
    const began = process.cpuUsage()
    for (let count = 0; count < 10; count++) expect(schema.validate(document).length).toBeGreaterThan(0)
    expect(process.cpuUsage(began).user / 10_000).toBeLessThan(5)
  })

  test('HOST-X12: uniqueness is not left to the schemas', () => {
    for (const [name, bytes] of files)
      expect([name, /<xs:(unique|key|keyref)\b/.test(new TextDecoder().decode(bytes))]).toEqual([name, false])
  })
})

describe('RFC 4825 §11: the body of a 409', () => {
  const schema = compileSchema('xcap-error.xsd', files)
  const error = (content: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?><xcap-error ` +
    `xmlns="urn:ietf:params:xml:ns:xcap-error">${content}</xcap-error>`
  test.each<[string, Conflict, string]>([
    [
      'RFC 4825 §11.1',
      { kind: 'not-well-formed', phrase: 'Line 1, column 2: "<" & more.' },
      '<not-well-formed phrase="Line 1, column 2: &quot;&lt;&quot; &amp; more."/>',
    ],
    ['RFC 4825 §11.1', { kind: 'not-xml-frag', phrase: 'x' }, '<not-xml-frag phrase="x"/>'],
    [
      'RFC 4825 §11.1',
      { kind: 'no-parent', phrase: 'x', ancestor: 'a/users/sip:a@b/index/~~/c%5B1%5D' },
      '<no-parent phrase="x"><ancestor>a/users/sip:a@b/index/~~/c%5B1%5D</ancestor></no-parent>',
    ],
    ['RFC 4825 §11.1', { kind: 'no-parent', phrase: 'x', ancestor: undefined }, '<no-parent phrase="x"/>'],
    [
      'RFC 4825 §11.1',
      {
        kind: 'schema-validation-error',
        phrase: 'Broken.',
        faults: [
          { path: '/a/b[2]', line: 3, message: 'Not expected.' },
          { path: '/a', line: undefined, message: 'Why.' },
        ],
      },
      '<schema-validation-error phrase="Broken. /a/b[2] (line 3): Not expected. /a: Why."/>',
    ],
    ['RFC 4825 §11.1', { kind: 'not-xml-att-value', phrase: 'x' }, '<not-xml-att-value phrase="x"/>'],
    ['RFC 4825 §11.1', { kind: 'cannot-insert', phrase: 'x' }, '<cannot-insert phrase="x"/>'],
    ['RFC 4825 §11.1', { kind: 'cannot-delete', phrase: 'x' }, '<cannot-delete phrase="x"/>'],
    [
      'RFC 4825 §11.1',
      {
        kind: 'uniqueness-failure',
        phrase: 'x',
        clashes: [
          { field: 'a/b%5B2%5D/@c', alternatives: ['d-2', 'd-3'] },
          { field: 'a/@e', alternatives: [] },
        ],
      },
      '<uniqueness-failure phrase="x"><exists field="a/b%5B2%5D/@c"><alt-value>d-2</alt-value>' +
        '<alt-value>d-3</alt-value></exists><exists field="a/@e"/></uniqueness-failure>',
    ],
    [
      'RFC 4825 §11.1',
      { kind: 'constraint-failure', phrase: 'bad \u0000 \uD800' },
      '<constraint-failure phrase="bad \uFFFD \uFFFD"/>',
    ],
    ['RFC 4825 §11.1', { kind: 'not-utf-8', phrase: 'x' }, '<not-utf-8 phrase="x"/>'],
  ])('%s: one error element, valid', (_, conflict, content) => {
    const bytes = writeConflict(conflict)
    expect(new TextDecoder().decode(bytes)).toBe(error(content))
    expect(schema.validate(read(bytes))).toEqual([])
  })

  test.each([
    '',
    '<not-utf-8/><not-utf-8/>',
    '<uniqueness-failure/>',
    '<uniqueness-failure><exists/></uniqueness-failure>',
    '<surprise/>',
  ])('RFC 4825 §11.1: not %s', (content) => {
    expect(schema.validate(read(error(content))).length).toBeGreaterThan(0)
  })
})
