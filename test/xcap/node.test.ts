import { describe, expect, it } from 'vitest'
import type { Auid, Xui } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import type { ApplicationUsage } from '../../src/xcap/application-usage.ts'
import { nodeBody, nodeSelectorOf } from '../../src/xcap/node.ts'
import { putNode } from '../../src/xcap/put-node.ts'
import type { Address } from '../../src/xcap/request.ts'
import { select } from '../../src/xcap/select.ts'
import { DEFAULT_XML_LIMITS, readDocument } from '../../src/xml/gate.ts'
import type { XmlDocument } from '../../src/xml/tree.ts'

const parse = (text: string): XmlDocument => readDocument(Buffer.from(text), DEFAULT_XML_LIMITS)

function address(target: string, defaultNamespace?: string): Address {
  const [node, query] = target.split('?')
  const usage = { auid: 'test-app' as Auid, defaultNamespace } as ApplicationUsage
  return { usage, selector: { auid: usage.auid, owner: 'sip:alice@example.com' as Xui, name: 'index' }, root: '/xcap-root', node, query }
}

function refused(run: () => unknown): Refused['refusal'] {
  try {
    run()
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
  throw new Error('it was accepted')
}

function put(document: string, target: string, body: string | Uint8Array, namespace?: string): { kind: string; text: string } {
  const at = address(target, namespace)
  const node = nodeSelectorOf(at)
  if (node === undefined) throw new Error('no node selector')
  const edited = putNode(at, node, parse(document), Buffer.from(body), parse)
  return { kind: edited.kind, text: Buffer.from(edited.bytes).toString() }
}

function get(document: string, target: string, namespace?: string): string | undefined {
  const node = nodeSelectorOf(address(target, namespace))
  if (node === undefined) throw new Error('no node selector')
  const found = nodeBody(parse(document), select(parse(document), node), true)
  return found && Buffer.from(found.body).toString()
}

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
    'RFC 4825 §8.2.3: the worked example, behind the last of its name: %s',
    (target) => {
      expect(put(BEFORE, target, '<el1 att="third"/>')).toEqual({ kind: 'created', text: THIRD_EL1 })
    },
  )

  it('RFC 4825 §8.2.3: the worked example, a name that is new: last in its parent', () => {
    expect(put(BEFORE, 'root/el3', '<el3 att="first"/>').text).toBe(BEFORE.replace('\n</root>', '\n<el3 att="first"/></root>'))
  })

  it.each(['root/el2[@att="2"]', 'root/el2[2][@att="2"]'])('RFC 4825 §8.2.3: the worked example, behind el2: %s', (target) => {
    expect(put(BEFORE, target, '<el2 att="2"/>').text).toBe(BEFORE.replace('<el2 att="first"/>', '<el2 att="first"/><el2 att="2"/>'))
  })

  it('RFC 4825 §8.2.3: the worked example, at a position among all: root/*[2]', () => {
    expect(put(BEFORE, 'root/*[2][@att="2"]', '<el2 att="2"/>').text).toBe(BEFORE.replace('<el1 att="first"/>', '<el1 att="first"/><el2 att="2"/>'))
  })

  it('RFC 4825 §8.2.3: the worked example, before the first of its name: root/el2[1]', () => {
    expect(put(BEFORE, 'root/el2[1][@att="2"]', '<el2 att="2"/>').text).toBe(BEFORE.replace('<el2 att="first"/>', '<el2 att="2"/><el2 att="first"/>'))
  })

  it('RFC 4825 §8.2.3: *[1] goes before all elements', () => {
    expect(put('<r><a/><b/></r>', 'r/*[1][@n="1"]', '<c n="1"/>').text).toBe('<r><c n="1"/><a/><b/></r>')
  })

  it('RFC 4825 §8.2.3: an empty-element tag is opened', () => {
    expect(put('<r><a x="1" /></r>', 'r/a/b', '<b/>').text).toBe('<r><a x="1" ><b/></a></r>')
  })

  it('RFC 4825 §8.2.3: a position beyond the siblings cannot be inserted', () => {
    expect(refused(() => put(BEFORE, 'root/el1[4]', '<el1/>')).kind).toBe('cannot-insert')
  })

  it('RFC 4825 §8.2.4: a replacement is total, and every byte outside stays', () => {
    const before = '\ufeff<?xml version="1.0"?>\r\n<!--a--><r  a = \'1\'>\r\n\t<b x="&lt;">&#65;</b ><c/>]]&gt;</r >\r\n<!--z-->'
    expect(put(before, 'r/b', '<b y="2"/>')).toEqual({
      kind: 'replaced',
      text: '\ufeff<?xml version="1.0"?>\r\n<!--a--><r  a = \'1\'>\r\n\t<b y="2"/><c/>]]&gt;</r >\r\n<!--z-->',
    })
  })

  it('RFC 4825 §8.2.2: the fragment may use prefixes that are bound round it', () => {
    expect(put('<p:r xmlns:p="urn:x"/>', 'q:r/q:a?xmlns(q=urn:x)', '<p:a/>').text).toBe('<p:r xmlns:p="urn:x"><p:a/></p:r>')
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
  ])('RFC 4825 §8.2.2: %s is no element', (_name, body) => {
    expect(refused(() => put('<r><a></a></r>', 'r/a/b', body)).kind).toBe('not-xml-frag')
  })

  it('RFC 4825 §8.2.2: bytes that are not UTF-8', () => {
    expect(refused(() => put('<r/>', 'r/a', Uint8Array.of(0x3c, 0xe4, 0x2f, 0x3e))).kind).toBe('not-utf-8')
  })

  it.each([
    ['another name', 'r/a/c', '<b/>'],
    ['another attribute', 'r/a/b[@n="1"]', '<b n="2"/>'],
    ['no position of its own', 'r/a/b', '<b/>'],
  ])('RFC 4825 §7: GET(PUT(x)) would not be x: %s', (_name, target, body) => {
    expect(refused(() => put('<r><a><b n="0"/><b n="3"/></a></r>', target, body)).kind).toBe('cannot-insert')
  })

  it('RFC 4825 §11.2.3: no-parent names the closest ancestor that exists', () => {
    const before = '<r><a id="x y"><b/></a></r>'
    expect(refused(() => put(before, 'r/a[@id="x%20y"]/none/more', '<more/>'))).toMatchObject({
      kind: 'no-parent',
      ancestor: '/xcap-root/test-app/users/sip:alice@example.com/index/~~/r/a%5B@id%3D%22x%20y%22%5D',
    })
    expect(refused(() => put(before, 'none/a', '<a/>'))).toMatchObject({ kind: 'no-parent', ancestor: '/xcap-root/test-app/users/sip:alice@example.com/index' })
  })

  it('RFC 4825 §8.2.1: without the document there is no parent but its directory', () => {
    const at = address('r/a')
    const node = nodeSelectorOf(at)
    expect(node && refused(() => putNode(at, node, undefined, Buffer.from('<a/>'), parse))).toMatchObject({
      kind: 'no-parent',
      ancestor: '/xcap-root/test-app/users/sip:alice@example.com/',
    })
  })
})

