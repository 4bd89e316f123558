/**
 * Reports to senders of other domains (D13, A C.3.1.1.3): an IMDN through the core, again under one id until the
 * sender's side has answered. What is to be told stands in the journal; how far that was read, and what was not
 * acknowledged yet, lies in a home of this side's own, so no restart loses or forgets a report. One server at a time
 * does this, under a lease; two at once would tell the same id twice, and that is one report.
 */
import { createAlarm, instantText, type Clock, type Instant, type Randomness } from '../clock.ts'
import { partOf, withPart, type Homes, type Part } from '../home/home.ts'
import { createLease, type Leases } from '../home/leases.ts'
import { update } from '../home/update.ts'
import type { Xui } from '../names.ts'
import type { Changes } from '../notify/watch.ts'
import type { ReportRecord } from '../feed/journal.ts'
import type { SipLog } from './connections.ts'
import { answerOfStatus } from './message-out.ts'
import { reportContent } from './outgoing-content.ts'
import type { SipPort } from './port.ts'

interface ReportsOutRooms {
  readonly port: Pick<SipPort, 'send' | 'isConnected'>
  readonly homes: Homes
  readonly leases: Leases
  readonly changes: Changes
  readonly ownName: Xui
  readonly leaseFor: number
  readonly clock: Clock
  readonly random: Randomness
  readonly log: SipLog
}

interface Pending {
  readonly id: string
  readonly sender: string
  readonly recipient: string
  readonly messageId: string
  readonly disposition: 'delivered' | 'failed'
  readonly at: Instant
  readonly attempts: number
  readonly due: Instant
}

interface Progress {
  /** The last id of the journal that is taken care of. */
  readonly after?: string
  readonly pending: readonly Pending[]
}

const PROGRESS: Part<Progress> = { name: 'sip-reports', empty: { pending: [] } }

/** U15. */
const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 3_600_000
/** Whoever has not answered for a week will not ask for it any more. */
const GIVEN_UP_AFTER_MS = 604_800_000
/** What a home can keep; each message lists its report in any case. */
const PENDING_AT_MOST = 1_000

export interface ReportsOut {
  start(): void
  stop(): void
}

export function createReportsOut(rooms: ReportsOutRooms): ReportsOut {
  const { clock, log, homes, ownName } = rooms
  const lease = createLease({ ...rooms }, 'sip-reports')
  const stopping = new AbortController()
  let reading: AbortController | undefined
  let isBusy = false

  const change = (decide: (progress: Progress) => Progress): Promise<Progress> =>
    update(homes, ownName, (home) => {
      const progress = decide(partOf(home, PROGRESS))
      return { answer: progress, commit: { home: withPart(home, PROGRESS, progress) } }
    })

  const read = async (signal: AbortSignal): Promise<void> => {
    const { after } = partOf(await homes.read(ownName), PROGRESS)
    const view = { targets: [], form: 'json', diff: 'etags', root: '/' } as const
    for await (const step of await rooms.changes.watch({ xui: ownName, owner: undefined, view }, after, signal)) {
      const events = step.kind === 'events' ? step.events : []
      const made = events.flatMap(({ record, owner }) =>
        record.kind === 'report' && record.audience === ownName ? (pendingOf(record, owner, clock.now()) ?? []) : [],
      )
      const id = step.kind === 'events' ? events.at(-1)?.id : step.id
      if (id === undefined) continue
      await change(({ pending }) => {
        const known = new Set(pending.map((each) => each.id))
        const added = made.filter((each) => !known.has(each.id))
        return { after: id, pending: [...pending, ...added].slice(-PENDING_AT_MOST) }
      })
      alarm.set(clock.now())
    }
  }

  const tellAll = async (): Promise<void> => {
    const { pending } = partOf(await homes.read(ownName), PROGRESS)
    for (const one of pending.filter(({ due }) => due <= clock.now())) {
      if (stopping.signal.aborted || !rooms.port.isConnected()) return
      const isDone = await tell(rooms, one)
      await change((progress) => ({
        ...progress,
        pending: progress.pending.flatMap((each) =>
          each.id !== one.id
            ? [each]
            : isDone || clock.now() - one.at > GIVEN_UP_AFTER_MS
              ? []
              : [later(one, clock.now())],
        ),
      }))
    }
  }

  const turn = async (): Promise<void> => {
    if (isBusy || stopping.signal.aborted) return
    isBusy = true
    try {
      if ((await lease.hold()) === undefined) {
        reading?.abort()
        reading = undefined
      } else {
        if (reading === undefined) {
          const mine = new AbortController()
          reading = mine
          void read(mine.signal)
            .catch((error: unknown) =>
              log.warn({ err: error }, 'reports for other domains could not be read; again soon'),
            )
            .finally(() => {
              if (reading === mine) reading = undefined
            })
        }
        await tellAll()
      }
    } catch (error) {
      log.warn({ err: error }, 'reports for other domains could not be told; they are told later')
    } finally {
      isBusy = false
      if (!stopping.signal.aborted) alarm.set(clock.now() + rooms.leaseFor / 4)
    }
  }
  const alarm = createAlarm(clock, () => void turn())

  return {
    start: () => alarm.set(clock.now()),
    stop() {
      stopping.abort()
      reading?.abort()
      alarm.callOff()
    },
  }
}

function pendingOf(record: ReportRecord, recipient: string, now: Instant): Pending | undefined {
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

/** @returns whether it is told, or never will be. */
async function tell({ port, ownName, random }: ReportsOutRooms, one: Pending): Promise<boolean> {
  const { id, sender, recipient, messageId, disposition, at } = one
  const data = { id, recipient, messageId, disposition, at: instantText(at) }
  const { cpim } = reportContent(data, sender, ownName, random)
  const response = await port.send({
    method: 'MESSAGE',
    uri: sender,
    from: recipient,
    to: sender,
    headers: [`P-Asserted-Identity: <${recipient}>`],
    body: { type: 'message/cpim', bytes: cpim },
  })
  return answerOfStatus(response.status) !== 'not-now'
}
