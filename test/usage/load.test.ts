import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AUID, type Auid } from '../../src/names.ts'
import { readDeclaration } from '../../src/usage/declaration.ts'
import { loadUsages } from '../../src/usage/load.ts'
import type { ApplicationUsages, ComputedDocument, Sources } from '../../src/xcap/application-usage.ts'
import { alice, document, schemas, surroundings, usageOf, usages } from './fixtures.ts'

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'usages-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

const declared = (fields: object): string =>
  JSON.stringify({ auid: 'org.example.a', mediaType: 'application/a+xml', trees: ['users'], ...fields })

/** AUID, media type, default namespace, trees, bytes at most, what a change wakes, who may read. */
const SHIPPED = [
  [
    'org.cpm-xdms.active-profile',
    'application/vnd.cpm-xdms.active-profile+xml',
    'urn:cpm-xdms:active-profile:1',
    ['users'],
    65536,
    'waiting',
    'owner',
  ],
  [
    'org.cpm-xdms.do-not-disturb',
    'application/vnd.cpm-xdms.do-not-disturb+xml',
    'urn:cpm-xdms:do-not-disturb:1',
    ['users'],
    65536,
    'always',
    'owner',
  ],
  [
    'org.cpm-xdms.profiles',
    'application/vnd.cpm-xdms.profile+xml',
    'urn:cpm-xdms:profile:1',
    ['users'],
    65536,
    'waiting',
    'owner',
  ],
  [
    'org.cpm-xdms.provider-policy',
    'application/vnd.cpm-xdms.provider-policy+xml',
    'urn:cpm-xdms:provider-policy:1',
    ['global'],
    65536,
    'always',
    'owner',
  ],
  [
    'org.openmobilealliance.pres-content',
    'application/vnd.oma.pres-content+xml',
    'urn:oma:xml:prs:pres-content',
    ['users'],
    262144,
    'never',
    'everybody',
  ],
  [
    'org.openmobilealliance.pres-rules',
    'application/auth-policy+xml',
    'urn:ietf:params:xml:ns:common-policy',
    ['users'],
    65536,
    'never',
    'owner',
  ],
  [
    'org.openmobilealliance.xcap-directory',
    'application/vnd.oma.xcap-directory+xml',
    'urn:oma:xml:xdm:xcap-directory',
    ['users'],
    65536,
    'never',
    'owner',
  ],
  ['pidf-manipulation', 'application/pidf+xml', 'urn:ietf:params:xml:ns:pidf', ['users'], 65536, 'never', 'owner'],
  [
    'pres-rules',
    'application/auth-policy+xml',
    'urn:ietf:params:xml:ns:pres-rules',
    ['users'],
    65536,
    'never',
    'owner',
  ],
  [
    'resource-lists',
    'application/resource-lists+xml',
    'urn:ietf:params:xml:ns:resource-lists',
    ['users'],
    65536,
    'waiting',
    'owner',
  ],
  [
    'rls-services',
    'application/rls-services+xml',
    'urn:ietf:params:xml:ns:rls-services',
    ['users', 'global'],
    65536,
    'never',
    'trusted',
  ],
  ['xcap-caps', 'application/xcap-caps+xml', 'urn:ietf:params:xml:ns:xcap-caps', ['global'], 65536, 'never', 'owner'],
]

describe('RFC 4825 §5.9: usages as shipped', () => {
  test('RFC 4825 §5.9: what each one says', () => {
    expect(
      usages
        .all()
        .map(({ auid, mediaType, defaultNamespace, trees, bytesAtMost, wakes, readableBy }) => [
          auid,
          mediaType,
          defaultNamespace,
          trees,
          bytesAtMost,
          wakes,
          readableBy,
        ]),
    ).toEqual(SHIPPED)
    expect(usages.find('constructor')).toBeUndefined()
  })

  test('RFC 4825 §6.2: a usage of one document calls it index, unless its own standard names it (XCAP-U6)', () => {
    const files = readdirSync(schemas).filter((file) => file.endsWith('.json'))
    const named = files.map((file) => readDeclaration(file, readFileSync(join(schemas, file), 'utf8')))
    expect(Object.fromEntries(named.map(({ auid, names }) => [auid, names]))).toEqual({
      'org.cpm-xdms.active-profile': ['index'],
      'org.cpm-xdms.do-not-disturb': ['index'],
      'org.cpm-xdms.profiles': undefined,
      'org.cpm-xdms.provider-policy': ['index'],
      'org.openmobilealliance.pres-content': undefined,
      'org.openmobilealliance.pres-rules': ['pres-rules'],
      'org.openmobilealliance.xcap-directory': ['directory.xml'],
      'pidf-manipulation': undefined,
      'pres-rules': undefined,
      'resource-lists': undefined,
      'rls-services': ['index'],
      'simservs.ngn.etsi.org': ['simservs.xml'],
      'xcap-caps': ['index'],
    })
  })
})

