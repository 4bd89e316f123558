import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MessageView, RetrievalEvent } from '../../src/participating/participating.ts'
import { Refused } from '../../src/refusal.ts'
import { ALICE, as, BOB, PHONE, quiet, registration, submission, TABLET, Testbed, type ShownEvent } from './testbed.ts'

let testbed: Testbed
let events: readonly ShownEvent[]
beforeEach(async () => {
  testbed = await Testbed.make({ offerFor: 30_000 })
  await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 86_400 }))
})
afterEach(() => testbed.stop())

/** The next commit waits until this is called. */
function holdBack(): () => void {
  let go = (): void => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  testbed.beforeCommit = () => {
    testbed.beforeCommit = () => {}
    return held
  }
  return go
}
/** A message whose commit takes so long. */
async function sendLate(milliseconds: number, fields?: Parameters<typeof submission>[0]): Promise<MessageView> {
  const go = holdBack()
  const sending = testbed.pf.accept(as(BOB), submission(fields))
  await quiet()
  await testbed.pass(milliseconds)
  go()
  return sending
}

/** As many attempts as the phone has been sent. */
const attempts = (): readonly unknown[] => events.map(({ data }) => data['attempt'])

describe('an offer whose commit waited long', () => {
  it.each([20_000, 45_000])(
    'P3, INV-9: its time runs from when it went out, not from when it was decided, %i ms before',
    async (late) => {
      ;({ events } = await testbed.open(ALICE, PHONE))
      const go = holdBack()
      const sending = testbed.pf.accept(as(BOB), submission())
      await quiet()
      await testbed.pass(late)
      expect(attempts()).toEqual([])
      go()
      await sending
      await quiet()
      expect(attempts()).toEqual([1])
      await testbed.pass(29_999)
      expect(attempts()).toEqual([1])
      await testbed.pass(1)
      expect(attempts()).toEqual([1, 2])
      // The second commit was a quick one.
      await testbed.pass(29_999)
      expect(attempts()).toEqual([1, 2])
      await testbed.pass(1)
      expect(attempts()).toEqual([1, 2, 3])
    },
  )

  it('P3: so does that of the copy which another addressee still has to get', async () => {
    await testbed.pf.register(ALICE, TABLET, registration({ expiresIn: 86_400 }))
    await testbed.open(ALICE, PHONE)
    await testbed.open(ALICE, TABLET)
    await testbed.pf.received(ALICE, PHONE, await testbed.send())
    await quiet()
    const go = holdBack()
    const opening = testbed.open(ALICE, TABLET)
    await quiet()
    await testbed.pass(20_000)
    go()
    ;({ events } = await opening)
    expect(attempts()).toEqual([2])
    await testbed.pass(29_999)
    expect(attempts()).toEqual([2])
    await testbed.pass(1)
    expect(attempts()).toEqual([2, 3])
  })

  it.each([
    [1_000, 1],
    [1_001, 3],
  ])('design §5: what goes out %i ms late is %i commits', async (late, commits) => {
    await testbed.open(ALICE, PHONE)
    const { revision } = await testbed.store.homes.read(ALICE)
    await sendLate(late)
    await quiet()
    expect((await testbed.store.homes.read(ALICE)).revision - revision).toBe(commits)
  })

  it('HOST-R1: where the store does not take it that it is late, it goes out all the same, and its time runs from the decision', async () => {
    ;({ events } = await testbed.open(ALICE, PHONE))
    const go = holdBack()
    const sending = testbed.pf.accept(as(BOB), submission())
    await quiet()
    await testbed.pass(20_000)
    testbed.beforeCommit = () => {
      testbed.beforeCommit = () => {}
      throw new Refused({ kind: 'unavailable', detail: 'down', retryAfter: 1 })
    }
    go()
    await sending
    expect(attempts()).toEqual([1])
    expect(testbed.logged.map(({ message }) => message)).toEqual([
      'What goes out late has less time than it should: that it is late was not kept.',
    ])
    await testbed.pass(9_999)
    expect(attempts()).toEqual([1])
    await testbed.pass(1)
    expect(attempts()).toEqual([1, 2])
  })

  it('D11: acknowledged in that time it is delivered, and does not come again', async () => {
    ;({ events } = await testbed.open(ALICE, PHONE))
    const { id } = await sendLate(25_000)
    await testbed.pass(29_000)
    expect(await testbed.pf.received(ALICE, PHONE, id)).toBe(true)
    await testbed.pass(60_000)
    expect(attempts()).toEqual([1])
    expect(await testbed.view(id)).toMatchObject({ state: 'delivered' })
  })

  it('INV-9: given back it is over at once, however late it went out', async () => {
    const inbox = await testbed.open(ALICE, PHONE)
    const { id } = await sendLate(45_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
    inbox.close()
    await testbed.pf.giveBack(ALICE, PHONE)
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'not-acknowledged' })
  })

  it('P3: what its device can have no more goes to another one, once its time is over and not before', async () => {
    ;({ events } = await testbed.open(ALICE, PHONE))
    await sendLate(45_000)
    await testbed.pf.register(ALICE, TABLET, registration({ expiresIn: 86_400 }))
    const tablet = await testbed.open(ALICE, TABLET)
    await testbed.profile(ALICE, 'work', `<devices><messages to="listed"><device id="${TABLET}"/></messages></devices>`)
    await testbed.active(ALICE, 'default="work"')
    await testbed.pass(29_000)
    expect([attempts(), tablet.ids()]).toEqual([[1], []])
    await testbed.pass(1_000)
    expect(tablet.events.map(({ data }) => data['attempt'])).toEqual([1])
  })

  it('INV-6: while it is out it does not expire, and then it does', async () => {
    ;({ events } = await testbed.open(ALICE, PHONE))
    const { id } = await sendLate(45_000, { expires: testbed.clock.now() + 50_000 })
    const sent = testbed.clock.now()
    await testbed.pass(29_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
    expect((await testbed.store.homes.read(ALICE)).next).toBe(sent + 30_000)
    await testbed.pass(2_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
    expect(attempts()).toEqual([1])
  })

  it('INV-6: what has expired by then does not go out, and nobody waits for it', async () => {
    ;({ events } = await testbed.open(ALICE, PHONE))
    const { id } = await sendLate(45_000, { expires: testbed.clock.now() + 40_000 })
    await testbed.pass(1_000)
    expect([attempts(), await testbed.view(id)]).toMatchObject([[], { state: 'discarded' }])
  })

  it('INV-32: what goes out while the server stops is left to the next one, and keeps nothing running', async () => {
    ;({ events } = await testbed.open(ALICE, PHONE))
    const go = holdBack()
    const sending = testbed.pf.accept(as(BOB), submission())
    await quiet()
    await testbed.pass(20_000)
    await testbed.pf.stop()
    go()
    await sending
    expect(testbed.clock.next()).toBeUndefined()
    expect((await testbed.store.homes.read(ALICE)).next).toBe(Date.parse('2026-11-21T07:00:30Z'))
  })

  it('D7: what is fetched comes all the same, and is waited for from then on', async () => {
    const id = await testbed.send()
    const go = holdBack()
    const asked = testbed.pf.retrieve(ALICE, PHONE, { kind: 'all', action: 'retrieve' }, new AbortController().signal)
    await quiet()
    await testbed.pass(45_000)
    go()
    const said: RetrievalEvent[] = []
    const session = (async () => {
      for await (const event of await asked) said.push(event)
    })()
    await quiet()
    expect(said.map(({ event }) => event)).toEqual(['message'])
    // Meanwhile it is nobody else's: an inbox that opens does not get it.
    ;({ events } = await testbed.open(ALICE, PHONE))
    await testbed.pass(29_000)
    expect(attempts()).toEqual([])
    expect(said.map(({ event }) => event)).toEqual(['message'])
    expect(await testbed.pf.received(ALICE, PHONE, id)).toBe(true)
    await session
    expect(said.slice(1)).toMatchObject([
      { event: 'action', data: { id, outcome: 'done', state: 'delivered' } },
      { event: 'end', data: { done: 1, left: 0 } },
    ])
  })
})
