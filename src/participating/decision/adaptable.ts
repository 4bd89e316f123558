/** X10: what a part can be made into for whoever does not take it as it is. */
import { firstMatch, leavesOf } from './media.ts'

/** In the order in which they are tried. What is shown moving, or is scanned by its reader, is not among them. */
const CONVERSIONS: Readonly<Record<string, readonly string[]>> = {
  'text/html': ['text/plain'],
  'image/png': ['image/jpeg'],
  'image/webp': ['image/jpeg'],
  'image/gif': ['image/jpeg'],
}

/** Who takes everything has no list; of an empty one nothing (U12). */
function takes(accepts: readonly string[] | undefined, type: string): boolean {
  return accepts === undefined || firstMatch(accepts, (pattern) => pattern, type) !== undefined
}

/** The type itself where it is taken; `undefined`: it can only be left out. */
export function madeInto(type: string, accepts: readonly string[] | undefined): string | undefined {
  return takes(accepts, type) ? type : CONVERSIONS[type]?.find((other) => takes(accepts, other))
}

/**
 * Whether something of a message would be left, and what is left out could be said, before any part is touched. A
 * picture that turns out to be none is left out then.
 */
export function canBeAdapted(partTypes: readonly string[], accepts: readonly string[] | undefined): boolean {
  const made = leavesOf(partTypes).map((type) => madeInto(type, accepts))
  return made.some((type) => type !== undefined) && (!made.includes(undefined) || takes(accepts, 'text/plain'))
}
