import { expect, it } from 'vitest'
import { readPreferences } from '../../src/preferences/read.ts'
import { ACTIVE, activeText, ALICE, PROFILE, profileText, Stored } from './stored.ts'

it('HOST-S4: of many large profiles each is read in a round of the event loop of its own', async () => {
  const stored = new Stored()
  const filling = `<!--${'x'.repeat(60_000)}-->`
  const devices: Record<string, string> = {}
  for (let n = 0; n < 8; n++) {
    stored.put(ALICE, PROFILE(`p${n}`), profileText(`p${n}`, filling))
    devices[`urn:${n}`] = `p${n}`
  }
  stored.put(ALICE, ACTIVE, activeText('p0', devices))
  const between: number[] = []
  let going = true
  const look = (): void => {
    between.push(stored.asked.length)
    if (going) setImmediate(look)
  }
  setImmediate(look)
  await readPreferences(stored.rooms(), stored.home(ALICE))
  going = false
  for (let n = 0; n < between.length - 1; n++) expect(between[n + 1]! - between[n]!).toBeLessThanOrEqual(2)
  expect(new Set(between).size).toBeGreaterThanOrEqual(6)
})
