/**
 * D7: a session in which a user fetches what waits for him, or does away with it otherwise. Nothing is kept of it but
 * what each action does: one that breaks leaves messages that wait, as an inbox does that closed.
 */
import { isSameDevice } from '../../device.ts'
import { createAlarm, identifier, type Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import { createBell } from '../../queue.ts'
import { Refused } from '../../refusal.ts'
import type { ActionOutcome, MessageAction, Participating, RetrievalEvent, RetrievalRequest } from '../participating.ts'
import { queueOf, type HeldMessage } from '../state/queue.ts'
import type { ParticipatingRooms, Transact } from '../transaction/contract.ts'
import { actOnSome, afterItsEnd, type Outstanding } from './act-on-some.ts'

export interface Retrieving extends Pick<Participating, 'retrieve'> {
  /** The server stops: no session goes on. */
  end(): void
}

export function createRetrieving(rooms: ParticipatingRooms, transact: Transact): Retrieving {
  const ending = new AbortController()
  return {
    async retrieve(owner, device, request, signal) {
      const actions = await actionsOf(rooms, owner, request)
      const over = AbortSignal.any([signal, ending.signal])
      const session = new Retrieval(rooms, transact, { owner, device, over }, actions)
      return session.events(await session.take())
    },
    end: () => ending.abort(),
  }
}

async function actionsOf(
  { homes }: ParticipatingRooms,
  owner: Xui,
  request: RetrievalRequest,
): Promise<readonly MessageAction[]> {
  if (request.kind === 'all') {
    const { waiting } = queueOf(await homes.read(owner))
    return waiting.flatMap(({ kind, id }) => (kind === 'message' ? [{ id, action: request.action }] : []))
  }
  const { actions } = request
  const named = new Set<string>()
  const again = actions.findIndex(({ id }) => named.size === named.add(id).size)
  if (again === -1) return actions
  const errors = [{ path: `/actions/${again}/id`, message: 'is named before' }]
  throw new Refused({ kind: 'not-of-the-format', detail: 'A message is named twice.', errors })
}

/** What is to be said to the far end. */
interface ToSay {
  readonly event: RetrievalEvent
  /** From then on it is not said: the message has expired, or nobody expects its acknowledgement any more. */
  readonly before: Instant
}

interface Asking {
  readonly owner: Xui
  readonly device: string
  readonly over: AbortSignal
}

class Retrieval {
  readonly #rooms: ParticipatingRooms
  readonly #transact: Transact
  readonly #asking: Asking
  readonly #name: string
  readonly #bell = createBell()
  #pending: readonly MessageAction[]
  readonly #out = new Map<string, Outstanding>()
  /** The device has out what it may: the next goes when it has acknowledged one. */
  #isFull = false
  #done = 0

  constructor(rooms: ParticipatingRooms, transact: Transact, asking: Asking, actions: readonly MessageAction[]) {
    this.#rooms = rooms
    this.#transact = transact
    this.#asking = asking
    this.#pending = actions
    this.#name = identifier(rooms.random, 9)
  }

  async *events(first: readonly ToSay[]): AsyncGenerator<RetrievalEvent> {
    const { homes, clock } = this.#rooms
    const { owner, over } = this.#asking
    const { ring } = this.#bell
    const alarm = createAlarm(clock, ring)
    // Whose commit it was is not known where another server made it.
    const deaf = homes.onCommit((whose) => (whose === undefined || whose === owner ? ring() : undefined))
    over.addEventListener('abort', ring, { once: true })
    // What was acknowledged while nobody listened yet is found at the first look.
    ring()
    try {
      for (let step = first; ; step = await this.#next()) {
        for (const { event, before } of step) if (!over.aborted && clock.now() < before) yield event
        if (over.aborted) return
        if (this.#pending.length === 0 && this.#out.size === 0) break
        if (this.#out.size > 0) alarm.set(Math.min(...[...this.#out.values()].map(({ until }) => until)))
      }
      const { waiting } = queueOf(await homes.read(owner))
      const left = waiting.filter((entry) => entry.kind === 'message' && entry.leaving === undefined).length
      yield { event: 'end', data: { done: this.#done, left } }
    } finally {
      alarm.callOff()
      deaf()
      over.removeEventListener('abort', ring)
    }
  }

  /** Does as many actions as may be done at once. @throws Refused `not-registered` */
  async take(): Promise<readonly ToSay[]> {
    const session = { ...this.#asking, name: this.#name, pending: this.#pending, out: this.#out }
    const { count, outcomes, messages } = await this.#transact(this.#asking.owner, (before) =>
      actOnSome(this.#rooms, session, before),
    )
    this.#pending = this.#pending.slice(count)
    this.#isFull = count === 0
    // The commit may have taken long: the device has its time from now on.
    const until = this.#rooms.clock.now() + this.#rooms.settings.offerFor
    const said: ToSay[] = []
    for (const [id, { event, size, expires }] of messages) {
      this.#out.set(id, { size, until })
      said.push({ event, before: Math.min(until, expires) })
    }
    return [...said, ...outcomes.map((outcome) => this.#said(outcome))]
  }

  async #next(): Promise<readonly ToSay[]> {
    if (this.#pending.length === 0 || this.#isFull) {
      await this.#bell.rung()
      return this.#asking.over.aborted ? [] : this.#whatBecame()
    }
    try {
      return await this.take()
    } catch (thrown) {
      // The registration ended meanwhile: what is out may still be acknowledged, and counts then.
      if (!(thrown instanceof Refused) || thrown.refusal.kind !== 'not-registered') throw thrown
      const left = this.#pending
      this.#pending = []
      return left.map((action) => this.#said({ ...action, outcome: 'refused', because: 'not-registered' }))
    }
  }

  /** What became of what is out, by whatever hand: acknowledged, ended otherwise, or left too long. */
  async #whatBecame(): Promise<readonly ToSay[]> {
    const { homes, clock } = this.#rooms
    const { owner } = this.#asking
    const waiting = new Map(queueOf(await homes.read(owner)).waiting.map((entry) => [entry.id, entry]))
    const said: ToSay[] = []
    for (const [id, { until }] of this.#out) {
      const entry = waiting.get(id)
      if (entry?.kind === 'message' && until > clock.now() && this.#isStillOut(entry)) continue
      this.#out.delete(id)
      this.#isFull = false
      said.push(this.#said(entry === undefined ? await this.#ended(id) : notAcknowledged(id)))
    }
    return said
  }

  /** Another session of the same device may have taken it over. */
  #isStillOut({ offers }: HeldMessage): boolean {
    return offers.some(({ device, inbox }) => isSameDevice(device, this.#asking.device) && inbox === this.#name)
  }

  async #ended(id: string): Promise<ActionOutcome> {
    const outcome = await afterItsEnd(this.#rooms, this.#asking.owner, { id, action: 'retrieve' })
    return outcome.outcome === 'already-done' ? { ...outcome, outcome: 'done' } : outcome
  }

  #said(data: ActionOutcome): ToSay {
    if (data.outcome === 'done' || data.outcome === 'already-done') this.#done += 1
    return { event: { event: 'action', data }, before: Infinity }
  }
}

function notAcknowledged(id: string): ActionOutcome {
  return { id, action: 'retrieve', outcome: 'refused', state: 'deferred', because: 'not-acknowledged' }
}
