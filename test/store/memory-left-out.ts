/** Homes of which a list was left out, as the store in memory gives and takes them. */
import assert from 'node:assert/strict'
import type { Commit, Home } from '../../src/home/home.ts'
import { itemsOf } from '../../src/store/items.ts'

/** By the whole ones. */
const leftOut = new WeakMap<Home, Home>()

/** What was said of a list of a whole one. */
const said = new WeakMap<Home, { readonly part: string; readonly totals: unknown }>()

/** @param home whole, as it is behind the commit. */
export function keepTotals(home: Home, { totals }: Commit, present: Home | undefined): void {
  const last = present && said.get(present)
  if (totals !== undefined) {
    const value = totals.value()
    if (value !== undefined) said.set(home, { part: totals.part, totals: JSON.parse(JSON.stringify(value)) })
  } else if (last !== undefined && home.parts.get(last.part) === present!.parts.get(last.part)) said.set(home, last)
}

export function keepWithout(home: Home, { totals: _, ...short }: Home): Home {
  const last = said.get(home)
  const kept = last !== undefined && last.part === short.without ? { ...short, totals: last.totals } : short
  leftOut.set(home, kept)
  return kept
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
  { home: { without, totals: _, ...home }, behind = [] }: Commit,
  present: Home | undefined,
): Home {
  if (without === undefined) return home
  assert(!home.parts.has(without), 'what was left out stays so')
  const items = [...(itemsOf(present?.parts.get(without)) ?? []), ...behind]
  return { ...home, parts: new Map(home.parts).set(without, items) }
}
