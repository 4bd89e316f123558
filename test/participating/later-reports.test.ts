/** U1: a service takes a message and says later what became of it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Interworked, InterworkAttempted, TakeReport } from '../../src/participating/contracts/interworking.ts'
import { queueOf } from '../../src/participating/state/queue.ts'
import { ALICE, BOB, Testbed, quiet } from './testbed.ts'

const HOUR = 3_600_000

let testbed: Testbed
let take: TakeReport
let sent: Interworked[]
let answer: (message: Interworked) => Promise<InterworkAttempted>

beforeEach(async () => {
  sent = []
  answer = ({ id }) => Promise.resolve({ kind: 'done', references: [`of ${id}`] })
  testbed = await Testbed.make()
  Object.assign(testbed.peers, {
    interworking: {
      services: ['sms'],
      interwork(_service: string, message: Interworked) {
        sent.push(message)
        return answer(message)
      },
      start: (taking: TakeReport) => void (take = taking),
      close: () => Promise.resolve(),
    },
  })
  await testbed.restart()
  await testbed.profile(
    ALICE,
    'work',
    '<messages><unavailable action="interwork"/></messages>' +
      '<interworking><service name="sms" priority="1" address="tel:+15550100"/></interworking>',
  )
  await testbed.active(ALICE, 'default="work"')
})
afterEach(() => testbed.stop())

const reported = (id: string, disposition: 'delivered' | 'failed', because?: string) =>
  take('sms', {
    reference: `of ${id}`,
    disposition,
    ...(because === undefined ? {} : { because }),
    at: testbed.clock.now(),
  })
const dispositions = async (id: string) => (await testbed.view(id)).reports.map((report) => report.disposition)
const waitingForBob = async () => queueOf(await testbed.store.homes.read(BOB)).waiting.length

it.each(['delivered', 'failed'] as const)('U1: told %s, the sender hears it then, and once', async (disposition) => {
  const id = await testbed.send({ reports: ['delivery', 'failure'] })
  expect(await testbed.view(id)).toMatchObject({ state: 'interworked', reports: [] })
  expect(await reported(id, disposition, 'UNDELIV')).toEqual({ kind: 'done' })
  expect(await reported(id, disposition, 'UNDELIV')).toEqual({ kind: 'done' })
  expect(await reported(id, disposition === 'failed' ? 'delivered' : 'failed')).toEqual({ kind: 'done' })
  await testbed.pass(26 * HOUR)
  expect(await testbed.view(id)).toMatchObject({ state: 'interworked', reports: [{ disposition, because: 'UNDELIV' }] })
  expect(await dispositions(id)).toEqual([disposition])
  expect(await waitingForBob()).toBe(1)
})

it('U1: of what nothing is heard within a day the sender is told that it was delivered, and of nothing after that', async () => {
  const id = await testbed.send({ reports: ['delivery'] })
  await testbed.pass(23 * HOUR)
  expect(await dispositions(id)).toEqual([])
  await testbed.pass(2 * HOUR)
  expect(await dispositions(id)).toEqual(['delivered'])
  await reported(id, 'failed')
  expect(await dispositions(id)).toEqual(['delivered'])
  expect(await waitingForBob()).toBe(1)
})

it('U1: who asked for failures only hears of no success, and who asked for nothing of nothing', async () => {
  const quietOnes = [await testbed.send({ reports: ['failure'] }), await testbed.send()]
  for (const id of quietOnes) await reported(id, 'delivered')
  const failed = await testbed.send({ reports: ['failure'] })
  await reported(failed, 'failed')
  expect(await Promise.all(quietOnes.map(dispositions))).toEqual([[], []])
  expect(await dispositions(failed)).toEqual(['failed'])
})

it('U1, INV-19: a report before the commit that knows its name is asked for again, and one of nobody is not kept', async () => {
  let taken: (attempted: InterworkAttempted) => void = () => {}
  answer = () => new Promise((resolve) => (taken = resolve))
  const id = await testbed.send({ reports: ['delivery'] })
  expect(await reported(id, 'delivered')).toMatchObject({ kind: 'again' })
  taken({ kind: 'done', references: [`of ${id}`] })
  await quiet()
  expect(await reported(id, 'delivered')).toEqual({ kind: 'done' })
  expect(await dispositions(id)).toEqual(['delivered'])
  expect(await reported('nobody', 'delivered')).toMatchObject({ kind: 'again' })
  await testbed.pass(10_000)
  expect(await reported('nobody', 'delivered')).toMatchObject({ kind: 'never' })
})

it('U1: it survives a restart, and a name that a service gives twice within a day sends nothing twice', async () => {
  answer = () => Promise.resolve({ kind: 'done', references: ['1'] })
  const first = await testbed.send({ reports: ['delivery'] })
  const second = await testbed.send({ reports: ['delivery'] })
  expect(await dispositions(second)).toEqual(['delivered'])
  await testbed.restart()
  expect(await take('sms', { reference: '1', disposition: 'failed', at: 0 })).toEqual({ kind: 'done' })
  // Failure was asked for with delivery (D13).
  expect([await dispositions(first), await dispositions(second)]).toEqual([['failed'], ['delivered']])
  await testbed.pass(HOUR)
  expect(sent).toHaveLength(2)
})
