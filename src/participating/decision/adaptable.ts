/** X10: what a part can be made into for whoever does not take it as it is. */
import type { Taking } from '../contracts/adaptation.ts'
import type { Facts } from '../state/queue.ts'
import { firstMatch, leavesOf } from './media.ts'
import { askedFor, type DeviceTaking } from './taking.ts'

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

/** The type, as it is or made into another; `undefined`: it can only be left out. */
export function madeFor(type: string, { accepts, leavesOut }: Taking): string | undefined {
  if (leavesOut === true) return takes(accepts, type) ? type : undefined
  return madeInto(type, accepts)
}

/**
 * Whether something of a message would be left, and what is left out could be said, before any part is touched. A
 * picture that turns out to be none is left out then. Text is not made shorter: too long alone, it does not fit.
 */
export function canBeAdapted(
  { partTypes, size, isCut }: Pick<Facts, 'partTypes' | 'size' | 'isCut'>,
  asked: DeviceTaking,
): boolean {
  const taking = askedFor(asked)
  const leaves = leavesOf(partTypes)
  const made = leaves.map((type) => madeFor(type, taking))
  // How long what is kept of it is, is found out when it is adapted.
  const isShort = taking.maxBytes === undefined || size <= taking.maxBytes || isCut === true
  if (!made.some((type) => type !== undefined) || (made.includes(undefined) && !takes(taking.accepts, 'text/plain')))
    return false
  return isShort || leaves.some((type) => !type.startsWith('text/') || type === 'text/html')
}

/** What would be done to it, in the order of its types, as the adaptation tells it. */
export function conversionsOf({ partTypes }: Pick<Facts, 'partTypes'>, asked: DeviceTaking): readonly string[] {
  const taking = askedFor(asked)
  return leavesOf(partTypes).flatMap((type) => {
    const made = madeFor(type, taking)
    if (made === type) return []
    return made === undefined ? `${type} left out` : `${type} to ${made}`
  })
}
