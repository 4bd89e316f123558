/**
 * An XDMS and a participating function in two processes. Each, or both, are killed at random moments while messages
 * come and Alice changes her mind. `KILLS=200` asks for more of it, `KILL_SEED=17` for other moments.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { clear as endPrograms } from '../cli/program.ts'
import { chanceOf, pick, type Chance } from '../xcap/random-document.ts'
import * as apart from './apart.ts'
import { Phone, Sender, deferredIn, persist, untilKnown, type Killable } from './apart.ts'
import * as client from './client.ts'
import { ALICE, ALICES_PHONE, BOB, BOBS_PHONE } from './client.ts'
import { populate } from './scenario.ts'
import { clear, newFolder } from './server-process.ts'

const KILLS = Number(process.env['KILLS'] ?? 10)
const SEED = Number(process.env['KILL_SEED'] ?? 1)
/** The longest that a kill waits behind the change that it is to hit. */
const MOMENT_AT_MOST_MS = 1_500
const WAIT = { timeout: 60_000, interval: 50 }

afterEach(endPrograms)
afterEach(clear)

async function startAll(): Promise<{ readonly xdms: Killable; readonly pf: Killable }> {
  const places = [await populate(await newFolder()), await populate(await newFolder())] as const
  const both = await apart.startApart(places)
  for (const [who, device] of [
    [ALICE, ALICES_PHONE],
    [BOB, BOBS_PHONE],
  ] as const)
    await persist(client.register(both.pf.url, who, device), 201)
  return both
}

const disturb = (xdms: Killable, on: boolean) => persist(client.disturb(xdms.url, `on="${on}"`), 200, 201)

/** Kills at a moment that chance says, and starts again what was killed. */
async function killSome(chance: Chance, { xdms, pf }: { xdms: Killable; pf: Killable }): Promise<string> {
  const killed = pick(chance, [[xdms], [pf], [xdms, pf], [pf, xdms]])
  await pause(chance() * MOMENT_AT_MOST_MS)
  for (const server of killed) await server.kill()
  for (const server of killed) await server.start()
  return killed.map((server) => (server === xdms ? 'XDMS' : 'participating function')).join(' and ')
}

it('U7, D4, INV-1, INV-22: an XDMS and a participating function killed under load: nothing lost, doubled, or told too soon', async () => {
  const chance = chanceOf(SEED)
  const both = await startAll()
  const { xdms, pf } = both
  const [alices, bobs] = [new Phone(pf, ALICE, ALICES_PHONE), new Phone(pf, BOB, BOBS_PHONE)]
  const sender = new Sender(pf, () => alices.acknowledged.size)
  const writing = apart.writeLists(xdms)

  /** Once it is known that she is left alone, what Bob sends waits, whatever is killed. */
  const whileQuiet = async (round: number): Promise<void> => {
    const { opened } = alices
    const killing = killSome(chance, both)
    await disturb(xdms, true)
    await untilKnown(pf, true)
    const begun = sender.begun.length
    const probe = await sender.send(pf, `quiet-${round}`)
    expect((await deferredIn(pf)).find(({ id }) => id === probe)).toMatchObject({ state: 'deferred' })
    const killed = await killing
    await expect.poll(() => alices.opened > opened || killed === 'XDMS', WAIT).toBe(true)
    const last = await sender.send(pf, `still-quiet-${round}`)
    expect((await deferredIn(pf)).find(({ id }) => id === last)).toMatchObject({ state: 'deferred' })
    const held = new Set(sender.begun.slice(begun))
    const told = alices.offered.map(({ fields }) => String(fields['messageId']))
    expect(
      told.filter((messageId) => held.has(messageId)),
      `round ${round}, ${killed} killed`,
    ).toEqual([])
  }
  for (let round = 0; round < KILLS; round++) {
    if (round % 2 === 0) await whileQuiet(round)
    else {
      const offered = alices.offered.length
      const killing = killSome(chance, both)
      await disturb(xdms, false)
      await killing
      await expect.poll(() => alices.offered.length, WAIT).toBeGreaterThan(offered)
    }
  }
  // Nothing comes any more, so it is the change alone that lets go what waits.
  await disturb(xdms, true)
  await untilKnown(pf, true)
  await sender.send(pf, 'last')
  await sender.stop()
  await writing.stop()
  const { opened: openedLast } = alices
  await disturb(xdms, false)

  const sent = [...sender.accepted.values()]
  await expect.poll(() => sent.filter((id) => !alices.acknowledged.has(id)), WAIT).toEqual([])
  expect(alices.opened).toBe(openedLast)
  const reported = () => bobs.offered.map(({ fields }) => fields['message'])
  await expect.poll(() => sent.filter((id) => !reported().includes(id)), WAIT).toEqual([])
  await expect.poll(() => deferredIn(pf), WAIT).toEqual([])
  await alices.stop()
  await bobs.stop()
  // Under one id each, and what was acknowledged does not come again.
  expect(new Set(sent).size).toBe(sent.length)
  expect([alices.offeredAgain, bobs.offeredAgain]).toEqual([[], []])
  const ids = new Map(alices.offered.map(({ id, fields }) => [fields['messageId'], id]))
  expect(alices.offered.filter(({ id, fields }) => ids.get(fields['messageId']) !== id)).toEqual([])
  expect(new Set(alices.offered.map(({ id }) => id))).toEqual(new Set(sent))
  const reports = new Map(bobs.offered.map(({ id, fields }) => [id, fields]))
  expect(reports.size).toBe(sent.length)
  expect([...reports.values()].filter(({ disposition }) => disposition !== 'delivered')).toEqual([])
}, 900_000)

it('U7, INV-22: the XDMS killed, what was known last counts; both killed, nothing is known and messages wait; it is back, they go', async () => {
  const { xdms, pf } = await startAll()
  await disturb(xdms, false)
  await untilKnown(pf, false)
  const alices = new Phone(pf, ALICE, ALICES_PHONE)
  await expect.poll(() => alices.opened, WAIT).toBe(1)
  await xdms.kill()
  const send = async (messageId: string): Promise<string> => {
    const { body } = await persist(client.message(pf.url, messageId), 202)
    return (JSON.parse(body) as { id: string }).id
  }
  const known = await send('known-last')
  await expect.poll(() => alices.acknowledged.has(known), WAIT).toBe(true)
  await pf.kill()
  await pf.start()
  await expect.poll(() => alices.opened, WAIT).toBe(2)
  const unknown = await send('nothing-known')
  expect((await deferredIn(pf)).map(({ id, state }) => [id, state])).toEqual([[unknown, 'deferred']])
  await xdms.start()
  await expect.poll(() => alices.acknowledged.has(unknown), WAIT).toBe(true)
  await alices.stop()
  expect(alices.offered.map(({ id }) => id)).toEqual([known, unknown])
}, 200_000)
