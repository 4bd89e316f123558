/** A message comes in: what `POST /api/messages` asks, in the order in which it is asked (B §5.2.2.1.3, P6). */
import assert from 'node:assert'
import type { Principal } from '../../access/account.ts'
import { DuplicateMessage } from '../../home/update.ts'
import type { Xui } from '../../names.ts'
import type { InForce } from '../../preferences/in-force.ts'
import { messageTypesOf } from '../../preferences/rules.ts'
import { Refused } from '../../refusal.ts'
import { canonicalXui } from '../../xui.ts'
import { decide, type Outcome } from '../decision/on-arrival.ts'
import { accountOf } from '../state/account-of.ts'
import type { Ending } from '../transaction/end.ts'
import { nextSequence, queueOf, type Facts, type HeldMessage, type Queue, REPORTS_AT_MOST } from '../state/queue.ts'
import { expiryOf, keepUntil } from '../decision/on-expiry.ts'
import { deferringProfile, missingFor } from '../decision/not-built.ts'
import type { Evaluation } from '../decision/attempts.ts'
import type { MessageView, Submission } from '../participating.ts'
import { partTypesOf } from '../decision/parts.ts'
import { released } from '../decision/plan.ts'
import { viewFor } from '../decision/view.ts'
import { contentDigest, digest, senderKey, type MessageRecord } from '../state/message-record.ts'
import type { Arrival } from '../transaction/records.ts'
import type { After, Before, Change, ParticipatingRooms, Transact } from '../transaction/contract.ts'
import { situationOf } from '../decision/applicability.ts'
import { statusOf } from '../decision/status.ts'

type Seen = (by: Principal, id: string) => Promise<MessageView | undefined>

/** A submission that is the sender's to make. */
interface Sent {
  readonly by: Principal
  readonly submission: Submission
  readonly messageId: string
  readonly name: string
  readonly content: string
  readonly facts: Facts
}

