/**
 * Bodies that are too long to be written in one turn of the event loop: ten megabytes took 20 ms of the processor and
 * as long as the disk needs for them. They lie in pieces, which are written in transactions of their own before the
 * commit that brings the message; that only says whose they are. What never came to be of one is swept.
 */
import type { Clock, Instant } from '../../clock.ts'
import type { Homes, NewMessage } from '../../home/home.ts'
import { Refused } from '../../refusal.ts'
import { laterRound } from '../../rounds.ts'
import type { Database } from './driver.ts'
import type { Writer } from './group-commit.ts'
import { translatingErrors } from './trouble.ts'

/** So much is written or read in one turn, which takes some 5 ms; what is no longer than this lies in one piece. */
const PIECE_BYTES = 2_097_152

/** So long after its first piece was written a body must have its message. */
const WITHOUT_MESSAGE_MS = 3_600_000

export interface LongBodies {
  /** Writes the bodies that are long, unless they lie there from when the same commit was tried before. */
  lay(messages: readonly NewMessage[], writer: Writer, now: Instant): Promise<void>
  /** What was laid for these belongs to them now. */
  wereCommitted(messages: readonly NewMessage[]): void
  /** Takes away what was laid for messages that will not come. */
  takeBack(messages: readonly NewMessage[], writer: Writer): Promise<void>
  /** Within a transaction, as are the next two. @throws Refused `unavailable` for what was swept meanwhile. */
  give(message: NewMessage): void
  remove(message: string): void
  /** Removes one that has had no message for too long. @returns whether there was one. */
  sweepOne(now: Instant): boolean
  /** `undefined` where the message has none. */
  read(message: string): Promise<Uint8Array | undefined>
}

interface LongBody {
  readonly id: number
  readonly size: number
}

export function createLongBodies(database: Database): LongBodies {
  const { write, find, read, drop } = createPieces(database)
  const assign = database.prepare('UPDATE long_bodies SET message = ? WHERE id = ?')
  const left = database.prepare('SELECT id FROM long_bodies WHERE message IS NULL AND since <= ? LIMIT 1')
  const laid = createLaid()
  return {
    async lay(messages, writer, now) {
      for (const message of messages) {
        const { body } = message
        if (body !== undefined && isLong(body) && laid.of(message) === undefined)
          laid.add(message, await write(body, writer, now))
      }
    },
    wereCommitted: (messages) => messages.forEach(laid.forget),
    async takeBack(messages, writer) {
      for (const message of messages) {
        const id = laid.of(message)
        laid.forget(message)
        if (id !== undefined) await writer.write(() => drop(id))
      }
    },
    give(message) {
      const id = laid.of(message)
      if (id !== undefined && assign.run(message.id, id).changes > 0) return
      laid.forget(message)
      throw new Refused({ kind: 'unavailable', detail: 'The body took too long to be written.', retryAfter: 1 })
    },
    remove(message) {
      const found = find(message)
      if (found !== undefined) drop(found.id)
    },
    sweepOne(now) {
      const found = left.get(now - WITHOUT_MESSAGE_MS) as LongBody | undefined
      if (found !== undefined) drop(found.id)
      return found !== undefined
    },
    read,
  }
}

function createPieces(database: Database) {
  const begin = database.prepare('INSERT INTO long_bodies (size, since) VALUES (?, ?) RETURNING id')
  const add = database.prepare('INSERT INTO body_pieces (body, place, bytes) VALUES (?, ?, ?)')
  const ofMessage = database.prepare('SELECT id, size FROM long_bodies WHERE message = ?')
  const piece = database.prepare('SELECT bytes FROM body_pieces WHERE body = ? AND place = ?')
  const removeBody = database.prepare('DELETE FROM long_bodies WHERE id = ?')
  const removePieces = database.prepare('DELETE FROM body_pieces WHERE body = ?')
  const find = (message: string) => ofMessage.get(message) as LongBody | undefined
  const asked = translatingErrors(find)
  const askedPiece = translatingErrors(
    (body: number, place: number) => piece.get(body, place) as { bytes: Uint8Array } | undefined,
  )
  return {
    find,
    drop(id: number): void {
      removeBody.run(id)
      removePieces.run(id)
    },
    async write(bytes: Uint8Array, writer: Writer, now: Instant): Promise<number> {
      let id = 0
      for (const [place, from] of piecesOf(bytes.length)) {
        const part = bytes.subarray(from, from + PIECE_BYTES)
        const write = (): void => {
          if (place === 0) id = (begin.get(bytes.length, now) as LongBody).id
          add.run(id, place, part)
        }
        await writer.write(write, part.length)
      }
      return id
    },
    async read(message: string): Promise<Uint8Array | undefined> {
      const found = await asked(message)
      if (found === undefined) return undefined
      const bytes = Buffer.allocUnsafeSlow(found.size)
      for (const [place, from] of piecesOf(found.size)) {
        const row = await askedPiece(found.id, place)
        // Meanwhile nobody needs it any more.
        if (row === undefined) return undefined
        bytes.set(row.bytes, from)
        await laterRound()
      }
      return bytes
    },
  }
}

export function isLong(body: Uint8Array | undefined): boolean {
  return body !== undefined && body.length > PIECE_BYTES
}

/** The place of each, and where it begins. */
function* piecesOf(size: number): Generator<readonly [place: number, from: number]> {
  for (let place = 0; place * PIECE_BYTES < size; place += 1) yield [place, place * PIECE_BYTES]
}

/** Which body lies there for which message: a commit that is tried again has the same name and the same bytes. */
function createLaid() {
  const laid = new WeakMap<Uint8Array, Map<string, number>>()
  return {
    of: ({ body, uniqueName }: NewMessage): number | undefined => body && laid.get(body)?.get(uniqueName),
    add({ body, uniqueName }: NewMessage, id: number): void {
      if (body !== undefined) laid.set(body, new Map(laid.get(body)).set(uniqueName, id))
    },
    forget({ body, uniqueName }: NewMessage): void {
      if (body !== undefined) laid.get(body)?.delete(uniqueName)
    },
  }
}

/** Homes whose commits lay what is long before they begin. */
export function layingLongBodies(homes: Homes, bodies: LongBodies, writer: Writer, clock: Clock): Homes {
  return {
    ...homes,
    async commit(commit) {
      const { messages } = commit
      if (messages?.some(({ body }) => isLong(body)) !== true) return homes.commit(commit)
      await bodies.lay(messages, writer, clock.now())
      const outcome = await homes.commit(commit)
      if (outcome.kind === 'committed') bodies.wereCommitted(messages)
      // Of a conflict the commit is tried again.
      if (outcome.kind === 'duplicate-message') await bodies.takeBack(messages, writer)
      return outcome
    },
  }
}
