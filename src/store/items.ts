/**
 * Parts of a home that are lists of things with an `id` each. A store keeps each of these for itself, so a commit
 * writes those that became others, however many there are.
 */

export interface Item {
  readonly id: string
}

/** What a list became, item by item; `undefined`: what stayed is in another order, so it is another list. */
export interface ItemChanges {
  readonly removed: readonly string[]
  readonly replaced: readonly Item[]
  /** Behind what stayed, in this order. */
  readonly added: readonly Item[]
}

/**
 * Parts are replaced and never changed in place, so a list that was one stays one. With the ids of its items, once they
 * were asked for: at least of these, because a longer list takes them over.
 */
const lists = new WeakMap<readonly unknown[], Set<string> | undefined>()

/**
 * The items of a part; `undefined` for one that is no such list, or empty.
 *
 * @param before what the part was: of a list that was only added to, what is new is looked at.
 */
export function itemsOf(value: unknown, before?: unknown): readonly Item[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  if (lists.has(value)) return value as readonly Item[]
  const ids = idsBehind(value, before) ?? idsOf(value)
  if (ids === undefined) return undefined
  lists.set(value, ids)
  return value as readonly Item[]
}

/** The items as the store kept them, each under its `id`. */
export function itemsKept(items: readonly Item[]): readonly Item[] {
  lists.set(items, undefined)
  return items
}

function idsOf(value: readonly unknown[]): Set<string> | undefined {
  if (!value.every(isItem)) return undefined
  const ids = new Set(value.map(({ id }) => id))
  return ids.size === value.length ? ids : undefined
}

/** Of one item more than before, behind all others; `undefined` where it is not that. */
function idsBehind(value: readonly unknown[], before: unknown): Set<string> | undefined {
  if (!Array.isArray(before) || !lists.has(before) || value.length !== before.length + 1) return undefined
  const ids = lists.get(before) ?? idsOf(before)
  const last = value.at(-1)
  if (ids === undefined || !isItem(last) || ids.has(last.id)) return undefined
  if (!before.every((item, at) => item === value[at])) return undefined
  return ids.add(last.id)
}

/** Of a long list most items are the very same, in front of what changed and behind it. */
export function changesOf(before: readonly Item[], after: readonly Item[]): ItemChanges | undefined {
  let front = 0
  while (front < before.length && before[front] === after[front]) front += 1
  let back = 0
  const shorter = Math.min(before.length, after.length) - front
  while (back < shorter && before[before.length - 1 - back] === after[after.length - 1 - back]) back += 1
  const within = changesWithin(before.slice(front, before.length - back), after.slice(front, after.length - back))
  // What is new stands behind all that stayed, or it is another list.
  return within === undefined || (within.added.length > 0 && back > 0) ? undefined : within
}

function changesWithin(before: readonly Item[], after: readonly Item[]): ItemChanges | undefined {
  const ids = new Set(after.map(({ id }) => id))
  const staying = before.filter(({ id }) => ids.has(id))
  if (staying.some(({ id }, at) => after[at]?.id !== id)) return undefined
  return {
    removed: before.flatMap(({ id }) => (ids.has(id) ? [] : [id])),
    replaced: after.slice(0, staying.length).filter((item, at) => !isSame(item, staying[at])),
    added: after.slice(staying.length),
  }
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Item>).id === 'string'
}

/** Most are the very same object; one that was read again meanwhile is another with the same text. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
