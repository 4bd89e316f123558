/** What is read of an edit alone is what would be read of the whole: random edits, and both ways beside each other. */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Refused } from '../../src/refusal.ts'
import { DEFAULT_XML_LIMITS, type XmlLimits } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { readReplaced } from '../../src/xml/replace.ts'
import { compileSchema } from '../../src/xml/schema.ts'
import { shortening } from '../../src/xml/shortened.ts'
import type { XmlDocument, XmlElement, XmlNode } from '../../src/xml/tree.ts'
import { chanceOf, pick, randomDocument, randomElement, type Chance } from '../xcap/random-document.ts'
import { AT_LIMITS } from './at-limits.ts'

const CASES = 1_500
const LIMITS = { ...DEFAULT_XML_LIMITS, namespaceDeclarations: 1_000 }

function elementsIn(element: XmlElement, found: XmlElement[] = []): XmlElement[] {
  found.push(element)
  for (const child of element.children) if (child.kind === 'element') elementsIn(child, found)
  return found
}

/** All that a tree says, and that each parent is the one that has the child. */
function plain(node: XmlNode, parent: XmlElement | undefined): unknown {
  if (node.kind !== 'element') return { ...node }
  expect(node.parent).toBe(parent)
  return { ...node, parent: undefined, children: node.children.map((child) => plain(child, node)) }
}

function spliced({ text }: XmlDocument, { start, end }: XmlElement, fragment: string): string {
  return text.slice(0, start) + fragment + text.slice(end)
}

