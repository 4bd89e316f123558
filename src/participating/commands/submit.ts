/** A message comes in: what `POST /api/messages` asks, in the order in which it is asked. */
import type { Principal } from '../../access/account.ts'
import { DuplicateMessage } from '../../home/update.ts'
import { othersFirst } from '../../rounds.ts'
import { Refused } from '../../refusal.ts'
import { canonicalXui } from '../../xui.ts'
import type { MessageView, Submission } from '../participating.ts'
import { accountOf } from '../state/account-of.ts'
import type { MessageRecord } from '../state/message-record.ts'
import { queueOf, REPORTS_AT_MOST } from '../state/queue.ts'
import type { ParticipatingRooms, Transact } from '../transaction/contract.ts'
import { arrive, mustHaveAccount, sentAs, type Sent } from './arrive.ts'

type Seen = (by: Principal, id: string) => Promise<MessageView | undefined>

export function createSubmit(
  rooms: ParticipatingRooms,
  transact: Transact,
  seen: Seen,
): (by: Principal, submission: Submission) => Promise<MessageView> {
  return async (by, submission) => {
    const from = senderOf(by, submission.from)
    const sent = sentAs(rooms, by, from, submission, [])
    await othersFirst(submission.body.length)
    const again = await sameAgain(rooms, seen, sent)
    if (again !== undefined) return again
    await mustHaveAccount(rooms, submission.to)
    await mustHaveRoomForReports(rooms, submission, from)
    try {
      const view = await transact(submission.to, (before) => arrive(rooms, sent, before), 'totals')
      await rooms.failpoint('c2')
      return view
    } catch (thrown) {
      if (!(thrown instanceof DuplicateMessage)) throw thrown
      // The same message came twice at once, and the other was first.
      const first = await sameAgain(rooms, seen, sent)
      if (first !== undefined) return first
      throw new Refused({ kind: 'unavailable', detail: 'The same message is being taken right now.', retryAfter: 1 })
    }
  }
}

/** A participating function sends as anybody, everybody else as himself: by the canonical form, not by the spelling. */
function senderOf(by: Principal, from: string | undefined): string {
  if (from === undefined) return by.xui
  const xui = canonicalXui(from)
  if (xui === by.xui) return by.xui
  if (by.role !== 'participating-function')
    throw new Refused({ kind: 'forbidden', detail: `You are ${by.xui}, and send as nobody else.` })
  return xui ?? from
}

/** The same message again is the one there is; other content under its identifier is refused. */
async function sameAgain(rooms: ParticipatingRooms, seen: Seen, sent: Sent): Promise<MessageView | undefined> {
  if (sent.submission.messageId === undefined) return undefined
  const record = (await rooms.messages.byName(sent.name))?.value as MessageRecord | undefined
  if (record === undefined) return undefined
  if (record.content !== sent.content)
    throw new Refused({ kind: 'conflict', detail: `You sent another message as ${sent.messageId} before.` })
  return seen(sent.by, record.id)
}

/** Reports wait in the home of who asked for them, and nobody fills that without end. */
async function mustHaveRoomForReports(rooms: ParticipatingRooms, { reports }: Submission, from: string): Promise<void> {
  const sender = reports.length === 0 ? undefined : await accountOf(rooms.accounts, from)
  if (sender === undefined) return
  const waiting = queueOf(await rooms.homes.read(sender)).waiting.filter(({ kind }) => kind === 'report').length
  if (waiting < REPORTS_AT_MOST) return
  throw new Refused({
    kind: 'over-quota',
    detail: 'Too many reports wait for you. Let a device of yours fetch them, or ask for none.',
  })
}
