/** What follows from the result of outgoing work. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type { Instant } from '../../clock.ts'
import type { Again, Never } from '../contracts/attempt.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import { afterStoring } from '../decision/on-its-way.ts'
import { leadsTo, newWork, type ClaimedWork, type InterworkTask, type Work } from '../state/outgoing.ts'
import type { HeldMessage, Queue } from '../state/queue.ts'
import type { Change } from '../transaction/contract.ts'
import type { Confirmed, Ending } from '../transaction/end.ts'
import type { EndState } from '../participating.ts'

/** `gone`: a push address that is none any more. */
export type Result =
  /** `references`: the service took it and reports later, under these. */
  | { readonly kind: 'done'; readonly references?: readonly string[] }
  | Again
  | Never
  | { readonly kind: 'gone'; readonly because: string }

type So = Change<undefined>

export function afterDone(change: So, work: ClaimedWork, references: readonly string[] = []): So {
  const { task, message } = work
  const rest = instead(change.queue, work.id, afterStoring(work, change.queue.outgoing, undefined))
  const state = leadsTo(task)
  if (task.kind === 'receipt' && message !== undefined)
    return confirmed({ ...change, queue: rest }, { id: message, disposition: 'delivered' })
  if (state === undefined) return { ...change, queue: rest }
  if (task.kind === 'interwork') return interworked(change, rest, work, task, references)
  return ended(change, rest, work, state, undefined)
}

/** U1: of a message that a service took, which is told now. */
export function confirmed(change: So, one: Confirmed): So {
  return { ...change, confirmed: [...(change.confirmed ?? []), one] }
}

/** U1: where the service reports later, the sender is told then. */
function interworked(
  change: So,
  queue: Queue,
  work: Work,
  { services: [service] }: InterworkTask,
  references: readonly string[],
): So {
  if (references.length === 0 || service === undefined) return ended(change, queue, work, 'interworked', undefined)
  const after = ended(change, queue, work, 'interworked', undefined, true)
  const ending = after.ended?.at(-1)
  if (ending?.reportsLater !== true) return after
  const named = references.map((reference) => ({ service: service.name, reference, message: ending.id }))
  return { ...after, references: [...(after.references ?? []), ...named] }
}

export function afterAgain(change: So, work: ClaimedWork, notBefore: Instant): So {
  const { claim: _, ...rest } = work
  return { ...change, queue: instead(change.queue, work.id, [{ ...rest, notBefore }]) }
}

/** X15: what a service refuses for good the next one is asked for; what nobody takes has failed. */
export function afterNever(
  change: So,
  work: ClaimedWork,
  result: Never | { readonly kind: 'gone'; readonly because: string },
  { snapshot: { now } }: Evaluation,
): So {
  const { task, message, id } = work
  if (task.kind === 'interwork' && task.services.length > 1) {
    const next = newWork(id, message, { ...task, services: task.services.slice(1) }, now)
    // Generations go on, so that an answer of the service before is refused.
    return { ...change, queue: instead(change.queue, id, [{ ...next, attempt: work.attempt }]) }
  }
  const rest = instead(change.queue, id, [])
  if (result.kind === 'gone' && task.kind === 'push') {
    const registrations = rest.registrations.map((known) => {
      // What it registered meanwhile is another address.
      if (known.device !== task.device || !isDeepStrictEqual(known.push, task.address)) return known
      const { push: _, ...others } = known
      return others
    })
    return { ...change, queue: { ...rest, registrations } }
  }
  return leadsTo(task) === undefined ? { ...change, queue: rest } : ended(change, rest, work, 'failed', result.because)
}

function ended(change: So, queue: Queue, work: Work, state: EndState, because: string | undefined, later = false): So {
  const entry = queue.waiting.find((held): held is HeldMessage => held.kind === 'message' && held.leaving === work.id)
  if (entry === undefined) return { ...change, queue }
  const ending: Ending = {
    id: entry.id,
    state,
    ...(because === undefined ? {} : { because }),
    ...(later ? { reportsLater: true } : {}),
    entry,
  }
  const waiting = queue.waiting.filter((held) => held !== entry)
  return { ...change, queue: { ...queue, waiting }, ended: [...(change.ended ?? []), ending] }
}

function instead(queue: Queue, id: string, by: readonly Work[]): Queue {
  return { ...queue, outgoing: queue.outgoing.flatMap((work) => (work.id === id ? by : [work])) }
}
