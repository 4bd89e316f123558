import { describe, expect, test } from 'vitest'
import { Refused } from '../../src/refusal.ts'
import { escapeAttribute, escapeText, printable } from '../../src/xml/escape.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { attributeOf, childElements, textOf } from '../../src/xml/tree.ts'
import { writeDocument } from '../../src/xml/write.ts'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('writing documents', () => {
  test('X5: a namespace is declared once, children take it over, undefined attributes are left out', () => {
    const bytes = writeDocument({
      name: 'a',
      namespace: 'urn:x',
      attributes: { b: 'c', d: undefined },
      children: [
        { name: 'e', attributes: { 'xml:lang': 'de' }, children: ['f'] },
        { name: 'q:g', namespace: 'urn:y' },
      ],
    })
    expect(text(bytes)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><a xmlns="urn:x" b="c"><e xml:lang="de">f</e><q:g xmlns:q="urn:y"/></a>',
    )
  })

  const awkward = 'a\nb\tc\rd "e" \'f\' <g> & &lt; &amp;lt; &#10; ]]> \u{1F319}'
  test('XCAP-P8: what goes in comes out at the next reading, in attributes and in text', () => {
    const { root } = readDocument(
      writeDocument({ name: 'a', attributes: { b: awkward, 'xml:lang': awkward }, children: [awkward] }),
      DEFAULT_XML_LIMITS,
    )
    expect(attributeOf(root, 'b')).toBe('a\nb\tc\rd "e" \'f\' <g> & &lt; &amp;lt; &#10; ]]> \u{1F319}')
    expect(root.attributes.map(({ value }) => value === awkward)).toEqual([true, true])
    expect(textOf(root)).toBe('a\nb\tc\rd "e" \'f\' <g> & &lt; &amp;lt; &#10; ]]> \u{1F319}')
    expect(childElements(root)).toEqual([])
  })

  test.each(['\u0000', '\u0001', '\u000B', '\uFFFE', '\uD800', 'a\uDC00'])('HOST-X8: %j cannot be written', (value) => {
    expect(() => writeDocument({ name: 'a', children: [value] })).toThrow(Refused)
    expect(() => writeDocument({ name: 'a', attributes: { b: value } })).toThrow(Refused)
  })
})

describe('escaping for splices', () => {
  test('XCAP-P4: values become markup', () => {
    expect(escapeText('a<b>&"\'\r\n')).toBe('a&lt;b&gt;&amp;"\'&#13;\n')
    expect(escapeAttribute('a<b>&"\'\r\n\t')).toBe("a&lt;b&gt;&amp;&quot;'&#13;&#10;&#9;")
  })

  test('HOST-X8: phrases show what XML cannot carry as U+FFFD', () => {
    expect(printable('a\u0000b\uD800c\u{1F319}')).toBe('a\uFFFDb\uFFFDc\u{1F319}')
  })
})
