import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EmbeddedStore } from '../../src/message-store/embedded.ts'
import type { RetrievalAction, RetrievalEvent } from '../../src/participating/participating.ts'
import { queueOf } from '../../src/participating/state/queue.ts'
import { ALICE, BOB, PHONE, TABLET, Testbed, as, quiet, refusal, registration } from './testbed.ts'

let testbed: Testbed
let outside: string[]

beforeEach(async () => {
  testbed = await Testbed.make({ offersAtMost: 2 })
  outside = []
  const { homes, messages } = testbed.store
  Object.assign(testbed.peers, {
    messageStore: new EmbeddedStore({ homes, messages, clock: testbed.clock, atMost: 10 }),
    interworking: {
      services: ['email'],
      interwork: (service: string, { to }: { readonly to: string }) => {
        outside.push(`${service} ${to}`)
        return Promise.resolve({ kind: 'done', references: [] })
      },
      start: () => {},
      close: () => Promise.resolve(),
    },
  })
  await testbed.doNotDisturb(ALICE, 'on="true"')
  await testbed.pf.register(ALICE, PHONE, registration())
})
afterEach(() => testbed.stop())

interface Session {
  readonly said: readonly string[]
  leave(): void
  ended: boolean
}

const text = (one: RetrievalEvent): string => {
  if (one.event === 'end') return `end ${one.data.done} ${one.data.left}`
  if (one.event !== 'action') return `${one.event} ${one.id}`
  const { id, action, outcome, state, because } = one.data
  return [action, id, outcome, state, because].filter((word) => word !== undefined).join(' ')
}

/** Reads as fast as it comes, and acknowledges only where the test does. */
async function retrieve(actions: Readonly<Record<string, RetrievalAction>> | RetrievalAction, device = PHONE) {
  const over = new AbortController()
  const request =
    typeof actions === 'string'
      ? ({ kind: 'all', action: actions } as const)
      : ({ kind: 'some', actions: Object.entries(actions).map(([id, action]) => ({ id, action })) } as const)
  const events = await testbed.pf.retrieve(ALICE, device, request, over.signal)
  const said: string[] = []
  const session: Session = { said, leave: () => over.abort(), ended: false }
  void (async () => {
    for await (const event of events) said.push(text(event))
    session.ended = true
  })()
  await quiet()
  return session
}
const received = async (id: string, device = PHONE) => {
  const answer = await testbed.pf.received(ALICE, device, id)
  await quiet()
  return answer
}
const waiting = async () => (await testbed.pf.deferred(ALICE)).map(({ id }) => id)

