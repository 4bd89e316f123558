/** A message arrives in the home of who it is for: decided in the commit that keeps it (B §5.2.2.1.3, P6). */
import { identifier, identifierAt } from '../../clock.ts'
import assert from 'node:assert'
import type { Principal } from '../../access/account.ts'
import type { Xui } from '../../names.ts'
import type { InForce } from '../../preferences/in-force.ts'
import { messageTypesOf } from '../../preferences/rules.ts'
import { laterRound } from '../../rounds.ts'
import { Refused } from '../../refusal.ts'
import { canonicalXui, unknownUser } from '../../xui.ts'
import { decidingProfile, outcomeOf, deferred } from '../decision/deferral.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import type { Outcome } from '../decision/on-arrival.ts'
import { expiryOf, keepUntil } from '../decision/on-expiry.ts'
import { interworkTask, leaving, storeTask } from '../decision/on-its-way.ts'
import { partTypesOf } from '../decision/parts.ts'
import { isRecorded } from '../decision/recording.ts'
import { released, withMode } from '../decision/step.ts'
import { statusOf } from '../decision/status.ts'
import { viewFor } from '../decision/view.ts'
import type { MessageView, Submission } from '../participating.ts'
import { contentDigest, senderKey, type MessageRecord } from '../state/message-record.ts'
import { newWork, type Task, type Work } from '../state/outgoing.ts'
import { entryWith, type Facts, type HeldMessage, type Queue } from '../state/queue.ts'
import { nextSequence, totalsOf, withEntry } from '../state/totals.ts'
import type { After, Before, Change, ParticipatingRooms } from '../transaction/contract.ts'
import type { Ending } from '../transaction/end.ts'
import type { Arrival } from '../transaction/records.ts'

/** A submission that is the sender's to make. */
export interface Sent {
  readonly by: Principal
  readonly submission: Submission
  readonly messageId: string
  readonly name: string
  readonly content: string
  readonly facts: Facts
  readonly forwardedFor: readonly Xui[]
}

/** More are judged in a round of the event loop of their own, because each has its own rules. */
const FEW_DEVICES = 8

export async function mustHaveAccount(rooms: ParticipatingRooms, to: Xui): Promise<void> {
  if ((await rooms.accounts.find(to)) === undefined) throw unknownUser(to)
}

export function sentAs(
  rooms: ParticipatingRooms,
  by: Principal,
  from: string,
  submission: Submission,
  forwardedFor: readonly Xui[],
): Sent {
  const { to, body, contentType, file, group, conversation, privacy } = submission
  const messageId = submission.messageId ?? identifier(rooms.random, 15)
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
    forwardedFor,
  }
}

export async function arrive(
  rooms: ParticipatingRooms,
  sent: Sent,
  { queue, evaluation }: Before,
): Promise<Change<MessageView>> {
  // Asked again at this revision: the removal of an account commits his home, so one of the two sees the other.
  await mustHaveAccount(rooms, sent.submission.to)
  const isLong = evaluation.snapshot.devices.length > FEW_DEVICES
  if (isLong) await laterRound()
  const situation = evaluation.situation(sent.facts)
  if (isLong) await laterRound()
  const outcome = outcomeOf(situation, sent.facts)
  if (outcome.kind === 'reject')
    throw new Refused({ kind: 'rejected-by-preferences', detail: 'The recipient does not take this message.' })
  if (outcome.kind !== 'discard') mustFit(queue, evaluation, sent)

  const id = identifierAt(evaluation.snapshot.now, rooms.random)
  const entry = heldAs(sent, id, outcome, decidingProfile(situation), nextSequence(queue), evaluation)
  const arrivals: readonly Arrival[] = [
    { record: recordOf(sent, entry), uniqueName: sent.name, body: sent.submission.body },
  ]
  if (outcome.kind === 'discard') {
    const ended: readonly Ending[] = [{ id, state: 'discarded', because: 'discarded' }]
    return { queue, arrivals, ended, isArrival: true, answer: (after) => answer(sent, id, after) }
  }
  const { held, outgoing } = placed(entry, outcome, evaluation)
  return {
    queue: {
      ...queue,
      waiting: withEntry(queue.waiting, held),
      outgoing: outgoing.length === 0 ? queue.outgoing : [...queue.outgoing, ...outgoing],
    },
    arrivals,
    isArrival: true,
    answer: (after) => answer(sent, id, after),
  }
}

