/**
 * Media types, as preferences and devices name them: `type/subtype`, `type/*`, or anything. Parameters and case do not
 * count.
 */
import { mediaTypeOf } from '../../media-type.ts'

/**
 * Patterns are parts of documents and registrations, which are immutable: a list is read once, and a type looked up in
 * it.
 */
const places = new WeakMap<readonly unknown[], ReadonlyMap<string, number>>()

/** @param type in lower case, without parameters. @returns the first of the list whose pattern it matches. */
export function firstMatch<T>(list: readonly T[], patternOf: (item: T) => string, type: string): T | undefined {
  const known =
    places.get(list) ?? new Map(list.map((item, at) => [mediaTypeOf(patternOf(item)), at] as const).reverse())
  places.set(list, known)
  const found = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'].map((pattern) => known.get(pattern) ?? Infinity)
  return list[Math.min(...found)]
}

/**
 * What is shown, without the boxes it comes in. A multipart message that could not be read counts as its own only part.
 */
export function leavesOf(partTypes: readonly string[]): readonly string[] {
  const leaves = partTypes.filter((type) => !type.startsWith('multipart/') && type !== 'message/cpim')
  return leaves.length > 0 ? leaves : partTypes
}

/** True where every part may come. Without a list everything may; of an empty one nothing (U12). */
export function takesAll(accepts: readonly string[] | undefined, partTypes: readonly string[]): boolean {
  if (accepts === undefined) return true
  return leavesOf(partTypes).every((type) => firstMatch(accepts, (pattern) => pattern, type) !== undefined)
}
