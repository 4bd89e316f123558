/**
 * The end of a message, and who is told of it (D13). A message ends once: with the removal of its entry, in the same
 * commit.
 */
import type { Accounts } from '../../access/account.ts'
import type { Instant } from '../../clock.ts'
import type { ReportRecord } from '../../feed/journal.ts'
import type { OutboxEntry } from '../../home/home.ts'
import type { PolicyInForce } from '../../preferences/in-force.ts'
import { accountOf } from '../state/account-of.ts'
import { newWork, type ReportTask, type Work } from '../state/outgoing.ts'
import type { Entry } from '../state/queue.ts'
import type { EndState } from '../participating.ts'
import { digest, isGoodNews, type Ended, type MessageRecord, type Report } from '../state/message-record.ts'
import type { Records } from './records.ts'

export interface Ending {
  readonly id: string
  readonly state: EndState
  readonly because?: string
  readonly note?: string
  /** Its entry; missing where it never waited. */
  readonly entry?: Entry
  /** Until when others may still have their copy. */
  readonly copiesUntil?: Instant
  /** U1: whoever took it says later what became of it. */
  readonly reportsLater?: true
}

export interface Displayed {
  readonly id: string
  /** Until when others may still have their copy. */
  readonly copiesUntil?: Instant
}

/** U1: what a service said of a message that it took, or that it said nothing in time. */
export interface Confirmed {
  readonly id: string
  readonly disposition: 'delivered' | 'failed'
  readonly because?: string
}

/** U1: a service that has said nothing by then has delivered it. */
export const REPORTS_WITHIN_MS = 86_400_000

export interface EndingRooms {
  readonly accounts: Accounts
  readonly keptAfterEnd: number
}

/** Where the report of an end goes. */
export interface Told {
  readonly outgoing: readonly Work[]
  readonly journal: readonly OutboxEntry[]
}

const NOBODY: Told = { outgoing: [], journal: [] }

export async function endOne(
  rooms: EndingRooms,
  records: Records,
  policy: PolicyInForce,
  ending: Ending,
  now: Instant,
): Promise<Told> {
  const record = await records.get(ending.id)
  const end: Ended = {
    state: ending.state,
    ...(ending.because === undefined ? {} : { because: ending.because }),
    ...(ending.note === undefined ? {} : { note: ending.note }),
    at: now,
  }
  const offered = ending.entry?.offers.map(({ device }) => device) ?? []
  // A copy that still waits needs the body, so the record outlives it.
  const isLater = ending.reportsLater === true
  const waitsUntil = isLater ? now + REPORTS_WITHIN_MS + rooms.keptAfterEnd : 0
  const sweepAt = Math.max(now + rooms.keptAfterEnd, ending.copiesUntil ?? 0, waitsUntil)
  if (record.kind === 'report') {
    records.put({ ...record, offered, end }, sweepAt)
    return NOBODY
  }
  const report = isLater ? undefined : reportOf(record, end, policy)
  const reports = report === undefined ? record.reports : [...record.reports, report]
  records.put({ ...record, expires: ending.entry?.expires ?? record.expires, offered, end, reports }, sweepAt)
  if (isLater && record.asked.length > 0) return { outgoing: [receiptFor(record.id, now)], journal: [] }
  return report === undefined ? NOBODY : tell(rooms.accounts, record, report)
}

function receiptFor(id: string, now: Instant): Work {
  return newWork(receiptWork(id), id, { kind: 'receipt' }, now + REPORTS_WITHIN_MS)
}

/** The work that waits for what a service says of a message; once it is gone the sender has been told. */
export function receiptWork(id: string): string {
  return `receipt ${id}`
}

/** U1: exactly once, because the work that waits for it goes in the same commit. */
export async function confirmOne(
  rooms: EndingRooms,
  records: Records,
  policy: PolicyInForce,
  { id, disposition, because }: Confirmed,
  now: Instant,
): Promise<Told> {
  const record = await records.get(id)
  if (record.kind !== 'message') return NOBODY
  const state = disposition === 'failed' ? 'failed' : 'interworked'
  const report = reportOf(record, { state, ...(because === undefined ? {} : { because }), at: now }, policy)
  if (report === undefined) return NOBODY
  records.put({ ...record, reports: [...record.reports, report] }, now + rooms.keptAfterEnd)
  return tell(rooms.accounts, record, report)
}

/**
 * `delivery` asks for the good end, `failure` for the others, which the provider may suppress (C7). Its identifier
 * follows from the message: made twice, it is one.
 */
function reportOf(record: MessageRecord, end: Ended, policy: PolicyInForce): Report | undefined {
  // U1: the next hop's report.
  if (end.state === 'forwarded') return undefined
  const disposition = isGoodNews(end.state) ? 'delivered' : 'failed'
  const asked = record.asked.includes('delivery') || (disposition === 'failed' && record.asked.includes('failure'))
  if (!asked || (disposition === 'failed' && !policy.reports.failure)) return undefined
  const id = digest('report', record.id).slice(0, 24)
  return { id, disposition, ...(end.because === undefined ? {} : { because: end.because }), at: end.at }
}

/** U5: told once, whoever shows it and however often; nothing to senders that hide. */
export async function displayOne(
  rooms: EndingRooms,
  records: Records,
  { id, copiesUntil = 0 }: Displayed,
  now: Instant,
): Promise<Told> {
  const record = await records.get(id)
  if (record.kind !== 'message' || record.facts.undisclosed || !record.asked.includes('display')) return NOBODY
  if (record.reports.some(({ disposition }) => disposition === 'displayed')) return NOBODY
  const report: Report = { id: digest('displayed', id).slice(0, 24), disposition: 'displayed', at: now }
  records.put({ ...record, reports: [...record.reports, report] }, Math.max(now + rooms.keptAfterEnd, copiesUntil))
  return tell(rooms.accounts, record, report)
}

async function tell(accounts: Accounts, record: MessageRecord, report: Report): Promise<Told> {
  const { id: message, messageId } = record
  const sender = await accountOf(accounts, record.facts.from)
  const { id, ...rest } = report
  if (sender !== undefined) {
    const task: ReportTask = { kind: 'report', to: sender, messageId, recipient: record.to, ...rest }
    return { outgoing: [newWork(id, message, task, report.at)], journal: [] }
  }
  const entry: ReportRecord = {
    kind: 'report',
    audience: record.by,
    sender: record.facts.from,
    id,
    message,
    messageId,
    ...rest,
  }
  return { outgoing: [], journal: [{ kind: 'journal', owner: record.to, record: { ...entry } }] }
}
