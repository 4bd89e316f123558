/**
 * Which child of an element became which: a longest common subsequence of what is the same, then neighbours that are
 * alike.
 */
import type { CanonicalNode } from './canonical.ts'

/** Cells of the table of a comparison: beyond them children are paired by their places alone. */
const CELLS_AT_MOST = 250_000

export type Pair = readonly [before: number, after: number]

/** @returns pairs of places, both growing. */
export function align(before: readonly CanonicalNode[], after: readonly CanonicalNode[]): readonly Pair[] {
  const same = (i: number, j: number): boolean => before[i]?.key === after[j]?.key
  let start = 0
  while (start < before.length && start < after.length && same(start, start)) start += 1
  let end = 0
  const shorter = Math.min(before.length, after.length)
  while (end < shorter - start && same(before.length - 1 - end, after.length - 1 - end)) end += 1

  const pairs: Pair[] = Array.from({ length: start }, (_, i) => [i, i] as const)
  let from: Pair = [start, start]
  const middle = common(before, after, start, end)
  for (const pair of [...middle, [before.length - end, after.length - end] as const]) {
    pairs.push(...alike(before, after, from, pair))
    from = [pair[0] + 1, pair[1] + 1]
    if (pair[0] < before.length - end) pairs.push(pair)
  }
  for (let back = end; back > 0; back--) pairs.push([before.length - back, after.length - back])
  return pairs
}

function common(
  before: readonly CanonicalNode[],
  after: readonly CanonicalNode[],
  start: number,
  end: number,
): readonly Pair[] {
  const rows = before.length - end - start
  const columns = after.length - end - start
  if (rows * columns > CELLS_AT_MOST) return []
  const width = columns + 1
  const longest = new Uint32Array((rows + 1) * width)
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0
  const same = (i: number, j: number): boolean => before[start + i]?.key === after[start + j]?.key
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      longest[i * width + j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const pairs: Pair[] = []
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (same(i, j)) pairs.push([start + i++, start + j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1
    else j += 1
  }
  return pairs
}

/** Between two pairs nothing is the same; what has the same name in the same place was changed. */
function alike(
  before: readonly CanonicalNode[],
  after: readonly CanonicalNode[],
  [i, j]: Pair,
  [iEnd, jEnd]: Pair,
): readonly Pair[] {
  const count = Math.min(iEnd - i, jEnd - j)
  const even = iEnd - i === jEnd - j
  const fits = (a: number, b: number): boolean => {
    const [old, now] = [before[a], after[b]]
    if (old?.kind !== now?.kind) return false
    return even || (old?.kind === 'element' && now?.kind === 'element' && old.head === now.head)
  }
  let first = 0
  while (first < count && fits(i + first, j + first)) first += 1
  let last = 0
  while (last < count - first && fits(iEnd - 1 - last, jEnd - 1 - last)) last += 1
  const front = Array.from({ length: first }, (_, n) => [i + n, j + n] as const)
  const back = Array.from({ length: last }, (_, n) => [iEnd - last + n, jEnd - last + n] as const)
  return [...front, ...back]
}
