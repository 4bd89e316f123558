/**
 * The documents of one user that matter for his messages, read at one revision of his home, with the provider's policy.
 */
import { documentKey, documentsOf, type Home, type Homes } from '../home/home.ts'
import { AUID, INDEX, type Etag } from '../names.ts'
import type { XmlDocument } from '../xml/tree.ts'
import type { DocumentCache, ReadDocument } from '../xcap/document-cache.ts'
import { readActiveProfile, readDoNotDisturb, readProfile, readProviderPolicy } from './documents.ts'
import type { Unreadable } from './in-force.ts'
import { indexLists, type ListIndex } from './lists.ts'
import type { ActiveProfile, DoNotDisturb, Preferences, Profile, ProviderPolicy } from './model.ts'
import { listNames } from './sender.ts'

export interface PreferenceRooms {
  readonly homes: Homes
  readonly documents: DocumentCache
}

/** The key of the provider's policy in the home `global`. */
export const POLICY = documentKey(AUID.providerPolicy, INDEX)

/** A document, or that there is none. */
export type Sought<T> = { readonly kind: 'none' } | (ReadDocument<T> & { readonly etag: Etag })

export interface Gathered {
  readonly policy: Sought<ProviderPolicy>
  readonly active: Sought<ActiveProfile>
  readonly dnd: Sought<DoNotDisturb>
  /** Those that are active for something, by their ids. */
  readonly profiles: ReadonlyMap<string, Sought<Profile>>
  /** All documents of `resource-lists`, where something names a list; else none. */
  readonly lists: readonly Sought<ListIndex>[]
  readonly unreadable: readonly Unreadable[]
}

/**
 * @param global the home of the provider's policy.
 * @throws Refused `unavailable` where the store cannot answer.
 */
export async function gather(rooms: PreferenceRooms, home: Home, global: Home): Promise<Gathered> {
  const unreadable: Unreadable[] = []
  const seek = async <T>(from: Home, key: string, read: (document: XmlDocument) => T): Promise<Sought<T>> => {
    const entry = from.documents.get(key)
    if (entry === undefined) return { kind: 'none' }
    const found = await rooms.documents.said(rooms.homes, entry, read)
    if (found.kind === 'unreadable') unreadable.push({ document: key, detail: found.detail })
    return { ...found, etag: entry.etag }
  }

  const policy = await seek(global, POLICY, readProviderPolicy)
  const active = await seek(home, documentKey(AUID.activeProfile, INDEX), readActiveProfile)
  const dnd = await seek(home, documentKey(AUID.doNotDisturb, INDEX), readDoNotDisturb)

  const profiles = new Map<string, Sought<Profile>>()
  for (const id of active.kind === 'read' ? activeIn(active.value) : []) {
    const key = documentKey(AUID.profiles, id)
    const profile = await seek(home, key, readProfile)
    if (profile.kind === 'none')
      unreadable.push({ document: key, detail: 'it is active, and there is no such document' })
    profiles.set(id, profile)
  }

  const users: readonly Preferences[] = [...profiles.values()].map((profile) => valueOr<Preferences>(profile, {}))
  const named = [...users, valueOr(policy, {}).defaults ?? {}]
    .flatMap(listsIn)
    .concat(listNames(valueOr(dnd, {}).except ?? []))
  const lists =
    named.length === 0
      ? []
      : await Promise.all(
          documentsOf(home, AUID.resourceLists).map(([name]) =>
            seek(home, documentKey(AUID.resourceLists, name), indexLists),
          ),
        )
  return { policy, active, dnd, profiles, lists, unreadable }
}

export function valueOr<T>(sought: Sought<T>, otherwise: T): T {
  return sought.kind === 'read' ? sought.value : otherwise
}

/** The names of lists in the rules. */
export function listsIn({ messages }: Preferences): readonly string[] {
  return (messages?.rules ?? []).flatMap(({ originators }) => listNames(originators ?? []))
}

function activeIn(active: ActiveProfile): ReadonlySet<string> {
  return new Set([active.default, ...(active.devices ?? []).map(({ profile }) => profile)])
}
