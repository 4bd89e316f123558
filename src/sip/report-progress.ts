/**
 * How far reports for other domains have come: what of the journal was read, and what is not acknowledged yet. It lies
 * in a home of this side's own.
 */
import type { Instant } from '../clock.ts'
import type { ReportRecord } from '../feed/journal.ts'
import { partOf, withPart, type Homes, type Part } from '../home/home.ts'
import { update } from '../home/update.ts'
import type { Xui } from '../names.ts'

export interface Pending {
  readonly id: string
  readonly sender: string
  readonly recipient: string
  readonly messageId: string
  readonly disposition: 'delivered' | 'failed' | 'displayed'
  readonly at: Instant
  readonly attempts: number
  readonly due: Instant
}

export interface ReportProgress {
  /** The last id of the journal that is taken care of. */
  readonly after?: string
  readonly pending: readonly Pending[]
}

const PROGRESS: Part<ReportProgress> = { name: 'sip-reports', empty: { pending: [] } }

/** U15. */
const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 3_600_000
/** Whoever has not answered for a week will not ask for it any more. */
const GIVEN_UP_AFTER_MS = 604_800_000
/** What a home can keep; each message lists its report in any case. */
const PENDING_AT_MOST = 1_000

export async function readProgress(homes: Homes, ownName: Xui): Promise<ReportProgress> {
  return partOf(await homes.read(ownName), PROGRESS)
}

export function changeProgress(
  homes: Homes,
  ownName: Xui,
  decide: (progress: ReportProgress) => ReportProgress,
): Promise<ReportProgress> {
  return update(homes, ownName, (home) => {
    const progress = decide(partOf(home, PROGRESS))
    return { answer: progress, commit: { home: withPart(home, PROGRESS, progress) } }
  })
}

/** The journal was read up to there, and had these. */
export function withRead(progress: ReportProgress, after: string, made: readonly Pending[]): ReportProgress {
  const known = new Set(progress.pending.map((each) => each.id))
  const added = made.filter((each) => !known.has(each.id))
  return { after, pending: [...progress.pending, ...added].slice(-PENDING_AT_MOST) }
}

export function withTold(progress: ReportProgress, one: Pending, isDone: boolean, now: Instant): ReportProgress {
  return {
    ...progress,
    pending: progress.pending.flatMap((each) =>
      each.id !== one.id ? [each] : isDone || now - one.at > GIVEN_UP_AFTER_MS ? [] : [later(one, now)],
    ),
  }
}

export function pendingOf(record: ReportRecord, recipient: string, now: Instant): Pending | undefined {
  const { id, sender, messageId, disposition, at } = record
  if (sender === undefined || !/^(?:sips?|tel):/i.test(sender)) return undefined
  return { id, sender, recipient, messageId, disposition, at, attempts: 0, due: now }
}

function later(one: Pending, now: Instant): Pending {
  return {
    ...one,
    attempts: one.attempts + 1,
    due: now + Math.min(FIRST_RETRY_MS * 2 ** one.attempts, LONGEST_RETRY_MS),
  }
}
