import { EVERYTHING } from './everything.ts'
import { expect, it } from 'vitest'
import { feedEvent, maySee } from '../../src/feed/changes.ts'
import { createPositionIds } from '../../src/feed/ids.ts'
import type { JournalEntry, JournalRecord } from '../../src/feed/journal.ts'
import type { Etag, Owner, Xui } from '../../src/names.ts'

const ids = createPositionIds(Buffer.alloc(16, 7))
const ALICE = 'sip:alice@example.com' as Xui
const PF = 'sip:pf@example.com' as Xui
const AT = Date.UTC(2026, 10, 21, 7)

function shown(record: JournalRecord, owner: Owner = ALICE): { event: string; data: unknown } {
  const { event, data } = feedEvent({ position: 1, owner, record }, ids)
  return { event, data: JSON.parse(data) as unknown }
}

it('X19: a change says which document of whom, from which ETag to which, and what it is about', () => {
  const document = 'org.cpm-xdms.do-not-disturb/users/sip:alice@example.com/index'
  const change = { kind: 'change', document, at: AT, by: 'x' } as const
  expect(shown({ ...change, newEtag: 'b' })).toEqual({
    event: 'change',
    data: {
      user: ALICE,
      document,
      kind: 'created',
      newEtag: 'b',
      about: 'do-not-disturb',
      by: 'x',
      at: '2026-11-21T07:00:00Z',
    },
  })
  expect(shown({ ...change, previousEtag: 'a', newEtag: 'b' }).data).toMatchObject({
    kind: 'changed',
    previousEtag: 'a',
    newEtag: 'b',
  })
  expect(shown({ ...change, previousEtag: 'a' }).data).toEqual({
    user: ALICE,
    document,
    kind: 'deleted',
    previousEtag: 'a',
    about: 'do-not-disturb',
    by: 'x',
    at: '2026-11-21T07:00:00Z',
  })
})

it('X6: who writes for everybody is not told to everybody', () => {
  const change = { kind: 'change', newEtag: 'b', at: AT, by: 'x' } as const
  expect(shown({ ...change, document: 'org.cpm-xdms.provider-policy/global/index' }, 'global').data).not.toHaveProperty(
    'by',
  )
})

it('X19: what a change is about follows from the application usage', () => {
  const about = (auid: string): unknown =>
    (
      shown({ kind: 'change', document: `${auid}/global/index`, newEtag: 'b', at: AT, by: 'x' }, 'global').data as {
        about: string
      }
    ).about
  expect(
    [
      'org.cpm-xdms.profiles',
      'org.cpm-xdms.active-profile',
      'org.cpm-xdms.do-not-disturb',
      'org.cpm-xdms.provider-policy',
      'resource-lists',
      'pres-rules',
    ].map(about),
  ).toEqual(['profile', 'active-profile', 'do-not-disturb', 'policy', 'list', 'other'])
})

it('X16: do-not-disturb starts and ends for a user or a device, until an instant', () => {
  expect(shown({ kind: 'state', doNotDisturb: true, until: AT + 1, at: AT })).toEqual({
    event: 'state',
    data: { user: ALICE, doNotDisturb: true, until: '2026-11-21T07:00:00.001Z', at: '2026-11-21T07:00:00Z' },
  })
  expect(shown({ kind: 'state', device: 'urn:x', doNotDisturb: false, at: AT }).data).toEqual({
    user: ALICE,
    device: 'urn:x',
    doNotDisturb: false,
    at: '2026-11-21T07:00:00Z',
  })
})

it('D13: a report is seen by the account that it is for, and by nobody else', () => {
  const record = {
    kind: 'report',
    audience: PF,
    id: 'r',
    message: 'm',
    messageId: 's',
    disposition: 'failed',
    because: 'expired',
    at: AT,
  } as const
  expect(shown(record)).toEqual({
    event: 'report',
    data: {
      id: 'r',
      message: 'm',
      messageId: 's',
      disposition: 'failed',
      because: 'expired',
      at: '2026-11-21T07:00:00Z',
    },
  })
  const event = feedEvent({ position: 1, owner: ALICE, record }, ids)
  expect(maySee({ xui: PF, owner: undefined, view: EVERYTHING }, event)).toBe(true)
  expect(maySee({ xui: 'sip:other@example.com' as Xui, owner: undefined, view: EVERYTHING }, event)).toBe(false)
  expect(maySee({ xui: ALICE, owner: ALICE, view: EVERYTHING }, event)).toBe(false)
})

it('X6: who watches one user sees nothing of others', () => {
  const entry: JournalEntry = {
    position: 1,
    owner: ALICE,
    record: { kind: 'change', document: 'a/users/b/c', newEtag: 'e' as Etag, at: AT, by: 'x' },
  }
  const event = feedEvent(entry, ids)
  expect(maySee({ xui: ALICE, owner: ALICE, view: EVERYTHING }, event)).toBe(true)
  expect(maySee({ xui: PF, owner: undefined, view: EVERYTHING }, event)).toBe(true)
  expect(maySee({ xui: PF, owner: 'sip:bob@example.com' as Xui, view: EVERYTHING }, event)).toBe(false)
  expect(maySee({ xui: PF, owner: 'global', view: EVERYTHING }, event)).toBe(false)
})

it('X19: a change of the policy concerns everybody, other documents of the global tree do not', () => {
  const of = (document: string): JournalEntry => ({
    position: 1,
    owner: 'global',
    record: { kind: 'change', document, newEtag: 'e' as Etag, at: AT, by: 'x' },
  })
  expect(
    maySee(
      { xui: ALICE, owner: ALICE, view: EVERYTHING },
      feedEvent(of('org.cpm-xdms.provider-policy/global/index'), ids),
    ),
  ).toBe(true)
  expect(maySee({ xui: ALICE, owner: ALICE, view: EVERYTHING }, feedEvent(of('test-app/global/index'), ids))).toBe(
    false,
  )
})

it('X19: a change is put into words once, and not before somebody asks', () => {
  const given: number[] = []
  const counting = { ...ids, idOf: (position: number) => `id ${given.push(position)}` }
  const record = { kind: 'change', document: 'a/users/b/c', newEtag: 'e' as Etag, at: AT, by: 'x' } as const
  const instants: number[] = []
  const counted = {
    ...record,
    get at() {
      instants.push(AT)
      return AT
    },
  }
  const event = feedEvent({ position: 7, owner: ALICE, record: counted }, counting)
  expect([given, instants]).toEqual([[], []])
  expect([event.id, event.id, event.data === event.data]).toEqual(['id 1', 'id 1', true])
  expect([given, instants]).toEqual([[7], [AT]])
})
