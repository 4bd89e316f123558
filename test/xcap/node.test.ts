import { describe, expect, it } from 'vitest'
import { nodeSelectorOf } from '../../src/xcap/node.ts'
import { placeOf } from '../../src/xcap/put-node.ts'
import { address, get, put, refused } from './one-node.ts'

/** The document of RFC 4825 §8.2.3. */
const BEFORE = `<?xml version="1.0"?>
<root>
  <el1 att="first"/>
  <el1 att="second"/>
  <!-- comment -->
  <el2 att="first"/>
</root>`

const THIRD_EL1 = `<?xml version="1.0"?>
<root>
  <el1 att="first"/>
  <el1 att="second"/><el1 att="third"/>
  <!-- comment -->
  <el2 att="first"/>
</root>`

describe('insertion', () => {
  it.each(['root/el1[@att="third"]', 'root/el1[3][@att="third"]', 'root/*[3][@att="third"]'])(
    'RFC 4825 §8.2.3: the worked example, behind the last of its name: %s (XCAP-P6)',
    (target) => {
      expect(put(BEFORE, target, '<el1 att="third"/>')).toEqual({ kind: 'created', text: THIRD_EL1 })
    },
  )

  it('RFC 4825 §8.2.3: the worked example, a name that is new: last in its parent (XCAP-P6)', () => {
    expect(put(BEFORE, 'root/el3', '<el3 att="first"/>').text).toBe(
      BEFORE.replace('\n</root>', '\n<el3 att="first"/></root>'),
    )
  })

  it.each(['root/el2[@att="2"]', 'root/el2[2][@att="2"]'])(
    'RFC 4825 §8.2.3: the worked example, behind el2: %s (XCAP-P6)',
    (target) => {
      expect(put(BEFORE, target, '<el2 att="2"/>').text).toBe(
        BEFORE.replace('<el2 att="first"/>', '<el2 att="first"/><el2 att="2"/>'),
      )
    },
  )

  it('RFC 4825 §8.2.3: the worked example, at a position among all: root/*[2] (XCAP-P6)', () => {
    expect(put(BEFORE, 'root/*[2][@att="2"]', '<el2 att="2"/>').text).toBe(
      BEFORE.replace('<el1 att="first"/>', '<el1 att="first"/><el2 att="2"/>'),
    )
  })

  it('RFC 4825 §8.2.3: the worked example, before the first of its name: root/el2[1] (XCAP-P6)', () => {
    expect(put(BEFORE, 'root/el2[1][@att="2"]', '<el2 att="2"/>').text).toBe(
      BEFORE.replace('<el2 att="first"/>', '<el2 att="2"/><el2 att="first"/>'),
    )
  })

  it('RFC 4825 §8.2.3: *[1] goes before all elements (XCAP-P5)', () => {
    expect(put('<r><a/><b/></r>', 'r/*[1][@n="1"]', '<c n="1"/>').text).toBe('<r><c n="1"/><a/><b/></r>')
  })

  it('RFC 4825 §8.2.3: an empty-element tag is opened (XCAP-P5)', () => {
    expect(put('<r><a x="1" /></r>', 'r/a/b', '<b/>').text).toBe('<r><a x="1" ><b/></a></r>')
  })

  it('RFC 4825 §8.2.3: "earliest last": directly behind the last of its name, before white space, comments and text (XCAP-P5)', () => {
    expect(put('<r><a/> x<a/> y<!--z--> <b/></r>', 'r/a[@n="1"]', '<a n="1"/>').text).toBe(
      '<r><a/> x<a/><a n="1"/> y<!--z--> <b/></r>',
    )
    expect(put('<r><a/> x<!--z--> <?p?></r>', 'r/b', '<b/>').text).toBe('<r><a/> x<!--z--> <?p?><b/></r>')
  })

  it('RFC 4825 §8.2.3: behind *[@n="1"], the place is among those of the name that was sent (XCAP-P5)', () => {
    expect(put('<r><a/> <b/> </r>', 'r/*[@n="1"]', '<a n="1"/>').text).toBe('<r><a/><a n="1"/> <b/> </r>')
    expect(put('<r><a/> <b/> </r>', 'r/*[@n="1"]', '<c n="1"/>').text).toBe('<r><a/> <b/> <c n="1"/></r>')
    expect(put('<r xmlns:p="urn:p"><p:a/> <a/> </r>', 'r/*[@n="1"]', '<q:a xmlns:q="urn:p" n="1"/>').text).toBe(
      '<r xmlns:p="urn:p"><p:a/><q:a xmlns:q="urn:p" n="1"/> <a/> </r>',
    )
  })

  it('RFC 4825 §8.2.3: "earliest nth": directly behind the one before (XCAP-P5)', () => {
    expect(put('<r><a n="1"/> <b/> <a n="3"/></r>', 'r/a[2][@n="2"]', '<a n="2"/>').text).toBe(
      '<r><a n="1"/><a n="2"/> <b/> <a n="3"/></r>',
    )
    expect(put('<r><a n="1"/> <b/> <a n="3"/></r>', 'r/*[3][@n="2"]', '<a n="2"/>').text).toBe(
      '<r><a n="1"/> <b/><a n="2"/> <a n="3"/></r>',
    )
    expect(put('<r> </r>', 'r/a[1]', '<a/>').text).toBe('<r> <a/></r>')
    expect(refused(() => put('<r/>', 'r/a[2]', '<a/>')).kind).toBe('cannot-insert')
  })

  it('RFC 4825 §8.2.4: declarations are kept as they were sent, needed or not (XCAP-P10)', () => {
    const sent = '<a xmlns="urn:x" xmlns:p="urn:p"  xmlns:q="urn:x"/>'
    expect(put('<r xmlns="urn:x" xmlns:p="urn:p"/>', 'r/a', sent, 'urn:x').text).toBe(
      `<r xmlns="urn:x" xmlns:p="urn:p">${sent}</r>`,
    )
    expect(get(`<r xmlns="urn:x">${sent}</r>`, 'r/a', 'urn:x')).toBe(sent)
  })

  it('RFC 4825 §8.2.3: no white space is added, what is inside is kept; round the body it is not part of the element (XCAP-P11)', () => {
    expect(put('<r>\n  <a/>\n</r>', 'r/b', '\n<b>\r\n <c /> </b>\n').text).toBe('<r>\n  <a/>\n<b>\r\n <c /> </b></r>')
    expect(refused(() => put('<r/>', 'r/b', '<b/>\u00a0')).kind).toBe('not-xml-frag')
  })

  it('RFC 4825 §8.2.3: a position beyond the siblings cannot be inserted (XCAP-P5)', () => {
    expect(refused(() => put(BEFORE, 'root/el1[4]', '<el1/>')).kind).toBe('cannot-insert')
  })

  it('RFC 4825 §8.2.4: a replacement is total, and every byte outside stays (XCAP-P9)', () => {
    const before =
      '\ufeff<?xml version="1.0"?>\r\n<!--a--><r  a = \'1\'>\r\n\t<b x="&lt;">&#65;</b ><c/>]]&gt;</r >\r\n<!--z-->'
    expect(put(before, 'r/b', '<b y="2"/>')).toEqual({
      kind: 'replaced',
      text: '\ufeff<?xml version="1.0"?>\r\n<!--a--><r  a = \'1\'>\r\n\t<b y="2"/><c/>]]&gt;</r >\r\n<!--z-->',
    })
  })

  it('RFC 4825 §8.2.2: the fragment may use prefixes that are bound round it (XCAP-P3)', () => {
    expect(put('<p:r xmlns:p="urn:x"/>', 'q:r/q:a?xmlns(q=urn:x)', '<p:a/>').text).toBe(
      '<p:r xmlns:p="urn:x"><p:a/></p:r>',
    )
    expect(refused(() => put('<r/>', 'r/a', '<p:a/>')).kind).toBe('not-xml-frag')
  })
})

