/** Media types, as preferences and devices name them: `type/subtype`, `type/*`, or anything. Parameters and case do not count. */
import { mediaTypeOf } from '../../media-type.ts'

export function matchesMedia(pattern: string, type: string): boolean {
  const wanted = mediaTypeOf(pattern)
  if (wanted === '*/*') return true
  return wanted.endsWith('/*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted
}

/** What is shown, without the boxes it comes in. A multipart message that could not be read counts as its own only part. */
export function leavesOf(partTypes: readonly string[]): readonly string[] {
  const leaves = partTypes.filter((type) => !type.startsWith('multipart/'))
  return leaves.length > 0 ? leaves : partTypes
}

/** True where every part may come. Without a list everything may; of an empty one nothing (U12). */
export function takesAll(accepts: readonly string[] | undefined, partTypes: readonly string[]): boolean {
  if (accepts === undefined) return true
  return leavesOf(partTypes).every((type) => accepts.some((pattern) => matchesMedia(pattern, type)))
}