interface Placed {
  readonly held: HeldMessage
  readonly outgoing: readonly Work[]
}

/** P1: on its way to somewhere else, or in the queue, and perhaps recorded beside (X13). */
function placed(entry: HeldMessage, outcome: Outcome, evaluation: Evaluation): Placed {
  const { now } = evaluation.snapshot
  const inForce = decidingProfile(evaluation.situation(entry.facts))
  const task = taskOf(entry, outcome, inForce, evaluation)
  if (task !== undefined) {
    const { entry: held, work } = leaving(entry, task, now)
    return { held, outgoing: [work] }
  }
  if (!isRecorded(inForce, entry.facts)) return { held: entry, outgoing: [] }
  const copy = newWork(`record ${entry.id}`, entry.id, storeTask('recorded', entry, evaluation), now)
  return { held: entry, outgoing: [{ ...copy, until: now + evaluation.settings.keptAfterEnd }] }
}

/** P4: what goes to the store for its own sake is not recorded beside. */
function taskOf(entry: HeldMessage, outcome: Outcome, inForce: InForce, evaluation: Evaluation): Task | undefined {
  switch (outcome.kind) {
    case 'store':
      return storeTask('preference', entry, evaluation)
    case 'interwork':
      return interworkTask(inForce)
    case 'forward':
      return { kind: 'forward', to: outcome.to }
    default:
      return undefined
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
  { submission, by }: Sent,
): void {
  const { waitingAtMost, waitingBytesAtMost, ofOneSender } = policy.limits
  const all = totalsOf(queue.waiting)
  if (all.messages >= waitingAtMost)
    throw new Refused({ kind: 'over-quota', detail: `${all.messages} messages wait for the recipient already.` })
  if (all.bytes + submission.body.length > waitingBytesAtMost) {
    throw new Refused({
      kind: 'over-quota',
      detail: `What waits for the recipient would have more than ${waitingBytesAtMost} bytes.`,
    })
  }
  // Nobody fills another's queue alone, and so keeps everybody else out. One message may wait, however small his share.
  if (by.role === 'participating-function') return
  const his = all.ofSender.get(by.xui)
  if (his === undefined) return
  const bytes = his.bytes + submission.body.length
  if (his.messages < Math.floor(waitingAtMost * ofOneSender) && bytes <= waitingBytesAtMost * ofOneSender) return
  throw new Refused({
    kind: 'over-quota',
    detail: `${his.messages} messages of yours wait for the recipient already, and you have no room for more.`,
  })
}

/** P7: who gets it now are its addressees, and it is not offered to the others later. */
function heldAs(
  sent: Sent,
  id: string,
  outcome: Outcome,
  inForce: InForce,
  turn: number,
  evaluation: Evaluation,
): HeldMessage {
  const { snapshot, open } = evaluation
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
    keepUntil: keepUntil(policy, snapshot.now),
    extensions: 0,
    ...(sent.by.role === 'participating-function' ? {} : { sentBy: sent.by.xui }),
  }
  if (outcome.kind === 'defer') return withMode(deferred(entry, evaluation.situation(entry.facts)) ?? entry, evaluation)
  if (outcome.kind !== 'deliver') return entry
  // The addressees are fixed where an offer can go out; before that it waits for whoever may have it when an inbox
  // opens.
  const isReached = outcome.to.some(({ registration }) => open.has(registration.device))
  return entryWith(isReached ? released(entry, outcome.to) : entry, { toDeliver: true })
}

function recordOf(
  { by, submission, messageId, content, facts, forwardedFor }: Sent,
  entry: HeldMessage,
): MessageRecord {
  const { to, subject, contentType, conversation, group, expires, reports } = submission
  return {
    kind: 'message',
    id: entry.id,
    messageId,
    by: by.xui,
    to,
    ...(subject === undefined ? {} : { subject }),
    contentType,
    ...(conversation === undefined ? {} : { conversation }),
    ...(group === undefined ? {} : { group }),
    ...(expires === undefined ? {} : { ownExpiry: expires }),
    ...(forwardedFor.length === 0 ? {} : { forwardedFor }),
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
  const entry = queue.waiting.findLast((held) => held.id === id)
  const waiting = entry?.kind === 'message' ? { entry, status: statusOf(entry, evaluation) } : undefined
  const view = record.kind === 'message' ? viewFor(by, record, canonicalXui(facts.from), waiting) : undefined
  assert(view, 'who sends a message sees it')
  return view
}
