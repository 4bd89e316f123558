import { describe, expect, it } from 'vitest'
import { MISTAKES, toldOfNoCommit } from './plants.ts'
import { historyOfDevices } from './simulation/history.ts'
import { trials } from '../trials.ts'

/**
 * More of them by hand: `HISTORIES=100000 npx vitest run --config test/vitest.config.ts test/participating/simulation`.
 */
const HISTORIES = Number(process.env.HISTORIES ?? trials(3000, 500))
/** One is 11 ms of processor; on a machine that does much else it took seven times as long. */
const HISTORY_WITHIN_MS = 240

describe('a simulation of crashes, changes of mind and lost acknowledgements', () => {
  it('INV-1, INV-3, INV-4, INV-5, INV-6, INV-9, INV-10, INV-11, INV-12, INV-15, INV-32: hold in every history', {
    timeout: HISTORIES * HISTORY_WITHIN_MS,
  }, async () => {
    const counts = { accepted: 0, offered: 0, delivered: 0, discarded: 0, crashed: 0 }
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const watch = await historyOfDevices(seed)
      expect(watch.failures, `seed ${seed}`).toEqual([])
      for (const what of Object.keys(counts) as (keyof typeof counts)[]) counts[what] += watch.counts[what]
    }
    for (const [what, count] of Object.entries(counts))
      expect(count, `how often anything was ${what}`).toBeGreaterThan(HISTORIES / 2)
  })

  it('INV-32: hold when no wake-up ever comes, because what is due is looked for', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 200; seed++)
      expect((await historyOfDevices(seed, 1, toldOfNoCommit)).failures, `seed ${seed}`).toEqual([])
  })

  it.each(MISTAKES)(
    'INV-1, INV-4, INV-7, INV-10, INV-32: a function that %s is found out',
    { timeout: 120_000 },
    async (_, plant, finds, servers) => {
      let found: readonly string[] = []
      for (let seed = 1; found.length === 0 && seed <= 3000; seed++)
        found = (await historyOfDevices(seed, servers, plant)).failures.filter((failure) => finds.test(failure))
      expect(found).not.toEqual([])
    },
  )
})
