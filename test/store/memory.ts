/**
 * The store's contracts in memory: an oracle that other stores are compared with, and a fast, deterministic store for
 * simulations.
 *
 * It is stricter than a real one. What it is given is frozen, so that a change in place throws, and data that would not
 * survive JSON is an assertion failure.
 */
import assert from 'node:assert/strict'
import type { Account } from '../../src/access/account.ts'
import type { KeptEntry, Trail } from '../../src/access/trail.ts'
import type { Clock, Instant } from '../../src/clock.ts'
import type { Journal, JournalEntry, JournalRecord } from '../../src/feed/journal.ts'
import {
  emptyHome,
  type Commit,
  type Committed,
  type Home,
  type Homes,
  type Messages,
  type NewMessage,
  type StoredMessage,
  type Version,
} from '../../src/home/home.ts'
import type { Claim } from '../../src/home/leases.ts'
import { releaseVoid } from '../../src/home/reservations.ts'
import type { Owner } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import { createListeners } from '../../src/store/listeners.ts'
import { DEFAULT_RETENTION, type Retention, type Store, type Swept } from '../../src/store/store.ts'
import type { ImportMark } from '../../src/store/transfer.ts'
import { accountsOf } from './memory-accounts.ts'
import { homeWithout, keepTotals, keepWithout, withWhatWasLeftOut } from './memory-left-out.ts'
import { leasesOf } from './memory-leases.ts'
import { reservationsOf, type HeldName } from './memory-reservations.ts'
import { transferOf } from './memory-transfer.ts'
import { frozen, inOrder } from './plain.ts'

export interface MemoryStore extends Store {
  /**
   * The process dies: nothing that it still waits for ever settles, no listener is called again. What was committed is
   * there in the store that comes back, in which life goes on.
   */
  crash(): MemoryStore
}

interface MemoryOptions {
  readonly clock: Clock
  readonly retention?: Partial<Retention>
  /**
   * Waited for before anything is read or committed, and after a commit is durable but before anybody knows. Crashing
   * there is allowed.
   */
  readonly pause?: (where: 'before-read' | 'before-commit' | 'after-commit') => Promise<void> | void
}

interface MessageRecord extends StoredMessage {
  readonly uniqueName: string
  readonly body: Uint8Array | undefined
  readonly sweepAt: Instant | undefined
}

/** What survives a crash. */
export interface Disk {
  readonly homes: Map<Owner, Home>
  readonly texts: Map<string, Uint8Array>
  readonly dropped: Map<string, Instant>
  /** By owner, then by key; the newest last. */
  readonly versions: Map<Owner, Map<string, readonly (Version & { readonly revision: number })[]>>
  readonly reserved: Map<string, HeldName>
  readonly claims: Map<string, Claim>
  readonly messages: Map<string, MessageRecord>
  readonly names: Map<string, string>
  journal: { readonly entry: JournalEntry; readonly at: Instant }[]
  head: number
  readonly accounts: Map<string, Account>
  readonly trail: Map<string, KeptEntry>
  readonly kept: Map<string, string>
  mark: ImportMark | undefined
  readonly figures: { transactions: number; commits: number; conflicts: number; failures: number }
}

export function createMemoryStore(options: MemoryOptions): MemoryStore {
  return openDisk(options, {
    homes: new Map(),
    texts: new Map(),
    dropped: new Map(),
    versions: new Map(),
    reserved: new Map(),
    claims: new Map(),
    messages: new Map(),
    names: new Map(),
    journal: [],
    head: 0,
    accounts: new Map(),
    trail: new Map(),
    kept: new Map(),
    mark: undefined,
    figures: { transactions: 0, commits: 0, conflicts: 0, failures: 0 },
  })
}

/** A process that has the disk open. */
export interface Process {
  readonly disk: Disk
  readonly clock: Clock
  readonly retention: Retention
  /** Does `work` while the process lives and the store is open. */
  readonly read: <T>(work: () => T) => Promise<T>
  readonly write: <T>(work: () => T) => Promise<T>
}

