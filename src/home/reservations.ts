/**
 * Names that are unique across users (`src/README.md`): the one thing that concerns two homes. A name is reserved
 * before the commit of the home that uses it; that commit confirms it; a reservation that its owner's home does not
 * confirm is void.
 *
 * Whoever reserved a name has a minute to confirm it, so that those who want one name at the same time do not take it
 * from each other. That is a courtesy: no clock decides who has a name. To take a void one over (or to release it) the
 * owner's home is read, and, if it does not confirm the name, committed once more as it is; then the reservation is
 * swapped, if its version is still the one that was read. A commit of the owner that was on its way conflicts now, and
 * he decides again; had he begun behind that, the version would be another.
 */
import type { Owner } from '../names.ts'
import { partOf, withPart, type Home, type Homes, type Part } from './home.ts'

export interface Reservation {
  readonly owner: Owner
  /** Another one after every change, and none comes back. */
  readonly version: string
  /** Milliseconds since the owner last asked for it, by the clock of the store. */
  readonly age: number
}

export interface ReservedName {
  /** An AUID: names of different usages do not meet. */
  readonly space: string
  readonly name: string
}

/**
 * What the rooms need from storage. Every change is durable before it resolves; each rejects with `Refused` of kind
 * `unavailable` as those of `Homes` do.
 */
export interface Reservations {
  /**
   * For `owner`, if nobody has it, or he has already: then in a new version.
   * @returns the reservation as it is now, perhaps another's.
   */
  take(space: string, name: string, owner: Owner): Promise<Reservation>
  /** Compare and swap: for `to`, if it is still in that version. */
  takeOver(space: string, name: string, version: string, to: Owner): Promise<boolean>
  /** Compare and swap: nobody's, if it is still in that version. */
  release(space: string, name: string, version: string): Promise<boolean>
  /** All of them, void or not, in the order of space and name, behind `after`. */
  list(after: ReservedName | undefined, limit: number): Promise<readonly (ReservedName & Reservation)[]>
  /** Everybody who has a reservation, void or not, each once, in the order of the owners, behind `after`. */
  owners(space: string, after: string, limit: number): Promise<readonly Owner[]>
}

/** The names that each document of a home uses, by the document's key; of a document that is gone they are gone too. */
const CONFIRMED: Part<Readonly<Record<string, readonly string[]>>> = { name: 'reserved-names', empty: {} }

/** The home with these names confirmed for a document, in place of those that it had. */
export function withConfirmed(home: Home, key: string, names: readonly string[]): Home {
  const { [key]: before = [], ...others } = partOf(home, CONFIRMED)
  if (before.length === 0 && names.length === 0) return home
  return withPart(home, CONFIRMED, names.length === 0 ? others : { ...others, [key]: names })
}

function confirms(home: Home, space: string, name: string): boolean {
  return Object.entries(partOf(home, CONFIRMED)).some(
    ([key, names]) => key.startsWith(`${space}/`) && home.documents.has(key) && names.includes(name),
  )
}

const CONFIRMED_WITHIN_MS = 60_000
/** Somebody else was quicker each time: then the name is his. */
const ROUNDS_AT_MOST = 5

/**
 * @param home as it was read before, and is to be committed with the name confirmed: were the name taken away from now
 * on, that commit conflicts.
 * @returns whether the name is his until then.
 */
export async function reserve(
  homes: Homes,
  reservations: Reservations,
  space: string,
  name: string,
  home: Home,
): Promise<boolean> {
  if (confirms(home, space, name)) return true
  for (let round = 0; round < ROUNDS_AT_MOST; round++) {
    const reservation = await reservations.take(space, name, home.owner)
    if (reservation.owner === home.owner) return true
    if (!(await isVoid(homes, { space, name, ...reservation }))) return false
    if (await reservations.takeOver(space, name, reservation.version, home.owner)) return true
  }
  return false
}

/**
 * Releases names that `home.owner` asked for in vain, but for those that his home confirms. Another request of his that
 * relies on one of them conflicts with the commit here, or has asked since and given the reservation another version.
 */
export async function giveBack(
  homes: Homes,
  reservations: Reservations,
  space: string,
  names: readonly string[],
  home: Home,
): Promise<void> {
  const unconfirmed = names.filter((name) => !confirms(home, space, name))
  if (unconfirmed.length === 0) return
  const held = await Promise.all(
    unconfirmed.map(async (name) => ({ name, ...(await reservations.take(space, name, home.owner)) })),
  )
  if ((await homes.commit({ home })).kind !== 'committed') return
  const own = held.filter(({ owner }) => owner === home.owner)
  await Promise.all(own.map(({ name, version }) => reservations.release(space, name, version)))
}

/** True from now on, as long as the reservation has this version. */
async function isVoid(homes: Homes, { space, name, owner, age }: ReservedName & Reservation): Promise<boolean> {
  if (age < CONFIRMED_WITHIN_MS) return false
  for (let round = 0; round < ROUNDS_AT_MOST; round++) {
    const home = await homes.read(owner)
    if (confirms(home, space, name)) return false
    if ((await homes.commit({ home })).kind === 'committed') return true
  }
  return false
}

/**
 * Releases what is void among at most `limit` reservations behind `after`.
 * @returns how many, and where to go on: `undefined` behind the last one.
 */
export async function releaseVoid(
  homes: Homes,
  reservations: Reservations,
  after: ReservedName | undefined,
  limit: number,
): Promise<{ readonly released: number; readonly next: ReservedName | undefined }> {
  const page = await reservations.list(after, limit)
  let released = 0
  for (const reservation of page) {
    const { space, name, version } = reservation
    if ((await isVoid(homes, reservation)) && (await reservations.release(space, name, version))) released += 1
  }
  return { released, next: page.length < limit ? undefined : page.at(-1) }
}
