import { describe, expect, it } from 'vitest'
import { nodeSelectorOf } from '../../src/xcap/node.ts'
import { select } from '../../src/xcap/select.ts'
import { address, get, parse, put, refused } from './one-node.ts'
import { cpuTime } from './cpu-time.ts'

const LISTS =
  '<l xmlns="urn:l"><e uri="sip:a@x/b">A</e><e uri="sip:&quot;q&quot;@x" n="2"/><f xmlns:o="urn:o" o:k="v"/></l>'

describe('the grammar', () => {
  it.each([
    ['a name', 'l/f', '<f xmlns:o="urn:o" o:k="v"/>'],
    ['a position', 'l/e[1]', '<e uri="sip:a@x/b">A</e>'],
    ['an attribute', 'l/e[@uri="sip:a@x/b"]', '<e uri="sip:a@x/b">A</e>'],
    ['an attribute, in single quotes', "l/e[@uri='sip:a@x/b']", '<e uri="sip:a@x/b">A</e>'],
    ['a position, then an attribute', 'l/e[2][@n="2"]', '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ['any name', '*/*[3]', '<f xmlns:o="urn:o" o:k="v"/>'],
    ['any name with an attribute', 'l/*[@n="2"]', '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ['an attribute at the end', 'l/e[2]/@n', '"2"'],
    ['namespace::* at the end', 'l/f/namespace::*', '<f xmlns:o="urn:o" xmlns="urn:l"/>'],
  ])('RFC 4825 §6.3: %s (XCAP-U7)', (_name, target, body) => {
    expect(get(LISTS, target, 'urn:l')).toBe(body)
  })

  it('RFC 4825 §6.3: predicates apply from left to right: the position picks, the attribute tests what was picked (XCAP-U8)', () => {
    const before = '<r><e n="1"/><e n="2"/><e n="2"/></r>'
    expect(get(before, 'r/e[2][@n="2"]')).toBe('<e n="2"/>')
    expect(get(before, 'r/e[1][@n="2"]')).toBeUndefined()
    expect(refused(() => get(before, 'r/e[@n="2"][1]')).kind).toBe('bad-request')
  })

  it.each(['l/e', 'l/*', 'l/e[3]', 'm', 'l/e[@n="1"]', 'l/f/x', '*/*/*', 'l/f/@k'])(
    'RFC 4825 §6.3: one element at every step, or nothing: %s (XCAP-U9)',
    (target) => {
      expect(get(LISTS, target, 'urn:l')).toBeUndefined()
    },
  )

  it('RFC 4825 §6.3: a name without prefix is in the default namespace of the usage, an attribute in none (XCAP-U10)', () => {
    expect(get('<l xmlns="urn:l" xmlns:p="urn:l" p:n="1" n="2"/>', 'l/@n', 'urn:l')).toBe('"2"')
    expect(get('<l xmlns="urn:l"/>', 'l')).toBeUndefined()
    expect(get('<l/>', 'l', 'urn:l')).toBeUndefined()
    expect(get('<p:l xmlns:p="urn:l"/>', 'l', 'urn:l')).toBe('<p:l xmlns:p="urn:l"/>')
    expect(get('<l xmlns="urn:l" xmlns:p="urn:l" p:n="1"/>', 'l[@n="1"]', 'urn:l')).toBeUndefined()
  })

  it('RFC 4825 §6.3: a namespace declaration is no attribute (XCAP-U11)', () => {
    expect(get('<r xmlns="urn:x"/>', 'r/@xmlns', 'urn:x')).toBeUndefined()
    expect(get(LISTS, 'l[@xmlns="urn:l"]', 'urn:l')).toBeUndefined()
    expect(refused(() => put('<r/>', 'r/@xmlns', '"urn:y"')).kind).toBe('cannot-insert')
    expect(refused(() => put('<r xmlns="urn:x"/>', 'r/@xmlns', '"urn:x"', 'urn:x')).kind).toBe('cannot-insert')
  })

  it('RFC 4825 §6.3: values are compared letter by letter, as XML reads them (XCAP-U12)', () => {
    expect(get('<r><e u="sip:A@x"/></r>', 'r/e[@u="sip:a@x"]')).toBeUndefined()
    expect(get('<r><e u="sip:a@x:5060"/></r>', 'r/e[@u="sip:a@x"]')).toBeUndefined()
    expect(get('<r><e u="a&#x26;b&lt;"/></r>', 'r/e[@u="a&amp;b&lt;"]')).toBe('<e u="a&#x26;b&lt;"/>')
    expect(get('<r><e u="a\n b"/></r>', 'r/e[@u="a%20%20b"]')).toBe('<e u="a\n b"/>')
    expect(get('<r><e u="дом"/></r>', 'r/e[@u="%D0%B4%D0%BE%D0%BC"]')).toBe('<e u="дом"/>')
  })
})

describe('prefixes', () => {
  it.each([
    ['bound in the query', 'p:l/p:f?xmlns(p=urn:l)', '<f xmlns:o="urn:o" o:k="v"/>'],
    ['several', 'p:l/*[3]/@q:k?xmlns(p=urn:l)xmlns(q=urn:o)', '"v"'],
    ['with blanks between', 'p:l/*[3]/@q:k?xmlns(p=urn:l)%20xmlns(%20q%20=urn:o)', '"v"'],
    ['quoted, as Doubango sends them', 'p:l/p:f?xmlns(p="urn:l")', '<f xmlns:o="urn:o" o:k="v"/>'],
    ['percent-encoded as a whole', 'p:l/p:f?xmlns%28p%3D%22urn%3Al%22%29', '<f xmlns:o="urn:o" o:k="v"/>'],
    ['xml, which needs no binding', 'l/f/@xml:lang', undefined],
    ['xml, bound to what it is', 'l/f/@xml:lang?xmlns(xml=http://www.w3.org/XML/1998/namespace)', undefined],
  ])('RFC 4825 §6.4: %s (XCAP-U13)', (_name, target, body) => {
    expect(get(LISTS, target, 'urn:l')).toBe(body)
  })

  it('RFC 4825 §6.4: other XPointer schemes are ignored, circumflexes escape', () => {
    expect(get('<a xmlns="urn:(x)"/>', 'p:a?element(/1)xmlns(p=urn:^(x^))')).toBe('<a xmlns="urn:(x)"/>')
    expect(get('<a xmlns="urn:(x)"/>', 'p:a?xmlns(p=urn:(x))')).toBe('<a xmlns="urn:(x)"/>')
  })

  it('RFC 4825 §6.3, §6.4: one text means another node under another binding or default namespace', () => {
    const before = '<r xmlns="urn:1" xmlns:o="urn:2"><e n="1"/><o:e n="2"/></r>'
    expect(get(before, 'r/p:e/@n?xmlns(p=urn:1)', 'urn:1')).toBe('"1"')
    expect(get(before, 'r/p:e/@n?xmlns(p=urn:2)', 'urn:1')).toBe('"2"')
    expect(refused(() => get(before, 'r/p:e/@n', 'urn:1')).kind).toBe('bad-request')
    expect(get(before, 'r/e/@n', 'urn:1')).toBe('"1"')
    expect(get(before, 'r/e/@n', 'urn:2')).toBeUndefined()
    expect(get(before, 'r/e/@n')).toBeUndefined()
  })

  it.each(['p:l', 'l/p:e', 'l/@p:n', 'l/e[@p:n="1"]', 'p:l?xmlns(q=urn:l)', 'xmlns:l'])(
    'RFC 4825 §8: 400 for a prefix that nothing binds: %s (XCAP-U13)',
    (target) => {
      expect(refused(() => get(LISTS, target, 'urn:l')).kind).toBe('bad-request')
    },
  )

  it('RFC 4825 §8.3: namespace::* gives every binding in scope, the nearest of each prefix, on an empty element (XCAP-G4)', () => {
    const before =
      '<p:r xmlns:p="urn:1" xmlns:q="urn:q" xmlns="urn:d"><p:e xmlns:p="urn:2" xmlns="" n="&amp;"><x/></p:e></p:r>'
    expect(get(before, 'p:r/namespace::*?xmlns(p=urn:1)')).toBe('<p:r xmlns:p="urn:1" xmlns:q="urn:q" xmlns="urn:d"/>')
    expect(get(before, 'a:r/b:e/namespace::*?xmlns(a=urn:1)xmlns(b=urn:2)')).toBe(
      '<p:e xmlns:p="urn:2" xmlns:q="urn:q"/>',
    )
    expect(get('<r xmlns:p="http://x/?a&amp;b"/>', 'r/namespace::*')).toBe('<r xmlns:p="http://x/?a&amp;b"/>')
    expect(get('<r/>', 'r/namespace::*')).toBe('<r/>')
  })
})

describe('what is on the wire', () => {
  it.each([
    ['a slash in a value, plain', 'l/e[@uri="sip:a@x/b"]', '<e uri="sip:a@x/b">A</e>'],
    ['a slash in a value, encoded', 'l/e%5B@uri=%22sip:a@x%2Fb%22%5D', '<e uri="sip:a@x/b">A</e>'],
    ['everything encoded', 'l/e%5B%40uri%3D%22sip%3Aa%40x%2Fb%22%5D', '<e uri="sip:a@x/b">A</e>'],
    ['an encoded quote between plain ones', 'l/e[@uri="sip:%22q%22@x"]', '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ['quotes as references', 'l/e[@uri="sip:&quot;q%26quot;@x"]', '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ['double quotes between single ones', "l/e[@uri='sip:%22q%22@x']", '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ['plain quotes between encoded ones', 'l/e[@uri=%22sip:"q"@x%22]', '<e uri="sip:&quot;q&quot;@x" n="2"/>'],
    ['encoded letters of a name', '%6C/%66', '<f xmlns:o="urn:o" o:k="v"/>'],
  ])('RFC 4825 §6.3: decoded once, behind the splitting: %s (XCAP-U15)', (_name, target, body) => {
    expect(get(LISTS, target, 'urn:l')).toBe(body)
  })

  it('RFC 4825 §6.3: nothing is decoded twice (XCAP-U15)', () => {
    const before = '<r><e u="%22"/><e u="&quot;"/><e u="&amp;quot;"/></r>'
    expect(get(before, 'r/e[@u="%2522"]')).toBe('<e u="%22"/>')
    expect(get(before, 'r/e[@u="%22"]')).toBe('<e u="&quot;"/>')
    expect(get(before, 'r/e[@u="%26amp;quot;"]')).toBe('<e u="&amp;quot;"/>')
    expect(get('<r><e u="~~"/></r>', 'r/e[@u="%7E~"]')).toBe('<e u="~~"/>')
  })

  it('HOST-SEL2: what looks like a way out of a value is a value', () => {
    const before = '<r><e u="a&quot;]/../x[&quot;"/><x/></r>'
    expect(get(before, 'r/e[@u="a%22]/../x[%22"]')).toBe('<e u="a&quot;]/../x[&quot;"/>')
    expect(get(before, 'r/e[@u="a%22%20or%20%221%22=%221"]')).toBeUndefined()
  })
})

describe('what is no selector', () => {
  const DEEP = parse(`<l xmlns="urn:l">${'<e><e><e n="1"/></e></e>'.repeat(3_000)}</l>`)

  it.each([
    'l/e[count(//*)>0]',
    'l/*[count(//*)>0]',
    '//l',
    'l//e',
    'l/..',
    'l/.',
    'l/text()',
    "id('a')",
    'l|m',
    'l/self::node()',
    'l/e[position()<3]',
    'l/e[1][2]',
    'l/e[@n="2"][1]',
    'l/e[last()]',
    'l/e[@n=2]',
    'l/e[@n="2" or "1"="1"]',
    'l/e[@n="2',
    'l/e[-1]',
    'l/e[1.5]',
    'l/',
    '',
    '/',
    'l/e[1',
    'l/p:e',
    'l/@',
    'l/@*',
    'l/@n/e',
    'l/namespace::*/e',
    'l/namespace::p',
    '@n',
    'namespace::*',
    'l/e[]',
    'l/e[@n]',
    'l/e[n="1"]',
    'l/e[@n="1"]x',
    'l/ e',
    'l/e [1]',
    'l/e[ 1 ]',
    'l/1e',
    'l/a:b:c',
    'l/:e',
    'l/e:',
    'l/e[@n="a&b"]',
    'l/e[@n="<"]',
    'l/e[@n="&#0;"]',
    'l%2Fe[1]',
    'l/e[1]%2F@n',
    'l/e%2f@n',
    'l/e[@uri=""]/../x[""]',
    'l/%zz',
    'l/e[@n="%zz"]',
    'l/e[@n="50%"]',
    'l/e[@n="%C3"]',
    'l/e[@n="%c0%af"]',
    'l/e[@n="%00"]',
    'l/e%00',
    'l/e?xmlns(xml=urn:x)',
    'l/e?xmlns(xmlns=urn:x)',
    'l/e?xmlns(p=a)xmlns(p=b)',
    'l/e?xmlns(p',
    'l/e?p=1',
    'l/e?xmlns(=urn:x)',
    'l/e?xmlns(p:q=urn:x)',
    'l/e?xmlns(p=%zz)',
    `l${'[1'.repeat(20_000)}`,
    `l/e[@n="${'"'.repeat(8_000)}`,
    `l/e?${'xmlns(p=x)'.repeat(10_000)}`,
    `l/e?${'('.repeat(20_000)}`,
    `l/e?xmlns(p=${'^'.repeat(20_001)}`,
    `l${'/a'.repeat(65)}`,
    `l/${'%'.repeat(20_000)}`,
    `${'é'.repeat(20_000)}!`,
  ])('HOST-SEL1, HOST-SEL3, RFC 4825 §8: 400 in less than 5 ms for %.40s', (target) => {
    expect(refused(() => get(LISTS, target, 'urn:l')).kind).toBe('bad-request')
    expect(cpuTime(() => refused(() => get(LISTS, target, 'urn:l')))).toBeLessThan(5)
  })

  it.each([
    `l/e[@n="${'x'.repeat(8_000)}"]`,
    `l/e[@n="${'&#x26;'.repeat(1_300)}"]`,
    `l${'/*[2]'.repeat(63)}`,
    `l/e[${'9'.repeat(9)}]`,
    `l/e[2]/e/e/@${'n'.repeat(8_000)}`,
  ])('HOST-SEL1, RFC 4825 §8.3: nothing is selected, quickly, by %.40s', (target) => {
    const nothing = (): string => {
      const node = nodeSelectorOf(address(target, 'urn:l'))
      return node === undefined ? '' : select(DEEP, node).kind
    }
    expect(nothing()).toBe('nothing')
    expect(cpuTime(nothing)).toBeLessThan(5)
  })
})
