import { describe, expect, it } from 'vitest'
import { diffLines } from '../../src/page/diff.ts'
import { figuresIn } from '../../src/page/figures.ts'
import { valueAt, withValue } from '../../src/page/policy-fields.ts'
import { barsOf, drawn, freeId, lengthOf, moved, withEnd, withStart } from '../../src/page/week.ts'
import { conflictIn, textsOf } from '../../src/page/xml.ts'
import { marksIn } from '../../src/page/marks.ts'

const NIGHT = { id: 'night', days: ['fri', 'sun'], from: '22:00', to: '07:00' }

describe('the geometry of a week', () => {
  it('X16: past midnight a window has two bars, also from Sunday to Monday', () => {
    const bars = barsOf([NIGHT]).map(({ day, from, to, begins, ends }) => [day, from, to, begins, ends])
    expect(bars).toEqual([
      ['fri', 1320, 1440, true, false],
      ['sat', 0, 420, false, true],
      ['sun', 1320, 1440, true, false],
      ['mon', 0, 420, false, true],
    ])
  })

  it('X16: an end that is the start is a whole day', () => {
    const day = { id: 'day', days: ['mon'], from: '09:00', to: '09:00' }
    expect(lengthOf(day)).toBe(1_440)
    expect(barsOf([{ ...day, from: '00:00', to: '00:00' }]).map(({ from, to }) => [from, to])).toEqual([[0, 1_440]])
  })

  it('X16: what is moved keeps its length, and past midnight it is of the next day', () => {
    expect(moved(NIGHT, 150)).toEqual({ id: 'night', days: ['mon', 'sat'], from: '00:30', to: '09:30' })
    expect(moved(NIGHT, -30)).toEqual({ id: 'night', days: ['fri', 'sun'], from: '21:30', to: '06:30' })
    expect(moved({ ...NIGHT, days: ['mon'], from: '00:00', to: '01:00' }, -15)).toEqual({
      id: 'night',
      days: ['sun'],
      from: '23:45',
      to: '00:45',
    })
    expect(moved(NIGHT, 0, 1).days).toEqual(['mon', 'sat'])
  })

  it('X16: made longer or shorter it has at least a quarter of an hour and at most a day', () => {
    expect(withEnd(NIGHT, 60).to).toBe('08:00')
    expect(withEnd(NIGHT, -6_000).to).toBe('22:15')
    expect(withEnd(NIGHT, 6_000).to).toBe('22:00')
    expect(withStart(NIGHT, 60)).toEqual({ ...NIGHT, from: '23:00' })
    expect(withStart(NIGHT, 240)).toEqual({ id: 'night', days: ['mon', 'sat'], from: '02:00', to: '07:00' })
  })

  it('X16: what is drawn backwards is the same window, and its id is free', () => {
    expect(drawn('tue', 780, 720, 'a')).toEqual({ id: 'a', days: ['tue'], from: '12:00', to: '13:00' })
    expect(drawn('tue', 1_440, 1_380, 'a')).toEqual({ id: 'a', days: ['tue'], from: '23:00', to: '00:00' })
    expect(freeId([{ ...NIGHT, id: 'quiet-2' }])).toBe('quiet-3')
  })
})

describe('what views are made of', () => {
  it('api §Page: two versions, line by line', () => {
    const lines = diffLines('a\nb\nc\nd\n', 'a\nc\nx\nd\n').map(({ kind, text }) => `${kind} ${text}`)
    expect(lines).toEqual(['same a', 'old b', 'same c', 'new x', 'same d'])
    expect(diffLines('', 'a')).toEqual([{ kind: 'new', text: 'a' }])
    expect(diffLines('a', 'a')).toEqual([{ kind: 'same', text: 'a' }])
  })

  it('api §Page: what is wrong, at its line', () => {
    const phrase = 'The document breaks its schema. /a/b (line 4): c: bad. /a/b/c (line 12): d.'
    expect(marksIn(phrase)).toEqual([
      { line: undefined, message: 'The document breaks its schema.' },
      { line: 4, message: '/a/b (line 4): c: bad.' },
      { line: 12, message: '/a/b/c (line 12): d.' },
    ])
    expect(marksIn('Line 4, column 10: unexpected close tag.')[0]?.line).toBe(4)
  })

  it('RFC 4825 §11: a conflict is read out of its document', () => {
    const phrase = 'phrase="a &lt;b&gt; &quot;c&quot;"'
    const error = `<?xml version="1.0"?><xcap-error xmlns="x"><constraint-failure ${phrase}/></xcap-error>`
    expect(conflictIn(error)).toEqual({ name: 'constraint-failure', phrase: 'a <b> "c"' })
    expect(conflictIn('<html>')).toBe(undefined)
    expect(textsOf('<c:auids><auid>a</auid><c:auid x="1"> b &amp; c </c:auid></c:auids>', 'auid')).toEqual([
      'a',
      'b & c',
    ])
  })

  it('C7: a field of the policy is set and taken away without touching another', () => {
    const policy = { limits: { keepAtMost: 'P1D' }, reports: { failure: false } }
    expect(valueAt(policy, ['limits', 'keepAtMost'])).toBe('P1D')
    expect(valueAt(policy, ['notices', 'outOfBand'])).toBe(undefined)
    expect(withValue(policy, ['limits', 'keepAtMost'], undefined)).toEqual({ reports: { failure: false } })
    expect(withValue(policy, ['notices', 'outOfBand'], 'each')).toEqual({ ...policy, notices: { outOfBand: 'each' } })
  })

  it('api §Operation: figures out of the format of Prometheus', () => {
    const text =
      '# HELP xdms_a x\nxdms_a 3\nxdms_store{figure="commits"} 21\nxdms_b_total{method="GET"} 4\nnodejs_x 1\n'
    expect([...figuresIn(text)]).toEqual([
      ['xdms_a', 3],
      ['xdms_store commits', 21],
    ])
  })
})
