import { describe, expect, test } from 'vitest'
import { disturbance, nextBoundary } from '../../src/preferences/disturb.ts'
import { readDoNotDisturb } from '../../src/preferences/documents.ts'
import type { Day, DoNotDisturb, Quiet } from '../../src/preferences/model.ts'
import { example } from './example.ts'

const EVERY: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

function window(days: readonly Day[] | Day, from: string, to: string): Quiet {
  return { id: `${String(days)} ${from}`, days: typeof days === 'string' ? [days] : days, from, to }
}

function schedule(timeZone: string, ...quiet: readonly Quiet[]): DoNotDisturb {
  return { schedule: { timeZone, quiet } }
}

/** The stretches between two instants, as `from/to` in UTC: what `nextBoundary` walks through. */
function stretches(dnd: DoNotDisturb, from: string, to: string, device?: string): string[] {
  const found: string[] = []
  let at: number | undefined = Date.parse(from)
  for (;;) {
    const state = disturbance(dnd, device, at)
    const until = nextBoundary(dnd, device, at)
    if (until === undefined || until > Date.parse(to)) return found
    if (state.on) found.push(`${new Date(at).toISOString().slice(0, 16)}/${new Date(until).toISOString().slice(0, 16)}`)
    at = until
  }
}

function stateAt(dnd: DoNotDisturb, at: string, device?: string): readonly [boolean, string, string | undefined] {
  const { on, because, until } = disturbance(dnd, device, Date.parse(at))
  return [on, because, until === undefined ? undefined : new Date(until).toISOString()]
}

