/**
 * Whether everything that a store keeps is there and can be read: for who doubts it, and before a backup is called one.
 */
import type { DocumentEntry, Home } from '../home/home.ts'
import { readDocument } from '../xml/read-document.ts'
import type { XmlLimits } from '../xml/limits.ts'
import type { Store } from './store.ts'
import type { Progress } from './move.ts'
import { noCounts, sum, type Counts, type Item, type ItemOf, type Kind } from './transfer.ts'

export interface Checked {
  readonly counts: Counts
  /** A sentence for each, the first ones of them. */
  readonly damage: readonly string[]
  /** How many there are altogether. */
  readonly found: number
}

export interface Expected {
  /** The messages that a home says wait there. */
  readonly waitingIn: (home: Home) => readonly string[]
  /** What a document may be at most: more than any setting allowed. */
  readonly xml: XmlLimits
}

/** So many are told; where there are more the file is lost as a whole. */
const TOLD_AT_MOST = 20
const ITEMS_AT_ONCE = 500

/** Nothing is changed. @throws Refused `unavailable`, where not even the counts can be read. */
export async function checkStore(store: Store, expected: Expected, progress: Progress): Promise<Checked> {
  const told: string[] = []
  let found = 0
  const tell = (damage: string): void => {
    found += 1
    if (told.length < TOLD_AT_MOST) told.push(damage)
  }
  progress('checking the database', 0, 1)
  for (const damage of await store.damage()) tell(damage)
  const seen = noCounts()
  const snapshot = await store.transfer.snapshot()
  try {
    const total = sum(snapshot.counts)
    const look = createLook(store, expected, tell)
    let done = 0
    for await (const item of snapshot.items()) {
      seen[item.kind] += 1
      done += 1
      await look(item)
      if (done % ITEMS_AT_ONCE === 0 || done === total) progress('checking what is stored', done, total)
    }
    const isOfOneMoment = await snapshot.isOfOneMoment()
    const unread = snapshot.counts.message - seen.message
    if (unread > 0 && isOfOneMoment) tell(`${unread} messages have no body`)
    if (found > 0 && !isOfOneMoment) tell('somebody wrote while it was read: stop the servers, and check again')
  } catch (error) {
    tell(`reading ended early: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    await snapshot.close()
  }
  return { counts: seen, damage: told, found }
}

function createLook(
  { homes, messages }: Store,
  { waitingIn, xml }: Expected,
  tell: (damage: string) => void,
): (item: Item) => Promise<void> {
  /** Texts come before what mentions them. */
  const sizes = new Map<string, number>()
  const mustHave = async (what: string, { text, size }: DocumentEntry): Promise<boolean> => {
    // One that is younger than the moment of the first texts, where a store cannot hold a moment.
    const present = sizes.get(text) ?? (await homes.text(text))?.length
    if (present === size) return true
    tell(present === undefined ? `${what} has no text` : `${what} has ${size} bytes, and its text ${present}`)
    return false
  }

  async function lookAtHome(item: ItemOf<'home'>): Promise<void> {
    for (const [key, entry] of item.documents) {
      const what = `the document ${key} of ${item.owner}`
      if (!(await mustHave(what, entry))) continue
      const bytes = await homes.text(entry.text)
      // It may have been replaced, and swept, since the moment that is looked at.
      if (bytes !== undefined && !isReadable(bytes, xml)) tell(`${what} is no XML`)
    }
    const home: Home = { ...item, documents: new Map(item.documents), parts: new Map(item.parts), next: item.next }
    const missing: string[] = []
    for (const id of waitingIn(home)) if ((await messages.byId(id)) === undefined) missing.push(id)
    // What ended and was swept since the moment that is looked at is missed by nobody.
    const now = missing.length === 0 ? [] : waitingIn(await homes.read(item.owner))
    for (const id of missing.filter((each) => now.includes(each)))
      tell(`the message ${id}, which waits for ${item.owner}, is not there`)
  }

  const looks: { readonly [K in Kind]?: (item: ItemOf<K>) => void | Promise<void> } = {
    text: ({ id, bytes }) => void sizes.set(id, bytes.length),
    version: async ({ owner, document, revision, ...entry }) =>
      void (await mustHave(`the version ${revision} of ${document} of ${owner}`, entry)),
    home: lookAtHome,
  }
  return async (item) => await (looks[item.kind] as ((item: Item) => void | Promise<void>) | undefined)?.(item)
}

function isReadable(bytes: Uint8Array, limits: XmlLimits): boolean {
  try {
    readDocument(bytes, limits)
    return true
  } catch {
    return false
  }
}
