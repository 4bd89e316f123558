/**
 * What is there already when somebody begins to watch (RFC 5875 §4.4): the documents that he named, and do-not-disturb.
 */
import { allAccounts, type Accounts } from '../access/account.ts'
import type { Clock } from '../clock.ts'
import { eventWithoutPlace, maySee, type FeedEvent, type Watcher } from '../feed/changes.ts'
import type { Describing, PresentRecord } from '../feed/describe.ts'
import type { Journal, Position } from '../feed/journal.ts'
import type { ChangeRecord, Home, Homes } from '../home/home.ts'
import { selectorText, type Auid, type Owner } from '../names.ts'
import type { UserPreferences } from '../preferences/in-force.ts'
import { presentState, type StateRecord } from '../preferences/state.ts'

export interface PresentParts {
  readonly homes: Homes
  readonly accounts: Pick<Accounts, 'list'>
  readonly clock: Clock
  readonly describing: Describing
  readonly preferencesOf: (home: Home) => Promise<UserPreferences>
}

/**
 * A change that came while the present was told may be in it. Beyond so many entries it is not looked for: it is told
 * once more.
 */
const ENTRIES_AT_MOST = 4_096

/** What one watcher was told of the present. */
export class Present {
  readonly #parts: PresentParts & { readonly journal: Journal }
  readonly #watcher: Watcher
  /** Up to which position a document is as it was told. */
  readonly #covered = new Map<string, Position>()

  constructor(parts: PresentParts & { readonly journal: Journal }, watcher: Watcher) {
    this.#parts = parts
    this.#watcher = watcher
  }

  /** Home by home, at the watcher's pace. @param from the position that the homes are read behind. */
  async *tell(from: Position, signal: AbortSignal): AsyncGenerator<{ readonly kind: 'events'; events: FeedEvent[] }> {
    const told = new Set<string>()
    for await (const owner of ownersOf(this.#parts, this.#watcher)) {
      if (signal.aborted) return
      const events = await this.#eventsOf(owner, told)
      if (events.length > 0) yield { kind: 'events', events }
    }
    const { journal } = this.#parts
    for (let read = 0, after = from; read < ENTRIES_AT_MOST; ) {
      const entries = await journal.read(after, ENTRIES_AT_MOST - read, this.#watcher.owner)
      for (const { position, record } of entries) {
        if (record.kind === 'change' && told.has(versionOf(record))) this.#covered.set(record.document, position)
      }
      if (entries.length === 0) return
      read += entries.length
      after = entries.at(-1)?.position ?? after
    }
  }

  /** The document is later than this, and was told so. */
  covers({ record, position }: FeedEvent): boolean {
    return record.kind === 'change' && position <= (this.#covered.get(record.document) ?? -1)
  }

  async #eventsOf(owner: Owner, told: Set<string>): Promise<FeedEvent[]> {
    const home = await this.#parts.homes.read(owner)
    const events: FeedEvent[] = []
    for (const record of [...documentsOf(home), ...(await statesOf(this.#parts, this.#watcher, home))]) {
      const event = eventWithoutPlace(owner, record)
      if (!maySee(this.#watcher, event)) continue
      if (record.kind === 'change') told.add(versionOf(record))
      const described =
        record.kind === 'change'
          ? await this.#parts.describing.describePresent(owner, record, this.#watcher.view)
          : event
      if (described !== undefined) events.push(described)
    }
    return events
  }
}

function versionOf({ document, newEtag }: ChangeRecord): string {
  return `${newEtag ?? ''} ${document}`
}

/** Whose homes can hold what is named. */
async function* ownersOf({ accounts }: PresentParts, watcher: Watcher): AsyncGenerator<Owner> {
  const targets = watcher.view.targets ?? []
  const named = new Set<Owner>()
  for (const target of targets) {
    if (target.kind === 'document') named.add(target.selector.owner)
    if (target.kind === 'folder') named.add(target.owner)
  }
  const everywhere = targets.some(({ kind }) => kind === 'usage' || kind === 'state')
  if (everywhere) named.add('global')
  if (everywhere && watcher.owner !== undefined) named.add(watcher.owner)
  yield* named
  if (!everywhere || watcher.owner !== undefined) return
  for await (const { xui } of allAccounts(accounts)) if (!named.has(xui)) yield xui
}

function documentsOf({ owner, documents }: Home): readonly PresentRecord[] {
  return [...documents].map(([key, { etag, changed, by }]) => {
    const slash = key.indexOf('/')
    const document = selectorText({ auid: key.slice(0, slash) as Auid, owner, name: key.slice(slash + 1) })
    return { kind: 'change', document, newEtag: etag, at: changed, by }
  })
}

async function statesOf(
  { clock, preferencesOf }: PresentParts,
  { view }: Watcher,
  home: Home,
): Promise<readonly StateRecord[]> {
  if (home.owner === 'global' || view.targets?.some(({ kind }) => kind === 'state') !== true) return []
  return presentState(home, await preferencesOf(home), clock.now())
}
