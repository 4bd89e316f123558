/** What is read of a whole text beside the one before is what would be read of it alone. */
import { describe, expect, test } from 'vitest'
import { Refused } from '../../src/refusal.ts'
import { DEFAULT_XML_LIMITS, type XmlLimits } from '../../src/xml/limits.ts'
import type { ElementExtent, Outline } from '../../src/xml/outline.ts'
import { readDocument, type TextDocument } from '../../src/xml/read-document.ts'
import { readDifference, type Changed } from '../../src/xml/replace.ts'
import type { XmlElement } from '../../src/xml/tree.ts'
import { chanceOf, pick, randomDocument, randomElement, type Chance } from '../xcap/random-document.ts'
import { AT_LIMITS } from './at-limits.ts'

const LIMITS = { ...DEFAULT_XML_LIMITS, namespaceDeclarations: 1_000 }
const CASES = 1_000

function read(text: string, limits: XmlLimits = LIMITS): TextDocument {
  return readDocument(Buffer.from(text), limits)
}

/** Of which nothing but the outline is there. */
function known(text: string): TextDocument {
  const document = read(text)
  document.letTreeGo()
  return document
}

function elementsIn(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap((child) => (child.kind === 'element' ? elementsIn(child) : []))]
}

/** For every place of the text, all that hold it. */
function placesIn(outline: Outline, { length }: string): unknown {
  return [
    outline.elements,
    outline.declarations,
    outline.bytes,
    Array.from({ length }, (_, at) => outline.around(at, at)),
  ]
}

function placesOf(root: XmlElement, { length }: string): unknown {
  const elements = elementsIn(root)
  const holding = (at: number): readonly ElementExtent[] =>
    elements
      .filter(({ start, end }) => start < at && end > at)
      .map(({ start, contentStart, end }) => ({ start, contentStart, end }))
  return [
    elements.length,
    elements.flatMap(({ declarations }) => declarations).length,
    elements.length * 20,
    Array.from({ length }, (_, at) => holding(at)),
  ]
}

const said = ({ name, namespace, attributes, children }: XmlElement): unknown => ({
  name,
  namespace,
  attributes: attributes.map(({ name, namespace, value }) => ({ name, namespace, value })),
  children: children.map((child) =>
    child.kind === 'element' ? said(child) : { kind: child.kind, value: 'value' in child && child.value },
  ),
})

const PIECES = [
  '<a/>',
  '<a>',
  '</a>',
  'x',
  '&amp;',
  '&',
  '<',
  '>',
  '"',
  '/',
  ' ',
  '\r',
  '\n',
  '😀',
  '\u{1f601}',
  '<!--',
  ']]>',
]

/** As people edit a text: an element, a piece anywhere, something out, something twice, and now and then more of it. */
function edited(chance: Chance, { text, root }: TextDocument): string {
  const { start, end } = pick(chance, elementsIn(root))
  const from = Math.floor(chance() * text.length)
  const to = Math.min(text.length, from + Math.floor(chance() * 12))
  const edits: readonly (() => string)[] = [
    () => text.slice(0, start) + randomElement(chance, new Map(), 2) + text.slice(end),
    () => text.slice(0, end) + text.slice(start),
    () => text.slice(0, start) + text.slice(end),
    () => text.slice(0, from) + pick(chance, PIECES) + text.slice(from),
    () => text.slice(0, from) + pick(chance, PIECES) + text.slice(to),
    () => text.slice(0, from) + text.slice(to),
    () => text.slice(0, to) + text.slice(from),
    () => text.slice(0, start) + text.slice(start, end).replace(/"([^"<]*)"/, '"$1$1"') + text.slice(end),
  ]
  return pick(chance, edits)()
}

