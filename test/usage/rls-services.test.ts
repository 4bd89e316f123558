import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readDeclaration } from '../../src/usage/declaration.ts'
import { globalServices } from '../../src/usage/rls-services.ts'
import { reservedNamesOf } from '../../src/usage/uniqueness.ts'
import { compileSchema } from '../../src/xml/schema.ts'
import { document, schemas } from './fixtures.ts'

const NAMESPACE = 'urn:ietf:params:xml:ns:rls-services'
const xsds = new Map(
  ['rls-services.xsd', 'resource-lists.xsd', 'xml.xsd'].map((name) => [
    name,
    new Uint8Array(readFileSync(`${schemas}/${name}`)),
  ]),
)
const textOf = (...texts: readonly string[]): string =>
  new TextDecoder().decode(globalServices(texts.map(document)).bytes)
const around = (services: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><rls-services xmlns="${NAMESPACE}">${services}</rls-services>`

describe('RFC 4826 §4.4.8: the global document', () => {
  const alice = `<rls-services xmlns="${NAMESPACE}" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">
  <!-- hers -->
  <service uri="sip:a@example.com"><list><rl:entry uri="sip:x@example.com"/></list></service>
  <service uri='sip:b@example.com'  ><list/></service>
</rls-services>`
  const bob =
    `<r:rls-services xmlns:r="${NAMESPACE}" xmlns:x="urn:a&amp;b"><r:service ` +
    `uri="sip:c@example.com" xmlns:x="urn:own"><r:list/><x:y/></r:service></r:rls-services>`

  test('RFC 4826 §4.4.8: every service of everybody is in it, as it was written, with the namespaces that it needs', () => {
    expect(textOf(alice, bob)).toBe(
      around(
        `<service xmlns="${NAMESPACE}" xmlns:rl="urn:ietf:params:xml:ns:resource-lists" ` +
          `uri="sip:a@example.com"><list><rl:entry uri="sip:x@example.com"/></list></service>` +
          `<service xmlns="${NAMESPACE}" xmlns:rl="urn:ietf:params:xml:ns:resource-lists" ` +
          `uri='sip:b@example.com'  ><list/></service>` +
          `<r:service xmlns="" xmlns:r="${NAMESPACE}" uri="sip:c@example.com" xmlns:x="urn:own"><r:list/>` +
          `<x:y/></r:service>`,
      ),
    )
    expect(textOf(bob.replace(' xmlns:x="urn:own"', ''))).toContain(
      '<r:service xmlns="" xmlns:r="urn:ietf:params:xml:ns:rls-services" xmlns:x="urn:a&amp;b" uri=',
    )
    expect(textOf()).toBe(around(''))
  })

  test('RFC 4826 §4.4.8: it is a valid document itself', () => {
    const schema = compileSchema('rls-services.xsd', xsds)
    expect(schema.validate(document(textOf(alice, bob)))).toEqual([])
    expect(schema.validate(document(textOf()))).toEqual([])
  })

  test('RFC 4825 §8.5: its ETag changes exactly when it does', () => {
    const etagOf = (...texts: readonly string[]): string => globalServices(texts.map(document)).etag
    expect(etagOf(alice, bob)).toBe(etagOf(alice.replace('<!-- hers -->', ''), bob))
    expect(etagOf(alice, bob)).not.toBe(etagOf(alice))
    expect(etagOf(alice)).not.toBe(etagOf(alice.replace('sip:x@', 'sip:y@')))
  })
})

describe('RFC 4826 §4.4.5: URIs of services are unique across users', () => {
  const namesOf = reservedNamesOf(
    readDeclaration('rls-services.json', readFileSync(`${schemas}/rls-services.json`, 'utf8')),
  )

  test('RFC 4826 §4.4.5: what a document reserves, and where each name stands', () => {
    const text =
      `<p:rls-services xmlns:p="${NAMESPACE}"><p:service uri="sip:a@example.com"><p:list/></p:service>` +
      `<p:service uri="sip:b@example.com"><p:list/>` +
      '<x:service xmlns:x="urn:x" uri="sip:foreign@example.com"/></p:service></p:rls-services>'
    const names = namesOf(document(text))
    expect(names.map(({ name, field }) => [name, field])).toEqual([
      ['sip:a@example.com', 'rls-services/service%5B1%5D/@uri'],
      ['sip:b@example.com', 'rls-services/service%5B2%5D/@uri'],
    ])
    expect(names[0]?.alternatives()).toEqual(['sip:a-2@example.com', 'sip:a-3@example.com', 'sip:a-4@example.com'])
    expect(namesOf(document(`<rls-services xmlns="${NAMESPACE}"/>`))).toEqual([])
  })

  test('HOST-S9, HOST-B3: a URI that was percent-encoded as a whole is the name that it stands for', () => {
    const service = '<service uri="sip%3Aalice%2Bpresence%40EXAMPLE.com"><list/></service>'
    const names = namesOf(document(`<rls-services xmlns="${NAMESPACE}">${service}</rls-services>`))
    expect(names.map(({ name }) => name)).toEqual(['sip:alice+presence@example.com'])
    const broken = '<service uri="sip%3A%zz"><list/></service>'
    expect(namesOf(document(`<rls-services xmlns="${NAMESPACE}">${broken}</rls-services>`))[0]?.name).toBe('sip%3A%zz')
  })

  test('RFC 4825 §5: a usage whose rules end with its own documents reserves nothing', () => {
    const lists = reservedNamesOf(
      readDeclaration('resource-lists.json', readFileSync(`${schemas}/resource-lists.json`, 'utf8')),
    )
    expect(
      lists(
        document('<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="a"/></resource-lists>'),
      ),
    ).toEqual([])
  })
})
