import { expect, it } from 'vitest'
import { historyOfWork } from './history.ts'
import { trials } from '../../trials.ts'

/** More by hand, as for the other simulation: `HISTORIES=10000`. */
const HISTORIES = Number(process.env.HISTORIES ?? trials(200, 40))

it('INV-1, INV-2, INV-4, INV-5, INV-6, INV-7, INV-8, INV-9, INV-10, INV-13, INV-15, INV-16, INV-17, INV-19, INV-33: hold', {
  timeout: Math.max(60_000, HISTORIES * 1000),
}, async () => {
  const counts = new Map<string, number>()
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const watch = await historyOfWork(seed)
    expect(watch.failures, `seed ${seed}`).toEqual([])
    for (const [what, count] of Object.entries(watch.counts)) counts.set(what, (counts.get(what) ?? 0) + count)
  }
  for (const [what, count] of counts) expect(count, `how often anything was ${what}`).toBeGreaterThan(HISTORIES / 10)
})
