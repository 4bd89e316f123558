/** Documents that are not saved, taken as if they were: what would hold then. Nothing is stored. */
import { createHash } from 'node:crypto'
import { documentKey, type Home, type TextId } from '../home/home.ts'
import { AUID, INDEX, type Auid, type Etag } from '../names.ts'
import { readActiveProfile } from './documents.ts'
import type { PreferenceRooms } from './gather.ts'
import { writeJson } from './write.ts'

/** Of the user's own, with what its usage wants checked. */
export interface UnsavedDocument {
  readonly auid: Auid
  readonly name: string
  readonly text: string
}

/** What counts in place of what is saved. */
export type Unsaved = readonly UnsavedDocument[]

/**
 * What the rooms would read were these saved. A profile takes the place of the one with its name; where that is active
 * for nothing, it is the default one.
 */
export async function asIfSaved(
  rooms: PreferenceRooms,
  home: Home,
  unsaved: Unsaved,
): Promise<{ readonly rooms: PreferenceRooms; readonly home: Home }> {
  const texts = new Map<TextId, Buffer>()
  const documents = new Map(home.documents)
  const put = ({ auid, name, text }: UnsavedDocument): void => {
    const bytes = Buffer.from(text)
    const id = `unsaved ${createHash('sha256').update(bytes).digest('base64url')}`
    texts.set(id, bytes)
    documents.set(documentKey(auid, name), { etag: id as Etag, text: id, size: bytes.length, changed: 0, by: '' })
  }
  for (const one of unsaved) put(one)
  const profile = unsaved.find(({ auid }) => auid === AUID.profiles)
  const activated = profile && (await activeWith(rooms, home, profile.name))
  if (activated !== undefined) put(activated)
  const { homes } = rooms
  const facade = { ...homes, text: async (id: TextId) => texts.get(id) ?? homes.text(id) }
  return { rooms: { ...rooms, homes: facade }, home: { ...home, documents } }
}

/** Which profiles are active, with this one among them; `undefined`: it is already. */
async function activeWith(
  { homes, documents }: PreferenceRooms,
  home: Home,
  profile: string,
): Promise<UnsavedDocument | undefined> {
  const entry = home.documents.get(documentKey(AUID.activeProfile, INDEX))
  const said = entry && (await documents.said(homes, entry, readActiveProfile))
  const active = said?.kind === 'read' ? said.value : { default: profile }
  const isActive = active.default === profile || active.devices?.some((device) => device.profile === profile) === true
  if (said?.kind === 'read' && isActive) return undefined
  const text = writeJson('active-profile', { ...active, default: profile }, undefined)
  return { auid: AUID.activeProfile, name: INDEX, text }
}
