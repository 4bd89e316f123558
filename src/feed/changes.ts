/** What the changes stream says of an entry of the journal, and who may see it. */
import { instantText } from '../clock.ts'
import { AUID, type Owner, type Xui } from '../names.ts'
import type { JournalEntry, Position } from './journal.ts'
import type { PositionIds } from './ids.ts'

/** One entry for watchers. `data` is JSON text, made once for all of them. */
export interface FeedEvent {
  readonly position: Position
  readonly owner: Owner
  /** The XUI of the only account that sees it; `undefined`: whoever may see the owner's. */
  readonly audience: string | undefined
  /** Everybody's preferences rest on it: the provider's policy (X19). */
  readonly concernsAll: boolean
  readonly id: string
  readonly event: 'change' | 'state' | 'report'
  readonly data: string
}

export interface Watcher {
  readonly xui: Xui
  /** Only what is of this home or concerns everybody; `undefined`: of every home. */
  readonly owner: Owner | undefined
}

export type About = 'do-not-disturb' | 'active-profile' | 'profile' | 'policy' | 'list' | 'other'

const ABOUT: ReadonlyMap<string, About> = new Map<string, About>([
  [AUID.doNotDisturb, 'do-not-disturb'],
  [AUID.activeProfile, 'active-profile'],
  [AUID.profiles, 'profile'],
  [AUID.providerPolicy, 'policy'],
  [AUID.resourceLists, 'list'],
])

export function maySee(watcher: Watcher, event: FeedEvent): boolean {
  if (event.audience !== undefined && event.audience !== watcher.xui) return false
  return watcher.owner === undefined || watcher.owner === event.owner || event.concernsAll
}

export function feedEvent(entry: JournalEntry, ids: PositionIds): FeedEvent {
  const { position, owner, record } = entry
  const audience = record.kind === 'report' ? record.audience : undefined
  const concernsAll = record.kind === 'change' && aboutOf(record.document) === 'policy'
  return {
    position,
    owner,
    audience,
    concernsAll,
    id: ids.idOf(position),
    event: record.kind,
    data: JSON.stringify(dataOf(entry)),
  }
}

/** In the shapes of the API; `user` is missing for the global tree, which is nobody's. */
function dataOf({ owner, record }: JournalEntry): object {
  const user = owner === 'global' ? undefined : owner
  switch (record.kind) {
    case 'change': {
      const { document, previousEtag, newEtag } = record
      const kind = previousEtag === undefined ? 'created' : newEtag === undefined ? 'deleted' : 'changed'
      return { user, document, kind, previousEtag, newEtag, about: aboutOf(document), at: instantText(record.at) }
    }
    case 'state': {
      const { device, doNotDisturb, until } = record
      return {
        user,
        device,
        doNotDisturb,
        until: until === undefined ? undefined : instantText(until),
        at: instantText(record.at),
      }
    }
    case 'report': {
      const { id, message, messageId, disposition, because } = record
      return { id, message, messageId, disposition, because, at: instantText(record.at) }
    }
  }
}

function aboutOf(document: string): About {
  return ABOUT.get(document.slice(0, document.indexOf('/'))) ?? 'other'
}
