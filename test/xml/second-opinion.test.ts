/**
 * Another validator's verdict on our schemas and fixtures. It is never given anything else: it is old, and a hostile
 * document can end the process. Where it cannot be loaded, the tests say so and pass.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { compileSchema } from '../../src/xml/schema.ts'

interface Parsed {
  validate(schema: Parsed): boolean
  readonly errors: readonly unknown[]
}
interface Libxmljs {
  parseXml(text: string, options?: { readonly baseUrl?: string }): Parsed
}

const schemas = new URL('../../schemas/', import.meta.url)
const examples = new URL('../examples/', import.meta.url)
const standard = new URL('../usage/standard/', import.meta.url)
/** What an operator declares. */
const operator = new URL('../usages/operator/', import.meta.url)
const files = xsdsOf(schemas)

function xsdsOf(folder: URL): ReadonlyMap<string, Uint8Array> {
  return new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.xsd'))
      .map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]),
  )
}

const loaded = await load()

async function load(): Promise<Libxmljs | undefined> {
  const name = 'libxmljs2'
  try {
    const module = (await import(name)) as { readonly default: Libxmljs }
    return module.default
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    console.warn(
      `\n*** THE SECOND OPINION ON SCHEMAS AND EXAMPLES DID NOT RUN: ${name} cannot be loaded (${reason}) ***\n`,
    )
    return undefined
  }
}

/** `undefined` where there is no second validator. */
function secondVerdict(schema: string, text: string, folder = schemas): 'valid' | 'invalid' | undefined {
  if (loaded === undefined) return undefined
  const url = new URL(schema, folder)
  return loaded.parseXml(text).validate(loaded.parseXml(readFileSync(url, 'utf8'), { baseUrl: fileURLToPath(url) }))
    ? 'valid'
    : 'invalid'
}

function firstVerdict(schema: string, text: string, folder = schemas): 'valid' | 'invalid' {
  const faults = compileSchema(schema, folder === schemas ? files : xsdsOf(folder)).validate(
    readDocument(new TextEncoder().encode(text), DEFAULT_XML_LIMITS),
  )
  return faults.length === 0 ? 'valid' : 'invalid'
}

/** What the schema alone says; uniqueness and constraints come later. */
const INVALID = new Set([
  'active-profile-no-default.xml',
  'do-not-disturb-25-oclock.xml',
  'do-not-disturb-boolean-one.xml',
  'do-not-disturb-no-time-offset.xml',
  'do-not-disturb-not-boolean.xml',
  'profile-foreign-not-last.xml',
  'profile-negative-size.xml',
  'profile-no-display-name.xml',
  'profile-no-id.xml',
  'profile-no-namespace-child.xml',
  'profile-other-namespace.xml',
  'profile-rule-without-condition.xml',
  'profile-unavailable-deliver.xml',
  'profile-unknown-element.xml',
  'profile-wrong-root.xml',
  'provider-policy-default-display-name.xml',
  'provider-policy-life-negative.xml',
])

const CASES = ['accepted', 'refused']
  .flatMap((folder) => readdirSync(new URL(folder, examples)).map((file) => [folder, file] as const))
  // The gate refuses a document type declaration before any validator sees it.
  .filter(([, file]) => file !== 'doctype.xml')

/** By how a file's name begins. */
const STANDARD: Readonly<Record<string, string>> = {
  'oma-pres-rules': 'oma-common-policy.xsd',
  'pres-rules': 'pres-rules.xsd',
  pidf: 'pidf.xsd',
  'pres-content': 'pres-content.xsd',
  'rls-services': 'rls-services.xsd',
  'xcap-directory': 'xcap-directory.xsd',
}

/**
 * A root that is an element of an imported schema, and elements that wildcards let pass: no schema says that they are
 * wrong, the usage does.
 */
const JUDGED_IN_CODE = new Set([
  'oma-pres-rules-unknown-condition.xml',
  'pres-rules-unknown-element.xml',
  'pres-rules-wrong-root.xml',
  'rls-services-root-of-lists.xml',
  'simservs-unknown-condition.xml',
  'simservs-wrong-root.xml',
])

function expectSame(schema: string, path: URL, folder: URL): void {
  const text = readFileSync(path, 'utf8')
  const broken =
    text.startsWith('<!-- schema-validation-error') && !JUDGED_IN_CODE.has(path.pathname.split('/').at(-1) ?? '')
  const expected = broken ? 'invalid' : 'valid'
  expect(firstVerdict(schema, text, folder)).toBe(expected)
  expect(secondVerdict(schema, text, folder) ?? expected).toBe(expected)
}

const casesOf = (folder: URL): readonly string[] =>
  ['accepted', 'refused'].flatMap((name) => readdirSync(new URL(name, folder)).map((file) => `${name}/${file}`))

