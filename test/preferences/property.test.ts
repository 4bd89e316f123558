import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkJson } from '../../src/preferences/check.ts'
import type { DocumentKind } from '../../src/preferences/shapes.ts'
import { documentJson, writeJson } from '../../src/preferences/write.ts'
import { ANY_JSON } from './any-json.ts'
import { decorate, marksIn, misplaced } from './decorate.ts'
import { parsed } from './example.ts'
import { trials } from '../trials.ts'

const KINDS: readonly DocumentKind[] = ['profile', 'active-profile', 'do-not-disturb', 'provider-policy']

const decoration = fc.record({
  every: fc.integer({ min: 1, max: 4 }),
  layout: fc.constantFrom('lines' as const, 'one-line' as const, 'crlf' as const),
  prefix: fc.boolean(),
})

/** Every array in another order, every number and truth value that no list is matched by another one. */
function turned(value: unknown, order: number): unknown {
  if (Array.isArray(value)) {
    const members = value.map((member) =>
      typeof member === 'object' && member !== null && ('id' in member || 'lang' in member)
        ? turned(member, order)
        : member,
    )
    return order % 2 === 0 ? members.reverse() : [...members.slice(1), ...members.slice(0, 1)]
  }
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([field, inside]) => {
    if (field === 'largerThan' || field === 'maxBytes') return [field, 77]
    if (field === 'text') return [field, `${String(inside)} & more`]
    return [field, inside === true || inside === false ? inside : turned(inside, order)]
  })
  return Object.fromEntries(fields)
}

describe.each(KINDS)('X2: any JSON of %s', (kind) => {
  test('X2: can be written anew, and is what is read back', () => {
    fc.assert(
      fc.property(ANY_JSON[kind], (json) => {
        const checked = checkJson(kind, json)
        expect(documentJson(kind, parsed(writeJson(kind, checked, undefined)))).toEqual(checked)
      }),
      { numRuns: trials(200, 50) },
    )
  })

  test('X2: can be written over any document, and is what is read back, foreign elements last', () => {
    fc.assert(
      fc.property(ANY_JSON[kind], ANY_JSON[kind], decoration, (before, json, how) => {
        const present = parsed(decorate(writeJson(kind, checkJson(kind, before), undefined), how))
        const written = parsed(writeJson(kind, checkJson(kind, json), present))
        expect(documentJson(kind, written)).toEqual(checkJson(kind, json))
        expect(misplaced(written)).toBeUndefined()
      }),
      { numRuns: trials(400, 100) },
    )
  })

  test('X2: written over a document that says the same, every byte stays', () => {
    fc.assert(
      fc.property(ANY_JSON[kind], decoration, (json, how) => {
        const present = decorate(writeJson(kind, checkJson(kind, json), undefined), how)
        expect(writeJson(kind, checkJson(kind, json), parsed(present))).toBe(present)
      }),
      { numRuns: trials(200, 50) },
    )
  })

  test('X2: in another order and with other values, everything foreign and every comment is still there', () => {
    fc.assert(
      fc.property(ANY_JSON[kind], decoration, fc.nat(3), (json, how, order) => {
        const present = decorate(writeJson(kind, checkJson(kind, json), undefined), how)
        const wanted = checkJson(kind, turned(json, order))
        const written = writeJson(kind, wanted, parsed(present))
        expect(documentJson(kind, parsed(written))).toEqual(wanted)
        expect(marksIn(written)).toEqual(marksIn(present))
        expect(misplaced(parsed(written))).toBeUndefined()
      }),
      { numRuns: trials(400, 100) },
    )
  })
})
