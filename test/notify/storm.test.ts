import { expect, it } from 'vitest'
import { settled, setUp } from './webhook-servers.ts'

const WRITES = 3_000
/** What is read of the journal at once. */
const BATCH = 256

it('X19, INV-30: a storm of writes while a target takes its time: few deliveries, without a gap, the newest last', async () => {
  const { server, subscribe, write, pass, changes, journal, position } = setUp()
  await subscribe()
  const one = server('one')
  await one.serving.start()
  await write('first')
  expect(changes).toHaveLength(1)
  const goOn = one.takeTime()
  for (let n = 0; n < WRITES; n++) await write(`tag-${n}`, false)
  await settled()
  goOn()
  await expect
    .poll(async () => {
      await pass(1)
      return (await position()) === (await journal.head())
    })
    .toBe(true)
  expect(changes.length).toBeLessThanOrEqual(2 + WRITES / BATCH + 1)
  expect(changes.at(-1)?.newEtag).toBe(`tag-${WRITES - 1}`)
  // Each goes on where the one before ended.
  expect(changes.map(({ previousEtag }) => previousEtag)).toEqual([
    undefined,
    ...changes.slice(0, -1).map(({ newEtag }) => newEtag),
  ])
  await one.serving.stop()
})
