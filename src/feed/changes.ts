/** What the changes stream says of an entry of the journal, and who may see it. */
import { instantText } from '../clock.ts'
import { AUID, type Owner, type Xui } from '../names.ts'
import type { JournalEntry, JournalRecord, Position } from './journal.ts'
import type { PositionIds } from './ids.ts'
import { namedIn, type WatchTarget } from './targets.ts'

/** One entry for watchers. `data` is JSON text, made once for all of them. */
export interface FeedEvent {
  readonly position: Position
  readonly owner: Owner
  /** The XUI of the only account that sees it; `undefined`: whoever may see the owner's. */
  readonly audience: string | undefined
  /** Everybody's preferences rest on it: the provider's policy (X19). */
  readonly concernsAll: boolean
  /** `undefined` where it has no place. */
  readonly id: string | undefined
  readonly event: JournalRecord['kind'] | 'xcap-diff'
  readonly data: string
  readonly record: JournalRecord
}

/** In which words a watcher wants to be told of documents. */
export interface View {
  /** `undefined`: everything that he may see. */
  readonly targets: readonly WatchTarget[] | undefined
  readonly form: 'json' | 'xcap-diff'
  readonly diff: 'patches' | 'etags' | 'documents'
  /** The XCAP root as a URI, to which the selectors of RFC 5874 are relative. */
  readonly root: string
}

export interface Watcher {
  readonly xui: Xui
  /** Only what is of this home or concerns everybody; `undefined`: of every home. */
  readonly owner: Owner | undefined
  readonly view: View
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
  if (event.record.kind === 'subscription') return false
  if (event.audience !== undefined && event.audience !== watcher.xui) return false
  const { owner, record } = event
  const within = watcher.owner === undefined || watcher.owner === owner || event.concernsAll
  const { targets } = watcher.view
  if (targets === undefined || record.kind === 'report' || record.kind === 'stored') return within
  if (record.kind === 'state') return within && targets.some(({ kind }) => kind === 'state')
  // Who may name a global document may read it, though his view is of one home.
  const named = within ? targets : owner === 'global' ? targets.filter(({ kind }) => kind !== 'usage') : []
  return namedIn(named, owner, record.document) !== undefined
}

export function feedEvent({ position, owner, record }: JournalEntry, ids: PositionIds): FeedEvent {
  return eventAt(owner, record, position, ids)
}

/** What is present is told like a change, but has no place among the changes. */
export function eventWithoutPlace(owner: Owner, record: JournalRecord): FeedEvent {
  return eventAt(owner, record, 0, undefined)
}

/** What it says, and its id, are made when the first watcher asks: most changes are watched by nobody. */
function eventAt(owner: Owner, record: JournalRecord, position: Position, ids: PositionIds | undefined): FeedEvent {
  let id: string | undefined
  let data: string | undefined
  return {
    position,
    owner,
    audience: record.kind === 'report' ? record.audience : undefined,
    concernsAll: record.kind === 'change' && aboutOf(record.document) === 'policy',
    get id() {
      return (id ??= ids?.idOf(position))
    },
    event: record.kind,
    get data() {
      return (data ??= JSON.stringify(recordData(owner, record)))
    },
    record,
  }
}

/** In the shapes of the API; `user` is missing for the global tree, which is nobody's. */
export function recordData(owner: Owner, record: JournalRecord): object {
  const user = userOf(owner)
  switch (record.kind) {
    case 'change': {
      const { document, previousEtag, newEtag } = record
      const kind = previousEtag === undefined ? 'created' : newEtag === undefined ? 'deleted' : 'changed'
      const change = { user, document, kind, previousEtag, newEtag, about: aboutOf(document) }
      // Whoever sees a user's changes may read who made them; who writes for everybody is for administrators to know.
      return { ...change, by: user === undefined ? undefined : record.by, at: instantText(record.at) }
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
    case 'stored': {
      const { message, change, from, subject, sent, size } = record
      return { user, message, kind: change, from, subject, sent: instantText(sent), size, at: instantText(record.at) }
    }
    case 'report': {
      const { id, message, messageId, disposition, because } = record
      return { id, message, messageId, disposition, because, at: instantText(record.at) }
    }
    case 'subscription':
      return { user }
  }
}

export function userOf(owner: Owner): Xui | undefined {
  return owner === 'global' ? undefined : owner
}

export function aboutOf(document: string): About {
  return ABOUT.get(document.slice(0, document.indexOf('/'))) ?? 'other'
}