function openDisk(options: MemoryOptions, disk: Disk): MemoryStore {
  let life: 'open' | 'closed' | 'dead' = 'open'
  const never = new Promise<never>(() => {})
  const pause = options.pause ?? (() => {})
  const alive = async (where: Parameters<typeof pause>[0]): Promise<void> => {
    if (life === 'closed') throw new Refused({ kind: 'unavailable', detail: 'The store is closed.', retryAfter: 1 })
    if (life === 'open') await pause(where)
    if (life === 'dead') await never
  }
  const process: Process = {
    disk,
    clock: options.clock,
    retention: { ...DEFAULT_RETENTION, ...options.retention },
    async read(work) {
      await alive('before-read')
      return work()
    },
    async write(work) {
      await alive('before-commit')
      const result = work()
      disk.figures.transactions += 1
      await pause('after-commit')
      if (life === 'dead') await never
      return result
    },
  }
  const onTrouble = (trouble: unknown): void => void (life === 'open' && console.error(trouble))
  const committed = createListeners<[Owner | undefined, Instant | undefined]>(onTrouble)
  const appended = createListeners<[]>(onTrouble)
  const changed = createListeners<[]>(onTrouble)
  const homes = homesOf(process, committed, appended)
  const reservations = reservationsOf(process)
  return {
    homes,
    messages: messagesOf(process),
    reservations,
    leases: leasesOf(process),
    journal: journalOf(process, appended),
    space: async () => ({}),
    accounts: accountsOf(process, changed),
    trail: trailOf(process),
    metadata: (name, make) => process.write(() => keep(disk.kept, name, make)),
    transfer: transferOf(process),
    damage: async () => [],
    path: 'memory',
    ready: () => process.read(() => undefined),
    withinDeadline: (work) => work(),
    figures: () => ({ ...disk.figures }),
    async sweep() {
      const { released } = await releaseVoid(homes, reservations, undefined, Infinity)
      return { ...(await process.write(() => sweep(process))), reservations: released }
    },
    async close() {
      if (life === 'open') life = 'closed'
    },
    crash() {
      life = 'dead'
      return openDisk(options, disk)
    },
  }
}

function keep(kept: Map<string, string>, name: string, make: () => string): string {
  const value = kept.get(name) ?? make()
  kept.set(name, value)
  return value
}

type CommitListeners = ReturnType<typeof createListeners<[Owner | undefined, Instant | undefined]>>
export type PlainListeners = ReturnType<typeof createListeners<[]>>

function homesOf(process: Process, committed: CommitListeners, appended: PlainListeners): Homes {
  const { disk, read } = process
  const scheduled = (): (Home & { readonly next: Instant })[] =>
    [...disk.homes.values()].flatMap((home) => (home.next === undefined ? [] : [{ ...home, next: home.next }]))
  return {
    read: (owner) => read(() => disk.homes.get(owner) ?? emptyHome(owner)),
    readWithout: (owner, part) => read(() => homeWithout(disk.homes.get(owner) ?? emptyHome(owner), part)),
    async commit(commit) {
      const outcome = await process.write(() => apply(process, commit))
      if (outcome.kind === 'committed') {
        if (commit.outbox?.some((entry) => entry.kind === 'journal')) appended.tell()
        committed.tell(commit.home.owner, commit.home.next)
      }
      return outcome
    },
    text: (id) => read(() => disk.texts.get(id)),
    versions: (owner, key) =>
      read(() => (disk.versions.get(owner)?.get(key) ?? []).map(({ revision, ...version }) => version).reverse()),
    due: (until, limit) =>
      read(() =>
        scheduled()
          .filter((home) => home.next <= until)
          .sort((a, b) => a.next - b.next || inOrder(a.owner, b.owner))
          .slice(0, limit)
          .map((home) => home.owner),
      ),
    earliest: () =>
      read(() =>
        scheduled().reduce<Instant | undefined>((first, { next }) => Math.min(first ?? next, next), undefined),
      ),
    scheduled: (after, limit) =>
      read(() =>
        scheduled()
          .map((home) => home.owner)
          .filter((owner) => owner > after)
          .sort(inOrder)
          .slice(0, limit),
      ),
    onCommit: committed.add,
  }
}

