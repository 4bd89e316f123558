/** Documents that are stored and cannot be read. */
import type { Home } from '../home/home.ts'
import type { UserPreferences } from './in-force.ts'

/** Each is said once; more than this many at once are one trouble, not many. */
const UNREADABLE_AT_MOST = 1000

/** A logger of pino's shape. */
interface UnreadableLog {
  warn(details: object, message: string): void
}

/** A document that cannot be read is said in the log once, not for each message that waits because of it. */
export function unreadableSaidOnce(log: UnreadableLog): (home: Home, preferences: UserPreferences) => void {
  const said = new Set<string>()
  return (home, { unreadable }) => {
    for (const { document, detail } of unreadable) {
      const which = `${home.owner} ${document} ${home.documents.get(document)?.etag ?? ''}`
      if (said.has(which) || said.size >= UNREADABLE_AT_MOST) continue
      said.add(which)
      log.warn(
        { owner: home.owner, document, detail },
        'A stored document cannot be read: what it says is not known, so messages wait.',
      )
    }
  }
}
