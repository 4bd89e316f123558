/** A peer that is down for an hour: nothing is lost, and it is asked seldom. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ALICE, Testbed } from './testbed.ts'

const HOUR = 3_600_000
const MESSAGES = 20

let testbed: Testbed
let isUp = false
/** When each message was tried, in milliseconds since it was sent. */
let tried: Map<string, number[]>
let taken: string[]

beforeEach(async () => {
  testbed = await Testbed.make()
  isUp = false
  tried = new Map()
  taken = []
  const sent = testbed.clock.now()
  Object.assign(testbed.peers, {
    interworking: {
      services: ['email'],
      interwork: ({}, { id }: { readonly id: string }) => {
        tried.set(id, [...(tried.get(id) ?? []), testbed.clock.now() - sent])
        if (!isUp) return Promise.resolve({ kind: 'again', because: 'connection refused' })
        taken.push(id)
        return Promise.resolve({ kind: 'done', references: [] })
      },
      start: () => {},
    },
  })
  await testbed.profile(
    ALICE,
    'mail',
    '<messages><available action="interwork"/><unavailable action="interwork"/></messages>' +
      '<interworking><service priority="1" name="email" address="mailto:a@example.net"/></interworking>',
  )
  await testbed.active(ALICE, 'default="mail"')
})
afterEach(() => testbed.stop())

it('U15: down for an hour, a service is asked a few times for each message, and has it once when it is back', async () => {
  const ids: string[] = []
  for (let count = 0; count < MESSAGES; count++) ids.push(await testbed.send())
  const { commits } = testbed.store.figures()
  await testbed.pass(HOUR)
  expect(ids.map((id) => tried.get(id)?.length)).toEqual(ids.map(() => 9))
  // A claim of what is due together is one commit, and each result one.
  expect(testbed.store.figures().commits - commits).toBeLessThan(2 * 9 * MESSAGES + 1)
  for (const id of ids) expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
  isUp = true
  await testbed.pass(1.2 * HOUR)
  expect(taken.toSorted()).toEqual(ids.toSorted())
  for (const id of ids) expect(await testbed.view(id)).toMatchObject({ state: 'interworked' })
})

it('U15, D3: one that never comes back is given up at the expiry of the message', async () => {
  const id = await testbed.send({ expires: testbed.clock.now() + 2 * HOUR, reports: ['failure'] })
  await testbed.pass(12 * HOUR)
  expect(await testbed.view(id)).toMatchObject({ state: 'discarded', reports: [{ because: 'expired' }] })
  expect(tried.get(id)?.at(-1)).toBeLessThan(2 * HOUR)
})