function apply(process: Process, commit: Commit): Committed {
  const { disk, clock } = process
  const { texts = [], messages = [], outbox = [] } = commit
  const present = disk.homes.get(commit.home.owner)
  const home = withWhatWasLeftOut(commit, present)
  if ((present?.revision ?? 0) !== home.revision) {
    disk.figures.conflicts += 1
    return { kind: 'conflict' }
  }
  const names = messages.map((message) => message.uniqueName)
  if (new Set(names).size < names.length || names.some((name) => disk.names.has(name)))
    return { kind: 'duplicate-message' }
  const next: Home = { ...home, revision: home.revision + 1 }
  mustBePlain(next, present)
  for (const { id, bytes } of texts)
    assert(
      disk.texts.get(id) === undefined || Buffer.from(bytes).equals(disk.texts.get(id)!),
      `the text ${id} has other bytes`,
    )
  for (const { id } of messages) assert(!disk.messages.has(id), `the message ${id} is there already`)

  disk.homes.set(home.owner, next)
  for (const { id, bytes } of texts) disk.texts.set(id, Uint8Array.from(bytes))
  keepVersions(process, commit, present ?? emptyHome(home.owner))
  for (const message of messages) addMessage(disk, message)
  for (const entry of outbox) {
    if (entry.kind === 'journal') {
      disk.head += 1
      disk.journal.push({
        entry: { position: disk.head, owner: entry.owner, record: frozen(entry.record) as JournalRecord },
        at: clock.now(),
      })
    } else {
      const record = disk.messages.get(entry.id)
      if (record !== undefined)
        disk.messages.set(entry.id, { ...record, value: frozen(entry.value), sweepAt: entry.sweepAt ?? record.sweepAt })
    }
  }
  for (const id of commit.unneeded ?? []) {
    const record = disk.messages.get(id)
    if (record !== undefined) disk.messages.set(id, { ...record, body: undefined })
  }
  disk.figures.commits += 1
  keepTotals(next, commit, present)
  if (commit.home.without === undefined) return { kind: 'committed', home: next }
  return { kind: 'committed', home: keepWithout(next, { ...commit.home, revision: next.revision }) }
}

function keepVersions({ disk, clock, retention }: Process, { home, forgetsVersions }: Commit, before: Home): void {
  const now = clock.now()
  const drop = (ids: readonly string[]): void => ids.forEach((id) => disk.dropped.set(id, now))
  const versions = new Map(disk.versions.get(home.owner))
  const left = [...before.documents].filter(([key, { text }]) => home.documents.get(key)?.text !== text)
  for (const [key, entry] of left)
    versions.set(key, [...(versions.get(key) ?? []), frozen({ ...entry, replaced: now, revision: home.revision + 1 })])
  for (const [key, all] of versions) {
    const kept = forgetsVersions === true || retention.versionsAtMost === 0 ? [] : all.slice(-retention.versionsAtMost)
    drop(all.slice(0, all.length - kept.length).map(({ text }) => text))
    versions.set(key, kept)
  }
  disk.versions.set(home.owner, versions)
}

function addMessage(disk: Disk, message: NewMessage): void {
  const { id, uniqueName, owner, value, body, sweepAt } = message
  disk.messages.set(id, { id, uniqueName, owner, value: frozen(value), body: body && Uint8Array.from(body), sweepAt })
  disk.names.set(uniqueName, id)
}

/** Only what was replaced is looked at: the rest was plain when it came. */
function mustBePlain(home: Home, before: Home | undefined): void {
  assert(home.next === undefined || Number.isSafeInteger(home.next), 'next is an instant')
  for (const [name, value] of home.parts) if (before?.parts.get(name) !== value) frozen(value)
  for (const [key, entry] of home.documents) if (before?.documents.get(key) !== entry) frozen(entry)
}