describe('retrieve', () => {
  it('D7, D8: what is acknowledged leaves the queue, although do-not-disturb is on; the session ends itself', async () => {
    const id = await testbed.send({ reports: ['delivery'] })
    const other = await testbed.send()
    const session = await retrieve({ [id]: 'retrieve' })
    expect(session.said).toEqual([`message ${id}`])
    expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
    expect(await received(id)).toBe(true)
    expect(session).toMatchObject({
      said: [`message ${id}`, `retrieve ${id} done delivered`, 'end 1 1'],
      ended: true,
    })
    expect(await waiting()).toEqual([other])
    expect(await testbed.view(id)).toMatchObject({ state: 'delivered', reports: [{ disposition: 'delivered' }] })
  })

  it('D7: all that waits, in its order, never more at once than the device may have out', async () => {
    const ids = [await testbed.send(), await testbed.send(), await testbed.send()]
    const session = await retrieve('retrieve')
    expect(session.said).toEqual([`message ${ids[0]}`, `message ${ids[1]}`])
    await received(ids[0] ?? '')
    expect(session.said.slice(2)).toEqual([`retrieve ${ids[0]} done delivered`, `message ${ids[2]}`])
    for (const id of ids) await received(id)
    expect(session.said.at(-1)).toBe('end 3 0')
  })

  it('D7: who leaves early loses nothing, and may come back at once', async () => {
    const ids = [await testbed.send(), await testbed.send()]
    const first = await retrieve('retrieve')
    await received(ids[0] ?? '')
    first.leave()
    await quiet()
    expect(first.ended).toBe(true)
    expect(first.said.at(-1)).toBe(`retrieve ${ids[0]} done delivered`)
    expect(await waiting()).toEqual([ids[1]])
    const second = await retrieve('retrieve')
    await received(ids[1] ?? '')
    expect(second.said).toEqual([`message ${ids[1]}`, `retrieve ${ids[1]} done delivered`, 'end 1 0'])
  })

  it('D7, D4: what is not acknowledged waits on as before; the session does not', async () => {
    const id = await testbed.send()
    const inbox = await testbed.open(ALICE, PHONE)
    await testbed.pf.register(ALICE, TABLET, registration())
    const other = await testbed.open(ALICE, TABLET)
    const session = await retrieve({ [id]: 'retrieve' })
    await testbed.doNotDisturb(ALICE, 'on="false"')
    expect([...inbox.ids(), ...other.ids()]).toEqual([])
    await testbed.doNotDisturb(ALICE, 'on="true"')
    await testbed.pass(30_000)
    expect(session.said.slice(1)).toEqual([`retrieve ${id} refused deferred not-acknowledged`, 'end 0 1'])
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'do-not-disturb' })
    await testbed.doNotDisturb(ALICE, 'on="false"')
    expect(inbox.ids()).toEqual([id])
  })

  it('D7: what is acknowledged late counts all the same', async () => {
    const id = await testbed.send()
    await retrieve({ [id]: 'retrieve' })
    await testbed.pass(31_000)
    expect([await received(id), await waiting()]).toEqual([true, []])
  })

  it('INV-11: a device does not get what it cannot take, also when it asks', async () => {
    await testbed.pf.register(ALICE, TABLET, registration({ accepts: ['image/*'] }))
    const id = await testbed.send()
    expect((await retrieve('retrieve', TABLET)).said).toEqual([
      `retrieve ${id} refused deferred not-applicable`,
      'end 0 1',
    ])
  })

  it('INV-6: what has expired is not sent, also to a far end that reads slowly', async () => {
    const id = await testbed.send({ expires: testbed.clock.now() + 5_000 })
    const events = await testbed.pf.retrieve(
      ALICE,
      PHONE,
      { kind: 'all', action: 'retrieve' },
      AbortSignal.timeout(60_000),
    )
    await testbed.pass(5_000)
    const seen: RetrievalEvent[] = []
    const reading = (async () => {
      for await (const event of events) seen.push(event)
    })()
    await testbed.pass(30_000)
    await reading
    expect(seen.map(text)).toEqual([`retrieve ${id} refused deferred not-acknowledged`, 'end 0 1'])
    expect((await testbed.view(id)).state).toBe('discarded')
  })

  it('D7: only a device that is registered, and each message once', async () => {
    const id = await testbed.send()
    const asked = { kind: 'some', actions: [id, id].map((one) => ({ id: one, action: 'keep' as const })) } as const
    const { signal } = new AbortController()
    expect(await refusal(testbed.pf.retrieve(ALICE, TABLET, { kind: 'all', action: 'keep' }, signal))).toMatchObject({
      kind: 'not-registered',
    })
    expect(await refusal(testbed.pf.retrieve(ALICE, PHONE, asked, signal))).toMatchObject({
      kind: 'not-of-the-format',
      errors: [{ path: '/actions/1/id', message: 'is named before' }],
    })
  })

  it('D7: the registration ends in the middle: the rest is refused, and waits', async () => {
    const ids = [await testbed.send(), await testbed.send(), await testbed.send()]
    const session = await retrieve('retrieve')
    await testbed.pf.unregister(ALICE, PHONE)
    await testbed.pass(30_000)
    expect(session.said.slice(2).sort()).toEqual(
      [
        `retrieve ${ids[0]} refused deferred not-acknowledged`,
        `retrieve ${ids[1]} refused deferred not-acknowledged`,
        `retrieve ${ids[2]} refused not-registered`,
        'end 0 3',
      ].sort(),
    )
  })

  it('INV-19: at two servers at once it is offered by both, and ends once', async () => {
    const id = await testbed.send({ reports: ['delivery'] })
    const here = await retrieve('retrieve')
    const other = testbed.another()
    await other.start()
    const events = await other.retrieve(ALICE, PHONE, { kind: 'all', action: 'retrieve' }, AbortSignal.timeout(60_000))
    const there: string[] = []
    const reading = (async () => {
      for await (const event of events) there.push(text(event))
    })()
    await quiet()
    await received(id)
    await reading
    expect(there).toEqual([`message ${id}`, `retrieve ${id} done delivered`, 'end 1 0'])
    expect(here.said.at(-1)).toMatch(/^end /)
    expect(queueOf(await testbed.store.homes.read(BOB)).waiting).toHaveLength(1)
    await other.stop()
  })

  it('D7: killed in the middle, everything waits, and comes once it is asked again', async () => {
    const id = await testbed.send()
    await retrieve('retrieve')
    await testbed.restart()
    await testbed.pass(31_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'do-not-disturb' })
    const again = await retrieve('retrieve')
    await received(id)
    expect(again.said.at(-1)).toBe('end 1 0')
  })
})