const index = { auid: AUID.xcapCaps, owner: 'global', name: 'index' } as const

async function capsOf(loaded: ApplicationUsages): Promise<ComputedDocument> {
  const nothing: Sources = {
    root: '',
    home: () => Promise.reject(new Error('not asked')),
    reservers: () => {
      throw new Error('not asked')
    },
    document: () => Promise.reject(new Error('not asked')),
  }
  const computed = loaded.find('xcap-caps')?.computed
  if (computed === undefined) throw new Error('no xcap-caps')
  return computed.make(index, nothing)
}

describe('RFC 4825 §12: xcap-caps', () => {
  const caps = capsOf(usages)

  test('RFC 4825 §12: lists what is served, and is valid itself', async () => {
    const text = new TextDecoder().decode((await caps).bytes)
    expect(text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><xcap-caps xmlns="urn:ietf:params:xml:ns:xcap-caps"><auids>' +
        '<auid>org.cpm-xdms.active-profile</auid><auid>org.cpm-xdms.do-not-disturb</auid>' +
        '<auid>org.cpm-xdms.profiles</auid><auid>org.cpm-xdms.provider-policy</auid>' +
        '<auid>org.openmobilealliance.pres-content</auid><auid>org.openmobilealliance.pres-rules</auid>' +
        '<auid>org.openmobilealliance.xcap-directory</auid><auid>pidf-manipulation</auid><auid>pres-rules</auid>' +
        '<auid>resource-lists</auid><auid>rls-services</auid><auid>xcap-caps</auid></auids><extensions/><namespaces>' +
        '<namespace>urn:cpm-xdms:active-profile:1</namespace><namespace>urn:cpm-xdms:do-not-disturb:1</namespace>' +
        '<namespace>urn:cpm-xdms:profile:1</namespace><namespace>urn:cpm-xdms:provider-policy:1</namespace>' +
        '<namespace>urn:oma:xml:prs:pres-content</namespace><namespace>urn:ietf:params:xml:ns:common-policy</namespace>' +
        '<namespace>urn:ietf:params:xml:ns:pres-rules</namespace><namespace>urn:oma:xml:xdm:common-policy</namespace>' +
        '<namespace>urn:oma:xml:xdm:xcap-directory</namespace><namespace>urn:ietf:params:xml:ns:pidf</namespace>' +
        '<namespace>urn:ietf:params:xml:ns:resource-lists</namespace><namespace>urn:ietf:params:xml:ns:rls-services' +
        '</namespace><namespace>urn:ietf:params:xml:ns:xcap-caps</namespace></namespaces></xcap-caps>',
    )
    await usageOf(AUID.xcapCaps).check(index, document(text), surroundings([]))
  })

  test('RFC 4825 §12: the ETag stays as long as the document does', async () => {
    const { etag } = await caps
    expect((await capsOf(loadUsages(schemas))).etag).toBe(etag)
    expect((await capsOf(loadUsages(schemas, [folder({ 'a.json': declared({}) })]))).etag).not.toBe(etag)
    expect(etag).toMatch(/^[A-Za-z0-9_-]{16}$/)
  })

  test('RFC 4825 §12: there is no other document, and none of a user', () => {
    const computed = usageOf(AUID.xcapCaps).computed
    expect(
      [index, { ...index, name: 'other' }, { ...index, owner: alice }].map((selector) => computed?.has(selector)),
    ).toEqual([true, false, false])
    expect(usageOf(AUID.profiles).computed).toBeUndefined()
  })
})