describe('attributes', () => {
  it('RFC 4825 §8.2.3: a new one is created, quoted or bare', () => {
    expect(put('<r><a x="1"/></r>', 'r/a/@y', '"2"')).toEqual({ kind: 'created', text: '<r><a x="1" y="2"/></r>' })
    expect(put('<r><a x="1"></a></r>', 'r/a/@y', '2').text).toBe('<r><a x="1" y="2"></a></r>')
    expect(put('<r><a/></r>', 'r/a/@y', "'it is \"so\"'").text).toBe('<r><a y=\'it is "so"\'/></r>')
    expect(put('<r><a/></r>', 'r/a/@y', 'it is "so"').text).toBe('<r><a y="it is &quot;so&quot;"/></r>')
  })

  it('RFC 4825 §8.2.4: a value is replaced where it stands', () => {
    expect(put("<r><a  x = '1' z='3'/></r>", 'r/a/@x', '"2"')).toEqual({ kind: 'replaced', text: '<r><a  x = "2" z=\'3\'/></r>' })
  })

  it.each(['a<b', 'a&b', '<x/>', '"a', '&nbsp;'])('RFC 4825 §11.2.5: %s is no attribute value', (value) => {
    expect(refused(() => put('<r><a/></r>', 'r/a/@x', value)).kind).toBe('not-xml-att-value')
  })

  it('RFC 4825 §7: an attribute that its own selector asks for cannot change', () => {
    expect(refused(() => put('<r><a x="1"/></r>', 'r/a[@x="1"]/@x', '"2"')).kind).toBe('cannot-insert')
    expect(put('<r><a x="1"/></r>', 'r/a[@x="1"]/@x', '"1"').kind).toBe('replaced')
  })

  it('RFC 4825 §6.3: a namespace declaration is no attribute', () => {
    expect(get('<r xmlns:p="urn:x"/>', 'r/@xmlns')).toBeUndefined()
    expect(refused(() => put('<r/>', 'r/@xmlns', '"urn:y"')).kind).toBe('cannot-insert')
  })

  it('RFC 4825 §8.2.3: a prefixed attribute takes the prefix of the document', () => {
    expect(put('<r xmlns:q="urn:x"/>', 'r/@p:y?xmlns(p=urn:x)', '"2"').text).toBe('<r xmlns:q="urn:x" q:y="2"/>')
    expect(refused(() => put('<r/>', 'r/@p:y?xmlns(p=urn:x)', '"2"')).kind).toBe('cannot-insert')
  })
})