describe('X16: schedules in their time zones, on the nights on which clocks change', () => {
  test.each<[string, string, Quiet, string, string, string[]]>([
    [
      'a start that is skipped',
      'Europe/Berlin',
      window('sun', '02:30', '04:00'),
      '2026-03-28T00:00Z',
      '2026-03-31T00:00Z',
      ['2026-03-29T01:00/2026-03-29T02:00'],
    ],
    [
      'an end that is skipped',
      'Europe/Berlin',
      window('sat', '22:00', '02:30'),
      '2026-03-28T00:00Z',
      '2026-03-31T00:00Z',
      ['2026-03-28T21:00/2026-03-29T01:00'],
    ],
    [
      'both are skipped',
      'Europe/Berlin',
      window('sun', '02:10', '02:50'),
      '2026-03-28T00:00Z',
      '2026-03-31T00:00Z',
      [],
    ],
    [
      'a start that comes twice',
      'Europe/Berlin',
      window('sun', '02:30', '04:00'),
      '2026-10-24T00:00Z',
      '2026-10-27T00:00Z',
      ['2026-10-25T00:30/2026-10-25T03:00'],
    ],
    [
      'an end that comes twice',
      'Europe/Berlin',
      window('sat', '22:00', '02:30'),
      '2026-10-24T00:00Z',
      '2026-10-27T00:00Z',
      ['2026-10-24T20:00/2026-10-25T01:30'],
    ],
    [
      'across the short night',
      'Europe/Berlin',
      window('sat', '22:00', '07:00'),
      '2026-03-28T00:00Z',
      '2026-03-31T00:00Z',
      ['2026-03-28T21:00/2026-03-29T05:00'],
    ],
    [
      'across the long night',
      'Europe/Berlin',
      window('sat', '22:00', '07:00'),
      '2026-10-24T00:00Z',
      '2026-10-27T00:00Z',
      ['2026-10-24T20:00/2026-10-25T06:00'],
    ],
    [
      'a start that is skipped',
      'America/St_Johns',
      window('sun', '02:30', '05:00'),
      '2026-03-07T00:00Z',
      '2026-03-10T00:00Z',
      ['2026-03-08T05:30/2026-03-08T07:30'],
    ],
    [
      'both come twice',
      'America/St_Johns',
      window('sun', '01:15', '01:45'),
      '2026-10-31T00:00Z',
      '2026-11-03T00:00Z',
      ['2026-11-01T03:45/2026-11-01T05:15'],
    ],
    [
      'a start in the half hour that is skipped',
      'Australia/Lord_Howe',
      window('sun', '02:10', '03:00'),
      '2026-10-02T00:00Z',
      '2026-10-06T00:00Z',
      ['2026-10-03T15:30/2026-10-03T16:00'],
    ],
    [
      'both in the half hour that comes twice',
      'Australia/Lord_Howe',
      window('sun', '01:40', '01:50'),
      '2026-04-03T00:00Z',
      '2026-04-07T00:00Z',
      ['2026-04-04T14:40/2026-04-04T15:20'],
    ],
    [
      'an end when the half hour is over',
      'Australia/Lord_Howe',
      window('sun', '01:40', '02:00'),
      '2026-04-03T00:00Z',
      '2026-04-07T00:00Z',
      ['2026-04-04T14:40/2026-04-04T15:30'],
    ],
    [
      'a start that is skipped',
      'Pacific/Auckland',
      window('sun', '02:30', '04:00'),
      '2026-09-25T00:00Z',
      '2026-09-29T00:00Z',
      ['2026-09-26T14:00/2026-09-26T15:00'],
    ],
    [
      'a start that comes twice',
      'Pacific/Auckland',
      window('sun', '02:30', '03:30'),
      '2026-04-03T00:00Z',
      '2026-04-07T00:00Z',
      ['2026-04-04T13:30/2026-04-04T15:30'],
    ],
    [
      'no change, and a quarter of an hour',
      'Asia/Kathmandu',
      window('mon', '22:00', '06:00'),
      '2026-11-22T00:00Z',
      '2026-11-26T00:00Z',
      ['2026-11-23T16:15/2026-11-24T00:15'],
    ],
  ])('X16: %s (%s)', (_, zone, quiet, from, to, expected) => {
    expect(stretches(schedule(zone, quiet), from, to)).toEqual(expected)
  })

  test('X16: the weekday is that of the zone', () => {
    const night = schedule('Pacific/Auckland', window('mon', '22:00', '06:00'))
    expect(stretches(night, '2026-11-21T00:00Z', '2026-11-28T00:00Z')).toEqual(['2026-11-23T09:00/2026-11-23T17:00'])
    const early = schedule('Pacific/Auckland', window('mon', '01:00', '02:00'))
    expect(stretches(early, '2026-11-21T00:00Z', '2026-11-28T00:00Z')).toEqual(['2026-11-22T12:00/2026-11-22T13:00'])
  })

  test('X16: an end not after its start is on the next day', () => {
    expect(
      stretches(schedule('Asia/Kathmandu', window('sun', '00:00', '00:00')), '2026-11-20T00:00Z', '2026-11-26T00:00Z'),
    ).toEqual(['2026-11-21T18:15/2026-11-22T18:15'])
  })

  test('X16: 30 days of a schedule have 51 boundaries', () => {
    const dnd = readDoNotDisturb(example('do-not-disturb'))
    const { schedule: weekly = { timeZone: '' } } = dnd
    let boundaries = 0
    let at = nextBoundary({ schedule: weekly }, undefined, Date.parse('2026-11-01T23:00Z'))
    for (
      ;
      at !== undefined && at <= Date.parse('2026-12-01T23:00Z');
      at = nextBoundary({ schedule: weekly }, undefined, at)
    )
      boundaries += 1
    expect(boundaries).toBe(51)
  })

  test('X16: windows that touch or overlap are one, without a boundary inside', () => {
    const touching = schedule(
      'UTC',
      window('mon', '20:00', '22:00'),
      window('mon', '22:00', '23:00'),
      window('mon', '22:30', '22:45'),
    )
    expect(stretches(touching, '2026-11-23T00:00Z', '2026-11-24T00:00Z')).toEqual(['2026-11-23T20:00/2026-11-23T23:00'])
  })

  test('X16: what is quiet always has no end, also where clocks change', () => {
    const always = schedule('Europe/Berlin', window(EVERY, '00:00', '12:00'), window(EVERY, '12:00', '00:00'))
    for (const day of ['2026-03-27', '2026-03-28', '2026-03-29', '2026-10-20', '2026-10-25']) {
      expect(stateAt(always, `${day}T08:00Z`)).toEqual([true, 'user-schedule', undefined])
    }
  })

  test('X16: the one free hour of a week that a change skips leaves two weeks without an end', () => {
    const busy = schedule(
      'Europe/Berlin',
      window(['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], '00:00', '00:00'),
      window('sun', '00:00', '02:00'),
      window('sun', '03:00', '00:00'),
    )
    for (const day of ['2026-03-22T03:00', '2026-03-25T12:00', '2026-03-29T01:00', '2026-03-31T12:00']) {
      expect(stateAt(busy, `${day}Z`)).toEqual([true, 'user-schedule', '2026-04-05T00:00:00.000Z'])
    }
  })

  test('X16: no windows, never', () => {
    expect(stateAt(schedule('Europe/Berlin'), '2026-11-21T00:00Z')).toEqual([false, 'user-schedule', undefined])
  })

  test('X16: the boundary itself belongs to what begins there', () => {
    const dnd = schedule('UTC', window('mon', '20:00', '22:00'))
    expect(stateAt(dnd, '2026-11-23T19:59:59.999Z')).toEqual([false, 'user-schedule', '2026-11-23T20:00:00.000Z'])
    expect(stateAt(dnd, '2026-11-23T20:00Z')).toEqual([true, 'user-schedule', '2026-11-23T22:00:00.000Z'])
    expect(stateAt(dnd, '2026-11-23T22:00Z')).toEqual([false, 'user-schedule', '2026-11-30T20:00:00.000Z'])
  })

  test('X16: what was worked out for one week does not answer for another, in either direction', () => {
    const dnd = schedule('UTC', window('mon', '20:00', '22:00'))
    expect(stateAt(dnd, '2027-06-07T21:00Z')[0]).toBe(true)
    expect(stateAt(dnd, '2026-11-23T21:00Z')[0]).toBe(true)
    expect(stateAt(dnd, '2026-11-24T21:00Z')[0]).toBe(false)
  })
})

describe('X16: who has the say', () => {
  const PHONE = 'urn:phone'
  const nights = { timeZone: 'UTC', quiet: [window(EVERY, '22:00', '06:00')] }
  const lunch = { timeZone: 'UTC', quiet: [window(EVERY, '12:00', '13:00')] }

  test('X16: nothing set, nobody is left alone', () => {
    expect(stateAt({}, '2026-11-21T00:00Z')).toEqual([false, 'unset', undefined])
    expect(stateAt({}, '2026-11-21T00:00Z', PHONE)).toEqual([false, 'unset', undefined])
  })

  test('X16: the hand switch beats the schedule, both ways', () => {
    expect(stateAt({ on: true, schedule: nights }, '2026-11-21T12:00Z')).toEqual([true, 'user', undefined])
    expect(stateAt({ on: false, schedule: nights }, '2026-11-21T23:00Z')).toEqual([false, 'user', undefined])
  })

  test('X16: until has passed, so the schedule has the say', () => {
    const dnd: DoNotDisturb = { on: false, until: '2026-11-21T23:30:00Z', schedule: nights }
    expect(stateAt(dnd, '2026-11-21T23:00Z')).toEqual([false, 'user', '2026-11-21T23:30:00.000Z'])
    expect(stateAt(dnd, '2026-11-21T23:30Z')).toEqual([true, 'user-schedule', '2026-11-22T06:00:00.000Z'])
  })

  test('X16: until with another offset is that instant', () => {
    expect(stateAt({ on: true, until: '2026-11-20T18:30:00+01:00' }, '2026-11-20T17:29:59Z')).toEqual([
      true,
      'user',
      '2026-11-20T17:30:00.000Z',
    ])
    expect(stateAt({ on: true, until: '2026-11-20T18:30:00+01:00' }, '2026-11-20T17:30Z')).toEqual([
      false,
      'unset',
      undefined,
    ])
  })

  test('X16: a switch that ends inside a window changes nothing there', () => {
    expect(stateAt({ on: true, until: '2026-11-21T23:30:00Z', schedule: nights }, '2026-11-21T20:00Z')).toEqual([
      true,
      'user',
      '2026-11-22T06:00:00.000Z',
    ])
    expect(stateAt({ on: false, until: '2026-11-21T12:00:00Z', schedule: nights }, '2026-11-21T05:00Z')).toEqual([
      false,
      'user',
      '2026-11-21T22:00:00.000Z',
    ])
  })

  test('X16: a device is judged by its own entry', () => {
    const dnd: DoNotDisturb = { on: true, devices: [{ id: PHONE, on: false }, { id: 'urn:pad' }] }
    expect(stateAt(dnd, '2026-11-21T00:00Z', PHONE)).toEqual([false, 'device', undefined])
    expect(stateAt(dnd, '2026-11-21T00:00Z', 'urn:pad')).toEqual([true, 'user', undefined])
    expect(stateAt(dnd, '2026-11-21T00:00Z', 'urn:other')).toEqual([true, 'user', undefined])
    expect(stateAt(dnd, '2026-11-21T00:00Z')).toEqual([true, 'user', undefined])
  })

  test('X16: a device schedule has a say at every instant, so the user’s own switch and schedule have none', () => {
    const dnd: DoNotDisturb = { on: true, schedule: nights, devices: [{ id: PHONE, schedule: lunch }] }
    expect(stateAt(dnd, '2026-11-21T11:00Z', PHONE)).toEqual([false, 'device-schedule', '2026-11-21T12:00:00.000Z'])
    expect(stateAt(dnd, '2026-11-21T12:00Z', PHONE)).toEqual([true, 'device-schedule', '2026-11-21T13:00:00.000Z'])
  })

  test('X16: a device switch that has run out hands over to the device schedule, else to the user', () => {
    const until = '2026-11-21T12:30:00Z'
    const own: DoNotDisturb = { devices: [{ id: PHONE, on: false, until, schedule: lunch }] }
    expect(stateAt(own, '2026-11-21T12:10Z', PHONE)).toEqual([false, 'device', '2026-11-21T12:30:00.000Z'])
    expect(stateAt(own, '2026-11-21T12:30Z', PHONE)).toEqual([true, 'device-schedule', '2026-11-21T13:00:00.000Z'])
    const users: DoNotDisturb = { on: true, until: '2026-11-21T14:00:00Z', devices: [{ id: PHONE, on: true, until }] }
    expect(stateAt(users, '2026-11-21T12:10Z', PHONE)).toEqual([true, 'device', '2026-11-21T14:00:00.000Z'])
    expect(stateAt(users, '2026-11-21T12:30Z', PHONE)).toEqual([true, 'user', '2026-11-21T14:00:00.000Z'])
  })

  test('X16: the example document', () => {
    const dnd = readDoNotDisturb(example('do-not-disturb'))
    expect(stateAt(dnd, '2026-11-20T12:00Z')).toEqual([true, 'user', '2026-11-21T07:00:00.000Z'])
    expect(stateAt(dnd, '2026-11-20T12:00Z', 'urn:uuid:00000000-0000-1000-8000-000a95a0e128')).toEqual([
      false,
      'device',
      undefined,
    ])
    // Friday 12:30 in New York; its switch went off at 17:30 UTC, in the middle of lunch.
    expect(stateAt(dnd, '2026-11-20T17:30Z', 'urn:gsma:imei:90420156-025763-0')).toEqual([
      true,
      'device-schedule',
      '2026-11-20T18:00:00.000Z',
    ])
  })

  test('X16: a state of a document with two schedules costs at most 50 µs', () => {
    const dnd = readDoNotDisturb(example('do-not-disturb'))
    const begin = Date.parse('2026-11-21T08:00Z')
    const round = (): number => {
      const start = performance.now()
      for (let count = 0; count < 2_000; count += 1)
        disturbance(dnd, 'urn:gsma:imei:90420156-025763-0', begin + count * 1_000)
      return (performance.now() - start) / 2
    }
    expect(Math.min(round(), round(), round())).toBeLessThan(50)
  })
})
