import { expect, it } from 'vitest'
import { sourcesBelow, titlesOf } from '../tidy/tree.ts'

/** What RFC 4825 asks of a server, in short. The tests that show a row name it at the end of their titles: `(P5)`, `(G2, G3)`. */
const ROWS: Readonly<Record<string, string>> = {
  U1: '§6: root, document selector, the first ~~, node selector, query; %7E%7E is ~~',
  U2: '§6.1: a root has no query and is no resource; several are worlds of their own',
  U3: '§6.2: AUID, "users" or "global", XUI, name; anything else is 404',
  U4: '§6.2: the XUI is an address of record, or another user’s identifier',
  U5: '§6.2: sub-directories; no document has the name of one',
  U6: '§6.2: a usage of one document calls it "index"',
  U7: '§6.3: the grammar of steps and predicates',
  U8: '§6.3: predicates from left to right',
  U9: '§6.3: every step gives exactly one element',
  U10: '§6.3: an unprefixed step has the default namespace, an unprefixed attribute none',
  U11: '§6.3: namespace declarations are no attributes',
  U12: '§6.3: values are compared letter by letter',
  U13: '§6.4, §8: prefixes are bound in the query; an unbound one is 400',
  U14: '§8: an unknown AUID or user is 404',
  U15: '§6.3: decoded once, after the splitting',
  P1: '§8.2.1: the parent, or no-parent with the closest ancestor',
  P2: '§8.2.2: a document is well-formed, UTF-8, of its type',
  P3: '§8.2.2: an element is one element',
  P4: '§8.2.2: an attribute value is an AttValue',
  P5: '§8.2.3: where a new element goes',
  P6: '§8.2.3: the worked example',
  P7: '§8.2.3: the schema has no say in it',
  P8: '§7, §8.2.3: GET(PUT(x)) is x, or cannot-insert',
  P9: '§8.2.4: a replacement is total',
  P10: '§8.2.3: namespace declarations are kept',
  P11: '§8.2.3: white space is kept, and none is added',
  P12: '§8.2.5: schema, uniqueness, constraints; all or nothing',
  P13: '§8.2.5: foreign namespaces are allowed, unknown elements of advertised ones are not',
  P14: '§8.2.7: interdependencies before the answer',
  P15: '§8.2.7: 201 or 200, without content, with the ETag',
  G1: '§8.3: a document with its type, or 404',
  G2: '§8.3: an element as it stands',
  G3: '§8.3: an attribute’s value',
  G4: '§8.3: namespace bindings, which can only be read',
  G5: '§8.3: 404 for none or several',
  G6: '§8.3: the ETag',
  G7: '§8.3: byte for byte what was put',
  D1: '§8.4: a document goes, or 404',
  D2: '§8.4: white space round a node stays; what is left is validated',
  D3: '§8.4: cannot-delete where the selector would then select another',
  D4: '§8.4: 200 with the document’s new ETag; a second time 404',
  E1: '§8.5: one ETag for a document and its nodes',
  E2: '§8.2.6: If-None-Match: * on a node always fails',
  E3: '§7.11: 412 and 304',
  E4: '§9: nothing is cached without asking',
  E5: 'RFC 5874: ETags are strong',
}

const titles = ['xcap', 'usage', 'usages', 'http']
  .flatMap((room) => sourcesBelow(`test/${room}`))
  .flatMap(titlesOf)
  .filter(({ kind }) => kind === 'test')

it.each(Object.entries(ROWS))('RFC 4825 §8: the requirement %s has a test: %s', (row) => {
  const naming = titles.filter(
    ({ title }) => /\(([A-Z]\d+(?:, [A-Z]\d+)*)\)$/.exec(title)?.[1]?.split(', ').includes(row) === true,
  )
  expect(naming.map(({ place }) => place)).not.toEqual([])
})
