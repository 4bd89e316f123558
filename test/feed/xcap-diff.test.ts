/**
 * Random histories of documents; each step is a change as people make them. `DIFF_CASES=10000` asks for more of them,
 * `DIFF_SEED=17` for one alone.
 */
import { describe, expect, it } from 'vitest'
import { compareDocuments } from '../../src/feed/xcap-diff/compare.ts'
import { writeXcapDiff } from '../../src/feed/xcap-diff/document.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { isWellFormed } from '../xcap/oracle-tree.ts'
import { chanceOf, randomDocument } from '../xcap/random-document.ts'
import { canonical } from './canonical.ts'
import { applyXcapDiff, type Applied } from './patch-applier.ts'
import { randomChange } from './random-change.ts'
import { trials } from '../trials.ts'

const CASES = Number(process.env['DIFF_CASES'] ?? trials(1_000, 250))
const ONLY_SEED = process.env['DIFF_SEED']
const CHANGES_OF_HISTORY = 4

const read = (text: string) => readDocument(Buffer.from(text), DEFAULT_XML_LIMITS)

function diffOf(before: string, after: string): string {
  const body = compareDocuments(read(before), read(after))
  return writeXcapDiff('http://xcap.example.com/', [
    { kind: 'document', sel: 'a/users/x/index', previousEtag: '1', newEtag: '2', body },
  ])
}

function judge(before: string, after: string): Applied {
  const diff = diffOf(before, after)
  expect(isWellFormed(diff), diff).toBe(true)
  const applied = applyXcapDiff(before, diff)
  const same = canonical(before) === canonical(after)
  expect(applied.kind === 'body-not-changed', diff).toBe(same)
  if (applied.kind === 'text') expect(canonical(applied.text), diff).toBe(canonical(after))
  return applied
}

describe('patches', () => {
  it('X5, RFC 5874 §4, RFC 5261 §4: applied to what was there they give what is there, in random histories', () => {
    const seen = { text: 0, 'body-not-changed': 0, 'etag-alone': 0, operations: 0 }
    const first = ONLY_SEED === undefined ? 1 : Number(ONLY_SEED)
    for (let seed = first; seed < first + (ONLY_SEED === undefined ? CASES : 1); seed++) {
      const chance = chanceOf(seed)
      let before = randomDocument(chance)
      for (let change = 0; change < CHANGES_OF_HISTORY; change++) {
        const after = randomChange(chance, before)
        try {
          const applied = judge(before, after)
          seen[applied.kind] += 1
          seen.operations += applied.operations
        } catch (error) {
          throw new Error(`DIFF_SEED=${seed}, change ${change}\n${before}\n---\n${after}`, { cause: error })
        }
        before = after
      }
    }
    if (ONLY_SEED !== undefined) return
    const all = CASES * CHANGES_OF_HISTORY
    expect(seen.text, JSON.stringify(seen)).toBeGreaterThan(all * 0.5)
    expect(seen['body-not-changed'], JSON.stringify(seen)).toBeGreaterThan(all * 0.01)
    expect(seen['etag-alone'], JSON.stringify(seen)).toBeGreaterThan(all * 0.005)
    expect(seen.operations, JSON.stringify(seen)).toBeGreaterThan(seen.text)
  }, 600_000)

  const bodyOf = (diff: string): string => /<d:document[^>]*>(.*)<\/d:document>/s.exec(diff)?.[1] ?? ''

  it.each([
    ['an attribute', '<a n="1"/>', '<a n="2"/>', '<d:replace sel="/*/@n">2</d:replace>'],
    [
      'an element more, with its white space',
      '<a>\n <b/>\n</a>',
      '<a>\n <b/>\n <c/>\n</a>',
      '<d:add sel="/*/*[1]" pos="after">\n <c/></d:add>',
    ],
    [
      'an element less, with its white space',
      '<a>\n <b/>\n <c/>\n</a>',
      '<a>\n <b/>\n</a>',
      '<d:remove sel="/*/*[2]" ws="before"/>',
    ],
    ['character data', '<a><b>x</b></a>', '<a><b>y</b></a>', '<d:replace sel="/*/*[1]/text()[1]">y</d:replace>'],
    ['nothing that canonical form sees', '<a n="1"></a>', "<a  n='&#49;' />", '<d:body-not-changed/>'],
    ['a comment beside the root', '<a/>', '<a/><!-- b -->', ''],
  ])('RFC 5874 §4: %s', (_, before, after, expected) => {
    expect(bodyOf(diffOf(before, after))).toBe(expected)
    judge(before, after)
  })

  it('RFC 5261 §4.2: an element is replaced whole where its namespace declarations change, and brings what it needs', () => {
    const before = '<a xmlns="urn:a" xmlns:d="urn:d"><b><d:c n="1"/></b></a>'
    const after = '<a xmlns="urn:a" xmlns:d="urn:d"><b xmlns:q="urn:q"><d:c n="1"/></b></a>'
    expect(diffOf(before, after)).toContain(
      '<d1:replace sel="/*/*[1]"><b xmlns="urn:a" xmlns:d="urn:d" xmlns:q="urn:q"><d:c n="1"/></b></d1:replace>',
    )
    judge(before, after)
  })

  it('RFC 5874 §3: patches longer than the document are not sent, nor more than 256 operations', () => {
    const many = (n: number): string => `<a>${Array.from({ length: 600 }, (_, i) => `<b n="${i % n}"/>`).join('')}</a>`
    expect(compareDocuments(read(many(3)), read(many(5)))).toEqual({ kind: 'other' })
  })
})
