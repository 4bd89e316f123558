/**
 * Who changed what of others: accounts, policy, usages, the queue. Kept with the store for those who answer for it; the
 * file of `XDMS_AUDIT` has a line for each of them too, among those of all changes.
 */
import { identifier, type Clock, type Instant, type Randomness } from '../clock.ts'
import { AUID, type DocumentSelector, type Etag, type Owner } from '../names.ts'

export const DEEDS = [
  'account-made',
  'account-changed',
  'account-removed',
  'account-unlocked',
  'policy-changed',
  'document-changed',
  'usages-changed',
  'message-released',
  'message-removed',
] as const
export type Deed = (typeof DEEDS)[number]

/** Who does it, and from where: an address, or the machine itself. */
export interface Actor {
  /** An XUI; `command line` for who may open the store. */
  readonly by: string
  readonly from: string
}

type Fields = Readonly<Record<string, unknown>>

export interface TrailEntry {
  readonly what: Deed
  /** Whose account, document or message; `global` for what is everybody's. */
  readonly user: Owner
  /** Plain JSON. Of a password only that it is another one. */
  readonly before?: Fields
  readonly after?: Fields
}

export interface KeptEntry extends TrailEntry, Actor {
  /** In the order of the instants. */
  readonly id: string
  readonly at: Instant
}

export interface TrailSearch {
  readonly user?: Owner
  readonly what?: Deed
}

/** Implemented in `store/`, which keeps entries for a time, and so many. */
export interface Trail {
  /** Resolves when they are durable. */
  append(entries: readonly KeptEntry[]): Promise<void>
  /** The newest first, those before the entry `before`. */
  read(search: TrailSearch, before: string | undefined, limit: number): Promise<readonly KeptEntry[]>
}

/** Told behind what was done, before that is answered. A process that ends between the two leaves no entry. */
export type Recording = (actor: Actor, entries: readonly TrailEntry[]) => Promise<void>

export const COMMAND_LINE: Actor = { by: 'command line', from: 'this machine' }

/** Digits of an instant until the year 5138. */
const DIGITS = 14

export function createRecording(trail: Trail, clock: Clock, random: Randomness): Recording {
  return async (actor, entries) => {
    const at = clock.now()
    const kept = entries.map((entry, index) => ({
      id: `${String(at).padStart(DIGITS, '0')}-${String(index).padStart(5, '0')}-${identifier(random, 6)}`,
      at,
      ...actor,
      ...entry,
    }))
    await trail.append(kept)
  }
}

/** Of a document that is everybody's: what was there is found by its entity tag. */
export function documentEntry(
  { auid, owner, name }: DocumentSelector,
  { before, etag }: { readonly before?: Etag | undefined; readonly etag?: Etag | undefined },
): TrailEntry {
  const document = `${auid}/${name}`
  return {
    what: auid === AUID.providerPolicy ? 'policy-changed' : 'document-changed',
    user: owner,
    ...(before === undefined ? {} : { before: { document, etag: before } }),
    ...(etag === undefined ? {} : { after: { document, etag } }),
  }
}

/** Which usages are served is set outside and read at a start, which says so where they are others than before. */
export async function recordUsages(
  { trail, record }: { readonly trail: Trail; readonly record: Recording },
  usages: { readonly all: () => readonly { readonly auid: string }[] },
): Promise<void> {
  const auids = usages
    .all()
    .map(({ auid }) => auid)
    .sort()
  const [last] = await trail.read({ what: 'usages-changed' }, undefined, 1)
  if (JSON.stringify(last?.after?.['auids']) === JSON.stringify(auids)) return
  const before = last?.after === undefined ? {} : { before: last.after }
  await record({ by: 'settings', from: 'this machine' }, [
    { what: 'usages-changed', user: 'global', ...before, after: { auids } },
  ])
}