describe('what cannot be put', () => {
  it.each([
    ['two elements', '<b/><b/>'],
    ['text', 'b'],
    ['nothing', ''],
    ['an element that does not end', '<b>'],
    ['text behind it', '<b/>x'],
    ['a comment before it', '<!--x--><b/>'],
    ['a declaration before it', '<?xml version="1.0"?><b/>'],
    ['an end tag that closes its parent', '</a><b/><a>'],
    ['a comment that swallows what follows', '<b/><!--'],
    ['a CDATA section that swallows what follows', '<b><![CDATA['],
  ])('RFC 4825 §8.2.2: %s is no element (XCAP-P3)', (_name, body) => {
    expect(refused(() => put('<r><a></a></r>', 'r/a/b', body)).kind).toBe('not-xml-frag')
  })

  it('RFC 4825 §8.2.2: bytes that are not UTF-8 (XCAP-P3, XCAP-P4)', () => {
    expect(refused(() => put('<r/>', 'r/a', Uint8Array.of(0x3c, 0xe4, 0x2f, 0x3e))).kind).toBe('not-utf-8')
  })

  it.each([
    ['another name', 'r/a/c', '<b/>'],
    ['another attribute', 'r/a/b[@n="1"]', '<b n="2"/>'],
    ['no position of its own', 'r/a/b', '<b/>'],
  ])('RFC 4825 §7: GET(PUT(x)) would not be x: %s (XCAP-P8)', (_name, target, body) => {
    expect(refused(() => put('<r><a><b n="0"/><b n="3"/></a></r>', target, body)).kind).toBe('cannot-insert')
  })

  it('RFC 4825 §11.1: no-parent names the closest ancestor that exists (XCAP-P1)', () => {
    const before = '<r><a id="x y"><b/></a></r>'
    expect(refused(() => put(before, 'r/a[@id="x%20y"]/none/more', '<more/>'))).toMatchObject({
      kind: 'no-parent',
      ancestor: '/xcap-root/test-app/users/sip:alice@example.com/index/~~/r/a%5B@id%3D%22x%20y%22%5D',
    })
    expect(refused(() => put(before, 'none/a', '<a/>'))).toMatchObject({
      kind: 'no-parent',
      ancestor: '/xcap-root/test-app/users/sip:alice@example.com/index',
    })
    expect(refused(() => put('<r><a/><a/></r>', 'r/a/b', '<b/>')).kind).toBe('no-parent')
    expect(refused(() => put('<r/>', 'r/a/@b', '"1"')).kind).toBe('no-parent')
    expect(refused(() => put('<r/>', 'q', '<q/>')).kind).toBe('no-parent')
  })

  it('RFC 4825 §11.1: the ancestor can be asked for as it is given, quotes and prefixes too (XCAP-P1)', () => {
    const before = '<p:r xmlns:p="urn:x"><p:a id="&quot;%22&amp;"/></p:r>'
    expect(
      refused(() => put(before, 'q:r/q:a[@id="%22%2522%26amp;"]/q:none/q:more?xmlns(q=urn:x)', '<p:more/>')),
    ).toMatchObject({
      kind: 'no-parent',
      ancestor:
        '/xcap-root/test-app/users/sip:alice@example.com/index/~~/q:r/q:a%5B@id%3D%22%26quot%3B%2522%26amp%3B%22%5D?xmlns(q=urn:x)',
    })
    expect(get(before, 'q:r/q:a%5B@id%3D%22%26quot%3B%2522%26amp%3B%22%5D?xmlns(q=urn:x)')).toBe(
      '<p:a id="&quot;%22&amp;"/>',
    )
  })

  it('RFC 4825 §8.2.1: the parent is looked for before the body is looked at (XCAP-P1)', () => {
    expect(refused(() => put('<r/>', 'r/a/b', 'no element')).kind).toBe('no-parent')
    expect(refused(() => put('<r/>', 'r/a/@b', '<')).kind).toBe('no-parent')
  })

  it('RFC 4825 §8.2.2: the body is judged before its place (XCAP-P3, XCAP-P4)', () => {
    expect(refused(() => put('<r/>', 'r/a[2]', '<a>')).kind).toBe('not-xml-frag')
    expect(refused(() => put('<r/>', 'r/@p:a?xmlns(p=urn:p)', '\u0001')).kind).toBe('not-xml-att-value')
  })

  it('RFC 4825 §8.2.1: without the document there is no parent but its directory (XCAP-P1)', () => {
    const at = address('r/a')
    const node = nodeSelectorOf(at)
    expect(node && refused(() => placeOf(at, node, undefined))).toMatchObject({
      kind: 'no-parent',
      ancestor: '/xcap-root/test-app/users/sip:alice@example.com/',
    })
  })
})