function messagesOf({ disk, read }: Process): Messages {
  const stored = (id: string | undefined): StoredMessage | undefined => {
    const record = id === undefined ? undefined : disk.messages.get(id)
    return record && { id: record.id, owner: record.owner, value: record.value }
  }
  return {
    byId: (id) => read(() => stored(id)),
    byName: (uniqueName) => read(() => stored(disk.names.get(uniqueName))),
    search: (search, after, limit) =>
      read(() =>
        [...disk.messages.values()]
          .filter(({ value, owner, sweepAt }) =>
            search.by === 'message-id'
              ? (value as { messageId?: string }).messageId === search.messageId
              : (sweepAt !== undefined) === search.hasEnded && (search.owner ?? owner) === owner,
          )
          .filter(({ owner, id }) => owner > after.owner || (owner === after.owner && id > after.id))
          .sort((a, b) => (a.owner < b.owner || (a.owner === b.owner && a.id < b.id) ? -1 : 1))
          .slice(0, limit)
          .map(({ id, owner, value }) => ({ id, owner, value })),
      ),
    body: (id) => read(() => disk.messages.get(id)?.body),
  }
}

function trailOf({ disk, read, write }: Process): Trail {
  return {
    append: (entries) => write(() => entries.forEach((entry) => disk.trail.set(entry.id, frozen(entry)))),
    read: ({ user, what }, before, limit) =>
      read(() =>
        [...disk.trail.values()]
          .filter((entry) => (user ?? entry.user) === entry.user && (what ?? entry.what) === entry.what)
          .filter(({ id }) => before === undefined || id < before)
          .sort((a, b) => (a.id < b.id ? 1 : -1))
          .slice(0, limit),
      ),
  }
}

function journalOf({ disk, read }: Process, appended: PlainListeners): Journal {
  return {
    head: () => read(() => disk.head),
    tail: () => read(() => disk.head - disk.journal.length),
    read: (after, limit, owner) =>
      read(() => {
        const from = Math.max(0, after - (disk.head - disk.journal.length))
        const entries: JournalEntry[] = []
        for (let at = from; at < disk.journal.length && entries.length < limit; at++) {
          const { entry } = disk.journal[at]!
          if (owner === undefined || entry.owner === owner || entry.owner === 'global') entries.push(entry)
        }
        return entries
      }),
    onAppend: appended.add,
  }
}

function sweep({ disk, clock, retention }: Process): Omit<Swept, 'reservations'> {
  const now = clock.now()
  let versions = 0
  for (const ofOwner of disk.versions.values()) {
    for (const [key, all] of ofOwner) {
      const old = all.filter(({ replaced }) => replaced <= now - retention.version)
      for (const { text } of old) disk.dropped.set(text, now)
      ofOwner.set(
        key,
        all.filter((version) => !old.includes(version)),
      )
      versions += old.length
    }
  }
  const texts = [...disk.dropped].filter(([, at]) => at <= now - retention.droppedText)
  for (const [id] of texts) {
    disk.texts.delete(id)
    disk.dropped.delete(id)
  }
  const messages = [...disk.messages.values()].filter(({ sweepAt }) => sweepAt !== undefined && sweepAt <= now)
  for (const { id, uniqueName } of messages) {
    disk.messages.delete(id)
    disk.names.delete(uniqueName)
  }
  const young = disk.journal.findIndex(({ at }) => at > now - retention.journal)
  const journal = young < 0 ? disk.journal.length : young
  disk.journal = disk.journal.slice(journal)
  const entries = [...disk.trail.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const past = entries.filter(
    ({ at }, index) => at <= now - retention.trail || index < entries.length - retention.trailAtMost,
  )
  for (const { id } of past) disk.trail.delete(id)
  return { versions, texts: texts.length, messages: messages.length, journal, trail: past.length }
}