describe('X5: both validators say the same', () => {
  test.each(casesOf(standard))('RFC 4825 §8.2.5: %s', (file) => {
    const beginning = Object.keys(STANDARD).find((name) => file.includes(`/${name}-`)) ?? ''
    expectSame(STANDARD[beginning] ?? '', new URL(file, standard), schemas)
  })

  const declared = new URL('../usages/documents/', import.meta.url)
  test.each(casesOf(declared))('RFC 4825 §8.2.5: declared by an operator: %s', (file) => {
    expectSame('simservs.xsd', new URL(file, declared), operator)
  })

  const samples = new URL('samples/', schemas)
  test.each(readdirSync(samples))('X5: the sample %s', (file) => {
    const declaration = readFileSync(new URL(file.replace(/xml$/, 'json'), schemas), 'utf8')
    const { schema } = JSON.parse(declaration) as { readonly schema: string }
    expectSame(schema, new URL(file, samples), schemas)
  })

  test.each(CASES)('X5: %s/%s', (folder, file) => {
    const schema = /^(active-profile|do-not-disturb|provider-policy|profile)/.exec(file)?.[1]
    const text = readFileSync(new URL(`${folder}/${file}`, examples), 'utf8')
    const expected = INVALID.has(file) ? 'invalid' : 'valid'
    expect(firstVerdict(`${schema}.xsd`, text)).toBe(expected)
    expect(secondVerdict(`${schema}.xsd`, text) ?? expected).toBe(expected)
  })

  const lists = (content: string): string =>
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${content}</resource-lists>`
  const caps = (content: string): string => `<xcap-caps xmlns="urn:ietf:params:xml:ns:xcap-caps">${content}</xcap-caps>`
  const error = (content: string): string =>
    `<xcap-error xmlns="urn:ietf:params:xml:ns:xcap-error">${content}</xcap-error>`
  const policy = (content: string): string =>
    `<provider-policy xmlns="urn:cpm-xdms:provider-policy:1">${content}</provider-policy>`
  const notice = (messages: string): string =>
    `<deferred-list xmlns="urn:cpm-xdms:deferred-list:1" more="0" retrieve-from="sip:d@example.com">` +
    `${messages}</deferred-list>`
  const retrieval = (text: string): string => text.replace('NS', 'urn:cpm-xdms:retrieval:1')
  test.each<[string, string, 'valid' | 'invalid']>([
    [
      'resource-lists.xsd',
      lists(
        '<list name="a"><display-name xml:lang="de">A</display-name><list/><entry uri="sip:a@b"/><x ' +
          'xmlns="urn:x"/></list>',
      ),
      'valid',
    ],
    ['resource-lists.xsd', lists('<list><entry/></list>'), 'invalid'],
    ['resource-lists.xsd', lists('<list><display-name xml:lang="not a language">A</display-name></list>'), 'invalid'],
    ['resource-lists.xsd', '<list xmlns="urn:ietf:params:xml:ns:resource-lists"/>', 'invalid'],
    [
      'xcap-caps.xsd',
      caps('<auids><auid>a</auid></auids><extensions/><namespaces><namespace>urn:a</namespace></namespaces>'),
      'valid',
    ],
    ['xcap-caps.xsd', caps('<namespaces/><auids/>'), 'invalid'],
    [
      'xcap-error.xsd',
      error('<uniqueness-failure><exists field="a"><alt-value>b</alt-value></exists></uniqueness-failure>'),
      'valid',
    ],
    ['xcap-error.xsd', error('<uniqueness-failure/>'), 'invalid'],
    [
      'provider-policy.xsd',
      policy('<defaults><p:storage xmlns:p="urn:cpm-xdms:profile:1" messages="true"/></defaults>'),
      'valid',
    ],
    ['provider-policy.xsd', policy('<defaults><x xmlns="urn:x"/></defaults>'), 'invalid'],
    [
      'provider-policy.xsd',
      policy('<limits keep-at-most="P1Y2M3DT4H5M6.7S"/><limits keep-at-most="P2W"/><limits keep-at-most="PT1M"/>'),
      'valid',
    ],
    ['provider-policy.xsd', policy('<limits keep-at-most="P1DT"/>'), 'invalid'],
    ['provider-policy.xsd', policy('<limits keep-at-most="P"/>'), 'invalid'],
    ['provider-policy.xsd', policy('<limits waiting-at-most=" 1 "/>'), 'invalid'],
    ['deferred-list.xsd', notice('<message id="m" sent="2026-11-27T07:00:00Z" size="5"/>'), 'valid'],
    ['deferred-list.xsd', notice('<message id="m" sent="yesterday" size="5"/>'), 'invalid'],
    ['deferred-list.xsd', notice('<message id="m" sent="2026-11-27T07:00:00Z" size="-5"/>'), 'invalid'],
    ['retrieval.xsd', retrieval('<retrieval xmlns="NS" all="discard"/>'), 'valid'],
    ['retrieval.xsd', retrieval('<retrieval xmlns="NS"><message id="m1" action="retrieve"/></retrieval>'), 'valid'],
    ['retrieval.xsd', retrieval('<retrieval xmlns="NS"><message id="m1"/></retrieval>'), 'invalid'],
    ['retrieval.xsd', retrieval('<retrieval xmlns="NS" all="burn"/>'), 'invalid'],
    ['retrieval.xsd', retrieval('<outcome xmlns="NS" id="m1" action="store" outcome="done" state="stored"/>'), 'valid'],
    ['retrieval.xsd', retrieval('<outcome xmlns="NS" id="m1" action="store" outcome="perhaps"/>'), 'invalid'],
  ])('RFC 4825 §8.2.5: %s: %s', (schema, text, expected) => {
    expect(firstVerdict(schema, text)).toBe(expected)
    expect(secondVerdict(schema, text) ?? expected).toBe(expected)
  })

  test('X5: no schema is left out', () => {
    const covered = [
      'active-profile.xsd',
      'deferred-list.xsd',
      'do-not-disturb.xsd',
      'profile.xsd',
      'provider-policy.xsd',
      'resource-lists.xsd',
      'retrieval.xsd',
      'simservs.xsd',
      'xcap-caps.xsd',
      'xcap-error.xsd',
    ]
    // Included or imported by those.
    const parts = ['common-policy.xsd', 'originator.xsd', 'preferences.xsd', 'values.xsd', 'xml.xsd']
    expect([...files.keys()].sort()).toEqual([...covered, ...Object.values(STANDARD), ...parts].sort())
    expect([...xsdsOf(operator).keys()]).toEqual(['common-policy.xsd', 'simservs.xsd'])
  })
})
