/** The trail: a document for each entry, written once. */
import type { KeptEntry, Trail } from '../../access/trail.ts'
import type { Instant } from '../../clock.ts'
import type { Collections, TrailDocument } from './collections.ts'
import type { Deadlines } from './deadlines.ts'
import { insertNew } from './inserts.ts'

export interface TrailTable {
  readonly trail: Trail
  /** Removes those that are too old or too many. @returns how many. */
  sweep(until: Instant, atMost: number): Promise<number>
}

export function createTrail({ trail }: Pick<Collections, 'trail'>, { bounded }: Deadlines): TrailTable {
  return {
    trail: {
      append: bounded(async (entries: readonly KeptEntry[]) => {
        await insertNew(trail, entries.map(trailDocument))
      }),
      read: bounded(async ({ user, what }, before, limit) => {
        const wanted = {
          ...(user === undefined ? {} : { user }),
          ...(what === undefined ? {} : { what }),
          ...(before === undefined ? {} : { _id: { $lt: before } }),
        }
        const found = await trail.find(wanted).sort({ _id: -1 }).limit(limit).toArray()
        return found.map(({ entry }) => JSON.parse(entry) as KeptEntry)
      }),
    },
    async sweep(until, atMost) {
      const { deletedCount: old } = await trail.deleteMany({ at: { $lte: until } })
      const [last] = await trail.find().sort({ _id: -1 }).skip(atMost).limit(1).toArray()
      if (last === undefined) return old
      return old + (await trail.deleteMany({ _id: { $lte: last._id } })).deletedCount
    },
  }
}

export function trailDocument(entry: KeptEntry): TrailDocument {
  const { id: _id, at, user, what } = entry
  return { _id, at, user, what, entry: JSON.stringify(entry) }
}
