/** Everything out of the memory and into it, for the same oracle. */
import assert from 'node:assert/strict'
import { KINDS, noCounts, type ImportMark, type Item, type ItemOf, type Transfer } from '../../src/store/transfer.ts'
import type { Disk, Process } from './memory.ts'
import { frozen } from './plain.ts'

export function transferOf({ disk, read, write }: Process): Transfer {
  const isPresent = (mark: ImportMark | undefined): boolean => JSON.stringify(disk.mark) === JSON.stringify(mark)
  return {
    snapshot: () =>
      read(() => {
        const items = itemsOf(disk)
        const counts = noCounts()
        for (const { kind } of items) counts[kind] += 1
        return {
          counts,
          async *items() {
            yield* items
          },
          isOfOneMoment: async () => true,
          close: async () => {},
        }
      }),
    unfinished: () => read(() => disk.mark),
    mark: (before, after) =>
      write(() => {
        if (!isPresent(before)) return false
        disk.mark = after
        return true
      }),
    write: (items, mark) =>
      write(() => {
        if (!isPresent(mark)) return false
        for (const item of items) insert(disk, item)
        return true
      }),
    forget: (name) => write(() => void disk.kept.delete(name)),
  }
}

/** What decides the order: the parts of the key, numbers so that they compare as texts do. */
function keyOf(item: Item): Buffer {
  const number = (value: number): string => String(value).padStart(20, '0')
  const parts = {
    kept: (each: ItemOf<'kept'>) => [each.name],
    cut: (each: ItemOf<'cut'>) => [each.owner],
    account: (each: ItemOf<'account'>) => [each.xui],
    text: (each: ItemOf<'text'>) => [each.id],
    dropped: (each: ItemOf<'dropped'>) => [number(each.at), each.text],
    message: (each: ItemOf<'message'>) => [each.id],
    version: (each: ItemOf<'version'>) => [each.owner, each.document, number(each.revision)],
    reservation: (each: ItemOf<'reservation'>) => [each.space, each.name],
    trail: (each: ItemOf<'trail'>) => [each.id],
    home: (each: ItemOf<'home'>) => [each.owner],
    journal: (each: ItemOf<'journal'>) => [number(each.position)],
    head: () => [],
  }[item.kind] as (each: Item) => readonly string[]
  return Buffer.from(parts(item).join('\u0000'))
}

function itemsOf(disk: Disk): readonly Item[] {
  const byName = <T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
    [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const items: Item[] = [
    ...[...disk.kept].map(([name, value]): Item => ({ kind: 'kept', name, value })),
    ...[...disk.accounts.values()].map((account): Item => ({ kind: 'account', ...account })),
    ...[...disk.texts].map(([id, bytes]): Item => ({ kind: 'text', id, bytes })),
    ...[...disk.dropped].map(([text, at]): Item => ({ kind: 'dropped', at, text })),
    ...[...disk.messages.values()].map(
      ({ sweepAt, body, ...message }): Item => ({
        kind: 'message',
        ...message,
        ...(body === undefined ? {} : { body }),
        ...(sweepAt === undefined ? {} : { sweepAt }),
      }),
    ),
    ...[...disk.versions].flatMap(([owner, ofOwner]) =>
      [...ofOwner].flatMap(([document, versions]) =>
        versions.map((version): Item => ({ kind: 'version', owner, document, ...version })),
      ),
    ),
    ...[...disk.reserved.values()].map(
      ({ space, name, owner, since }): Item => ({ kind: 'reservation', space, name, owner, since }),
    ),
    ...[...disk.trail.values()].map((entry): Item => ({ kind: 'trail', ...entry })),
    ...[...disk.homes.values()].map(
      ({ owner, revision, next, documents, parts }): Item => ({
        kind: 'home',
        owner,
        revision,
        ...(next === undefined ? {} : { next }),
        documents: byName(documents),
        parts: byName(parts),
      }),
    ),
    ...disk.journal.map(({ entry, at }): Item => ({ kind: 'journal', at, ...entry })),
    { kind: 'head', position: disk.head },
  ]
  return items.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || Buffer.compare(keyOf(a), keyOf(b)))
}

function insert(disk: Disk, item: Item): void {
  switch (item.kind) {
    case 'kept':
      return void disk.kept.set(item.name, item.value)
    case 'account':
      return void disk.accounts.set(
        item.xui,
        frozen({ xui: item.xui, role: item.role, credentials: structuredClone(item.credentials) }),
      )
    case 'text':
      return void disk.texts.set(item.id, Uint8Array.from(item.bytes))
    case 'dropped':
      return void disk.dropped.set(item.text, item.at)
    case 'message': {
      const { id, uniqueName, owner, value, body, sweepAt } = item
      disk.names.set(uniqueName, id)
      return void disk.messages.set(id, {
        id,
        uniqueName,
        owner,
        value: frozen(value),
        body: body && Uint8Array.from(body),
        sweepAt,
      })
    }
    case 'version': {
      const { kind, owner, document, ...version } = item
      const ofOwner = disk.versions.get(owner) ?? new Map()
      const others = (ofOwner.get(document) ?? []).filter(
        ({ revision }: typeof version) => revision !== version.revision,
      )
      return void disk.versions.set(owner, ofOwner.set(document, [...others, frozen(version)]))
    }
    case 'reservation': {
      const { kind, ...reservation } = item
      return void disk.reserved.set(JSON.stringify([item.space, item.name]), { ...reservation, version: 'as imported' })
    }
    case 'trail': {
      const { kind, ...entry } = item
      return void disk.trail.set(entry.id, frozen(entry))
    }
    case 'home': {
      const { owner, revision, next, documents, parts } = item
      return void disk.homes.set(owner, { owner, revision, next, documents: new Map(documents), parts: new Map(parts) })
    }
    case 'cut':
      return assert.fail('in memory nobody has too much')
    case 'journal': {
      const { position, at, owner, record } = item
      assert(disk.journal.length === 0 || position <= disk.journal.at(-1)!.entry.position + 1, 'the journal has no gap')
      disk.journal = [
        ...disk.journal.filter(({ entry }) => entry.position < position),
        { entry: { position, owner, record: frozen(record) }, at },
      ]
      return
    }
    case 'head':
      disk.head = item.position
  }
}
