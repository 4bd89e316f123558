/**
 * S1–S4 without a server beside this one: what is stored lies with its owner's home. The home has a line for each, the
 * rest is in a record and body of its own, so a longer store costs a commit little. It is bounded for each user.
 */
import type { Clock, Instant } from '../clock.ts'
import { partOf, withPart, type Homes, type Messages, type OutboxEntry, type Part } from '../home/home.ts'
import { update } from '../home/update.ts'
import type { StoredObjectRecord } from '../feed/journal.ts'
import type { Xui } from '../names.ts'
import type { Attempted } from '../participating/contracts/attempt.ts'
import type {
  MessageStore,
  Putting,
  Settled,
  StoredEntry,
  StoredPage,
  StoredView,
} from '../participating/contracts/message-store.ts'

/** A line in the home. */
interface Line {
  readonly id: string
  /** Of its record; another one when the same message comes again after it was removed. */
  readonly record: string
  readonly stored: Instant
  /** Missing: read, or ordinary from the start. */
  readonly temporary?: true
  readonly read?: true
  /** S2: its arrival has not been told. */
  readonly quiet?: true
}

interface Kept {
  readonly kind: 'stored'
  readonly entry: StoredEntry
  readonly size: number
}

const STORED: Part<readonly Line[]> = { name: 'stored', empty: [] }

interface EmbeddedRooms {
  readonly homes: Homes
  readonly messages: Messages
  readonly clock: Clock
  /** Objects of one user. */
  readonly atMost: number
}

type Told = StoredObjectRecord['change']

export class EmbeddedStore implements MessageStore {
  readonly #rooms: EmbeddedRooms

  constructor(rooms: EmbeddedRooms) {
    this.#rooms = rooms
  }

