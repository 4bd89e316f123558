import { describe, expect, it } from 'vitest'
import type { KeptEntry } from '../../src/access/trail.ts'
import { beforeAndAfterReopening } from './before-and-after.ts'
import type { Opened } from './contract.ts'
import { ALICE, BOB } from './fixtures.ts'

export function trailContract(open: () => Promise<Opened>): void {
  describe('trail', () => {
    const entry = (id: string, at: number, more: Partial<KeptEntry> = {}): KeptEntry => ({
      id,
      at,
      by: ALICE,
      from: '192.0.2.1',
      what: 'account-changed',
      user: BOB,
      ...more,
    })

    it('api §Operation: the newest first, of one user, of one kind, page after page', async () => {
      const { store, clock, reopen } = await open()
      const now = clock.now()
      await store.trail.append([
        entry('2', now, { user: 'global', what: 'policy-changed', after: { etag: 'x', list: ['ü', 1, null] } }),
        entry('1', now, { before: { role: 'user' } }),
      ])
      await store.trail.append([entry('3', now)])
      // Written again, it is the same one.
      await store.trail.append([entry('3', now)])
      for await (const { trail } of beforeAndAfterReopening(store, reopen)) {
        const ids = async (...asked: Parameters<typeof trail.read>) =>
          (await trail.read(...asked)).map(({ id }) => id).join(' ')
        expect(await ids({}, undefined, 10)).toBe('3 2 1')
        expect(await ids({}, '3', 1)).toBe('2')
        expect(await ids({ user: BOB }, undefined, 10)).toBe('3 1')
        expect(await ids({ what: 'policy-changed' }, undefined, 10)).toBe('2')
        expect(await ids({ user: BOB, what: 'policy-changed' }, undefined, 10)).toBe('')
        expect(await ids({ user: BOB, what: 'account-changed' }, '3', 10)).toBe('1')
        expect((await trail.read({ user: 'global' }, undefined, 1))[0]).toEqual({
          id: '2',
          at: now,
          by: 'sip:alice@example.com',
          from: '192.0.2.1',
          what: 'policy-changed',
          user: 'global',
          after: { etag: 'x', list: ['ü', 1, null] },
        })
      }
    })

    it('api §Operation: what is too old goes, and the oldest where there are too many', async () => {
      const { store, clock } = await open()
      const now = clock.now()
      await store.trail.append(['1', '2', '3', '4', '5'].map((id) => entry(id, now)))
      expect((await store.sweep()).trail).toBe(2)
      expect((await store.trail.read({}, undefined, 10)).map(({ id }) => id)).toEqual(['5', '4', '3'])
      clock.move(400 * 86_400_000 - 1)
      expect((await store.sweep()).trail).toBe(0)
      await store.trail.append([entry('6', clock.now())])
      clock.move(1)
      expect((await store.sweep()).trail).toBe(3)
      expect((await store.trail.read({}, undefined, 10)).map(({ id }) => id)).toEqual(['6'])
    })
  })
}
