import { describe, expect, it } from 'vitest'
import { createLease, type Lease } from '../../src/home/leases.ts'
import type { Store } from '../../src/store/store.ts'
import { beforeAndAfterReopening } from './before-and-after.ts'
import type { Opened } from './contract.ts'

let drawn = 0
/** A process that wants the lease `timers`, which lasts ten seconds. */
function process({ store: { leases }, clock }: Pick<Opened, 'store' | 'clock'>): Lease {
  const random = (count: number): Buffer => Buffer.from(String((drawn += 1)).padStart(count, '0'))
  return createLease({ leases, clock, random, leaseFor: 10_000 }, 'timers')
}

const claim = (token: number, holder: string | undefined, beat: string) => ({ token, holder, beat })

export function leasesContract(open: () => Promise<Opened>): void {
  describe('leases', () => {
    it('INV-c16: a claim is swapped only for the one that was seen, and stays', async () => {
      const { store, reopen } = await open()
      const { leases } = store
      expect(await leases.read('timers')).toBeUndefined()
      expect(await leases.swap('timers', claim(1, 'a', 'x'), claim(2, 'b', 'y'))).toBe(false)
      expect(await leases.swap('timers', undefined, claim(1, 'a', 'x'))).toBe(true)
      expect(await leases.swap('timers', undefined, claim(1, 'b', 'y'))).toBe(false)
      expect(await leases.swap('timers', claim(1, 'a', 'other beat'), claim(1, 'b', 'y'))).toBe(false)
      expect(await leases.swap('timers', claim(2, 'a', 'x'), claim(3, 'b', 'y'))).toBe(false)
      expect(await leases.swap('timers', claim(1, 'a', 'x'), claim(2, undefined, 'z'))).toBe(true)
      expect(await leases.swap('others', undefined, claim(1, 'c', 'x'))).toBe(true)
      for await (const life of beforeAndAfterReopening(store, reopen)) {
        expect(await life.leases.read('timers')).toEqual({ token: 2, holder: undefined, beat: 'z' })
        expect(await life.leases.read('others')).toEqual({ token: 1, holder: 'c', beat: 'x' })
      }
    })

    it('INV-c16: of 32 who claim or take over at once exactly one does', async () => {
      const {
        store: { leases },
      } = await open()
      for (const seen of [undefined, claim(1, 'a', 'a')]) {
        const token = (seen?.token ?? 0) + 1
        const all = await Promise.all(
          Array.from({ length: 32 }, (_, at) => leases.swap('timers', seen, claim(token, `h${at}`, 'a'))),
        )
        expect(all.filter((won) => won)).toHaveLength(1)
        expect((await leases.read('timers'))?.holder).toBe(`h${all.indexOf(true)}`)
      }
    })

    it('INV-c16: one holds it, and another takes over with the next token once the beat has stood still for the length of a lease', async () => {
      const opened = await open()
      const [one, two] = [process(opened), process(opened)]
      expect([await one.hold(), await two.hold()]).toEqual([1, undefined])
      for (let second = 0; second < 30; second++) {
        opened.clock.move(1_000)
        expect([await one.hold(), await two.hold()]).toEqual([1, undefined])
      }
      // The first is frozen now; it renewed two seconds ago, and then the second saw it.
      opened.clock.move(7_999)
      expect(await two.hold()).toBeUndefined()
      opened.clock.move(1)
      expect(await two.hold()).toBe(2)
      expect(await one.hold()).toBeUndefined()
      opened.clock.move(9_000)
      expect([await two.hold(), await one.hold()]).toEqual([2, undefined])
    })

    it('INV-c16: a holder that was away for longer asks the store before it goes on, and still has what nobody took', async () => {
      const opened = await open()
      const [one, two] = [process(opened), process(opened)]
      expect(await one.hold()).toBe(1)
      opened.clock.move(60_000)
      expect(await one.hold()).toBe(1)
      // Who never looked before has seen no beat stand still.
      expect(await two.hold()).toBeUndefined()
    })

    it('INV-c16: given up, another has it at once; who does not hold it gives nothing up', async () => {
      const opened = await open()
      const [one, two] = [process(opened), process(opened)]
      await two.release()
      expect(await one.hold()).toBe(1)
      await two.release()
      expect([await two.hold(), await one.hold()]).toEqual([undefined, 1])
      await one.release()
      expect([await two.hold(), await one.hold()]).toEqual([2, undefined])
    })

    it('INV-c16: a process that died holds it for the length of a lease after its successor first looked', async () => {
      const opened = await open()
      expect(await process(opened).hold()).toBe(1)
      const store: Store = await opened.reopen()
      const next = process({ store, clock: opened.clock })
      expect(await next.hold()).toBeUndefined()
      opened.clock.move(9_999)
      expect(await next.hold()).toBeUndefined()
      opened.clock.move(1)
      expect(await next.hold()).toBe(2)
    })

    it('INV-c16: who starts takes over at once, and who had it stands by from his next renewal on', async () => {
      const opened = await open()
      const [one, two] = [process(opened), process(opened)]
      expect(await one.hold()).toBe(1)
      await two.takeOver()
      expect(await two.hold()).toBe(2)
      opened.clock.move(4_000)
      expect([await one.hold(), await two.hold()]).toEqual([undefined, 2])
      await Promise.all([one.takeOver(), two.takeOver()])
      const held = [await one.hold(), await two.hold()]
      expect(held.filter((token) => token === 3)).toHaveLength(1)
      opened.clock.move(4_000)
      expect([await one.hold(), await two.hold()].filter((token) => token !== undefined)).toEqual([3])
    })

    it('INV-c16: who starts beside the first of one server leaves it what it has, and has it when that one is silent', async () => {
      const opened = await open()
      const { store, clock } = opened
      const first = process(opened)
      const joins = process({ store: { ...store, leases: { ...store.leases, areTaken: true } }, clock })
      await first.takeOver()
      await joins.takeOver()
      expect([await first.hold(), await joins.hold()]).toEqual([1, undefined])
      clock.move(10_000)
      expect(await joins.hold()).toBe(2)
    })

    it('INV-c16: a renewal of which nobody learned is still its holder’s', async () => {
      const opened = await open()
      const { leases } = opened.store
      let cut = false
      const swap: typeof leases.swap = async (name, seen, next) => {
        const swapped = await leases.swap(name, seen, next)
        if (cut) throw new Error('the connection was cut')
        return swapped
      }
      const one = process({ store: { ...opened.store, leases: { ...leases, swap } }, clock: opened.clock })
      expect(await one.hold()).toBe(1)
      opened.clock.move(5_000)
      cut = true
      await expect(one.hold()).rejects.toThrow('the connection was cut')
      cut = false
      expect(await one.hold()).toBe(1)
    })
  })
}