describe('RFC 4825 §5: a usage without code', () => {
  const xsd =
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a" ' +
    'elementFormDefault="qualified"><xs:element name="a"><xs:complexType><xs:sequence>' +
    '<xs:element name="b" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:attribute name="id"/>' +
    '</xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>'
  const selector = { auid: 'org.example.a' as Auid, owner: alice, name: 'any' }

  test('RFC 4825 §5: a declaration and its schema make a served, validated, advertised usage', async () => {
    const more = loadUsages(schemas, [
      folder({
        'a.json': declared({
          schema: 'a.xsd',
          defaultNamespace: 'urn:a',
          bytesAtMost: 100,
          readableBy: 'everybody',
          unique: [{ within: '/a', each: 'b', key: '@id' }],
        }),
        'a.xsd': xsd,
      }),
    ])
    const usage = more.find('org.example.a')
    expect([usage?.bytesAtMost, usage?.readableBy, usage?.wakes]).toEqual([100, 'everybody', 'never'])
    const check = (text: string): Promise<void> =>
      usage?.check(selector, document(text), surroundings([])) ?? Promise.reject(new Error('no usage'))
    await check('<a xmlns="urn:a"><b id="1"/><b id="2"/></a>')
    await expect(check('<a xmlns="urn:a"><c/></a>')).rejects.toMatchObject({
      refusal: { kind: 'schema-validation-error' },
    })
    await expect(check('<a xmlns="urn:a"><b id="1"/><b id="1"/></a>')).rejects.toMatchObject({
      refusal: { kind: 'uniqueness-failure' },
    })
    const caps = new TextDecoder().decode((await capsOf(more)).bytes)
    expect(caps).toContain('<auid>org.example.a</auid>')
    expect(caps).toContain('<namespace>urn:a</namespace>')
  })

  test('RFC 4825 §12: without a schema it takes what is well-formed, and its namespace is not advertised', async () => {
    const more = loadUsages(schemas, [folder({ 'a.json': declared({ defaultNamespace: 'test-app' }) })])
    await more.find('org.example.a')?.check(selector, document('<anything/>'), surroundings([]))
    const caps = new TextDecoder().decode((await capsOf(more)).bytes)
    expect(caps).toContain('<auid>org.example.a</auid>')
    expect(caps).not.toContain('test-app')
  })

  test.each([
    ['not JSON', { 'a.json': '{' }, /a\.json is not JSON/],
    [
      'a field missing',
      { 'a.json': '{"auid":"a","trees":["users"]}' },
      /a\.json does not declare a usage\. mediaType: /,
    ],
    [
      'a field that does not exist',
      { 'a.json': declared({ colour: 'red' }) },
      /the declaration: has no colour; there are auid, schema, /,
    ],
    [
      'a media type with parameters',
      { 'a.json': declared({ mediaType: 'text/xml;charset=utf-8' }) },
      /mediaType: is a media type in lower case/,
    ],
    [
      'a schema outside the folder',
      { 'a.json': declared({ schema: '../profile.xsd' }) },
      /schema: is a file name like settings\.xsd/,
    ],
    [
      'a path that is none',
      { 'a.json': declared({ unique: [{ within: 'a', each: 'b', key: '@c' }] }) },
      /unique\.0\.within: is a path like/,
    ],
    [
      'a prefix that is not bound',
      { 'a.json': declared({ unique: [{ within: '/p:a', each: 'b', key: '@c' }] }) },
      /uses the prefix p in \/p:a\/b\/@c/,
    ],
    ['a schema that is not there', { 'a.json': declared({ schema: 'a.xsd' }) }, /There is no schema a\.xsd/],
    [
      'a schema that is none',
      { 'a.json': declared({ schema: 'a.xsd' }), 'a.xsd': '<a/>' },
      /a\.json: schema: The schema a\.xsd cannot be used/,
    ],
    [
      'a schema that needs what it may not read',
      {
        'a.json': declared({ schema: 'a.xsd' }),
        'a.xsd': xsd.replace(
          '<xs:element name="a">',
          '<xs:include schemaLocation="/etc/passwd"/><xs:element name="a">',
        ),
      },
      /The schema a\.xsd cannot be used/,
    ],
    [
      'a usage that is shipped',
      { 'a.json': declared({ auid: 'resource-lists' }) },
      /a\.json declares the usage resource-lists, which .*schemas\/resource-lists\.json declares already/,
    ],
    [
      'one usage in two files',
      { 'a.json': declared({}), 'b.json': declared({}) },
      /b\.json declares the usage org\.example\.a, which .*a\.json declares already/,
    ],
    [
      'a usage that would wake',
      { 'a.json': declared({ wakes: 'always' }) },
      /a\.json: wakes: "always" is for usages of the server itself/,
    ],
    [
      'a namespace advertised and not judged',
      { 'a.json': declared({ advertises: ['urn:a'] }) },
      /a\.json advertises urn:a and has no schema/,
    ],
    [
      'a root with a prefix that is not bound',
      { 'a.json': declared({ root: 'p:a' }) },
      /uses the prefix p in the root p:a/,
    ],
    ['a root that is no name', { 'a.json': declared({ root: '/a' }) }, /root: is a name like settings/],
    [
      'a namespace that no schema is for',
      { 'a.json': declared({ schema: 'a.xsd', defaultNamespace: 'urn:b' }), 'a.xsd': xsd },
      /a\.json speaks of the namespace urn:b, and no schema in its folder is for it/,
    ],
    [
      'an advertised one',
      { 'a.json': declared({ schema: 'a.xsd', advertises: ['urn:a', 'urn:c'] }), 'a.xsd': xsd },
      /a\.json speaks of the namespace urn:c/,
    ],
    ['an empty namespace', { 'a.json': declared({ defaultNamespace: '' }) }, /defaultNamespace: must not be empty/],
    [
      'an empty namespace of a prefix',
      { 'a.json': declared({ prefixes: { p: '' } }) },
      /prefixes\.p: must not be empty/,
    ],
    ['an AUID with a slash', { 'a.json': declared({ auid: 'a/b' }) }, /auid: is an AUID \(RFC 4825 §5\.1\)/],
    ['a tree that there is not', { 'a.json': declared({ trees: ['user'] }) }, /trees\.0: /],
    ['no names at all', { 'a.json': declared({ names: [] }) }, /names: must not be empty/],
    ['a name that is none', { 'a.json': declared({ names: [''] }) }, /names\.0: must not be empty/],
    [
      'a directory with a slash at its end',
      { 'a.json': declared({ directories: ['a/'] }) },
      /directories\.0: is a path like photos/,
    ],
    ['a size that is none', { 'a.json': declared({ bytesAtMost: 0 }) }, /bytesAtMost: must be at least 1/],
    ['a size in words', { 'a.json': declared({ bytesAtMost: '64 KB' }) }, /bytesAtMost: must be a number/],
    [
      'children that are no path',
      { 'a.json': declared({ unique: [{ within: '/a', each: '/b', key: '@c' }] }) },
      /unique\.0\.each: is a path like rule/,
    ],
    [
      'a key that is no attribute',
      { 'a.json': declared({ unique: [{ within: '/a', each: 'b', key: 'c' }] }) },
      /unique\.0\.key: is an attribute like @id/,
    ],
    [
      'alternatives of no kind',
      { 'a.json': declared({ unique: [{ within: '/a', each: 'b', key: '@c', alternatives: 'random' }] }) },
      /unique\.0\.alternatives: /,
    ],
    [
      'across users, perhaps',
      { 'a.json': declared({ unique: [{ within: '/a', each: 'b', key: '@c', acrossUsers: 'perhaps' }] }) },
      /unique\.0\.acrossUsers: must be true or false/,
    ],
    [
      'a rule with a field too many',
      { 'a.json': declared({ unique: [{ within: '/a', each: 'b', key: '@c', where: 'x' }] }) },
      /unique\.0: has no where; there are within, each, key, /,
    ],
    ['an array', { 'a.json': '[]' }, /the declaration: must be an object/],
    ['a size beyond every limit', { 'a.json': declared({ bytesAtMost: 262_145 }) }, /bytesAtMost: /],
    ['a reader that there is not', { 'a.json': declared({ readableBy: 'anybody' }) }, /readableBy: /],
    ['two things at once', { 'a.json': declared({ auid: 'a b', trees: [] }) }, /auid: is an AUID.*; trees: /],
    [
      'a schema with a document type declaration',
      { 'a.json': declared({ schema: 'a.xsd' }), 'a.xsd': `<!DOCTYPE xs:schema>${xsd}` },
      /a\.json: schema: A document type declaration is not accepted/,
    ],
  ])('RFC 4825 §5: %s is said when the server starts', (_, files, message) => {
    expect(() => loadUsages(schemas, [folder(files as Record<string, string>)])).toThrow(message)
  })

  test('RFC 4825 §5: a folder that is not there is said when the server starts', () => {
    expect(() => loadUsages(schemas, ['/nowhere/usages'])).toThrow(
      /The folder of usages \/nowhere\/usages cannot be read: ENOENT/,
    )
  })
})
