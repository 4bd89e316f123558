/** What is checked of an edit alone says what the check of the whole says: random edits, and both beside each other. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Auid, Owner } from '../../src/names.ts'
import { readDeclaration } from '../../src/usage/declaration.ts'
import { loadUsages } from '../../src/usage/load.ts'
import { uniquenessOf } from '../../src/usage/uniqueness.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import type { TextDocument } from '../../src/xml/read-document.ts'
import { readDifference, readReplaced, type Changed, type Replaced } from '../../src/xml/replace.ts'
import { childElements, type XmlDocument, type XmlElement } from '../../src/xml/tree.ts'
import { chanceOf, pick, type Chance } from '../xcap/random-document.ts'
import { alice, document, refusedBy, schemas, surroundings } from './fixtures.ts'

type Read = Changed

function edited(before: TextDocument, element: XmlElement, fragment: string): Read | undefined {
  return readReplaced(spliced(before, element, fragment), { document: before, element, fragment }, DEFAULT_XML_LIMITS)
}

/** The same of a whole text, beside what is known of the one before without its tree. */
function differing(before: TextDocument, element: XmlElement, fragment: string): Read | undefined {
  before.letTreeGo()
  return readDifference(spliced(before, element, fragment), before, DEFAULT_XML_LIMITS)
}

function spliced({ text }: XmlDocument, { start, end }: XmlElement, fragment: string): string {
  return text.slice(0, start) + fragment + text.slice(end)
}

function sourceOf({ text }: XmlDocument, { start, end }: XmlElement): string {
  return text.slice(start, end)
}

function inside(element: XmlElement): readonly XmlElement[] {
  return childElements(element).flatMap((child) => [child, ...inside(child)])
}

const DECLARATION = readDeclaration(
  'random.json',
  JSON.stringify({
    auid: 'random',
    mediaType: 'application/random+xml',
    trees: ['users'],
    defaultNamespace: 'urn:r',
    prefixes: { x: 'urn:x' },
    unique: [
      { within: '/r', each: 'a/b', key: '@k' },
      { within: '//a', each: 'x:b', key: '@k' },
      { within: '//a', each: 'b', key: '@x:k' },
      { within: '/r/a', each: 'a', key: '@n' },
    ],
  }),
)

/** So few that they clash. */
const VALUES = 6

/** Of names that rules have and of others, in the namespaces that they are of and in others. */
function randomElement(chance: Chance, depth: number): string {
  const name = pick(chance, ['a', 'a', 'b', 'b', 'x:b', 'x:b', 'c', 'y:a'])
  const given = ['k', 'x:k', 'n', 'o'].filter(() => chance() < 0.6)
  const attributes = given.map((attribute) => ` ${attribute}="${Math.floor(chance() * VALUES)}"`).join('')
  const children = depth === 0 ? 0 : Math.floor(chance() * 5)
  const content = Array.from({ length: children }, () => randomElement(chance, depth - 1)).join('')
  return `<${name}${attributes}>${content}</${name}>`
}

/** Another one, the same with another value or in another wrapping, or anything. */
function randomFragment(chance: Chance, before: string, like: string): string {
  const changes: readonly (() => string)[] = [
    () => like,
    () => like,
    () => before.replace(/ o="\d+"/, '').replace(/^(<[\w:]+)/, '$1 o="99"'),
    () => before.replace(/>/, '>text<c/>'),
    () => before.replace(/"\d+"/, `"${Math.floor(chance() * VALUES)}"`),
    () => `<c>${before}</c>`,
    () => before.replace(/^<c[^>]*>(<.*>)<\/c>$/, '$1'),
    () => randomElement(chance, 2),
  ]
  return pick(chance, changes)()
}