function wholeOf(text: string, limits: XmlLimits): XmlDocument | Refused {
  try {
    return readDocument(Buffer.from(text), limits)
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}

const ODD = ['<a', '<a/><b/>', '<a></b>', '<a/>x', '<!-- --><a/>', '<zz:a/>', '<a/></frame><frame>', '<a>\r</a>', '']

function randomFragment(chance: Chance): string {
  return chance() < 0.15 ? pick(chance, ODD) : randomElement(chance, new Map(), 2)
}

describe('RFC 4825 §8.2.4: an element is replaced', () => {
  test('RFC 4825 §8.2.4: where the element lies there already the document is the one that was read', () => {
    const document = readDocument(Buffer.from('<a><b>1</b><b/></a>'), LIMITS)
    const element = elementsIn(document.root)[1]!
    const read = readReplaced(document.text, { document, element, fragment: '<b>1</b>' }, LIMITS)
    expect(read?.document).toBe(document)
    expect(read?.replaced).toBeUndefined()
  })

  test('RFC 4825 §8.2.4: the tree is that of the whole text, and what is none of it is read whole', () => {
    const seen = { same: 0, whole: 0, refused: 0 }
    for (let seed = 1; seed <= CASES; seed++) {
      const chance = chanceOf(seed)
      const document = readDocument(Buffer.from(randomDocument(chance)), LIMITS)
      const element = pick(chance, elementsIn(document.root))
      const fragment = randomFragment(chance)
      const text = spliced(document, element, fragment)
      const whole = wholeOf(text, LIMITS)
      const read = readReplaced(text, { document, element, fragment }, LIMITS)
      if (text === document.text) {
        expect(read?.document).toBe(document)
        continue
      }
      if (read === undefined) {
        seen[whole instanceof Refused ? 'refused' : 'whole'] += 1
        continue
      }
      if (whole instanceof Refused) throw new Error(`seed ${seed}: the whole is refused: ${whole.message}`)
      expect(plain(read.document.root, undefined), `seed ${seed}`).toEqual(plain(whole.root, undefined))
      expect(read.document.text).toBe(whole.text)
      expect(read.replaced).toMatchObject({ before: document, old: element })

      seen.same += 1
    }
    expect(seen.same).toBeGreaterThan(CASES / 5)
    expect(seen.whole).toBeGreaterThan(0)
    expect(seen.refused).toBeGreaterThan(CASES / 50)
  })

  const document = readDocument(Buffer.from('<a xmlns:p="urn:p"><b><c/></b><d/></a>'), LIMITS)
  const element = elementsIn(document.root)[2]!
  test.each(AT_LIMITS)('HOST-X5: %s within %o', (fragment, limits, isWithin) => {
    const within = { ...LIMITS, ...limits }
    const text = spliced(document, element, fragment)
    expect(readReplaced(text, { document, element, fragment }, within) !== undefined).toBe(isWithin)
    expect(wholeOf(text, within) instanceof Refused).toBe(!isWithin)
  })
})

const SCHEMAS = new URL('../../schemas/', import.meta.url)
const files = new Map(
  readdirSync(SCHEMAS)
    .filter((name) => name.endsWith('.xsd'))
    .map((name) => [name, new Uint8Array(readFileSync(new URL(name, SCHEMAS)))]),
)
const LISTS = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:x="urn:x">
<list name="a" x:y="1"><display-name xml:lang="en">A</display-name><entry uri="sip:a@example.com"/>
<entry uri="sip:b@example.com"><display-name>B</display-name><x:more><entry/></x:more></entry>
<external anchor="http://example.com/x"/><list name="b"><entry uri="sip:c@example.com"/><entry-ref ref="r"/></list>
</list></resource-lists>`

const INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance'

/** A fragment like one that is there, with something that may or may not be in order. */
function mutated(chance: Chance, text: string): string {
  const changes: readonly (() => string)[] = [
    () => text,
    () => text.replace(/ [a-z]+="[^"]*"/, ''),
    () => text.replace(/="[^"]*"/, '="%%"'),
    () => text.replace(/(<[a-z:-]+)/, '$1 odd="1"'),
    () => text.replace(/\/>$/, '>text</entry>'),
    () => text.replace(/>/, '><display-name>D</display-name>'),
    () => text.replace(/>/, '><x:new xmlns:x="urn:new" a="b"/>'),
    () => text.replace(/>/, '><entry uri="sip:x@example.com"/>'),
    () => text.replace(/^<([a-z]+)/, `<$1 xmlns:xsi="${INSTANCE}" xsi:nil="true"`),
  ]
  return pick(chance, changes)()
}

describe('RFC 4825 §8.2.5: the verdict of an element that was replaced', () => {
  test.each([
    ['resource-lists.xsd', LISTS],
    ...['rls-services', 'org.cpm-xdms.profiles', 'pres-rules'].map((name) => [
      `${name.replace('org.cpm-xdms.profiles', 'profile')}.xsd`,
      readFileSync(new URL(`samples/${name}.xml`, SCHEMAS), 'utf8'),
    ]),
  ])('RFC 4825 §8.2.5: %s says of the edit what it says of the whole', (name, sample) => {
    const schema = compileSchema(name, files)
    const other = compileSchema(name, files)
    const document = readDocument(Buffer.from(sample), LIMITS)
    expect(schema.validate(document)).toEqual([])
    for (let seed = 1; seed <= 300; seed++) {
      const chance = chanceOf(seed)
      const element = pick(chance, elementsIn(document.root).slice(1))
      const like = pick(chance, elementsIn(document.root))
      const from = chance() < 0.7 ? element : like
      const fragment = mutated(chance, sample.slice(from.start, from.end))
      const text = spliced(document, element, fragment)
      const read = readReplaced(text, { document, element, fragment }, LIMITS)
      if (read === undefined) continue
      expect(schema.validate(read.document, read.replaced), `seed ${seed}: ${fragment}`).toEqual(
        other.validate(readDocument(Buffer.from(text), LIMITS)),
      )
    }
  })

  const shortOf = (schema: string, document: string, at: number, fragment: string): string | undefined => {
    const read = readDocument(Buffer.from(document), LIMITS)
    const element = elementsIn(read.root)[at]!
    const replaced = readReplaced(spliced(read, element, fragment), { document: read, element, fragment }, LIMITS)
    const found = new Map([['a.xsd', Buffer.from(schema)]])
    return replaced?.replaced && shortening('a.xsd', found)(replaced.replaced)
  }
  const xsd = (more: string): string =>
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a">' +
    `<xs:element name="b"/>${more}</xs:schema>`
  const two = '<a xmlns="urn:a" n="1">x<b/><b/>y</a>'
  test('RFC 4825 §8.2.5: the validator sees the element and the start tags round it', () => {
    expect(shortOf(xsd(''), two, 2, '<b>new</b>')).toBe('<a xmlns="urn:a" n="1"><b>new</b></a>')
  })
  test('RFC 4825 §8.2.5: the same of a name that is declared twice, both times of one type', () => {
    const one = '<xs:sequence><xs:element name="c" type="t" minOccurs="0"/></xs:sequence>'
    const other = '<xs:choice><xs:element name="c" type="t"/></xs:choice>'
    expect(shortOf(xsd(one + other), two.replace('<b/>', '<c/>'), 1, '<c>new</c>')).toBe(
      '<a xmlns="urn:a" n="1"><c>new</c></a>',
    )
  })
  test.each([
    ['another name', '', '<c/>'],
    ['another namespace', '', '<b xmlns="urn:b"/>'],
    ['identifiers', '<xs:attribute name="id" type="xs:ID"/>', '<b/>'],
    ['uniqueness', '<xs:unique name="u"/>', '<b/>'],
    ['a name that is declared twice, of other types', '<xs:element name="b" type="t"/>', '<b/>'],
    ['a name that is declared twice', '<xs:complexType><xs:element name="b"/></xs:complexType>', '<b/>'],
    ['a wildcard for all namespaces', '<xs:any namespace="##any"/>', '<b/>'],
    ['a wildcard that does not say', '<xs:any/>', '<b/>'],
  ])('RFC 4825 §8.2.5: %s: it sees the whole', (_, more, fragment) => {
    expect(shortOf(xsd(more), two, 2, fragment)).toBeUndefined()
  })
})
