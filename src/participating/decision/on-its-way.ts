/** A message leaves the queue on a way that can fail: its entry stays until the result is committed. */
import type { Instant } from '../../clock.ts'
import type { InForce } from '../../preferences/in-force.ts'
import type { StoredBecause } from '../contracts/message-store.ts'
import { newWork, type InterworkTask, type StoreTask, type Task, type Work } from '../state/outgoing.ts'
import { entryWith, type HeldMessage } from '../state/queue.ts'
import { isListed } from './applicability.ts'
import { isClaimed } from './claims.ts'
import type { Evaluation } from './evaluation.ts'
import { onExpiry } from './on-expiry.ts'

/** The entry on its way, and the work that carries it. */
export interface Leaving {
  readonly entry: HeldMessage
  readonly work: Work
}

export function leaving(held: HeldMessage, task: Task, now: Instant): Leaving {
  // Another way is other work: its result must not be taken for that of the one before.
  const id = `${task.kind} ${held.id} ${held.generation}`
  return {
    entry: entryWith(held, { addressees: [], generation: held.generation + 1, leaving: id }),
    work: newWork(id, held.id, task, now),
  }
}

/** D3 goes on for what cannot leave before its expiry; what is being performed is waited for. */
export function isToExpire({ leaving: id }: HeldMessage, outgoing: readonly Work[], now: Instant): boolean {
  const work = outgoing.find((one) => one.id === id)
  if (work === undefined) return true
  return !isClaimed(work, now) && !(work.task.kind === 'store' && work.task.because === 'expired')
}

/** X15, U2: in the order of their priorities; one without an address is none for this message. */
export function interworkTask(inForce: InForce): InterworkTask {
  const services = [...(inForce.profile.interworking?.services ?? [])].sort((a, b) => a.priority - b.priority)
  return {
    kind: 'interwork',
    services: services.flatMap(({ name, address }) => (address === undefined ? [] : [{ name, address }])),
  }
}

export function storeTask(because: StoredBecause, held: HeldMessage, evaluation: Evaluation): StoreTask {
  // X13: what is recorded is the message as it came.
  const cut = because === 'recorded' || held.cut === undefined ? {} : { cut: held.cut }
  return { kind: 'store', because, quietly: isQuiet(held, evaluation), ...cut }
}

/**
 * S2, S3: what the store has, it is told of once its instant has come, and once do-not-disturb is over. Nothing for
 * other work.
 *
 * @param from missing: it is there now, not only then.
 */
export function afterStoring(
  { id, task, message, notBefore }: Work,
  outgoing: readonly Work[],
  from: Instant | undefined,
): readonly Work[] {
  if (task.kind !== 'store' || message === undefined) return []
  const { temporary, quietly } = task
  const settle = (expires: Instant): Work =>
    newWork(`settle ${id}`, message, { kind: 'settle' }, Math.max(from ?? 0, expires))
  // One tells everything: a second that has not begun either would find nothing.
  const isComing = outgoing.some((one) => one.task.kind === 'tell' && one.attempt === 0 && one.notBefore >= (from ?? 0))
  const tell = quietly && !isComing ? [newWork(`tell ${id}`, undefined, { kind: 'tell' }, from ?? notBefore)] : []
  return [...(temporary === undefined ? [] : [settle(temporary.expires)]), ...tell]
}

/** D12: with the fact, the expiry and the action; `extend` is handed over as the last extended expiry and `then`. */
export function handOverTask(held: HeldMessage, inForce: InForce, evaluation: Evaluation): StoreTask {
  const { policy } = evaluation.snapshot.preferences
  for (let entry = held; ; ) {
    const expiry = onExpiry(inForce, policy, entry)
    if (expiry.kind !== 'extend') {
      const temporary = { expires: entry.expires, onExpiry: expiry.kind }
      return { ...storeTask('hand-over', held, evaluation), temporary }
    }
    entry = { ...entry, expires: expiry.until, extensions: entry.extensions + 1 }
  }
}

/** S2: what came quietly is told when the last value received is no longer do-not-disturb. */
export function isHeldBack({ task }: Work, evaluation: Evaluation): boolean {
  // D4: "no push leaves to a device that it covers, in-band or out-of-band".
  if (task.kind === 'push' && task.despiteQuiet !== true) {
    const { preferences, now } = evaluation.snapshot
    return preferences.disturbance(task.device, now).on
  }
  return task.kind === 'tell' && isQuietFor(evaluation)
}

/**
 * U3: every known device that X14 (1) names is covered and the originator is no exception; without any, the user
 * counts.
 */
function isQuiet({ facts }: HeldMessage, evaluation: Evaluation): boolean {
  const { preferences } = evaluation.snapshot
  return !preferences.excepted({ uri: facts.from, undisclosed: facts.undisclosed }) && isQuietFor(evaluation)
}

function isQuietFor({ snapshot: { preferences, known, now } }: Evaluation): boolean {
  const named = known.filter((device) => isListed(preferences.inForce(device).profile.devices.messages, device))
  if (named.length === 0) return preferences.disturbance(undefined, now).on
  return named.every((device) => preferences.disturbance(device, now).on)
}