describe('the other actions', () => {
  it('D8: discarded, stored, interworked: each leaves the queue; kept, it stays', async () => {
    await testbed.profile(
      ALICE,
      'work',
      '<interworking><service priority="1" name="email" address="mailto:a@example.net"/></interworking>',
    )
    await testbed.active(ALICE, 'default="work"')
    const [discard, store, interwork, keep] = [
      await testbed.send(),
      await testbed.send(),
      await testbed.send(),
      await testbed.send(),
    ]
    const actions = { [discard]: 'discard', [store]: 'store', [interwork]: 'interwork', [keep]: 'keep' } as const
    const { said } = await retrieve(actions)
    expect(said).toEqual([
      `discard ${discard} done discarded`,
      `store ${store} done delivering`,
      `interwork ${interwork} done delivering`,
      `keep ${keep} done deferred`,
      'end 4 1',
    ])
    expect(await waiting()).toEqual([keep])
    const states = await Promise.all([discard, store, interwork].map(async (id) => (await testbed.view(id)).state))
    expect([states, outside]).toEqual([['discarded', 'stored', 'interworked'], ['email mailto:a@example.net']])
  })

  it('INV-34: the same list again says already-done, another action that it has ended, and nothing is another', async () => {
    const [discard, store] = [await testbed.send(), await testbed.send()]
    await retrieve({ [discard]: 'discard', [store]: 'store' })
    const before = await testbed.store.homes.read(ALICE)
    const again = await retrieve({ [discard]: 'discard', [store]: 'store' })
    expect(again.said.slice(0, 2)).toEqual([
      `discard ${discard} already-done discarded`,
      `store ${store} already-done stored`,
    ])
    const others = await retrieve({ [discard]: 'retrieve', [store]: 'discard', nothing: 'keep' })
    expect(others.said).toEqual([
      `retrieve ${discard} refused discarded ended`,
      `discard ${store} refused stored ended`,
      'keep nothing unknown',
      'end 0 0',
    ])
    expect((await testbed.store.homes.read(ALICE)).revision).toBe(before.revision)
  })

  it('D8: without a service, or while another way is being taken, it is refused and waits', async () => {
    const id = await testbed.send()
    expect((await retrieve({ [id]: 'interwork' })).said[0]).toBe(`interwork ${id} refused deferred no-service`)
    let goOn: () => void = () => {}
    testbed.failpoint = (name) => (name === 'c10' ? new Promise<void>((resolve) => (goOn = resolve)) : undefined)
    await retrieve({ [id]: 'store' })
    expect((await retrieve({ [id]: 'store' })).said[0]).toBe(`store ${id} already-done delivering`)
    expect((await retrieve({ [id]: 'discard' })).said[0]).toBe(`discard ${id} refused delivering on-its-way`)
    goOn()
    await quiet()
    expect((await testbed.view(id)).state).toBe('stored')
  })

  it('INV-31: the message of somebody else is unknown', async () => {
    const id = await testbed.send({ to: BOB }, as(ALICE))
    expect((await retrieve({ [id]: 'discard' })).said[0]).toBe(`discard ${id} unknown`)
    expect((await testbed.view(id)).state).toBe('deferred')
    await testbed.pf.drop(as(BOB), id)
    expect((await retrieve({ [id]: 'discard' })).said[0]).toBe(`discard ${id} unknown`)
  })
})