export function createSubmit(
  rooms: ParticipatingRooms,
  transact: Transact,
  seen: Seen,
): (by: Principal, submission: Submission) => Promise<MessageView> {
  return async (by, submission) => {
    const from = senderOf(by, submission.from)
    const sent = sentAs(rooms, by, from, submission)
    const again = await sameAgain(rooms, seen, sent)
    if (again !== undefined) return again
    await mustHaveAccount(rooms, submission.to)
    await mustHaveRoomForReports(rooms, submission, from)
    try {
      const view = await transact(submission.to, (before) => arrive(rooms, sent, before))
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

async function mustHaveAccount(rooms: ParticipatingRooms, to: Xui): Promise<void> {
  if ((await rooms.accounts.find(to)) === undefined)
    throw new Refused({ kind: 'unknown-user', detail: `There is no user ${to}.` })
}

function sentAs(rooms: ParticipatingRooms, by: Principal, from: string, submission: Submission): Sent {
  const { to, body, contentType, file, group, conversation, privacy } = submission
  const messageId = submission.messageId ?? Buffer.from(rooms.random(15)).toString('base64url')
  const facts: Facts = {
    from,
    undisclosed: privacy,
    size: body.length,
    partTypes: partTypesOf(contentType, body),
    messageTypes: [...messageTypesOf(body.length, file, group !== undefined)],
    conversation: conversation !== undefined,
  }
  return {
    by,
    submission,
    messageId,
    name: senderKey(by, from, to, messageId),
    content: contentDigest(submission),
    facts,
  }
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

async function arrive(
  rooms: ParticipatingRooms,
  sent: Sent,
  { queue, evaluation }: Before,
): Promise<Change<MessageView>> {
  // Asked again at this revision: the removal of an account commits his home, so one of the two sees the other.
  await mustHaveAccount(rooms, sent.submission.to)
  const situation = situationOf(evaluation.snapshot, sent.facts)
  const outcome = decide(situation)
  if (outcome.kind === 'reject')
    throw new Refused({ kind: 'rejected-by-preferences', detail: 'The recipient does not take this message.' })
  const missing = missingFor(outcome, situation, sent.facts)
  if (missing !== undefined) {
    const detail = `The recipient’s preferences ask for ${missing}, which is not built yet. Nothing was accepted.`
    throw new Refused({ kind: 'not-built', missing, detail })
  }
  if (outcome.kind !== 'discard') mustFit(queue, evaluation, sent)

  const id = digest('message', rooms.random(18)).slice(0, 24)
  const entry = heldAs(sent, id, outcome, deferringProfile(situation), nextSequence(queue), evaluation)
  const arrivals: readonly Arrival[] = [
    { record: recordOf(sent, entry), uniqueName: sent.name, body: sent.submission.body },
  ]
  if (outcome.kind === 'discard') {
    const ended: readonly Ending[] = [{ id, state: 'discarded', because: 'discarded' }]
    return { queue, arrivals, ended, answer: (after) => answer(sent, id, after) }
  }
  return {
    queue: { ...queue, waiting: [...queue.waiting, entry] },
    arrivals,
    answer: (after) => answer(sent, id, after),
  }
}

/** C7: nobody's queue grows without end; what was accepted stays, so the new one is refused (INV-25). */
function mustFit(
  queue: Queue,
  {
    snapshot: {
      preferences: { policy },
    },
  }: Evaluation,
  sent: Sent,
): void {
  const { submission } = sent
  const { waitingAtMost, waitingBytesAtMost, ofOneSender } = policy.limits
  const messages = queue.waiting.filter((entry) => entry.kind === 'message')
  const bytes = messages.reduce((sum, { facts }) => sum + facts.size, submission.body.length)
  if (messages.length >= waitingAtMost) {
    throw new Refused({ kind: 'over-quota', detail: `${messages.length} messages wait for the recipient already.` })
  }
  if (bytes > waitingBytesAtMost) {
    throw new Refused({
      kind: 'over-quota',
      detail: `What waits for the recipient would have more than ${waitingBytesAtMost} bytes.`,
    })
  }
  mustFitInShare(messages, sent, waitingAtMost * ofOneSender, waitingBytesAtMost * ofOneSender)
}

/** Nobody fills another's queue alone, and so keeps everybody else out. One message may wait, however small his share is. */
function mustFitInShare(
  waiting: readonly HeldMessage[],
  { submission, by }: Sent,
  atMost: number,
  bytesAtMost: number,
): void {
  if (by.role === 'participating-function') return
  const his = waiting.filter(({ sentBy }) => sentBy === by.xui)
  const bytes = his.reduce((sum, { facts }) => sum + facts.size, submission.body.length)
  if (his.length === 0 || (his.length < Math.floor(atMost) && bytes <= bytesAtMost)) return
  throw new Refused({
    kind: 'over-quota',
    detail: `${his.length} messages of yours wait for the recipient already, and you have no room for more.`,
  })
}

/** P7: who gets it now are its addressees, and it is not offered to the others later. */
function heldAs(
  sent: Sent,
  id: string,
  outcome: Outcome,
  inForce: InForce,
  turn: number,
  { snapshot, open }: Evaluation,
): HeldMessage {
  const { policy } = snapshot.preferences
  const entry: HeldMessage = {
    kind: 'message',
    id,
    turn,
    received: snapshot.now,
    expires: expiryOf(inForce, policy, snapshot.now, sent.submission.expires),
    generation: 0,
    addressees: [],
    offers: [],
    facts: sent.facts,
    ...(sent.by.role === 'participating-function' ? {} : { sentBy: sent.by.xui }),
    keepUntil: keepUntil(policy, snapshot.now),
    extensions: 0,
  }
  if (outcome.kind !== 'deliver') return entry
  // The addressees are fixed where an offer can go out; before that it waits for whoever may have it when an inbox opens.
  const isReached = outcome.to.some(({ registration }) => open.has(registration.device))
  return { ...(isReached ? released(entry, outcome.to) : entry), toDeliver: true }
}

function recordOf({ by, submission, messageId, content, facts }: Sent, entry: HeldMessage): MessageRecord {
  const { to, subject, contentType, reports } = submission
  return {
    kind: 'message',
    id: entry.id,
    messageId,
    by: by.xui,
    to,
    ...(subject === undefined ? {} : { subject }),
    contentType,
    facts,
    content,
    received: entry.received,
    expires: entry.expires,
    asked: [...new Set(reports)],
    offered: [],
    reports: [],
  }
}

async function answer({ by, facts }: Sent, id: string, { queue, evaluation, records }: After): Promise<MessageView> {
  const record = await records.get(id)
  const entry = queue.waiting.find((held) => held.id === id)
  const waiting = entry?.kind === 'message' ? { entry, status: statusOf(entry, evaluation) } : undefined
  const view = record.kind === 'message' ? viewFor(by, record, canonicalXui(facts.from), waiting) : undefined
  assert(view, 'who sends a message sees it')
  return view
}
