/**
 * What a commit brings beside the home: texts, bodies, pages, senders' keys. All of it lies in the database before the
 * home mentions it, and goes if the home never does. The attempt says what came with a commit that may never have come
 * to be; it is inserted together with it, so of a process that dies in that very moment some bytes may stay that nobody
 * ever asks for.
 */
import type { Clock, Instant } from '../../clock.ts'
import type { Commit } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { Collections, NameDocument } from './collections.ts'
import { stagesSomething } from './home-document.ts'
import { insertBytes, insertNew } from './inserts.ts'
import { isOutage } from './errors.ts'
import { bytesOfPage, type Page } from './pages.ts'

export interface StagedWrites {
  /**
   * Inserts everything. @returns `taken`: a message's name is another message's, and nothing was left behind.
   * @throws where bytes differ from those that are there, and on trouble; what it leaves then is swept.
   */
  stage(commit: Commit, id: string, pages: readonly Page[]): Promise<Staged | 'taken'>
  /** Removes what an old attempt brought that never came to be. @returns how many texts. */
  sweep(until: Instant): Promise<number>
}

export interface Staged {
  /** The commit never came to be. */
  rollBack(): Promise<void>
}

interface Rooms {
  readonly collections: Pick<Collections, 'attempts' | 'texts' | 'bodies' | 'names'>
  readonly clock: Clock
  /** Takes names for messages; false: one of them is another message's. */
  readonly takeNames: (names: readonly NameDocument[]) => Promise<boolean>
  /**
   * Whether that commit came to be. Where it still could, the home is committed once more as it is; then it cannot.
   * `undefined`: not known now.
   */
  readonly wasCommitted: (owner: Owner, revision: number, commit: string) => Promise<boolean | undefined>
}

export type Stage = StagedWrites['stage']

export const NOTHING_STAGED: Staged = { rollBack: async () => {} }

const BATCH = 200

export function createStagedWrites(rooms: Rooms): StagedWrites {
  const {
    collections: { attempts, texts, bodies },
    clock,
    takeNames,
  } = rooms
  return {
    async stage(commit, id, pages) {
      if (!stagesSomething(commit) && pages.length === 0) return NOTHING_STAGED
      const {
        home: { owner, revision },
        texts: newTexts = [],
        messages = [],
      } = commit
      const textIds = newTexts.map((text) => text.id)
      const newBodies = [
        ...messages.flatMap(({ id: message, body: bytes }) => (bytes === undefined ? [] : [{ id: message, bytes }])),
        ...pages.map((page) => ({ id: page.id, bytes: bytesOfPage(page) })),
      ]
      const bodyIds = newBodies.map((body) => body.id)
      const newNames = messages.map(({ uniqueName: name, id: message }, index) => ({
        _id: `${id}:${index}`,
        name,
        message,
        home: owner,
        revision: revision + 1,
        commit: id,
      }))
      const outcomes = await Promise.allSettled([
        insertBytes(texts, 'text', newTexts),
        insertBytes(bodies, 'body or page', newBodies),
        takeNames(newNames),
        insertNew(attempts, [
          { _id: id, owner, revision: revision + 1, texts: textIds, bodies: bodyIds, at: clock.now() },
        ]),
      ] as const)
      const [oldTexts, oldBodies, areTaken] = outcomes
      // What was there before belongs to another commit.
      const mine = (ids: readonly string[], old: typeof oldTexts): readonly string[] =>
        old.status === 'fulfilled' ? ids.filter((one) => !old.value.includes(one)) : []
      const rollBack = async (): Promise<void> =>
        void (await remove(
          rooms.collections,
          id,
          mine(textIds, oldTexts),
          mine(bodyIds, oldBodies),
          newNames.map(({ _id }) => _id),
        ))
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed === undefined && areTaken.status === 'fulfilled' && areTaken.value) return { rollBack }
      // In trouble it is not known what arrived; the attempt says it to the sweep.
      if (failed === undefined || !isOutage(failed.reason)) await rollBack()
      if (failed !== undefined) throw failed.reason
      return 'taken'
    },
    sweep: (until) => sweep(rooms, until),
  }
}

/** The attempt goes last: a server that dies before that leaves it for the sweep. */
async function remove(
  { attempts, texts, bodies, names }: Rooms['collections'],
  id: string,
  textIds: readonly string[],
  bodyIds: readonly string[],
  nameIds: readonly string[],
): Promise<number> {
  const [swept] = await Promise.all([
    textIds.length === 0 ? undefined : texts.deleteMany({ _id: { $in: textIds } }),
    bodyIds.length === 0 ? undefined : bodies.deleteMany({ _id: { $in: bodyIds } }),
    nameIds.length === 0 ? undefined : names.deleteMany({ _id: { $in: nameIds } }),
  ])
  await attempts.deleteOne({ _id: id })
  return swept?.deletedCount ?? 0
}

async function sweep({ collections, wasCommitted }: Rooms, until: Instant): Promise<number> {
  const { attempts, names } = collections
  let swept = 0
  const old = await attempts
    .find({ at: { $lte: until } })
    .limit(BATCH)
    .toArray()
  for (const { _id, owner, revision, texts: textIds, bodies: bodyIds } of old) {
    const committed = await wasCommitted(owner, revision, _id)
    if (committed === true) await attempts.deleteOne({ _id })
    if (committed !== false) continue
    const nameIds = (await names.find({ commit: _id }).toArray()).map((name) => name._id)
    swept += await remove(collections, _id, textIds, bodyIds, nameIds)
  }
  return swept
}