describe('attributes', () => {
  it('RFC 4825 §8.2.3: a new one is created, quoted or bare (XCAP-P4)', () => {
    expect(put('<r><a x="1"/></r>', 'r/a/@y', '"2"')).toEqual({ kind: 'created', text: '<r><a x="1" y="2"/></r>' })
    expect(put('<r><a x="1"></a></r>', 'r/a/@y', '2').text).toBe('<r><a x="1" y="2"></a></r>')
    expect(put('<r><a/></r>', 'r/a/@y', '\'it is "so"\'').text).toBe('<r><a y=\'it is "so"\'/></r>')
    expect(put('<r><a/></r>', 'r/a/@y', 'it is "so"').text).toBe('<r><a y="it is &quot;so&quot;"/></r>')
    expect(put('<r><a y="1"/></r>', 'r/a/@y', '').text).toBe('<r><a y=""/></r>')
    expect(put('<r><a/></r>', 'r/a/@xml:lang', '"de"').text).toBe('<r><a xml:lang="de"/></r>')
  })

  it('RFC 4825 §8.2.4: a value is replaced where it stands (XCAP-P9)', () => {
    expect(put("<r><a  x = '1' z='3'/></r>", 'r/a/@x', '"2"')).toEqual({
      kind: 'replaced',
      text: '<r><a  x = "2" z=\'3\'/></r>',
    })
  })

  it.each([
    'a<b',
    'a&b',
    '<x/>',
    '"a',
    '"a"b"',
    '"a" b="c"',
    '"',
    '&nbsp;',
    '"&#0;"',
    '&#xD800;',
    '&#99999999999;',
    '\u0001',
  ])('RFC 4825 §8.2.2: %s is no attribute value (XCAP-P4)', (value) => {
    expect(refused(() => put('<r><a/></r>', 'r/a/@x', value)).kind).toBe('not-xml-att-value')
  })

  it('RFC 4825 §7: an attribute that its own selector asks for cannot change (XCAP-P8)', () => {
    expect(refused(() => put('<r><a x="1"/></r>', 'r/a[@x="1"]/@x', '"2"')).kind).toBe('cannot-insert')
    expect(put('<r><a x="1"/></r>', 'r/a[@x="1"]/@x', '"1"').kind).toBe('replaced')
  })

  it('RFC 4825 §8.2.3: a prefixed attribute takes the prefix of the document', () => {
    expect(put('<r xmlns:q="urn:x"/>', 'r/@p:y?xmlns(p=urn:x)', '"2"').text).toBe('<r xmlns:q="urn:x" q:y="2"/>')
    expect(refused(() => put('<r/>', 'r/@p:y?xmlns(p=urn:x)', '"2"')).kind).toBe('cannot-insert')
  })
})
