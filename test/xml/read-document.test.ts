import fc from 'fast-check'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Refused } from '../../src/refusal.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import {
  attributeOf,
  childElements,
  extentOfAttribute,
  textOf,
  type XmlDocument,
  type XmlElement,
} from '../../src/xml/tree.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string | Uint8Array): XmlDocument =>
  readDocument(typeof text === 'string' ? bytes(text) : text, DEFAULT_XML_LIMITS)

/** The kind of the refusal, or `accepted`. */
function verdict(text: string | Uint8Array): string {
  try {
    read(text)
    return 'accepted'
  } catch (error) {
    if (error instanceof Refused) return error.refusal.kind
    throw error
  }
}

function phrase(text: string): string {
  try {
    read(text)
  } catch (error) {
    return error instanceof Refused ? error.message : 'not a refusal'
  }
  return 'accepted'
}

describe('RFC 4825 §8.2.2: a document is UTF-8', () => {
  const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
  test.each<[string, Uint8Array]>([
    ['UTF-16 LE', utf16('<a/>')],
    ['UTF-16 LE with mark', utf16('\uFEFF<a/>')],
    ['UTF-16 BE', utf16('<a/>').swap16()],
    ['UTF-16 BE with mark', utf16('\uFEFF<a/>').swap16()],
    ['UTF-32 LE', Buffer.from([0x3c, 0, 0, 0, 0x61, 0, 0, 0, 0x2f, 0, 0, 0, 0x3e, 0, 0, 0])],
    ['UTF-32 BE', Buffer.from([0, 0, 0, 0x3c, 0, 0, 0, 0x61, 0, 0, 0, 0x2f, 0, 0, 0, 0x3e])],
    ['Latin-1', Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1')],
    ['Latin-1 in name only', bytes('<?xml version="1.0" encoding="ISO-8859-1"?><a/>')],
    ['UTF-7', bytes("<?xml version='1.0' encoding = 'UTF-7'?><a>+AOk-</a>")],
    ['Shift_JIS in name only', bytes('<?xml version="1.0" encoding="Shift_JIS" standalone="yes"?><a/>')],
    ['EBCDIC', Buffer.from([0x4c, 0x81, 0x61, 0x6e])],
    ['an overlong form', Buffer.concat([bytes('<a>'), Buffer.from([0xc0, 0xaf]), bytes('</a>')])],
    ['a surrogate (CESU)', Buffer.concat([bytes('<a>'), Buffer.from([0xed, 0xa0, 0x80]), bytes('</a>')])],
    ['a byte that begins nothing', Buffer.concat([bytes('<a>'), Buffer.from([0xff]), bytes('</a>')])],
  ])('HOST-X7: %s is not-utf-8', (_, document) => {
    expect(verdict(document)).toBe('not-utf-8')
  })

  test.each(['<?xml version="1.0" encoding="UTF-8"?><a/>', '<?xml version="1.0" encoding=\'utf-8\'?><a/>', '<a/>'])(
    'HOST-X7: %s is UTF-8',
    (document) => {
      expect(verdict(document)).toBe('accepted')
    },
  )

  test('HOST-X7: a byte order mark is accepted and kept, and counts in offsets', () => {
    const document = read('\uFEFF<a><b/></a>')
    expect(document.text.charCodeAt(0)).toBe(0xfeff)
    expect([document.root.start, document.root.end]).toEqual([1, 12])
  })
})

describe('RFC 4825 §11.1: not well-formed', () => {
  test.each([
    ['nothing at all', ''],
    ['text only', 'hello'],
    ['an open element', '<a>'],
    ['crossed tags', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['X8: NUL behind the document', '<a/>\0<evil'],
    ['X8: NUL inside', '<a>\0</a>'],
    ['X8: a reference to NUL', '<a>&#0;</a>'],
    ['X8: a reference to a surrogate', '<a>&#xD800;</a>'],
    ['X8: U+FFFE', '<a>\uFFFE</a>'],
    ['X8: a control character', '<a>\u0001</a>'],
    ['X8: a reference to a control character', '<a b="&#x1;"/>'],
    ['X9: an undeclared prefix', '<p:a/>'],
    ['X9: an undeclared prefix of an attribute', '<a p:b=""/>'],
    ['X9: one attribute by two prefixes', '<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="" q:b=""/>'],
    ['X9: xml bound to another name', '<a xmlns:xml="urn:x"/>'],
    ['X9: xmlns bound', '<a xmlns:xmlns="urn:x"/>'],
    ['X9: a prefix unbound', '<a xmlns:p="urn:x"><b xmlns:p=""/></a>'],
    ['X9: a local name that begins like none', '<p:1a xmlns:p="urn:x"/>'],
    ['X9: two colons', '<p:a:b xmlns:p="urn:x"/>'],
    ['a namespace name with blanks round it', '<a xmlns=" urn:x"/>'],
    ['the same attribute twice', '<a b="" b=""/>'],
    ['an entity that nobody declared', '<a>&nbsp;</a>'],
    ['a raw < in an attribute', '<a b="<"/>'],
    ['text behind the root', '<a/>x'],
    ['version 2.0', '<?xml version="2.0"?><a/>'],
    ['a second declaration', '<?xml version="1.0"?><?xml version="1.0"?><a/>'],
  ])('%s', (_, document) => {
    expect(verdict(document)).toBe('not-well-formed')
  })

  test('RFC 4825 §11.1: the phrase has line and column', () => {
    expect(phrase('<a>\n  <b>\n</a>')).toBe('Line 3, column 4: unexpected close tag.')
  })
})

describe('HOST-X1: a document type declaration is a constraint-failure', () => {
  const laughs =
    `<!DOCTYPE a [<!ENTITY x ` + `"ha">${[1, 2, 3, 4, 5].map((n) => `<!ENTITY x${n} "&x;&x;">`).join('')}]><a>&x5;</a>`
  test.each([
    ['X1: the plain one', '<!DOCTYPE a><a/>'],
    ['X1: laughs', laughs],
    ['X1: parameter entities', '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><a/>'],
    ['X1: default attributes', '<?xml version="1.0"?>\n<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>'],
    ['X2: an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    [
      'X1: behind a comment, a byte order mark and a processing instruction',
      '\uFEFF<!-- <a> --><?p <a> ?><!DOCTYPE a><a/>',
    ],
    ['X1: before any parser sees that the rest is broken', '<!DOCTYPE a><a'],
  ])('%s', (_, document) => {
    expect(verdict(document)).toBe('constraint-failure')
  })

  test.each([
    ['X1: in a comment', '<!-- <!DOCTYPE a> --><a/>'],
    ['X1: in a CDATA section', '<a><![CDATA[<!DOCTYPE a>]]></a>'],
    ['X1: in a processing instruction', '<?p <!DOCTYPE a> ?><a/>'],
  ])('%s it is none', (_, document) => {
    expect(verdict(document)).toBe('accepted')
  })
})

describe('HOST-X4, HOST-X5: limits are constraint-failures, found at once', () => {
  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth)
  const attributes = (count: number): string => `<a ${Array.from({ length: count }, (_, n) => `b${n}=""`).join(' ')}/>`
  const declarations = (count: number): string =>
    `<a>${Array.from({ length: count }, (_, n) => `<b xmlns:p${n}="urn:x"/>`).join('')}</a>`
  test.each([
    ['X4: depth 64', nested(64), 'accepted'],
    ['X4: depth 65', nested(65), 'constraint-failure'],
    ['X4: depth 257', nested(257), 'constraint-failure'],
    ['X4: depth 200,000', '<a>'.repeat(200_000), 'constraint-failure'],
    ['X5: 64 attributes', attributes(64), 'accepted'],
    ['X5: 65 attributes', attributes(65), 'constraint-failure'],
    ['X5: 9,000 attributes', attributes(9_000), 'constraint-failure'],
    ['X5: 128 namespace declarations', declarations(128), 'accepted'],
    ['X5: 129 namespace declarations', declarations(129), 'constraint-failure'],
    ['X5: 10,000 elements', `<a>${'<b/>'.repeat(9_999)}</a>`, 'accepted'],
    ['X5: 10,001 elements', `<a>${'<b/>'.repeat(10_000)}</a>`, 'constraint-failure'],
    ['X5: a long attribute', `<a b="${'x'.repeat(8_192)}"/>`, 'accepted'],
    ['X5: a longer attribute', `<a b="${'x'.repeat(8_193)}"/>`, 'constraint-failure'],
    ['X5: a name of 256 characters', `<${'a'.repeat(256)}/>`, 'accepted'],
    ['X5: a name of 257 characters', `<${'a'.repeat(257)}/>`, 'constraint-failure'],
  ])('%s', (_, document, expected) => {
    expect(verdict(document)).toBe(expected)
  })

  test.each([
    ['X1: comments that do not end', '<!--'.repeat(16_384)],
    ['X1: CDATA sections that do not end', `<a>${'<![CDATA['.repeat(7_000)}`],
    ['X5: one attribute of 64 KB', `<a b="${' '.repeat(65_000)}"/>`],
    ['X5: a tag of blanks', `<a${' '.repeat(65_000)}b`],
    ['X5: ampersands', `<a>${'&'.repeat(65_000)}`],
    ['X5: quotes', `<a b=${'"'.repeat(65_000)}`],
    ['X7: a declaration without end', `<?xml ${'encoding '.repeat(7_000)}`],
  ])('%s are read in linear time', (_, document) => {
    const began = process.cpuUsage()
    expect(verdict(document)).not.toBe('accepted')
    // 64 KB take about 5 ms; a quadratic reading takes seconds.
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(250)
  })
})

describe('RFC 4825 §8.2.4: every node knows its place in the text', () => {
  test('RFC 4825 §8.2.4: CRLF, comments, CDATA, entities, `>` in values, odd quotes', () => {
    const text =
      '<?xml version="1.0"?>\r\n<!-- <x> -->\r\n<p:a xmlns:p="urn:x"\r\n  b = ' +
      '\'>"\'\tp:c="a=&quot;b&#10;">\r\nx&amp;y<!--c--><![CDATA[<b>]]><?i?><b\n/></p:a >\r\n'
    const { root } = read(text)
    expect(text.slice(root.start, root.contentStart)).toBe(
      '<p:a xmlns:p="urn:x"\r\n  b = \'>"\'\tp:c="a=&quot;b&#10;">',
    )
    expect(text.slice(root.contentEnd, root.end)).toBe('</p:a >')
    expect({
      name: root.name,
      prefix: root.prefix,
      local: root.local,
      namespace: root.namespace,
      line: root.line,
    }).toEqual({ name: 'p:a', prefix: 'p', local: 'a', namespace: 'urn:x', line: 3 })
    expect(root.declarations).toEqual([{ prefix: 'p', namespace: 'urn:x' }])
    expect(
      root.attributes.map((attribute) => {
        const { name, prefix, local, namespace, value } = attribute
        const { start, valueStart, end } = extentOfAttribute(root, attribute)
        return {
          ...{ name, prefix, local, namespace, value },
          text: text.slice(start, end),
          quoted: text.slice(valueStart, end),
        }
      }),
    ).toEqual([
      { name: 'b', prefix: '', local: 'b', namespace: '', value: '>"', text: "b = '>\"'", quoted: "'>\"'" },
      {
        name: 'p:c',
        prefix: 'p',
        local: 'c',
        namespace: 'urn:x',
        value: 'a="b\n',
        text: 'p:c="a=&quot;b&#10;"',
        quoted: '"a=&quot;b&#10;"',
      },
    ])
    expect(root.children.map((node) => [node.kind, text.slice(node.start, node.end)])).toEqual([
      ['text', '\r\nx&amp;y'],
      ['comment', '<!--c-->'],
      ['text', '<![CDATA[<b>]]>'],
      ['processing-instruction', '<?i?>'],
      ['element', '<b\n/>'],
    ])
    expect(textOf(root)).toBe('\nx&y<b>')
    expect(childElements(root).map(({ selfClosing, line }) => ({ selfClosing, line }))).toEqual([
      { selfClosing: true, line: 5 },
    ])
  })

  test('RFC 4825 §8.2.4: attribute values are normalised, the text is not', () => {
    const { root } = read('<a b="x\r\n\ty&#9;z"/>')
    expect(attributeOf(root, 'b')).toBe('x  y\tz')
  })

  const pieces = [
    '<b/>',
    '<b c="1>2"></b>',
    "<p:b p:c='&quot;'\n/>",
    'text',
    '&lt;',
    ' \r\n ',
    '<!-- <b> -->',
    '<![CDATA[]]>',
    '<![CDATA[ ]] > ]]>',
    '<?i <b>?>',
    '\u{1F319}é',
    ']]',
    '<b xmlns="">\r<d/>x</b >',
  ]
  test('RFC 4825 §8.2.4: any element cut out at its offsets is that element, and nodes leave no gap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { maxLength: 8 }),
        fc.constantFrom('', '\uFEFF', '<?xml version="1.0"?>\r\n'),
        (content, head) => {
          const { text, root } = read(`${head}<a xmlns:p="urn:x">${content.join('')}</a>`)
          expect(shape(text, root)).toBe(text.slice(text.indexOf('<a'), text.lastIndexOf('>') + 1))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  /** The text put together again from the offsets of every node, each element cut out and read again on its own. */
  function shape(text: string, element: XmlElement): string {
    const declared = element.name === 'a' ? '' : '<a xmlns:p="urn:x">'
    const again = read(`${declared}${text.slice(element.start, element.end)}${declared === '' ? '' : '</a>'}`).root
    const same = declared === '' ? again : childElements(again)[0]
    expect(same?.attributes.map(({ name, value }) => [name, value])).toEqual(
      element.attributes.map(({ name, value }) => [name, value]),
    )
    expect(same?.children.length).toBe(element.children.length)
    const inside = element.children
      .map((node) => (node.kind === 'element' ? shape(text, node) : text.slice(node.start, node.end)))
      .join('')
    return text.slice(element.start, element.contentStart) + inside + text.slice(element.contentEnd, element.end)
  }
})

test('HOST-X3: XInclude, stylesheets and xml:base are inert text', () => {
  const text =
    '<?xml-stylesheet href="file:///etc/passwd"?><a xml:base="file:///"><i:include ' +
    'xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/></a>'
  const { root } = read(text)
  expect(childElements(root).map(({ local, children }) => [local, children.length])).toEqual([['include', 0]])
})

test('RFC 4825 §8.2.2: every accepted example passes the gate', () => {
  const folder = new URL('../examples/accepted/', import.meta.url)
  for (const name of readdirSync(folder))
    expect([name, verdict(readFileSync(new URL(name, folder)))]).toEqual([name, 'accepted'])
})
