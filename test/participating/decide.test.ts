import { describe, expect, it } from 'vitest'
import { decide } from '../../src/participating/decision/on-arrival.ts'
import { permissionOf } from '../../src/participating/decision/on-release.ts'
import { allCells, MESSAGE_TURN, SAYINGS, situation, type Cell, type Saying } from './situations.ts'

const DELIVER: Saying = { action: 'deliver', by: 'available' }
const POLICY_DEFERS: Saying = { action: 'defer', by: 'policy-unavailable' }

function cell(saying: Saying, fields: Partial<Cell> = {}): Cell {
  return { fit: 'fits', covered: false, later: false, saying, ...fields }
}

/** The outcome in one word, with the devices where they matter. */
function decided(cells: readonly Cell[], defaultProfile: Saying = POLICY_DEFERS): string {
  const outcome = decide(situation(cells, defaultProfile))
  if (outcome.kind === 'deliver')
    return `deliver to ${outcome.to.map(({ registration }) => registration.device).join()}`
  return outcome.kind === 'defer' ? `defer: ${outcome.reason}` : outcome.kind
}

function permitted(cells: readonly Cell[], defaultProfile: Saying = POLICY_DEFERS): string {
  const permission = permissionOf(situation(cells, defaultProfile), MESSAGE_TURN)
  return permission.kind === 'waits'
    ? permission.reason
    : `to ${permission.to.map(({ registration }) => registration.device).join()}`
}

describe('B §5.2.2.1.3: what is done with a message', () => {
  it.each<[string, readonly Cell[], string]>([
    ['P3: to each applicable registered device', [cell(DELIVER), cell(DELIVER)], 'deliver to device-0,device-1'],
    ['P3: and to no other', [cell(DELIVER), cell(DELIVER, { fit: 'misfit' })], 'deliver to device-0'],
    ['P2: do-not-disturb', [cell(DELIVER, { covered: true })], 'defer: do-not-disturb'],
    ['P2: none fits', [cell(DELIVER, { fit: 'misfit' })], 'defer: no-applicable-device'],
    ['P2: none registered', [], 'defer: no-applicable-device'],
    ['P2: preferences say defer', [cell({ action: 'defer', by: 'available' })], 'defer: preference'],
    [
      'P7: one that is not covered gets it, the covered one does not',
      [cell(DELIVER, { covered: true }), cell(DELIVER)],
      'deliver to device-1',
    ],
    [
      'P7: one that delivers goes before one that rejects',
      [cell({ action: 'reject', by: 'rule' }), cell(DELIVER)],
      'deliver to device-1',
    ],
    [
      'P7: a covered one that delivers goes before one that rejects',
      [cell({ action: 'reject', by: 'rule' }), cell(DELIVER, { covered: true })],
      'defer: do-not-disturb',
    ],
    [
      'P1: reject before interwork',
      [cell({ action: 'interwork', by: 'rule' }), cell({ action: 'reject', by: 'rule' })],
      'reject',
    ],
    [
      'P1: interwork before store',
      [cell({ action: 'store', by: 'rule' }), cell({ action: 'interwork', by: 'rule' })],
      'interwork',
    ],
    [
      'P1: store before forward',
      [cell({ action: 'forward', by: 'rule' }), cell({ action: 'store', by: 'rule' })],
      'store',
    ],
    [
      'P7: forward before discard',
      [cell({ action: 'discard', by: 'rule' }), cell({ action: 'forward', by: 'rule' })],
      'forward',
    ],
    [
      'P7: discard before defer',
      [cell({ action: 'defer', by: 'rule' }), cell({ action: 'discard', by: 'rule' })],
      'discard',
    ],
    [
      'U10: one that would deliver but is not applicable now goes before one that rejects',
      [cell({ action: 'reject', by: 'rule' }), cell(DELIVER, { fit: 'misfit' })],
      'defer: no-applicable-device',
    ],
    ['P1: do-not-disturb has no effect on them', [cell({ action: 'reject', by: 'rule' }, { covered: true })], 'reject'],
    [
      'X8: his own unavailable',
      [cell({ action: 'defer', by: 'own-unavailable' }, { fit: 'misfit' })],
      'defer: preference',
    ],
    ['X8: the provider’s unavailable', [cell(POLICY_DEFERS, { fit: 'misfit' })], 'defer: no-applicable-device'],
  ])('%s', (_, cells, outcome) => {
    expect(decided(cells)).toBe(outcome)
  })

  it('X4: with none registered the default profile decides alone', () => {
    expect(decided([], { action: 'reject', by: 'rule' })).toBe('reject')
    expect(decided([], { action: 'defer', by: 'own-unavailable' })).toBe('defer: preference')
    expect(decided([cell(DELIVER)], { action: 'reject', by: 'rule' })).toBe('deliver to device-0')
  })

  it('P7: equals a table, for every situation of up to three devices', () => {
    const cells = allCells([false])
    let count = 0
    for (const defaultProfile of SAYINGS) {
      count += 1
      if (decided([], defaultProfile) !== tableDecides([], defaultProfile))
        expect(decided([], defaultProfile)).toBe(tableDecides([], defaultProfile))
    }
    for (const one of cells) {
      for (const two of [undefined, ...cells]) {
        for (const three of two === undefined ? [undefined] : [undefined, ...cells]) {
          const all = [one, two, three].filter((each) => each !== undefined)
          count += 1
          if (decided(all) !== tableDecides(all, POLICY_DEFERS))
            expect(decided(all), JSON.stringify(all)).toBe(tableDecides(all, POLICY_DEFERS))
        }
      }
    }
    expect(count).toBe(11 + 66 + 66 ** 2 + 66 ** 3)
  })
})

