import { describe, expect, it } from 'vitest'
import type { FeedEvent } from '../../src/feed/changes.ts'
import type { Xui } from '../../src/names.ts'
import { coalesce } from '../../src/notify/webhooks/coalesce.ts'
import {
  failed,
  succeeded,
  type Subscription,
  type SubscriptionLimits,
} from '../../src/notify/webhooks/subscription.ts'

const HOUR = 3_600_000
const LIMITS: SubscriptionLimits = {
  ofUser: 10,
  lifetime: 24 * HOUR,
  lifetimeAtMost: 24 * HOUR,
  attempt: 10_000,
  retryFirst: 5_000,
  retryAtMost: HOUR,
  confirmWithin: HOUR,
  failingAtMost: 24 * HOUR,
  keptAfterEnd: HOUR,
  attemptsAtOnce: 8,
}
const ACTIVE = { id: 's', state: 'active', failures: 0 } as unknown as Subscription
const PENDING = { ...ACTIVE, state: 'pending' } as const
/** One byte of chance. */
const drawn = (byte: number) => () => Uint8Array.of(byte)
const MIDDLE = 127.5
const at = (failures: number, byte: number, wait = 0) =>
  (failed({ ...ACTIVE, failures }, 'down', 0, drawn(byte), LIMITS, wait).next ?? 0) / 1000

describe('webhooks that fail', () => {
  it('api §Subscriptions: the next attempt comes after twice the time, give or take a fifth, an hour at most', () => {
    expect([0, 1, 2, 3].map((failures) => Math.round(at(failures, MIDDLE)))).toEqual([5, 10, 20, 40])
    expect([at(0, 0), at(0, 255)]).toEqual([4, 6])
    expect([at(20, 0), at(20, 255), at(1_000, 255)]).toEqual([2_880, 4_320, 4_320])
    expect(at(0, 0, 90_000)).toBe(90)
  })

  it('api §Subscriptions: what has taken nothing for a day ends as failing, and a success begins anew', () => {
    const first = failed(ACTIVE, 'down', 0, drawn(0), LIMITS)
    expect(first).toMatchObject({ state: 'failing', failures: 1, failingSince: 0, lastError: 'down' })
    const late = failed(first, 'down', 24 * HOUR - 1, drawn(0), LIMITS)
    expect(late).toMatchObject({ state: 'failing', failures: 2, failingSince: 0 })
    const last = failed(late, 'down', 24 * HOUR, drawn(0), LIMITS)
    expect(last).toMatchObject({ state: 'ended', ended: { at: 24 * HOUR, because: 'failing' } })
    expect(last.next).toBeUndefined()
    const again = failed(succeeded(late), 'down', 24 * HOUR, drawn(0), LIMITS)
    expect(again).toMatchObject({ state: 'failing', failures: 1, failingSince: 24 * HOUR })
  })

  it('api §Subscriptions: whose challenge is not answered within an hour is unconfirmed', () => {
    const first = failed(PENDING, 'down', 0, drawn(0), LIMITS)
    expect(first.state).toBe('pending')
    expect(failed(first, 'down', HOUR, drawn(0), LIMITS).ended?.because).toBe('unconfirmed')
  })
})

describe('a storm of writes', () => {
  const change = (document: string, previousEtag?: string, newEtag?: string): FeedEvent =>
    ({
      position: Number((newEtag ?? previousEtag ?? '0').slice(1)),
      id: newEtag ?? 'gone',
      owner: 'sip:alice@example.com' as Xui,
      record: {
        kind: 'change',
        document,
        at: 0,
        by: 'x',
        ...(previousEtag === undefined ? {} : { previousEtag }),
        ...(newEtag === undefined ? {} : { newEtag }),
      },
    }) as unknown as FeedEvent
  const etags = (events: readonly FeedEvent[]) =>
    events.map(({ record }) =>
      record.kind === 'change' ? [record.document, record.previousEtag, record.newEtag] : [record.kind],
    )

  it('HOST-N3, api §Subscriptions: of the changes of one document one remains, from the first ETag to the last', () => {
    const storm = [
      change('a', 'e0', 'e1'),
      change('b', undefined, 'e2'),
      change('a', 'e1', 'e3'),
      change('a', 'e3', 'e4'),
    ]
    expect(etags(coalesce(storm))).toEqual([
      ['b', undefined, 'e2'],
      ['a', 'e0', 'e4'],
    ])
  })

  it('api §Subscriptions: what came and went meanwhile is not told, and a state is never left out', () => {
    const state = { ...change('s', 'e0', 'e2'), record: { kind: 'state' } } as unknown as FeedEvent
    expect(etags(coalesce([change('a', undefined, 'e1'), state, change('a', 'e1')]))).toEqual([['state']])
    expect(etags(coalesce([change('a', 'e0', 'e1'), change('a', 'e1')]))).toEqual([['a', 'e0', undefined]])
  })
})