function wholeOf(text: string, limits: XmlLimits = LIMITS): TextDocument | undefined {
  try {
    return read(text, limits)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function mustBeAsWhole(text: string, changed: Changed, hint: string): void {
  const whole = wholeOf(text)
  if (whole === undefined) throw new Error(`${hint}: the whole is refused: ${text}`)
  const { document, replaced } = changed
  expect(document.text).toBe(text)
  expect(document.isRead, hint).toBe(false)
  expect(placesIn(document.outline, text), hint).toEqual(placesOf(whole.root, text))
  if (replaced === undefined) return
  const { old, element, before } = replaced
  expect(elementsIn(read(before.text).root).map(said), hint).toContainEqual(said(old))
  expect(elementsIn(whole.root).map(said), hint).toContainEqual(said(element))
  expect(old.end - old.start - (element.end - element.start), hint).toBe(before.text.length - text.length)
}

describe('RFC 4825 §8.2.2: a whole text that differs from the present one in one element', () => {
  test('RFC 4825 §8.2.2: random edits, one after the other: what is known of the text is what the whole says', () => {
    const seen = { same: 0, whole: 0, refused: 0 }
    for (let seed = 1; seed <= CASES / 4; seed++) {
      const chance = chanceOf(seed)
      let before = known(randomDocument(chance))
      for (let edit = 0; edit < 4; edit++) {
        const text = edited(chance, read(before.text)).toWellFormed()
        const changed = readDifference(text, before, LIMITS)
        if (changed === undefined) {
          const whole = wholeOf(text)
          seen[whole === undefined ? 'refused' : 'whole'] += 1
          if (whole !== undefined) before = known(text)
          continue
        }
        mustBeAsWhole(text, changed, `seed ${seed}, edit ${edit}`)
        seen.same += 1
        before = changed.document
      }
    }
    expect(seen.same).toBeGreaterThan(CASES / 5)
    expect(seen.whole).toBeGreaterThan(CASES / 100)
    expect(seen.refused).toBeGreaterThan(CASES / 20)
  })
  const LIST = '<r xmlns:p="urn:p">\n<l n="1"><e u="a"/><e u="b">x</e></l>\n<l n="2"/></r>'
  test.each([
    ['a text in it', LIST.replace('>x<', '>xy<'), '<e u="b">x</e>', '<e u="b">xy</e>'],
    ['an attribute of it', LIST.replace('"a"', '"ac"'), '<e u="a"/>', '<e u="ac"/>'],
    ['its name', LIST.replace('<e u="a"/>', '<f u="a"/>'), '<e u="a"/>', '<f u="a"/>'],
    [
      'an attribute of what holds others',
      LIST.replace('n="1"', 'n="3"'),
      '<l n="1"><e u="a"/><e u="b">x</e></l>',
      '<l n="3"><e u="a"/><e u="b">x</e></l>',
    ],
    [
      'one less of two',
      LIST.replace('<e u="a"/>', ''),
      '<l n="1"><e u="a"/><e u="b">x</e></l>',
      '<l n="1"><e u="b">x</e></l>',
    ],
    [
      'a prefix that the root binds',
      LIST.replace('<l n="2"/>', '<l n="2"><p:e/></l>'),
      '<l n="2"/>',
      '<l n="2"><p:e/></l>',
    ],
    [
      'half of a surrogate pair',
      LIST.replace('>x<', '>\u{1f600}<'),
      '<e u="b">\u{1f601}</e>',
      '<e u="b">\u{1f600}</e>',
      '\u{1f601}',
    ],
  ])('RFC 4825 §8.2.4: %s', (_, text, old, fresh, before = 'x') => {
    const changed = readDifference(text, known(LIST.replace('>x<', `>${before}<`)), LIMITS)
    expect(changed?.document.text).toBe(text)
    const { replaced } = changed ?? {}
    expect(replaced?.alone.slice(replaced.element.start, replaced.element.end)).toBe(fresh)
    expect(replaced?.old.end).toBe((replaced?.old.start ?? 0) + old.length)
    expect(replaced?.alone).toBe(
      text.slice(0, text.indexOf('\n')) +
        `${fresh.startsWith('<l') ? '' : '<l n="1">'}${fresh}${fresh.startsWith('<l') ? '' : '</l>'}</r>`,
    )
  })

  test.each([
    ['the root', '<r a="1"><e/></r>', '<r a="2"><e/></r>'],
    ['what is before the root', '<?xml version="1.0"?><r><e/></r>', '<r><e/></r>'],
    ['a byte order mark', '\ufeff<r><e/></r>', '<r><e/></r>'],
    ['what comes behind it', '<r><e/></r>', '<r><e/></r><!-- -->'],
    ['one of two that are the same, in the root', '<r><a/><a/></r>', '<r><a/></r>'],
    ['and one more', '<r><a/></r>', '<r><a/><a/></r>'],
    ['two in the place of one', '<r><l><a n="1"/></l></r>', '<r><l><a n="12"/><a n="1"/></l></r>'],
    ['an end tag', '<r><l><a>x</a></l></r>', '<r><l><a>x</l></r>'],
    ['a tag that closes what holds it', '<r><l><a>x</a></l></r>', '<r><l><a></a></l><l><a></a></l></r>'],
    ['a document type', '<r><l><a>x</a></l></r>', '<r><l><a><!DOCTYPE a></a></l></r>'],
    ['a prefix that nobody binds', '<r><l><a>x</a></l></r>', '<r><l><a><p:x/></a></l></r>'],
  ])('RFC 4825 §8.2.2: %s: the whole is read', (_, before, text) => {
    expect(readDifference(text, known(before), LIMITS)).toBeUndefined()
  })

  test('RFC 4825 §8.2.2: the same text is the same document', () => {
    const before = known(LIST)
    expect(readDifference(`${LIST}`, before, LIMITS)).toEqual({ document: before })
    expect(before.isRead).toBe(false)
  })

  test.each(AT_LIMITS)('HOST-X5: %s within %o', (fragment, limits, isWithin) => {
    const within = { ...LIMITS, ...limits }
    const text = `<a xmlns:p="urn:p"><b>${fragment}</b><d/></a>`
    const changed = readDifference(text, known('<a xmlns:p="urn:p"><b><c/></b><d/></a>'), within)
    expect(changed !== undefined).toBe(isWithin)
    expect(wholeOf(text, within) !== undefined).toBe(isWithin)
  })
})
