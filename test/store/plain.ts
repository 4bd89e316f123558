/** Plain JSON data, and the order of texts. */
import assert from 'node:assert/strict'

export function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The same value, which from now on cannot be changed; it is an assertion failure where JSON would lose something. */
export function frozen<T>(value: T): T {
  if (typeof value === 'number') assert(Number.isFinite(value), 'JSON has no such number')
  else if (typeof value === 'object' && value !== null) {
    if (Object.isFrozen(value)) return value
    const prototype: unknown = Object.getPrototypeOf(value)
    assert(
      Array.isArray(value) || prototype === Object.prototype || prototype === null,
      'only plain objects and arrays are JSON',
    )
    for (const inner of Object.values(value)) frozen(inner)
    Object.freeze(value)
  } else
    assert(value === null || typeof value === 'string' || typeof value === 'boolean', `JSON has no ${typeof value}`)
  return value
}
