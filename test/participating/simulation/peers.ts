/**
 * Peers in memory, behind the contracts, that fail, answer late or not at all, and die of nothing: what they have
 * survives when the function crashes. They say what each call was, and `outgoing-watch.ts` judges it.
 */
import type { Clock, Instant } from '../../../src/clock.ts'
import type { Again, Attempted, Never } from '../../../src/participating/contracts/attempt.ts'
import type { InterworkAttempted, TakeReport } from '../../../src/participating/contracts/interworking.ts'
import type { MessageStore, Putting, Settled } from '../../../src/participating/contracts/message-store.ts'
import type { PushAttempted, PushWork } from '../../../src/participating/contracts/push.ts'
import type { ParticipatingPeers } from '../../../src/participating/transaction/contract.ts'
import type { Task } from '../../../src/participating/state/outgoing.ts'
import type { Chance } from './chance.ts'

/** `slow` heeds the signal that calls it off, `frozen` does not: both did what was asked, and nobody hears of it. */
type Way = 'done' | 'again' | 'never' | 'down' | 'lost' | 'slow' | 'frozen'
const WAYS: readonly Way[] = [
  'done',
  'done',
  'done',
  'done',
  'again',
  'again',
  'never',
  'down',
  'lost',
  'slow',
  'frozen',
]
/** Beyond a claim. */
const FROZEN_MS = 70_000

/** What a peer is asked for: by the kind of work and the message, or the id of the work itself. */
export interface Asked {
  readonly kind: Task['kind']
  readonly message?: string
  readonly messageId?: string
  readonly work?: string
  readonly service?: string
  /** Of what is stored. */
  readonly because?: string
}

/** One call, from its beginning to its answer. */
export interface Call extends Asked {
  readonly epoch: number
  /** Of the claim that it is made under. */
  readonly generation: number
  readonly at: Instant
  /** What the function has been told; missing: nothing yet, or it does not know. */
  answer?: 'done' | 'again' | 'never' | 'gone'
  /** The peer did it. */
  isDone: boolean
  doneAt?: Instant
  /** Whoever asked has heard of it, or has given it up. */
  isOver: boolean
  /** The work is gone from the home. */
  isPast?: true
}

/** Told what is asked, before anything is done. */
export interface Judge {
  asked(asked: Asked): Promise<Call>
}

interface Kept {
  readonly putting: Putting
  untold: boolean
}

export class Peers {
  /** By the id that they came under. */
  readonly store = new Map<string, Kept>()
  /** Names under which a service reports, by message. */
  readonly references = new Map<string, { readonly service: string; readonly reference: string }[]>()
  /** What a service said of a message, once it was heard. */
  readonly said = new Map<string, 'delivered' | 'failed'>()
  readonly pushed: PushWork[] = []
  /** Everything works from now on. */
  isCalm = false
  readonly #clock: Clock
  readonly #chance: Chance
  readonly #judge: Judge
  /** What became of what a service took: it says the same to all who ask at once. */
  readonly #fates = new Map<string, 'delivered' | 'failed'>()
  /** Work that a peer did. */
  readonly #had = new Set<string>()
  readonly #barred = new Set<string>()
  #take: TakeReport | undefined
  #named = 0

  constructor(clock: Clock, chance: Chance, judge: Judge) {
    this.#clock = clock
    this.#chance = chance
    this.#judge = judge
  }

