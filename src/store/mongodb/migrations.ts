/**
 * The shape of the database, as the steps that lead to it. A step that was ever released is never changed: what comes
 * later is a new step.
 */
import type { Db } from 'mongodb'
import type { Instant } from '../../clock.ts'
import { CONCERNS, INDEXES, type Collections, type Name, type RecordDocument } from './collections.ts'
import { isDuplicate, isThereAlready } from './errors.ts'
import { foundBy } from './records.ts'

/** Each may run again, and on several servers at once. */
const STEPS: readonly ((database: Db) => Promise<void>)[] = [
  makeCollections,
  makeRecordsFindable,
  makeCollections,
  makeCollections,
  // Nothing else is there; but who does not know pages (`pages.ts`) would read homes without them.
  makeCollections,
]

/** Hints are read as they come, and the oldest make room for the newest. */
const HINTS = { capped: true, size: 4 * 1024 * 1024, max: 256 }

/**
 * Brings the database to the present shape.
 * @throws Error in words for people, when somebody else's or a newer one is there.
 */
export async function migrate(database: Db, { schema }: Collections, now: Instant): Promise<void> {
  const [newest] = await schema.find().sort({ _id: -1 }).limit(1).toArray()
  const version = newest?._id ?? 0
  if (newest === undefined) await mustBeNobodys(database)
  if (version > STEPS.length) {
    throw new Error(
      `it was written by a newer version of this program (its schema has number ${version}, this program ` +
        `knows ${STEPS.length})`,
    )
  }
  for (const [index, step] of STEPS.entries()) {
    if (index >= version) await step(database)
    if (index >= version) await schema.insertOne({ _id: index + 1, since: now }).catch(unlessThere)
  }
  await mustHaveIndexes(database)
}

/** Another server may just be making it. */
async function mustBeNobodys(database: Db): Promise<void> {
  const present = (await database.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
  if (present.some((name) => !(name in INDEXES) && !name.startsWith('system.')))
    throw new Error('it is a database of another program')
}

async function makeCollections(database: Db): Promise<void> {
  for (const name of Object.keys(INDEXES) as Name[]) {
    await database.createCollection(name, { ...CONCERNS, ...(name === 'hints' ? HINTS : {}) }).catch(unlessThere)
    for (const { key, ...options } of INDEXES[name])
      await database.collection(name, CONCERNS).createIndex(key, { name: nameOf(key), ...options })
  }
}

const FILLED_AT_ONCE = 500

/** Records that were written before can be found as the others are. */
async function makeRecordsFindable(database: Db): Promise<void> {
  await makeCollections(database)
  const records = database.collection<RecordDocument>('records', CONCERNS)
  for (;;) {
    const old = await records
      .find({ ended: { $exists: false } })
      .limit(FILLED_AT_ONCE)
      .toArray()
    if (old.length === 0) return
    await records.bulkWrite(
      old.map(({ _id, value, sweepAt }) => ({
        updateOne: { filter: { _id }, update: { $set: foundBy(JSON.parse(value), sweepAt) } },
      })),
    )
  }
}

function nameOf(key: object): string {
  return Object.keys(key).join('_')
}

function unlessThere(error: unknown): void {
  if (!isThereAlready(error) && !isDuplicate(error)) throw error
}

/** Without the unique ones two writers would both win: nobody is served by a database that lost them. */
async function mustHaveIndexes(database: Db): Promise<void> {
  for (const [name, indexes] of Object.entries(INDEXES)) {
    if (indexes.length === 0) continue
    const present = new Map(
      (await database.collection(name).indexes()).map((index) => [index.name, index.unique === true]),
    )
    const lost = indexes.find(
      ({ key, unique }) => !present.has(nameOf(key)) || (unique === true && present.get(nameOf(key)) !== true),
    )
    if (lost !== undefined) throw new Error(`its collection ${name} lacks the index ${nameOf(lost.key)}`)
  }
}
