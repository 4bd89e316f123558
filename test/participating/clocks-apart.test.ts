/** Two servers whose clocks differ: by seconds, as clocks do, by a minute, and by an hour, which no two are to. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Attempted } from '../../src/participating/contracts/attempt.ts'
import { ALICE, PHONE, TABLET, registration } from './testbed.ts'
import { Servers, SHARED_STORES, type Server } from './servers.ts'

const SECOND = 1000

/** By how many seconds the other one is ahead. */
const AHEAD: Readonly<Record<string, readonly number[]>> = {
  'in memory': [5, 60, -5, -60],
  'SQLite, each with its own way to one file': [60, -5],
}

describe.each(SHARED_STORES)('two servers whose clocks differ: %s', (name, openStore) => {
  let servers: Servers
  /** Its clock is right. */
  let one: Server
  let other: Server
  beforeEach(async () => {
    servers = await Servers.make(openStore)
  })
  afterEach(() => servers.stop())

  /** @param timers who starts last takes them over. */
  async function start(seconds: number, timers: 'one' | 'other'): Promise<void> {
    const startOne = async (): Promise<void> => void (one = await servers.start())
    if (timers === 'other') await startOne()
    other = await servers.start(seconds * SECOND)
    if (timers === 'one') await startOne()
  }
  const commits = async (): Promise<number> => (await one.store.homes.read(ALICE)).revision
  const due = ({ asked }: Server): number => asked.get('due') ?? 0

  describe.each(AHEAD[name]!)('the other one is %i s ahead', (ahead) => {
    describe.each(['one', 'other'] as const)('%s has the timers', (timers) => {
      beforeEach(() => start(ahead, timers))

      it('P3, INV-9: what arrives at one is given to the device at the other, again until it is acknowledged, and then no more', async () => {
        for (const [at, from] of [
          [one, other],
          [other, one],
        ] as const) {
          await one.pf.register(ALICE, PHONE, registration({ expiresIn: 7200 }))
          const phone = await servers.open(at, PHONE)
          const before = await commits()
          const id = await servers.send(from, { reports: ['delivery'] })
          await servers.pass(64 * SECOND)
          const attempts = phone.events.map(({ data }) => data.attempt as number)
          expect(new Set(phone.ids())).toEqual(new Set([id]))
          expect(attempts).toEqual([1, 2, 3, 4, 5].slice(0, attempts.length))
          expect(attempts.length).toBeGreaterThan(1)
          expect((await commits()) - before).toBeLessThan(12)
          expect(await from.pf.received(ALICE, PHONE, id)).toBe(true)
          await servers.pass(32 * SECOND)
          expect(phone.events).toHaveLength(attempts.length)
          const ended = await servers.view(one, id)
          expect(ended).toMatchObject({ state: 'delivered', reports: [{ disposition: 'delivered' }] })
          expect(await servers.view(other, id)).toEqual(ended)
        }
        expect([one.logged, other.logged]).toEqual([[], []])
      })

      it('D4, X19: do-not-disturb ends once, by the clock that is ahead, and what waited goes to each device', async () => {
        await one.pf.register(ALICE, PHONE, registration({ expiresIn: 7200 }))
        await other.pf.register(ALICE, TABLET, registration({ expiresIn: 7200 }))
        const phone = await servers.open(one, PHONE)
        const tablet = await servers.open(other, TABLET)
        await servers.doNotDisturb(one, true, '2026-11-21T07:02:00Z')
        const id = await servers.send(one)
        const before = await commits()
        const ends = Date.parse('2026-11-21T07:02:00Z') - Math.max(0, ahead) * SECOND
        await servers.pass(ends - SECOND - servers.clock.now())
        expect([phone.ids(), tablet.ids()]).toEqual([[], []])
        await servers.pass(3 * SECOND)
        // By time alone whoever has the timers sees it; the other one sees his own inboxes.
        await servers.pass(timers === 'one' ? Math.max(0, ahead) * SECOND : Math.max(0, -ahead) * SECOND)
        expect([phone.ids()[0], tablet.ids()[0]]).toEqual([id, id])
        await servers.pass(32 * SECOND)
        expect((await commits()) - before).toBeLessThan(15)
        const told = (await one.store.journal.read(0, 100, ALICE)).flatMap(({ record }) =>
          record.kind === 'state' ? [record.doNotDisturb] : [],
        )
        expect([told, one.logged, other.logged]).toEqual([[true, false], [], []])
      })

      it('INV-6, INV-15: what expires while the other offers it has one end and one report', async () => {
        await one.pf.register(ALICE, PHONE, registration({ expiresIn: 7200 }))
        const phone = await servers.open(one, PHONE)
        const send = () => servers.send(one, { expires: servers.clock.now() + 20 * SECOND, reports: ['failure'] })
        const acknowledged = await send()
        await servers.pass(23 * SECOND)
        // A device has its 30 s, less what a clock is ahead; one that is a minute ahead never gave it any.
        expect(await other.pf.received(ALICE, PHONE, acknowledged)).toBe(true)
        expect(await servers.view(one, acknowledged)).toMatchObject(
          ahead === 60 ? { state: 'discarded' } : { state: 'delivered', reports: [] },
        )
        const before = await commits()
        const silent = await send()
        await servers.pass(64 * SECOND)
        const ended = await servers.view(one, silent)
        expect(ended).toMatchObject({ state: 'discarded', reports: [{ disposition: 'failed', because: 'expired' }] })
        expect(ended.reports).toHaveLength(1)
        expect(await servers.view(other, silent)).toEqual(ended)
        expect(phone.ids().filter((id) => id === silent)).toHaveLength(ahead === 60 ? 0 : 1)
        expect((await commits()) - before).toBeLessThan(8)
      })

      it('C1, INV-32: a registration that is over by one clock alone costs no message: it goes to the next one', async () => {
        await one.pf.register(ALICE, PHONE, registration({ expiresIn: 90 }))
        const phone = await servers.open(one, PHONE)
        await servers.pass(20 * SECOND)
        const id = await servers.send(other)
        const before = await commits()
        await servers.pass(110 * SECOND)
        expect([phone.ended, new Set(phone.ids())]).toEqual([true, new Set([id])])
        expect(await servers.view(one, id)).toMatchObject({ state: 'deferred' })
        await one.pf.register(ALICE, TABLET, registration({ expiresIn: 7200 }))
        const tablet = await servers.open(one, TABLET)
        expect(new Set(tablet.ids())).toEqual(new Set([id]))
        expect(await other.pf.received(ALICE, TABLET, id)).toBe(true)
        expect(await servers.view(one, id)).toMatchObject({ state: 'delivered' })
        expect((await commits()) - before).toBeLessThan(12)
      })
    })

    it('INV-c16: who has the timers and dies is found out by the other one’s own clock', async () => {
      await start(ahead, 'other')
      await servers.pass(4 * SECOND)
      other.freeze()
      const before = due(one)
      await servers.pass(8 * SECOND)
      expect(due(one)).toBe(before)
      await servers.pass(4 * SECOND)
      expect(due(one)).toBeGreaterThan(before)
    })

    it('INV-19, INV-3: what one claims and dies over the other takes over when the claim is over by its clock; the late answer counts for nothing', async () => {
      const asked: { readonly by: string; readonly second: number; readonly messageId: string }[] = []
      const began = servers.clock.now()
      const peers = (by: string, ...answers: readonly (Attempted | Promise<Attempted>)[]) => {
        const left = [...answers]
        const forward = async ({}, { messageId }: { readonly messageId: string }): Promise<Attempted> => {
          asked.push({ by, second: Math.floor((servers.clock.now() - began) / SECOND), messageId })
          return left.shift() ?? { kind: 'done' }
        }
        return { forwarding: { forward } }
      }
      let answer: (late: Attempted) => void = () => {}
      const late = new Promise<Attempted>((resolve) => (answer = resolve))
      other = await servers.start(ahead * SECOND, peers('other', late))
      one = await servers.start(0, peers('one', { kind: 'again', because: 'not now' }))
      await servers.profile(
        one,
        '<messages><rule id="r" action="forward" to="sip:dave@other.example">' +
          '<content-type>text/*</content-type></rule></messages>',
      )
      const id = await servers.send(other, { messageId: 'lunch' })
      other.freeze()
      // A clock that is behind takes the time of who wrote the profile.
      const takenOver = new Map([
        [5, 66],
        [60, 121],
        [-5, 60],
        [-60, 60],
      ])
      const second = takenOver.get(ahead)!
      await servers.pass((second + 2) * SECOND - (servers.clock.now() - began))
      const both = [
        { by: 'other', second: 1, messageId: 'lunch' },
        { by: 'one', second, messageId: 'lunch' },
      ]
      expect(asked).toEqual(both)
      answer({ kind: 'never', because: 'rejected' })
      other.thaw()
      await servers.told()
      expect((await servers.view(other, id)).state).not.toBe('failed')
      await servers.pass(15 * SECOND)
      expect(asked.slice(2)).toMatchObject([{ messageId: 'lunch' }])
      const ended = await servers.view(one, id)
      expect(ended).toMatchObject({ state: 'forwarded', reports: [] })
      expect(await servers.view(other, id)).toEqual(ended)
    })
  })

  it.each([3600, -3600])(
    'INV-32: of %i s it is said that one is to be set right, and they correct each other once a second at most, until it is',
    async (ahead) => {
      await start(ahead, 'one')
      await one.pf.register(ALICE, PHONE, registration({ expiresIn: 7200 }))
      const phone = await servers.open(one, PHONE)
      await other.pf.register(ALICE, TABLET, registration({ expiresIn: 7200 }))
      await servers.open(other, TABLET)
      const id = await servers.send(other)
      const before = await commits()
      await servers.pass(62 * SECOND)
      expect((await commits()) - before).toBeLessThan(2 * 62 + 10)
      expect(phone.ids()[0]).toBe(id)
      const said = [...one.logged, ...other.logged]
      expect(said.length).toBeLessThan(3)
      expect(said[0]).toContain('one of them is to be set right')
      expect(await other.pf.received(ALICE, PHONE, id)).toBe(true)
      expect(await servers.view(one, id)).toMatchObject({ state: 'delivered' })
    },
  )
})