describe('RFC 4825 §8.2.5: uniqueness where one element was replaced', () => {
  const check = uniquenessOf(DECLARATION)
  const root = (content: string): string => `<r xmlns="urn:r" xmlns:x="urn:x" xmlns:y="urn:y">${content}</r>`

  const START =
    '<a><b k="1"/><x:b k="1"/><b x:k="1"/><a n="1"><b k="1" x:k="1"/></a><a n="2"/></a><a><b k="2"/>' +
    '<c><a><b x:k="1"/><x:b k="1"/><x:b k="2"/></a></c></a><a/><y:a><x:b k="1"/><x:b k="1"/></y:a>'

  test('RFC 4825 §8.2.5: random edits clash as the whole does', async () => {
    const seen = { passed: 0, clashed: 0 }
    for (let seed = 1; seed <= 60; seed++) {
      const chance = chanceOf(seed)
      let before = document(root(START))
      for (let edit = 0; edit < 20; edit++) {
        const elements = inside(before.root)
        if (elements.length === 0) break
        const element = pick(chance, elements)
        const like = pick(chance, chance() < 0.7 ? childElements(element.parent!) : elements)
        const fragment = randomFragment(chance, sourceOf(before, element), sourceOf(before, like))
        const read = edited(before, element, fragment)
        if (read === undefined) continue
        const whole = await refusedBy(async () => check(document(read.document.text)))
        expect(await refusedBy(async () => check(read.document, read.replaced)), `seed ${seed}, ${fragment}`).toEqual(
          whole,
        )
        seen[whole === undefined ? 'passed' : 'clashed'] += 1
        if (whole === undefined) before = read.document
      }
    }
    expect(seen.passed).toBeGreaterThan(400)
    expect(seen.clashed).toBeGreaterThan(50)
  })

  // Of a document that did not pass: whether the rest is looked at is seen by its clash.
  const rest = '<a><b k="1"/><b k="1"/></a>'
  test.each([
    ['<a n="1"><b k="2"/></a>', '<a n="1">text<b k="2" o="3"/><c/></a>', false],
    ['<a n="1"><b k="2"/></a>', '<a n="1"><b k="3"/></a>', true],
    ['<a n="1"><b k="2"/></a>', '<a n="1"><c><b k="2"/></c></a>', true],
    ['<a n="1"><b k="2"/></a>', '<a n="1"><b k="2"/><b/></a>', true],
    ['<a n="1"/>', '<y:a n="1"/>', true],
    ['<c o="1"/>', '<y:c>text</y:c>', false],
    ['<c o="1"/>', '<c><y:c><x:b/></y:c></c>', true],
  ])('RFC 4825 §8.2.5: %s, then %s: the rest is looked at: %s', async (old, fragment, isLooked) => {
    const before = document(root(`${old}${rest}`))
    const read = edited(before, childElements(before.root)[0]!, fragment)!
    const refusal = await refusedBy(async () => check(read.document, read.replaced))
    expect(refusal?.kind).toBe(isLooked ? 'uniqueness-failure' : undefined)
  })
})

/** With a value that somebody else has, without one, with something more, or twice. */
function mutated(chance: Chance, before: string, like: string): string {
  const value = /="[^"]*"/.exec(like)?.[0] ?? '=""'
  const changes: readonly (() => string)[] = [
    () => before,
    () => like,
    () => before.replace(/="[^"]*"/, value),
    () => before.replace(/ [a-z]+="[^"]*"/, ''),
    () => before.replace(/^<([\w:-]+)(?=[\s/>])/, '<$1 odd="1"'),
    () => before.replace(/>[^<]+</, '>Other<'),
    () => before.replace(/(<[\w:-]+ [^>]*\/>)/, '$1$1'),
    () => before.replace(/(<[\w:-]+ [^>]*\/>)/, ''),
  ]
  return pick(chance, changes)()
}

describe('RFC 4825 §8.2.5: the check of a document in which one element was replaced', () => {
  const edits = loadUsages(schemas, [], { on: ['simservs.ngn.etsi.org'] })
  const wholes = loadUsages(schemas, [], { on: ['simservs.ngn.etsi.org'] })
  const names: Readonly<Record<string, string>> = {
    'org.cpm-xdms.profiles': 'work',
    'org.openmobilealliance.pres-rules': 'pres-rules',
    'simservs.ngn.etsi.org': 'simservs.xml',
  }

  const AUIDS = [
    'org.cpm-xdms.active-profile',
    'org.cpm-xdms.do-not-disturb',
    'org.cpm-xdms.profiles',
    'org.cpm-xdms.provider-policy',
    'org.openmobilealliance.pres-rules',
    'pidf-manipulation',
    'pres-rules',
    'resource-lists',
    'rls-services',
    'simservs.ngn.etsi.org',
  ]
  test.each([
    ...AUIDS.map((auid) => [auid, 'put by itself', edited] as const),
    ...AUIDS.map((auid) => [auid, 'put in a whole text', differing] as const),
  ])('RFC 4825 §8.2.5: %s, %s, is refused for the same, or not at all', async (auid, _, readBeside) => {
    const owner = auid === 'org.cpm-xdms.provider-policy' ? ('global' as Owner) : alice
    const selector = { auid: auid as Auid, owner, name: names[auid] ?? 'index' }
    const around = surroundings(['home', 'work'])
    const judged = (usages: typeof edits, one: XmlDocument, replaced?: Replaced): ReturnType<typeof refusedBy> =>
      refusedBy(async () => usages.find(auid)!.check(selector, one, around, replaced))
    const sample = document(readFileSync(`${schemas}/samples/${auid}.xml`))
    expect(await judged(edits, sample)).toBeUndefined()
    const seen = { passed: 0, refused: 0 }
    for (let seed = 1; seed <= 30; seed++) {
      const chance = chanceOf(seed)
      let before = sample
      for (let edit = 0; edit < 10; edit++) {
        const elements = inside(before.root)
        const element = pick(chance, elements)
        const like = pick(chance, elements)
        const fragment = mutated(chance, sourceOf(before, element), sourceOf(before, like))
        const read = readBeside(before, element, fragment)
        if (read === undefined) continue
        const whole = await judged(wholes, document(read.document.text))
        expect(await judged(edits, read.document, read.replaced), `seed ${seed}, ${fragment}`).toEqual(whole)
        seen[whole === undefined ? 'passed' : 'refused'] += 1
        if (whole === undefined) before = read.document
      }
    }
    expect(seen.passed).toBeGreaterThan(10)
    expect(seen.refused).toBeGreaterThan(10)
  })
})
