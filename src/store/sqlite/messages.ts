/**
 * The messages' own records, and their bodies in a table beside them, so that a new state of a record does not write
 * the body again. Those that are long lie in pieces (`long-bodies.ts`).
 */
import type { MessagePlace, Messages, MessageSearch, NewMessage, OutboxEntry, StoredMessage } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { ENDED_ROW_BYTES, type Retention } from '../store.ts'
import { countSinceLooked } from '../since-looked.ts'
import type { Database } from './driver.ts'
import { isLong, type LongBodies } from './long-bodies.ts'
import { translatingErrors } from './trouble.ts'

export interface MessagesTable {
  readonly messages: Messages
  /** Within a transaction, as are the others. */
  namesAreFree(messages: readonly NewMessage[]): boolean
  add(message: NewMessage): void
  /** An entry for a record that was swept does nothing. One without `sweepAt` leaves that as it was. */
  replace(entry: OutboxEntry & { readonly kind: 'message' }): void
  /** Their bodies go; beyond the owner's total of what has ended and nobody needs, the oldest records go with them. */
  removeBodies(owner: Owner, ids: readonly string[]): void
  /** Removes at most `limit` of those whose `sweepAt` is `now` or earlier, with their bodies. @returns how many. */
  sweep(now: number, limit: number): number
}

export function createMessages(
  database: Database,
  longBodies: LongBodies,
  { endedBytesAtMost }: Pick<Retention, 'endedBytesAtMost'>,
): MessagesTable {
  const byId = database.prepare('SELECT id, owner, value FROM messages WHERE id = ?')
  const byName = database.prepare('SELECT id, owner, value FROM messages WHERE unique_name = ?')
  const search = createSearch(database)
  const body = database.prepare('SELECT bytes FROM bodies WHERE message = ?')
  const insert = database.prepare(
    'INSERT INTO messages (id, unique_name, owner, value, sweep_at) VALUES (?, ?, ?, ?, ?)',
  )
  const insertBody = database.prepare('INSERT INTO bodies (message, bytes) VALUES (?, ?)')
  const update = database.prepare('UPDATE messages SET value = ?, sweep_at = coalesce(?, sweep_at) WHERE id = ?')
  const ended = database.prepare('SELECT id FROM messages WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?')
  const remove = database.prepare('DELETE FROM messages WHERE id = ?')
  const removeBody = database.prepare('DELETE FROM bodies WHERE message = ?')
  const size = database.prepare('SELECT length(value) AS size FROM messages WHERE id = ?')
  const tooMany = database.prepare(
    `SELECT id FROM (SELECT id, sum(length(value) + ${ENDED_ROW_BYTES}) OVER (ORDER BY sweep_at DESC, id) AS total
     FROM messages INDEXED BY messages_by_state WHERE (sweep_at IS NULL) = 0 AND owner = ?
     AND NOT EXISTS (SELECT 1 FROM bodies WHERE message = messages.id)
     AND NOT EXISTS (SELECT 1 FROM long_bodies WHERE message = messages.id)) WHERE total > ?`,
  )
  const written = countSinceLooked(endedBytesAtMost)
  const shortBody = translatingErrors((id: string) => (body.get(id) as { bytes: Uint8Array } | undefined)?.bytes)
  const removeBodyOf = (id: string): void => {
    if (removeBody.run(id).changes === 0) longBodies.remove(id)
  }
  return {
    messages: {
      byId: translatingErrors((id) => stored(byId.get(id))),
      byName: translatingErrors((uniqueName) => stored(byName.get(uniqueName))),
      search: translatingErrors(search),
      body: async (id) => (await shortBody(id)) ?? longBodies.read(id),
    },
    namesAreFree(messages) {
      const names = new Set(messages.map((message) => message.uniqueName))
      return names.size === messages.length && ![...names].some((name) => byName.get(name) !== undefined)
    },
    add(message) {
      const { id, uniqueName, owner, value, body: bytes, sweepAt } = message
      insert.run(id, uniqueName, owner, JSON.stringify(value), sweepAt ?? null)
      if (isLong(bytes)) longBodies.give(message)
      else if (bytes !== undefined) insertBody.run(id, bytes)
    },
    replace({ id, value, sweepAt }) {
      update.run(JSON.stringify(value), sweepAt ?? null, id)
    },
    removeBodies(owner, ids) {
      let bytes = 0
      for (const id of ids) {
        removeBodyOf(id)
        bytes += ENDED_ROW_BYTES + ((size.get(id) as { size: number } | undefined)?.size ?? 0)
      }
      if (!written.add(owner, bytes)) return
      for (const { id } of tooMany.all(owner, endedBytesAtMost) as { id: string }[]) remove.run(id)
    },
    sweep(now, limit) {
      const rows = ended.all(now, limit) as { id: string }[]
      for (const { id } of rows) {
        remove.run(id)
        removeBodyOf(id)
      }
      return rows.length
    },
  }
}

/** Each by the index that has its order, so that no row is read beside those that are returned. */
function createSearch(database: Database) {
  const select = (index: string, where: string) =>
    database.prepare(
      `SELECT id, owner, value FROM messages INDEXED BY ${index} WHERE ${where} AND (owner, id) > (?, ?) ` +
        'ORDER BY owner, id LIMIT ?',
    )
  const byMessageId = select('messages_by_message_id', "json_extract(value, '$.messageId') = ?")
  const byState = select('messages_by_state', '(sweep_at IS NULL) = ?')
  const ofOwner = select('messages_by_state', '(sweep_at IS NULL) = ? AND owner = ?')
  return (wanted: MessageSearch, { owner, id }: MessagePlace, limit: number): readonly StoredMessage[] => {
    const found = (): unknown[] => {
      if (wanted.by === 'message-id') return byMessageId.all(wanted.messageId, owner, id, limit)
      const waits = wanted.hasEnded ? 0 : 1
      if (wanted.owner === undefined) return byState.all(waits, owner, id, limit)
      return ofOwner.all(waits, wanted.owner, owner, id, limit)
    }
    return found().flatMap((row) => stored(row) ?? [])
  }
}

function stored(row: unknown): StoredMessage | undefined {
  if (row === undefined) return undefined
  const { id, owner, value } = row as { id: string; owner: Owner; value: string }
  return { id, owner, value: JSON.parse(value) }
}
