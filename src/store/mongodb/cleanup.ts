/**
 * What is done behind a commit, when nobody waits any more: attempts are over, the states before it go, its outbox is emptied. One home at a
 * time, and of several commits that came meanwhile only the last one, which knows what those before it left to be done.
 */
import type { Collections, HomeLink } from './collections.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { OutboxItem } from './home-document.ts'

interface Rooms {
  readonly collections: Pick<Collections, 'homes' | 'attempts'>
  readonly background: BackgroundTasks
  readonly prune: (link: HomeLink) => Promise<void>
  /** Everything that left with that state has arrived, and its attempts are over. */
  readonly emptied: (link: HomeLink) => void
}

interface Commit {
  readonly link: HomeLink
  /** All of it has arrived, but for the attempts. */
  readonly outbox: readonly OutboxItem[]
}

export type CleanUp = (link: HomeLink, outbox: readonly OutboxItem[]) => void

export function createCleanup({ collections: { homes, attempts }, background, prune, emptied }: Rooms): CleanUp {
  /** What is to be tidied next, where somebody is tidying already. */
  const next = new Map<string, Commit | undefined>()

  async function cleanUpOne({ link, outbox }: Commit): Promise<void> {
    const over = outbox.flatMap((entry) => (entry.kind === 'attempt' ? [entry.commit] : []))
    await Promise.all([
      over.length === 1 ? attempts.deleteOne({ _id: over[0]! }) : undefined,
      over.length > 1 ? attempts.deleteMany({ _id: { $in: over } }) : undefined,
      link.revision > 1 ? prune(link) : undefined,
    ])
    if (outbox.length === 0) return
    emptied(link)
    // The next state was made with what had not arrived then, so this one is as good as gone.
    if (next.get(link.key) !== undefined) return
    await homes.updateOne({ _id: link._id, commit: link.commit }, { $set: { outbox: '[]' }, $unset: { pending: '' } })
  }

  async function cleanUpAll(key: string, first: Commit): Promise<void> {
    for (let commit: Commit | undefined = first; commit !== undefined; commit = next.get(key)) {
      next.set(key, undefined)
      await cleanUpOne(commit).catch(() => {})
    }
    next.delete(key)
  }

  return (link, outbox) => {
    const commit = { link, outbox }
    if (!next.has(link.key)) background.run(cleanUpAll(link.key, commit))
    else if ((next.get(link.key)?.link.revision ?? 0) <= link.revision) next.set(link.key, commit)
  }
}