  /** For a process that starts. */
  connect(): ParticipatingPeers {
    return {
      messageStore: this.#messageStore(),
      interworking: {
        services: ['sms', 'email'],
        interwork: (service, { id }, signal) => this.#interwork(service, id, signal),
        start: (take) => void (this.#take = take),
        close: () => Promise.resolve(),
      },
      forwarding: {
        forward: (_to, { messageId }, signal) =>
          this.#ask<Attempted>({ kind: 'forward', messageId }, signal, () => ({ kind: 'done' })),
      },
      push: {
        refusalOf: () => undefined,
        webhookSecret: () => 'whsec_c2VjcmV0',
        push: (work, signal) => this.#push(work, signal),
      },
    }
  }

  #messageStore(): MessageStore {
    const put = (putting: Putting, signal: AbortSignal): Promise<Attempted> =>
      this.#ask({ kind: 'store', message: putting.entry.id, because: putting.entry.because }, signal, () => {
        const before = this.store.get(putting.entry.id)
        if (before === undefined) this.store.set(putting.entry.id, { putting, untold: putting.quietly })
        else if (putting.entry.temporary === undefined) this.#ordinary(putting.entry.id, before)
        if (!putting.quietly) this.#tellAll()
        return { kind: 'done' }
      })
    return {
      put,
      settle: (_owner, message, signal) =>
        this.#ask<Settled>({ kind: 'settle', message }, signal, () => {
          const kept = this.store.get(message)
          if (kept?.putting.entry.temporary === undefined) return { kind: 'nothing' }
          this.#ordinary(message, kept)
          return { kind: 'kept' }
        }),
      tell: (_owner, signal) =>
        this.#ask({ kind: 'tell' }, signal, () => {
          this.#tellAll()
          return { kind: 'done' }
        }),
      list: () => Promise.resolve({ messages: [] }),
      open: () => Promise.resolve(undefined),
      markRead: () => Promise.resolve(false),
      remove: () => Promise.resolve(false),
      close: () => Promise.resolve(),
    }
  }

  #ordinary(id: string, { putting, untold }: Kept): void {
    const { temporary: _, ...entry } = putting.entry
    this.store.set(id, { putting: { ...putting, entry }, untold })
  }

  #tellAll(): void {
    for (const kept of this.store.values()) kept.untold = false
  }

  #interwork(service: string, message: string, signal: AbortSignal): Promise<InterworkAttempted> {
    return this.#ask<InterworkAttempted>({ kind: 'interwork', message, service }, signal, () => {
      if (service !== 'sms' || this.#chance.next() < 0.3) return { kind: 'done', references: [] }
      const reference = `${++this.#named}`
      this.references.set(message, [...(this.references.get(message) ?? []), { service, reference }])
      return { kind: 'done', references: [reference] }
    })
  }

  #push(work: PushWork, signal: AbortSignal): Promise<PushAttempted> {
    return this.#ask<PushAttempted>({ kind: 'push', work: work.id }, signal, () => {
      this.pushed.push(work)
      return this.#chance.next() < 0.1 && !this.isCalm ? { kind: 'gone' } : { kind: 'done' }
    })
  }

  async #ask<T extends { readonly kind: string }>(
    asked: Asked,
    signal: AbortSignal,
    perform: () => T,
  ): Promise<T | Again | Never> {
    const call = await this.#judge.asked(asked)
    try {
      return await this.#answer(call, signal, perform)
    } finally {
      call.isOver = true
    }
  }

  async #answer<T extends { readonly kind: string }>(
    call: Call,
    signal: AbortSignal,
    perform: () => T,
  ): Promise<T | Again | Never> {
    const way = this.isCalm ? 'done' : this.#chance.pick(...WAYS)
    const answer = <A extends T | Again | Never>(said: A): A => {
      call.answer = said.kind === 'again' || said.kind === 'never' || said.kind === 'gone' ? said.kind : 'done'
      return said
    }
    await this.#chance.linger(6)
    // Who has it does not refuse it, and who is told of a change does not refuse that.
    const what = `${call.kind} ${call.service ?? ''} ${call.message ?? call.work ?? ''}`
    const mayRefuse = call.kind !== 'settle' && call.kind !== 'tell' && !this.#had.has(what)
    if (way === 'never' && mayRefuse) {
      this.#barred.add(what)
      return answer({ kind: 'never', because: 'barred' })
    }
    if (way === 'again') return answer({ kind: 'again', because: 'later' })
    if (way === 'down') {
      call.answer = 'again'
      throw new Error('The peer is down.')
    }
    if (way === 'frozen') await new Promise<void>((go) => this.#clock.at(this.#clock.now() + FROZEN_MS, go))
    // What was refused for good meanwhile is not taken any more.
    if (this.#barred.has(what)) return answer({ kind: 'never', because: 'barred' })
    call.isDone = true
    call.doneAt = this.#clock.now()
    this.#had.add(what)
    const result = perform()
    if (way === 'lost') throw new Error('The answer was lost.')
    if (way === 'slow') await calledOff(signal)
    return answer(result)
  }

  /** Each service says what became of what it took, and says it again. */
  async report(): Promise<void> {
    for (const [message, references] of this.references)
      for (const { service, reference } of references)
        for (let times = 0; times < 2; times++) {
          const disposition = this.#fates.get(message) ?? this.#chance.pick('delivered', 'failed')
          this.#fates.set(message, disposition)
          const answer = await this.#take?.(service, { reference, disposition, at: this.#clock.now() })
          if (answer?.kind === 'done') this.said.set(message, disposition)
        }
  }
}

function calledOff(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(new Error('It was called off.'))
    signal.addEventListener('abort', () => reject(new Error('It was called off.')), { once: true })
  })
}