describe('D14: whether what waits may go now', () => {
  it.each<[string, readonly Cell[], string]>([
    ['D14: preferences have come to say deliver', [cell(DELIVER)], 'to device-0'],
    ['D14: not to a device that does not fit', [cell(DELIVER, { fit: 'misfit' }), cell(DELIVER)], 'to device-1'],
    ['D4: nothing to a device that do-not-disturb covers', [cell(DELIVER, { covered: true })], 'do-not-disturb'],
    [
      'D9: deferred by preference, not to a device that was there',
      [cell({ action: 'defer', by: 'rule' })],
      'preference',
    ],
    [
      'D9: but to one whose registration began after',
      [cell({ action: 'defer', by: 'rule' }, { later: true })],
      'to device-0',
    ],
    [
      'D9: not while do-not-disturb covers that',
      [cell({ action: 'defer', by: 'rule' }, { later: true, covered: true })],
      'do-not-disturb',
    ],
    ['D14: a reject of now makes it wait', [cell({ action: 'reject', by: 'rule' }, { later: true })], 'preference'],
    [
      'D14: a discard of now makes it wait',
      [cell({ action: 'discard', by: 'policy-unavailable' }, { later: true })],
      'preference',
    ],
    [
      'D14: an interwork or store of now makes it wait',
      [cell({ action: 'store', by: 'rule' }), cell({ action: 'interwork', by: 'rule' })],
      'preference',
    ],
    ['D14: a forward of now makes it wait', [cell({ action: 'forward', by: 'rule' }, { fit: 'misfit' })], 'preference'],
    [
      'D14: a reject of now goes before a store',
      [cell({ action: 'store', by: 'rule' }), cell({ action: 'reject', by: 'rule' })],
      'preference',
    ],
    ['D9: none registered', [], 'no-applicable-device'],
    [
      'D9: the provider’s unavailable is no preference',
      [cell(POLICY_DEFERS, { fit: 'misfit' })],
      'no-applicable-device',
    ],
  ])('%s', (_, cells, outcome) => {
    expect(permitted(cells)).toBe(outcome)
  })

  it('D14: equals a table, for every situation of up to two devices', () => {
    const cells = allCells([false, true])
    for (const defaultProfile of SAYINGS) expect(permitted([], defaultProfile)).toBe(tablePermits([], defaultProfile))
    for (const one of cells) {
      for (const two of [undefined, ...cells]) {
        const all = two === undefined ? [one] : [one, two]
        if (permitted(all) !== tablePermits(all, POLICY_DEFERS))
          expect(permitted(all), JSON.stringify(all)).toBe(tablePermits(all, POLICY_DEFERS))
      }
    }
  })
})

/** What the user himself said counts as his preference; what the provider says for him does not. */
const WHOSE: Readonly<Record<Saying['by'], string>> = {
  rule: 'defer: preference',
  available: 'defer: preference',
  'own-unavailable': 'defer: preference',
  'policy-unavailable': 'defer: no-applicable-device',
}

/** From a device's state to a word; the first of the words that any device gives is the outcome. */
const ORDER_OF_OUTCOMES = [
  'deliver',
  'defer: do-not-disturb',
  'would deliver',
  'reject',
  'interwork',
  'store',
  'forward',
  'discard',
  'defer: preference',
  'defer: no-applicable-device',
]

function tableDecides(cells: readonly Cell[], defaultProfile: Saying): string {
  const word = ({ fit, covered, saying }: Cell): string => {
    if (saying.action === 'defer') return WHOSE[saying.by]
    if (saying.action !== 'deliver') return saying.action
    return fit === 'misfit' ? 'would deliver' : covered ? 'defer: do-not-disturb' : 'deliver'
  }
  const words = cells.length === 0 ? [word(cell(defaultProfile, { fit: 'misfit' }))] : cells.map(word)
  const first = ORDER_OF_OUTCOMES.find((outcome) => words.includes(outcome)) ?? 'nothing'
  if (first === 'would deliver') return 'defer: no-applicable-device'
  return first === 'deliver'
    ? `deliver to ${words.flatMap((each, at) => (each === 'deliver' ? [`device-${at}`] : [])).join()}`
    : first
}

/** What present preferences would do instead of delivering only makes it wait. */
const ORDER_OF_PERMISSIONS = ['to', 'do-not-disturb', 'would deliver', 'preference', 'no-applicable-device']

function tablePermits(cells: readonly Cell[], defaultProfile: Saying): string {
  const word = ({ fit, covered, saying, later }: Cell): string => {
    const wants = {
      deliver: true,
      defer: later,
      reject: false,
      interwork: false,
      store: false,
      forward: false,
      discard: false,
    }[saying.action]
    if (fit !== 'misfit' && wants) return covered ? 'do-not-disturb' : 'to'
    if (saying.action === 'deliver') return 'would deliver'
    if (saying.action === 'defer') return WHOSE[saying.by].replace('defer: ', '')
    return 'preference'
  }
  const words = cells.length === 0 ? [word(cell(defaultProfile, { fit: 'misfit' }))] : cells.map(word)
  const first = ORDER_OF_PERMISSIONS.find((outcome) => words.includes(outcome)) ?? 'nothing'
  if (first === 'would deliver') return 'no-applicable-device'
  return first === 'to' ? `to ${words.flatMap((each, at) => (each === 'to' ? [`device-${at}`] : [])).join()}` : first
}
