import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, PHONE, TABLET, as, registration, submission } from './testbed.ts'
import { Servers, SHARED_STORES, type Server } from './servers.ts'

describe.each(SHARED_STORES)('two servers on one store: %s', (_, openStore) => {
  let servers: Servers
  let one: Server
  let two: Server
  beforeEach(async () => {
    servers = await Servers.make(openStore)
    two = await servers.start()
    // Who starts takes the timers over.
    one = await servers.start()
  })
  afterEach(() => servers.stop())

  describe('one inbox of a device', () => {
    it('P3: the last one opened is the inbox, at whichever server; the other is ended, and nothing is offered again and again', async () => {
      await one.pf.register(ALICE, PHONE, registration())
      const first = await servers.open(one, PHONE)
      const second = await servers.open(two, PHONE)
      expect([first.ended, second.ended]).toEqual([true, false])
      const id = await servers.send(one)
      await servers.pass(100_000)
      expect(first.ids()).toEqual([])
      expect(second.events.map(({ data }) => [data.id, data.attempt])).toEqual([
        [id, 1],
        [id, 2],
        [id, 3],
        [id, 4],
      ])
      const third = await servers.open(one, PHONE)
      expect([second.ended, third.ended, third.ids()]).toEqual([true, false, [id]])
      expect(await two.pf.received(ALICE, PHONE, id)).toBe(true)
      expect(await servers.view(one, id)).toMatchObject({ state: 'delivered' })
    })

    it('P3: of two opened in the same moment one stays', async () => {
      await one.pf.register(ALICE, PHONE, registration())
      const inboxes = await Promise.all([servers.open(one, PHONE), servers.open(two, PHONE)])
      await servers.told()
      expect(inboxes.map(({ ended }) => ended).sort()).toEqual([false, true])
      const id = await servers.send(one)
      expect(inboxes.map((inbox) => inbox.ids()).flat()).toEqual([id])
      expect(inboxes.find(({ ended }) => !ended)?.ids()).toEqual([id])
    })

    it('INV-c16: a server that is gone leaves a name that nobody serves; the next inbox takes its place', async () => {
      await two.pf.register(ALICE, PHONE, registration())
      const lost = await servers.open(two, PHONE)
      two.freeze()
      const id = await servers.send(one)
      expect(await servers.view(one, id)).toMatchObject({ state: 'deferred', reason: 'not-reached' })
      const inbox = await servers.open(one, PHONE)
      expect([lost.ids(), inbox.ids()]).toEqual([[], [id]])
    })

    it('P3: what comes in at one server is offered where the inbox is open, also when do-not-disturb goes off elsewhere', async () => {
      await one.pf.register(ALICE, PHONE, registration())
      const phone = await servers.open(two, PHONE)
      const first = await servers.send(one)
      expect(phone.ids()).toEqual([first])
      expect(await one.pf.received(ALICE, PHONE, first)).toBe(true)
      await servers.doNotDisturb(one, true)
      const second = await servers.send(two)
      expect(phone.ids()).toEqual([first])
      await servers.doNotDisturb(one, false)
      expect(phone.ids()).toEqual([first, second])
    })

    it('C7: a change of the policy at one server lets go what waits for an inbox at the other', async () => {
      for (const [at, from] of [
        [one, two],
        [two, one],
      ] as const) {
        await servers.policy(from, '<connectivity name="roaming" max-bytes="1"/>')
        await at.pf.register(ALICE, PHONE, registration({ connectivity: 'roaming' }))
        const phone = await servers.open(at, PHONE)
        const id = await servers.send(at)
        expect(phone.ids()).toEqual([])
        await servers.policy(from, '<connectivity name="roaming" max-bytes="9"/>')
        expect(phone.ids()).toEqual([id])
        expect(await at.pf.received(ALICE, PHONE, id)).toBe(true)
        await servers.pass(1_500)
        expect((await at.store.homes.read('global')).next).toBeUndefined()
      }
    })

    it('C1: the end of a registration ends the inbox at the other server: deleted, or by time alone', async () => {
      for (const server of [one, two]) {
        await one.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))
        const deleted = await servers.open(server, PHONE)
        await one.pf.unregister(ALICE, PHONE)
        await servers.told()
        expect(deleted.ended).toBe(true)
        await one.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))
        const lapsing = await servers.open(server, PHONE)
        await servers.pass(58_000)
        expect(lapsing.ended).toBe(false)
        await servers.pass(2_500)
        expect(lapsing.ended).toBe(true)
        expect(server.pf.figures().openInboxes).toBe(0)
      }
    })

    it('design §4: two devices of one user at two servers; the servers do not go on correcting each other', async () => {
      await one.pf.register(ALICE, PHONE, registration({ expiresIn: 3600 }))
      await one.pf.register(ALICE, TABLET, registration({ expiresIn: 7200 }))
      await servers.open(one, PHONE)
      await servers.open(two, TABLET)
      const { revision } = await one.store.homes.read(ALICE)
      await servers.pass(20_000)
      expect((await one.store.homes.read(ALICE)).revision).toBe(revision)
    })
  })

  it('design §4: a hundred pieces of news of another process are a look or two at each open inbox, and decide nothing', async () => {
    await one.pf.register(ALICE, PHONE, registration())
    await one.pf.register(ALICE, TABLET, registration())
    await servers.open(two, PHONE)
    two.tell(undefined, undefined)
    await servers.pass(4_000)
    const { reconsidered } = two.pf.figures()
    const reads = two.asked.get('read') ?? 0
    for (let news = 0; news < 100; news++) two.tell(undefined, undefined)
    await servers.quiet()
    expect(two.pf.figures().reconsidered).toBe(reconsidered)
    // Each time: the policy, one home, and who has the timers.
    expect((two.asked.get('read') ?? 0) - reads).toBe(6)
  })

  it('INV-32: a server that hears nothing of the others looks at its open inboxes all the same', async () => {
    await one.pf.register(ALICE, PHONE, registration())
    const phone = await servers.open(two, PHONE)
    two.isDeaf = true
    const id = await servers.send(one)
    await servers.pass(10_000)
    expect(phone.ids()).toEqual([id])
  })

  it('X19: what one server decided when its clock said so, another whose clock is behind does not take back', async () => {
    await one.pf.stop()
    await two.pf.stop()
    const slow = await servers.start()
    const fast = await servers.start(900)
    await slow.pf.register(ALICE, PHONE, registration())
    const phone = await servers.open(slow, PHONE)
    await servers.doNotDisturb(slow, true, '2026-11-21T07:01:00Z')
    const id = await servers.send(slow)
    await servers.pass(62_000)
    expect(phone.ids()).toEqual([id])
    const { revision } = await slow.store.homes.read(ALICE)
    // Its offer is over: by the fast clock, then by the slow one.
    await servers.pass(31_000)
    expect(phone.events.map(({ data }) => data.attempt)).toEqual([1, 2])
    expect((await fast.store.homes.read(ALICE)).revision - revision).toBeLessThanOrEqual(2)
    const told = (await fast.store.journal.read(0, 100, ALICE)).flatMap(({ record }) =>
      record.kind === 'state' ? [record.doNotDisturb] : [],
    )
    expect(told).toEqual([true, false])
  })

  describe('timers', () => {
    const due = ({ asked }: Server): number => asked.get('due') ?? 0

    it('INV-c16: one of them looks for what is due; when it stops, the other does at once, and when it dies, after the lease', async () => {
      // Who lost them finds out with his next renewal.
      await servers.pass(4_000)
      const before = [due(one), due(two)]
      await servers.pass(30_000)
      expect(due(one) - (before[0] ?? 0)).toBeGreaterThan(20)
      expect(due(two)).toBe(before[1])
      await one.pf.stop()
      await servers.pass(1_000)
      const id = await servers.send(two, { expires: servers.clock.now() + 2_000 })
      await servers.pass(2_000)
      expect(await servers.view(two, id)).toMatchObject({ state: 'discarded' })
      const three = await servers.start()
      await servers.pass(5_000)
      three.freeze()
      const other = await servers.send(two, { expires: servers.clock.now() + 2_000 })
      await servers.pass(5_000)
      expect(await servers.view(two, other)).toMatchObject({ state: 'deferred' })
      await servers.pass(6_500)
      expect(await servers.view(two, other)).toMatchObject({ state: 'discarded' })
    })

    it('INV-20: who has long only stood by takes over without taking the time between for a jump of the clock', async () => {
      for (let time = 0; time < 72; time++) {
        servers.clock.move(5_000)
        await servers.quiet()
      }
      await one.pf.stop()
      const id = await servers.send(two, { expires: servers.clock.now() + 2_000 })
      await servers.pass(3_000)
      expect([await servers.view(two, id), two.logged]).toMatchObject([{ state: 'discarded' }, []])
    })

    it('INV-c16, INV-3, INV-15: frozen for a minute between a decision and its commit, then thawed: one end, one report', async () => {
      const id = await servers.send(one, { expires: servers.clock.now() + 5_000, reports: ['failure'] })
      one.freezeAt('commit')
      await servers.pass(60_000)
      expect(one.asked.get('commit')).toBeGreaterThan(0)
      const ended = await servers.view(two, id)
      expect(ended).toMatchObject({ state: 'discarded', reports: [{ disposition: 'failed', because: 'expired' }] })
      one.thaw()
      await servers.pass(30_000)
      expect(await servers.view(two, id)).toEqual(ended)
      expect(await servers.view(one, id)).toEqual(ended)
      const home = await two.store.homes.read(BOB)
      expect((home.parts.get('waiting') as { id: string }[]).map((report) => report.id)).toEqual(
        ended.reports.map((report) => report.id),
      )
      expect([one.logged, two.logged]).toEqual([[], []])
    })

    it('INV-c16, INV-9: frozen before the commit of an offer, thawed after the device had the message elsewhere: it offers nothing', async () => {
      await one.pf.register(ALICE, PHONE, registration())
      const stale = await servers.open(one, PHONE)
      one.freezeAt('c12')
      void one.pf.accept(as(BOB), submission()).catch(() => undefined)
      await servers.quiet()
      const fresh = await servers.open(two, PHONE)
      await servers.pass(60_000)
      one.thaw()
      await servers.told()
      expect(stale.ids()).toEqual([])
      expect(stale.ended).toBe(true)
      expect(fresh.events.map(({ data }) => data.attempt)).toEqual([1])
    })

    it('INV-c4, INV-4: frozen between the commit of an offer and its sending, thawed under do-not-disturb: it is not sent; off again, it is', async () => {
      await one.pf.register(ALICE, PHONE, registration())
      const phone = await servers.open(one, PHONE)
      one.freezeAt('c4')
      const accepting = one.pf.accept(as(BOB), submission())
      await servers.quiet()
      await servers.doNotDisturb(two, true)
      await servers.pass(10_000)
      one.thaw()
      const { id } = await accepting
      await servers.pass(25_000)
      expect(phone.ids()).toEqual([])
      await servers.doNotDisturb(two, false)
      expect(phone.events.map(({ data }) => [data.id, data.attempt])).toEqual([[id, 2]])
    })

    /** An offer at the second server that is committed and goes out so late; the first one has the timers. */
    const sendLate = async (seconds: number, expiresIn: number): Promise<string> => {
      two.freezeAt('c12')
      const accepting = two.pf.accept(as(BOB), submission({ expires: servers.clock.now() + expiresIn * 1000 }))
      await servers.pass(seconds * 1000)
      two.thaw()
      const { id } = await accepting
      await servers.told()
      return id
    }

    it.each([20, 45])(
      'INV-6, INV-9: what went out %i s late does not expire at a server that only sweeps while its device has time',
      async (late) => {
        await two.pf.register(ALICE, PHONE, registration())
        const phone = await servers.open(two, PHONE)
        const id = await sendLate(late, late + 20)
        await servers.pass(28_000)
        expect(phone.events.map(({ data }) => [data.id, data.attempt])).toEqual([[id, 1]])
        expect(await servers.view(one, id)).toMatchObject({ state: 'delivering' })
        expect(await two.pf.received(ALICE, PHONE, id)).toBe(true)
        expect(await servers.view(one, id)).toMatchObject({ state: 'delivered' })
        const other = await sendLate(late, late + 20)
        await servers.pass(31_000)
        expect(await servers.view(one, other)).toMatchObject({ state: 'discarded' })
      },
    )

    it('P3: what went out late goes to a device at another server once its time is over, and not before', async () => {
      await two.pf.register(ALICE, PHONE, registration())
      const phone = await servers.open(two, PHONE)
      const id = await sendLate(20, 3_600)
      await one.pf.register(ALICE, TABLET, registration())
      const tablet = await servers.open(one, TABLET)
      await servers.policy(one, '<connectivity name="roaming" max-bytes="1"/>')
      await two.pf.register(ALICE, PHONE, registration({ connectivity: 'roaming' }))
      await servers.pass(27_000)
      expect([phone.ids(), tablet.ids()]).toEqual([[id], []])
      await servers.pass(3_000)
      expect([phone.ids(), tablet.ids()]).toEqual([[id], [id]])
    })

    it('INV-c4, INV-6: thawed after its time, an offer is not sent; while it is good, it is', async () => {
      await one.pf.register(ALICE, PHONE, registration())
      const phone = await servers.open(one, PHONE)
      for (const [expiresIn, seconds, attempts] of [
        [60_000, 40, [2]],
        [5_000, 10, []],
        [60_000, 10, [1]],
      ] as const) {
        one.freezeAt('c4')
        const accepting = one.pf.accept(as(BOB), submission({ expires: servers.clock.now() + expiresIn }))
        await servers.pass(seconds * 1000)
        one.thaw()
        const { id } = await accepting
        await servers.told()
        expect(phone.events.filter((event) => event.id === id).map(({ data }) => data.attempt)).toEqual(attempts)
      }
    })
  })
})
