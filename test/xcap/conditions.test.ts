import { describe, expect, it } from 'vitest'
import type { Etag } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import { isModified, mustHold, readConditions } from '../../src/xcap/conditions.ts'
import { cpuTime } from './cpu-time.ts'

const E1 = 'e1' as Etag

function put(headers: { 'if-match'?: string; 'if-none-match'?: string }, etag: Etag | undefined): string {
  try {
    mustHold(readConditions(headers, true), etag)
  } catch (error) {
    if (error instanceof Refused) return error.refusal.kind
    throw error
  }
  return 'goes on'
}

describe('conditions', () => {
  it.each([
    ['no condition', {}, E1, 'goes on'],
    ['If-Match of the present tag', { 'if-match': '"e1"' }, E1, 'goes on'],
    ['If-Match of a stale tag', { 'if-match': '"e0"' }, E1, 'precondition-failed'],
    ['If-Match of a list with the present tag', { 'if-match': '"e0" , "e1"' }, E1, 'goes on'],
    ['If-Match: * with a document', { 'if-match': '*' }, E1, 'goes on'],
    ['If-Match: * without one', { 'if-match': '*' }, undefined, 'precondition-failed'],
    ['If-Match of any tag without a document', { 'if-match': '"e1"' }, undefined, 'precondition-failed'],
    ['If-Match of a weak tag', { 'if-match': 'W/"e1"' }, E1, 'precondition-failed'],
    ['If-Match without quotes', { 'if-match': 'e1' }, E1, 'goes on'],
    ['If-Match in doubled quotes', { 'if-match': '""e1""' }, E1, 'goes on'],
    ['a stale tag in doubled quotes', { 'if-match': '""e0""' }, E1, 'precondition-failed'],
    ['a list of all kinds', { 'if-match': 'e0, ""e0"" ,W/"e0","e1"' }, E1, 'goes on'],
    ['the weak tag without quotes', { 'if-match': 'W/e1' }, E1, 'precondition-failed'],
    ['an empty tag', { 'if-match': '""' }, E1, 'precondition-failed'],
    ['quotes doubled on one side', { 'if-match': '""e1"' }, E1, 'bad-request'],
    ['a star among tags', { 'if-match': '*, "e1"' }, E1, 'bad-request'],
    ['another tag in other letters', { 'if-match': '"E1"' }, E1, 'precondition-failed'],
    ['If-None-Match: * with a document', { 'if-none-match': '*' }, E1, 'precondition-failed'],
    ['If-None-Match: * without one', { 'if-none-match': '*' }, undefined, 'goes on'],
    ['If-None-Match of the present tag, weak', { 'if-none-match': 'W/"e1"' }, E1, 'precondition-failed'],
    ['If-None-Match of another tag', { 'if-none-match': '"e0"' }, E1, 'goes on'],
    ['both, the second failing', { 'if-match': '"e1"', 'if-none-match': '"e1"' }, E1, 'precondition-failed'],
    ['a quote that does not end', { 'if-match': '"e1' }, E1, 'bad-request'],
    ['two tags and no comma', { 'if-match': '"e0" "e1"' }, E1, 'bad-request'],
    ['sixteen tags', { 'if-match': `${'"x",'.repeat(15)}"e1"` }, E1, 'goes on'],
    ['seventeen tags', { 'if-match': `${'"x",'.repeat(16)}"e1"` }, E1, 'bad-request'],
  ] as const)('RFC 4825 §8.5: PUT with %s (XCAP-E1, XCAP-E2, XCAP-E3, XCAP-E5)', (_name, headers, etag, outcome) => {
    expect(put(headers, etag)).toBe(outcome)
  })

  it.each([
    ['at its end', '"e0","e1",', 'goes on'],
    ['at its beginning', ' , ,"e1"', 'goes on'],
    ['in its middle', '"e0",,\t,"e1"', 'goes on'],
    ['beside a stale tag', ',"e0",', 'precondition-failed'],
    ['beside sixteen tags', `${'"x",,,'.repeat(15)}"e1"`, 'goes on'],
    ['and nothing else', ', ,', 'precondition-failed'],
    ['alone', '', 'precondition-failed'],
    ['more than a reasonable number of times', `${','.repeat(64)}"e1"`, 'bad-request'],
  ])('RFC 9110 §5.6.1.2: empty elements of If-Match are ignored: %s (XCAP-E3)', (_name, list, outcome) => {
    expect(put({ 'if-match': list }, E1)).toBe(outcome)
  })

  it('RFC 9110 §5.6.1.2: empty elements of If-None-Match are ignored (XCAP-E3)', () => {
    expect(isModified(readConditions({ 'if-none-match': ',"e1",' }, false), E1)).toBe(false)
    expect(isModified(readConditions({ 'if-none-match': ',"e0",' }, false), E1)).toBe(true)
  })

  it('RFC 9110 §13.1.2: GET is not modified where If-None-Match holds the tag, weak or not (XCAP-E3)', () => {
    expect(isModified(readConditions({ 'if-none-match': '"e0", W/"e1"' }, true), E1)).toBe(false)
    expect(isModified(readConditions({ 'if-none-match': '*' }, true), E1)).toBe(false)
    expect(isModified(readConditions({ 'if-none-match': '""e1""' }, true), E1)).toBe(false)
    expect(isModified(readConditions({ 'if-none-match': '"e0"' }, true), E1)).toBe(true)
    expect(isModified(readConditions({}, true), E1)).toBe(true)
  })

  it('RFC 9110 §13.1.1: GET with a stale If-Match is refused (XCAP-E3)', () => {
    expect(() => isModified(readConditions({ 'if-match': '"e0"' }, true), E1)).toThrow(Refused)
  })

  it('RFC 9110 §8.8.3: a hostile list is read in one pass', () => {
    const taken = cpuTime(() => {
      expect(put({ 'if-match': `"${'a'.repeat(8_000)}${' \t'.repeat(4_000)}` }, E1)).toBe('bad-request')
      expect(put({ 'if-match': `${' '.repeat(16_000)}x y` }, E1)).toBe('bad-request')
      expect(put({ 'if-match': '"'.repeat(16_000) }, E1)).toBe('bad-request')
      expect(put({ 'if-match': ','.repeat(16_000) }, E1)).toBe('bad-request')
      expect(put({ 'if-match': `,${' '.repeat(16_000)}x y` }, E1)).toBe('bad-request')
    })
    expect(taken).toBeLessThan(50)
  })

  it.each(['e1', '""e1""'])('RFC 9110 §8.8.3: %s is an entity tag only where leniency is asked for', (tag) => {
    expect(readConditions({ 'if-match': tag }, true)).toEqual({ ifMatch: [{ etag: 'e1', weak: false }] })
    expect(() => readConditions({ 'if-match': tag }, false)).toThrow(Refused)
    expect(readConditions({ 'if-match': 'W/"e0", "e1"' }, false)).toEqual({
      ifMatch: [
        { etag: 'e0', weak: true },
        { etag: 'e1', weak: false },
      ],
    })
  })
})
