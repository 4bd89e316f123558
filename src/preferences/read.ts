/**
 * What the documents of one user mean together (X3, X4, C7).
 *
 * A document that is stored and cannot be read does not stop anything. What it says is not known, so nobody is
 * disturbed on its account: messages wait, and `unreadable` says which document it is.
 */
import { isSameDevice } from '../device.ts'
import type { Home, TextId } from '../home/home.ts'
import { devicesOf, disturbance } from './disturb.ts'
import { gather, listsIn, POLICY, valueOr, type Gathered, type PreferenceRooms, type Sought } from './gather.ts'
import type { Disturbance, InForce, ProfileInForce, UserPreferences } from './in-force.ts'
import { listsOf } from './lists.ts'
import { policyInForce, profileInForce } from './merge.ts'
import type { Preferences } from './model.ts'
import { isOneOf, isUndisclosed, listNames } from './sender.ts'
import { asIfSaved, type Unsaved } from './unsaved.ts'

/** What stands in for preferences that cannot be read: every message waits. */
const WAITING: ProfileInForce['messages'] = {
  rules: [],
  available: { action: 'defer' },
  unavailable: { action: 'defer' },
}

/** What stands in for do-not-disturb that cannot be read. */
const UNKNOWN: Disturbance = { on: true, because: 'unreadable', until: undefined }

/**
 * What the documents of a home meant when they were read last, with the policy's text of then. An index of documents is
 * never changed in place, and a text never.
 */
const readLast = new WeakMap<
  Home['documents'],
  { readonly policy: TextId | undefined; readonly preferences: UserPreferences }
>()

/**
 * Reads what `home` mentions, and the policy as it is now; the same object while both are the same.
 * @param unsaved what counts in place of what is saved.
 * @throws Refused `unavailable` where the store cannot answer.
 */
export async function readPreferences(
  rooms: PreferenceRooms,
  home: Home,
  unsaved: Unsaved = [],
): Promise<UserPreferences> {
  if (unsaved.length > 0) {
    const as = await asIfSaved(rooms, home, unsaved)
    return readPreferences(as.rooms, as.home)
  }
  const global = await rooms.homes.read('global')
  const policy = global.documents.get(POLICY)?.text
  const last = readLast.get(home.documents)
  if (last !== undefined && last.policy === policy) return last.preferences
  const preferences = preferencesOf(await gather(rooms, home, global))
  // What could not be read is tried again.
  if (preferences.unreadable.length === 0) readLast.set(home.documents, { policy, preferences })
  return preferences
}

function preferencesOf(gathered: Gathered): UserPreferences {
  const { policy, dnd, unreadable } = gathered
  const lists = listsOf(gathered.lists.flatMap((index) => (index.kind === 'read' ? [index.value] : [])))
  const setting = valueOr(dnd, {})
  const except = setting.except ?? []
  const active = valueOr(gathered.active, { default: '' })
  // By the profile, of which there are few; a device may be called anything.
  const ofProfile = remembered((own: string | undefined) => inForceOf(gathered, own))
  const inForce = (device: string | undefined): InForce =>
    ofProfile(active.devices?.find(({ id }) => device !== undefined && isSameDevice(id, device))?.profile)
  return {
    policy: policyInForce(valueOr(policy, {})),
    unreadable,
    ownEntries: devicesOf(setting),
    inForce,
    disturbance: (device, at) => (dnd.kind === 'unreadable' ? UNKNOWN : disturbance(setting, device, at)),
    // Whom do-not-disturb lets through would tell who he is that hides.
    excepted: (sender) => !isUndisclosed(sender) && isOneOf(except, sender, lists),
    originates: (originators, sender) => isOneOf(originators, sender, lists),
    unknownLists: (device) =>
      [...new Set([...listsIn(inForce(device).profile), ...listNames(except)])].filter((name) => !lists.knows(name)),
  }
}

/**
 * X3, X4: the device's own profile, else the default one, else the policy alone.
 * @param own the profile that is active for the device alone.
 */
function inForceOf(gathered: Gathered, own: string | undefined): InForce {
  const { active, profiles } = gathered
  if (active.kind === 'none')
    return {
      profileId: undefined,
      etag: undefined,
      because: 'only-policy',
      ...counted(gathered, { kind: 'none' }, true),
    }
  if (active.kind === 'unreadable')
    return { profileId: undefined, etag: undefined, because: 'default', ...counted(gathered, active, false) }
  const profileId = own ?? active.value.default
  const profile = profiles.get(profileId) ?? { kind: 'none' }
  const etag = profile.kind === 'none' ? undefined : profile.etag
  return {
    profileId,
    etag,
    because: own === undefined ? 'default' : 'device',
    ...counted(gathered, profile, profile.kind === 'read'),
  }
}

/**
 * What counts of a profile: of one that is not known, or that asks for lists which cannot be read, nothing about
 * messages.
 */
function counted(
  { policy, lists }: Gathered,
  sought: Sought<Preferences>,
  known: boolean,
): Pick<InForce, 'profile' | 'ownUnavailable'> {
  const own = valueOr(sought, {})
  const defaults = policy.kind === 'unreadable' ? { messages: WAITING } : (valueOr(policy, {}).defaults ?? {})
  const profile = profileInForce(own, defaults)
  const listsLost = lists.some((index) => index.kind === 'unreadable') && listsIn(profile).length > 0
  if (!known || listsLost) return { profile: { ...profile, messages: WAITING }, ownUnavailable: false }
  return { profile, ownUnavailable: own.messages?.unavailable !== undefined }
}

function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>()
  return (key) => {
    const value = made.get(key) ?? make(key)
    made.set(key, value)
    return value
  }
}
