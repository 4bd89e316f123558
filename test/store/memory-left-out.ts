/** Homes of which a list was left out, as the store in memory gives and takes them. */
import assert from 'node:assert/strict'
import type { Commit, Home } from '../../src/home/home.ts'
import { itemsOf } from '../../src/store/items.ts'

/** By the whole ones. */
const leftOut = new WeakMap<Home, Home>()

export function keepWithout(home: Home, short: Home): Home {
  leftOut.set(home, short)
  return short
}

export function homeWithout(home: Home, without: string): Home {
  if (itemsOf(home.parts.get(without)) === undefined) return home
  const known = leftOut.get(home)
  if (known?.without === without) return known
  const parts = new Map(home.parts)
  parts.delete(without)
  return keepWithout(home, { ...home, parts, without })
}

export function withWhatWasLeftOut(
  { home: { without, ...home }, behind = [] }: Commit,
  present: Home | undefined,
): Home {
  if (without === undefined) return home
  assert(!home.parts.has(without), 'what was left out stays so')
  const items = [...(itemsOf(present?.parts.get(without)) ?? []), ...behind]
  return { ...home, parts: new Map(home.parts).set(without, items) }
}
