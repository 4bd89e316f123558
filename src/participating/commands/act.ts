/** D7, D8: what its user asks of one message that waits for him. Pure. */
import { fitOf, type RegisteredDevice } from '../decision/applicability.ts'
import { isClaimed } from '../decision/claims.ts'
import { decidingProfile } from '../decision/deferral.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import { interworkTask, leaving, storeTask } from '../decision/on-its-way.ts'
import { statusOf } from '../decision/status.ts'
import type { ActionOutcome, EndState, RetrievalAction } from '../participating.ts'
import type { Task } from '../state/outgoing.ts'
import type { HeldMessage, Queue } from '../state/queue.ts'
import type { ParticipatingPeers } from '../transaction/contract.ts'
import type { Ending } from '../transaction/end.ts'

export interface Acting {
  readonly evaluation: Evaluation
  /** The one that asks. */
  readonly device: RegisteredDevice
  /** The name of the session; no inbox has it. */
  readonly session: string
  readonly peers: Pick<ParticipatingPeers, 'messageStore' | 'interworking'>
}

type Outcome = Omit<ActionOutcome, 'id' | 'action'>

export type Acted =
  | { readonly kind: 'answered'; readonly queue: Queue; readonly ended?: Ending; readonly outcome: Outcome }
  /** It goes to the device behind the commit, under this attempt. */
  | { readonly kind: 'offered'; readonly queue: Queue; readonly attempt: number }

export function act(queue: Queue, entry: HeldMessage, action: RetrievalAction, acting: Acting): Acted {
  const { evaluation, peers } = acting
  const work = queue.outgoing.find(({ id }) => id === entry.leaving)
  if (work !== undefined && action !== 'keep') {
    if (work.task.kind === action) return answered(queue, { outcome: 'already-done', state: 'delivering' })
    // Whoever performs it may have done so already.
    if (isClaimed(work, evaluation.snapshot.now)) return refused(queue, entry, 'on-its-way', acting)
  }
  switch (action) {
    case 'keep':
      return answered(queue, { outcome: 'done', state: statusOf(entry, evaluation).state })
    case 'discard': {
      const ended: Ending = { id: entry.id, state: 'discarded', because: 'dropped', entry }
      const waiting = queue.waiting.filter((held) => held !== entry)
      return { ...answered({ ...queue, waiting }, { outcome: 'done', state: 'discarded' }), ended }
    }
    case 'store':
      if (peers.messageStore === undefined) return refused(queue, entry, 'no-message-store', acting)
      return onItsWay(queue, entry, storeTask('user-action', entry, evaluation), acting)
    case 'interwork': {
      const { services: wanted } = interworkTask(decidingProfile(evaluation.snapshot))
      const services = wanted.filter(({ name }) => peers.interworking?.services.includes(name))
      if (services.length === 0) return refused(queue, entry, 'no-service', acting)
      const cut = entry.cut === undefined ? {} : { cut: entry.cut }
      return onItsWay(queue, entry, { kind: 'interwork', services, ...cut }, acting)
    }
    case 'retrieve':
      return retrieved(queue, entry, acting)
  }
}

/** The same action again, and another one, once the message has ended. */
export function afterwards(action: RetrievalAction, state: EndState): Outcome {
  return LEADS_TO[action].includes(state)
    ? { outcome: 'already-done', state }
    : { outcome: 'refused', state, because: 'ended' }
}

const LEADS_TO: Readonly<Record<RetrievalAction, readonly EndState[]>> = {
  retrieve: ['delivered'],
  interwork: ['interworked'],
  discard: ['discarded'],
  store: ['stored', 'handed-over'],
  keep: [],
}

function answered(queue: Queue, outcome: Outcome): Acted & { readonly kind: 'answered' } {
  return { kind: 'answered', queue, outcome }
}

function refused(queue: Queue, entry: HeldMessage, because: string, { evaluation }: Acting): Acted {
  return answered(queue, { outcome: 'refused', state: statusOf(entry, evaluation).state, because })
}

function onItsWay(queue: Queue, held: HeldMessage, task: Task, { evaluation }: Acting): Acted {
  const { entry, work } = leaving(held, task, evaluation.snapshot.now)
  const waiting = queue.waiting.map((other) => (other === held ? entry : other))
  return answered({ ...queue, waiting, outgoing: [...queue.outgoing, work] }, { outcome: 'done', state: 'delivering' })
}

/**
 * Offered to the device that asks, for as long as an inbox would be. He asked, so neither rules nor do-not-disturb hold
 * it; INV-11: what the device may not have, it does not get.
 */
function retrieved(queue: Queue, held: HeldMessage, acting: Acting): Acted {
  const { evaluation, device, session } = acting
  const { preferences, now } = evaluation.snapshot
  // INV-6: nothing goes out at or after its expiry.
  if (held.expires <= now) return refused(queue, held, 'expired', acting)
  const { device: name, began } = device.registration
  if (fitOf(preferences, device, held.facts) === 'misfit') return refused(queue, held, 'not-applicable', acting)
  const attempt = (held.offers.find((offer) => offer.device === name)?.attempt ?? 0) + 1
  const { leaving: _, ...rest } = held
  const others = held.offers.filter((offer) => offer.device !== name)
  const entry: HeldMessage = {
    ...rest,
    offers: [...others, { device: name, attempt, at: now, began, inbox: session, asked: true }],
  }
  const waiting = queue.waiting.map((other) => (other === held ? entry : other))
  return { kind: 'offered', queue: { ...queue, waiting }, attempt }
}