describe('selection', () => {
  const LISTS = '<l xmlns="urn:l"><e uri="sip:a@x/b">A</e><e uri="sip:&quot;q&quot;@x" n="2"/><f xmlns:o="urn:o" o:k="v"/></l>'

  it.each([
    ['l/e[1]', '<e uri="sip:a@x/b">A</e>'],
    ['l/e[@uri="sip:a@x/b"]', '<e uri="sip:a@x/b">A</e>'],
    ['l/e%5B@uri=%22sip:a@x%2Fb%22%5D', '<e uri="sip:a@x/b">A</e>'],
    ["l/e[@uri='sip:a@x/b']", '<e uri="sip:a@x/b">A</e>'],
    ['l/e[2][@n="2"]', '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ['l/e[@uri="sip:%22q%22@x"]', '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ['l/e[@uri="sip:&quot;q&quot;@x"]', '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ["l/e[@uri='sip:%22q%22@x']", '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ['l/*[3]', '<f xmlns:o="urn:o" o:k="v"/>'],
    ['l/e[2]/@n', '"2"'],
    ['l/*[3]/@p:k?xmlns(p=urn:o)', '"v"'],
    ['l/f/@xml:lang?xmlns(xml=http://www.w3.org/XML/1998/namespace)', undefined],
    ['p:l/p:f?xmlns(p=urn:l)', '<f xmlns:o="urn:o" o:k="v"/>'],
    ['p:l/p:f?xmlns(p="urn:l")', '<f xmlns:o="urn:o" o:k="v"/>'],
    ['l/f/namespace::*', '<f xmlns:o="urn:o" xmlns="urn:l"/>'],
  ])('RFC 4825 §6.3: %s', (target, body) => {
    expect(get(LISTS, target, 'urn:l')).toBe(body)
  })

  it.each(['l/e', 'l/e[3]', 'l/e[1][@n="2"]', 'm', 'l/e[@n="1"]', 'l/f/@k', 'l/f/x', 'l/e[@xmlns="urn:l"]'])('RFC 4825 §8.3: %s selects nothing', (target) => {
    expect(get(LISTS, target, 'urn:l')).toBeUndefined()
  })

  it.each([
    'l/e[count(//*)>0]', '//l', 'l//e', 'l/..', 'l/text()', "id('a')", 'l|m', 'l/self::node()', 'l/e[position()<3]', 'l/e[1][2]', 'l/e[@n="2"][1]',
    'l/e[last()]', 'l/e[@n=2]', 'l/e[@n="2" or "1"="1"]', 'l/e[@n="2', 'l/e[0]', 'l/', '', 'l/e[1', 'l/p:e', 'l/@', 'l/@n/e', 'l/namespace::*/e', '@n',
    'l/e[@uri=""]/../x[""]', 'l/%zz', 'l/e?xmlns(xml=urn:x)', 'l/e?xmlns(xmlns=urn:x)', 'l/e?xmlns(p=a)xmlns(p=b)', 'l/e?xmlns(p', 'l/e?p=1',
    `l${'[1'.repeat(10_000)}`, `l/e?${'xmlns(p=x)'.repeat(10_000)}`, `l${'/a'.repeat(65)}`,
  ])('RFC 4825 §8: 400 for %.40s', (target) => {
    const began = performance.now()
    expect(refused(() => get(LISTS, target, 'urn:l')).kind).toBe('bad-request')
    expect(performance.now() - began).toBeLessThan(50)
  })

  it('RFC 4825 §6.4: other XPointer schemes are ignored, circumflexes escape', () => {
    expect(get('<a xmlns="urn:(x)"/>', 'p:a?element(/1)xmlns(p=urn:^(x^))')).toBe('<a xmlns="urn:(x)"/>')
    expect(get('<a xmlns="urn:(x)"/>', 'p:a?xmlns(p=urn:(x))')).toBe('<a xmlns="urn:(x)"/>')
  })
})
