/** The parts of a home: a row each, but for lists of things with an `id`, which are a row for each of these. */
import type { Owner } from '../../names.ts'
import { changesOf, itemsKept, itemsOf, type Item } from '../items.ts'
import type { Database } from './driver.ts'

type Parts = ReadonlyMap<string, unknown>

export interface PartsTable {
  /** @param without a list whose items are left out. */
  read(owner: Owner, without?: string): Parts
  /** Within a transaction. Writes what is another than `before`, which is what lies there. */
  write(owner: Owner, revision: number, parts: Parts, before: Parts): void
  /** Within a transaction. Puts items behind those of a list that was left out. */
  putBehind(owner: Owner, revision: number, part: string, items: readonly Item[]): void
}

export function createParts(database: Database): PartsTable {
  const selectParts = database.prepare('SELECT name, value FROM parts WHERE owner = ?')
  const itemsWhere = (parts: string): string =>
    `SELECT part, group_concat(value, ',' ORDER BY revision, place) AS value FROM items WHERE owner = ?1 ${parts}
     GROUP BY part`
  const selectItems = database.prepare(itemsWhere(''))
  // In two ranges, so that what lies between them is not walked along.
  const selectOtherItems = database.prepare(`${itemsWhere('AND part < ?2')} UNION ALL ${itemsWhere('AND part > ?2')}`)
  const putPart = database.prepare('INSERT OR REPLACE INTO parts (owner, name, value) VALUES (?, ?, ?)')
  const dropPart = database.prepare('DELETE FROM parts WHERE owner = ? AND name = ?')
  const addItem = database.prepare(
    'INSERT INTO items (owner, part, id, revision, place, value) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const replaceItem = database.prepare('UPDATE items SET value = ? WHERE owner = ? AND part = ? AND id = ?')
  const dropItem = database.prepare('DELETE FROM items WHERE owner = ? AND part = ? AND id = ?')
  const dropItems = database.prepare('DELETE FROM items WHERE owner = ? AND part = ?')

  function writeItems(owner: Owner, revision: number, name: string, items: readonly Item[], before: unknown): void {
    // What an import or an earlier version of this program wrote lies in one piece.
    const wasWhole = dropPart.run(owner, name).changes > 0
    const changes = changesOf(wasWhole ? [] : (itemsOf(before) ?? []), items)
    if (changes === undefined) dropItems.run(owner, name)
    const { removed, replaced, added } = changes ?? { removed: [], replaced: [], added: items }
    for (const id of removed) dropItem.run(owner, name, id)
    for (const item of replaced) replaceItem.run(JSON.stringify(item), owner, name, item.id)
    putBehind(owner, revision, name, added)
  }

  function putBehind(owner: Owner, revision: number, name: string, items: readonly Item[]): void {
    for (const [place, item] of items.entries())
      addItem.run(owner, name, item.id, revision, place, JSON.stringify(item))
  }

  function write(owner: Owner, revision: number, name: string, value: unknown, before: unknown): void {
    const items = itemsOf(value, before)
    if (items !== undefined) return writeItems(owner, revision, name, items, before)
    if (itemsOf(before) !== undefined) dropItems.run(owner, name)
    putPart.run(owner, name, JSON.stringify(value))
  }

  return {
    read(owner, without) {
      const parts = new Map<string, unknown>()
      for (const { name, value } of selectParts.all(owner) as { name: string; value: string }[])
        parts.set(name, JSON.parse(value))
      const lists = without === undefined ? selectItems.all(owner) : selectOtherItems.all(owner, without)
      for (const { part, value } of lists as { part: string; value: string }[])
        parts.set(part, itemsKept(JSON.parse(`[${value}]`)))
      return parts
    },
    write(owner, revision, parts, before) {
      if (parts === before) return
      for (const [name, value] of parts)
        if (before.get(name) !== value) write(owner, revision, name, value, before.get(name))
      for (const [name, value] of before) {
        if (parts.has(name)) continue
        dropPart.run(owner, name)
        if (itemsOf(value) !== undefined) dropItems.run(owner, name)
      }
    },
    putBehind,
  }
}