  put({ entry, body, quietly }: Putting, signal: AbortSignal): Promise<Attempted> {
    const { id, owner } = entry
    const { homes, clock, atMost } = this.#rooms
    return update<Attempted>(homes, owner, async (home) => {
      if (signal.aborted) return { answer: { kind: 'again', because: 'it took too long' } }
      const lines = partOf(home, STORED)
      // U4, INV-33: one object for one message id.
      const before = lines.find((line) => line.id === id)
      if (before !== undefined) {
        if (before.temporary !== true || entry.temporary !== undefined) return { answer: { kind: 'done' } }
        const now = lines.map((line) => (line === before ? ordinary(line) : line))
        return { answer: { kind: 'done' }, commit: { home: withPart(home, STORED, now) } }
      }
      if (lines.length >= atMost) return { answer: { kind: 'again', because: 'the store of this user is full' } }
      const record = `stored ${owner} ${id} ${home.revision}`
      const line: Line = {
        id,
        record,
        stored: clock.now(),
        ...(entry.temporary === undefined ? {} : { temporary: true }),
        ...(quietly ? { quiet: true } : {}),
      }
      const value: Kept = { kind: 'stored', entry, size: body.length }
      // S2: what arrives without do-not-disturb tells of what came before it.
      const outbox = quietly
        ? []
        : [...(await this.#arrivals(owner, lines)), telling(owner, value, 'arrived', clock.now())]
      const others = quietly ? lines : lines.map(told)
      const messages = [{ id: record, uniqueName: record, owner, value, body }]
      const commit = { home: withPart(home, STORED, [...others, line]), messages, outbox }
      return { answer: { kind: 'done' }, commit }
    })
  }

  async settle(owner: Xui, id: string): Promise<Settled> {
    const after = (line: Line, { entry }: Kept): Line | undefined => {
      if (line.temporary !== true) return line
      return entry.temporary?.onExpiry === 'discard' ? undefined : ordinary(line)
    }
    const settled = await this.#change(owner, id, after, 'kept')
    if (settled?.line.temporary !== true) return { kind: 'nothing' }
    return { kind: settled.after === undefined ? 'removed' : 'kept' }
  }

  tell(owner: Xui): Promise<Attempted> {
    return update<Attempted>(this.#rooms.homes, owner, async (home) => {
      const lines = partOf(home, STORED)
      const outbox = await this.#arrivals(owner, lines)
      if (outbox.length === 0) return { answer: { kind: 'done' } }
      return { answer: { kind: 'done' }, commit: { home: withPart(home, STORED, lines.map(told)), outbox } }
    })
  }

  async list(owner: Xui, after: string | undefined, limit: number): Promise<StoredPage> {
    const lines = await this.#linesOf(owner)
    const behind = after === undefined ? lines : lines.filter((line) => placeOf(line) > Number(after))
    const page = behind.slice(0, limit)
    const views = await Promise.all(page.map((line) => viewIn(this.#rooms.messages, line)))
    const last = page.at(-1)
    return {
      messages: views.filter((view) => view !== undefined),
      ...(last !== undefined && limit < behind.length ? { next: String(placeOf(last)) } : {}),
    }
  }

  async open(owner: Xui, id: string): ReturnType<MessageStore['open']> {
    const line = (await this.#linesOf(owner)).find((one) => one.id === id)
    const view = line && (await viewIn(this.#rooms.messages, line))
    const body = line && (await this.#rooms.messages.body(line.record))
    return view === undefined || body === undefined ? undefined : { view, body }
  }

  /** S3: read before its instant, it is ordinary. */
  async markRead(owner: Xui, id: string): Promise<boolean> {
    const read = (line: Line): Line => (line.read === true ? line : { ...ordinary(line), read: true })
    return (await this.#change(owner, id, read, 'read')) !== undefined
  }

  async remove(owner: Xui, id: string): Promise<boolean> {
    return (await this.#change(owner, id, () => undefined, 'removed')) !== undefined
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #linesOf(owner: Xui): Promise<readonly Line[]> {
    return partOf(await this.#rooms.homes.read(owner), STORED)
  }

  async #arrivals(owner: Xui, lines: readonly Line[]): Promise<readonly OutboxEntry[]> {
    const { messages, clock } = this.#rooms
    const quiet = lines.filter((line) => line.quiet === true)
    const kept = await Promise.all(quiet.map((line) => keptIn(messages, line)))
    return kept.flatMap((one) => (one === undefined ? [] : [telling(owner, one, 'arrived', clock.now())]))
  }

  /** @param after the line as it is afterwards; `undefined` where it goes. Given the same one, nothing is committed. */
  #change(
    owner: Xui,
    id: string,
    after: (line: Line, kept: Kept) => Line | undefined,
    change: Told,
  ): Promise<{ readonly line: Line; readonly after: Line | undefined } | undefined> {
    const { homes, messages, clock } = this.#rooms
    return update(homes, owner, async (home) => {
      const lines = partOf(home, STORED)
      const line = lines.find((one) => one.id === id)
      const kept = line && (await keptIn(messages, line))
      if (line === undefined || kept === undefined) return { answer: undefined }
      const changed = after(line, kept)
      const answer = { line, after: changed }
      if (changed === line) return { answer }
      const others = lines.flatMap((one) => (one !== line ? [one] : changed === undefined ? [] : [changed]))
      const said = changed === undefined ? 'removed' : change
      const outbox: OutboxEntry[] = line.quiet === true ? [] : [telling(owner, kept, said, clock.now())]
      if (changed === undefined) outbox.push({ kind: 'message', id: line.record, value: kept, sweepAt: clock.now() })
      const unneeded = changed === undefined ? [line.record] : []
      return { answer, commit: { home: withPart(home, STORED, others), outbox, unneeded } }
    })
  }
}

/** Lines come one in a commit: the revision in the name of the record says which came first, also once it is gone. */
function placeOf({ record }: Line): number {
  return Number(record.slice(record.lastIndexOf(' ') + 1))
}

function ordinary({ temporary: _, ...line }: Line): Line {
  return line
}

function told({ quiet: _, ...line }: Line): Line {
  return line
}

/** What a watcher is told; of what was not told to have come nothing is told before that. */
function telling(owner: Xui, { entry, size }: Kept, change: Told, at: Instant): OutboxEntry {
  const { id, from, subject, sent } = entry
  const about = { message: id, from, ...(subject === undefined ? {} : { subject }), sent, size }
  const record: StoredObjectRecord = { kind: 'stored', change, ...about, at }
  return { kind: 'journal', owner, record: { ...record } }
}

async function keptIn(messages: Messages, { record }: Line): Promise<Kept | undefined> {
  return (await messages.byId(record))?.value as Kept | undefined
}

async function viewIn(messages: Messages, line: Line): Promise<StoredView | undefined> {
  const kept = await keptIn(messages, line)
  if (kept === undefined) return undefined
  const { temporary, ...ordinary } = kept.entry
  const isTemporary = line.temporary === true && temporary !== undefined
  const { stored, read = false } = line
  return { ...ordinary, ...(isTemporary ? { temporary } : {}), size: kept.size, stored, read }
}
