/** What must hold of messages that leave: at each commit, at each call of a peer, and when all is over. */
import type { Clock } from '../../../src/clock.ts'
import type { Commit, Committed, Home, Homes } from '../../../src/home/home.ts'
import type { MessageRecord, StoredRecord } from '../../../src/participating/state/message-record.ts'
import type { Work } from '../../../src/participating/state/outgoing.ts'
import { queueOf } from '../../../src/participating/state/queue.ts'
import type { MemoryStore } from '../../store/memory.ts'
import { ALICE, BOB } from '../testbed.ts'
import { CLAIM_MS, judgeCommit, messagesOf } from './commits.ts'
import type { Asked, Call, Peers } from './peers.ts'
import { EXTENDED_MS, EXTENSIONS, isQuiet, isQuietForStore, PROFILES, wishIn } from './wishes.ts'

const MOVED = 2000

export class OutgoingWatch {
  readonly failures: string[] = []
  /** What happened, so that nobody takes an empty one for a good one. */
  readonly counts = {
    accepted: 0,
    delivered: 0,
    stored: 0,
    'handed-over': 0,
    interworked: 0,
    forwarded: 0,
    discarded: 0,
    failed: 0,
    noticed: 0,
    pushed: 0,
    displayed: 0,
    extended: 0,
    crashed: 0,
    uncertain: 0,
  }
  readonly calls: Call[] = []
  /** Messages that the user asked to be done away with. */
  readonly discarded = new Set<string>()
  readonly acknowledging = new Set<string>()
  readonly displayed = new Map<string, boolean>()
  readonly #quietPeriods = new Map<string, number>()
  readonly #told = new Set<string>()
  readonly #notices = new Map<string, number>()
  readonly #claimed = new Map<string, { readonly at: number; readonly services: number }>()
  readonly #accepted = new Map<string, string | undefined>()
  /** Claims under which a peer has been asked. */
  readonly #asked = new Set<string>()
  readonly #uncertain = new Set<string>()
  readonly #clock: Clock
  epoch = 0
  /** For who looks into one history. */
  trace: ((what: 'commit' | 'crash' | Call, commit: Commit | undefined) => void) | undefined
  isSteady = true

  constructor(clock: Clock) {
    this.#clock = clock
  }

  readonly fail = (what: string): void => void this.failures.push(what)

  crashed(): void {
    this.counts.crashed += 1
    // What a peer did for a process that did not live to say so is done, and nobody knows.
    this.trace?.('crash', undefined)
    for (const call of this.calls) if (call.epoch === this.epoch && call.isDone) this.#mayBeDone(call)
  }

  accepted(id: string): void {
    if (!this.#accepted.has(id)) this.counts.accepted += 1
    this.#accepted.set(id, this.#accepted.get(id))
  }

  quieted(device: string): void {
    this.#quietPeriods.set(device, (this.#quietPeriods.get(device) ?? 0) + 1)
  }

  /** No notice goes out that no commit has (INV-13). */
  noticed(device: string, messages: readonly { readonly id: string }[]): void {
    for (const { id } of messages) {
      const left = (this.#notices.get(`${id} ${device}`) ?? 0) - 1
      this.#notices.set(`${id} ${device}`, left)
      if (left < 0) this.fail(`INV-13: ${id} is announced to ${device.slice(-1)} again`)
    }
  }

  #mayBeDone({ message = '' }: Call): void {
    this.#uncertain.add(message)
  }

  async committing(homes: Homes, commit: Commit, epoch: number): Promise<Committed> {
    const before = await homes.read(commit.home.owner)
    const outcome = await homes.commit(commit)
    if (outcome.kind !== 'committed' || epoch !== this.epoch || commit.home.owner !== ALICE) return outcome
    this.trace?.('commit', commit)
    const told = this.#told.size
    judgeCommit({
      before,
      after: commit.home,
      now: this.#clock.now(),
      isSteady: this.isSteady,
      calls: this.calls.filter((call) => call.epoch === epoch),
      claimed: this.#claimed,
      told: this.#told,
      notices: this.#notices,
      quietPeriods: this.#quietPeriods,
      acknowledging: this.acknowledging,
      fail: this.fail,
    })
    this.#forget(before, commit.home)
    this.counts.noticed += this.#told.size - told
    for (const entry of commit.outbox ?? []) if (entry.kind === 'message') this.#judgeEnd(entry.value, before, commit)
    return outcome
  }

  /** Work that is gone frees its name: what is made anew under it is asked for the first time. */
  #forget(before: Home, after: Home): void {
    const left = new Set(queueOf(after).outgoing.map(({ id }) => id))
    for (const { id, attempt } of queueOf(before).outgoing) {
      if (left.has(id)) continue
      for (let generation = 1; generation <= attempt; generation++) this.#asked.delete(`${id} ${generation}`)
      for (const call of this.calls) if (call.work === id) call.isPast = true
    }
  }

  #judgeEnd(value: unknown, before: Home, { home }: Commit): void {
    const { id, kind, end } = value as StoredRecord
    const entry = messagesOf(queueOf(before)).find((held) => held.id === id)
    if (kind !== 'message' || end === undefined) return
    if (messagesOf(queueOf(home)).some((held) => held.id === id)) this.fail(`INV-1: ${id} has ended and waits`)
    if (entry === undefined || end.because !== 'expired') return
    if (entry.extensions > 0) this.counts.extended += 1
    if (entry.expires > this.#clock.now()) this.fail(`INV-5: ${id} expires too early`)
    const { then } = PROFILES[wishIn(home)]
    const last = entry.expires + (EXTENSIONS - entry.extensions) * EXTENDED_MS
    if (then === 'store' || (then === 'extend' && last > this.#clock.now()))
      this.fail(`INV-16: ${id} is discarded under ${wishIn(home)}`)
  }

  /** Nothing is asked of a peer that was not claimed by a commit, and nothing whose answer is known (INV-9). */
  async asked(asked: Asked, store: MemoryStore): Promise<Call> {
    const { epoch } = this
    const work = await this.#workOf(asked, store)
    if (work?.claim === undefined) this.fail(`INV-2: ${asked.kind} ${asked.message ?? ''} is asked without a claim`)
    const message = work?.message ?? asked.message
    const call: Call = {
      ...asked,
      ...(message === undefined ? {} : { message }),
      work: work?.id ?? asked.work ?? '',
      epoch,
      generation: work?.claim?.generation ?? 0,
      at: this.#clock.now(),
      isDone: false,
      isOver: false,
    }
    const before = this.calls.filter(
      (one) => one.isPast !== true && one.work === call.work && one.kind === call.kind && one.service === call.service,
    )
    for (const one of before) if (one.isDone) this.#mayBeDone(one)
    const last = before.at(-1)
    const isKnown = last?.epoch === epoch && last.answer !== undefined && last.answer !== 'again'
    const isOfOne = call.kind !== 'tell' && call.kind !== 'settle'
    if (isOfOne && isKnown && call.at - last.at < CLAIM_MS.others)
      this.fail(`INV-9: ${call.work} is asked again, and the answer was ${last.answer}`)
    this.calls.push(call)
    this.trace?.(call, undefined)
    return call
  }

  async #workOf(
    { kind, message, messageId, work, service, because }: Asked,
    store: MemoryStore,
  ): Promise<Work | undefined> {
    const { outgoing } = queueOf(await store.homes.read(ALICE))
    const now = this.#clock.now()
    for (const one of outgoing) {
      if (one.task.kind !== kind || one.claim === undefined || one.claim.until <= now) continue
      if (one.task.kind === 'store' && one.task.because !== because) continue
      // Two that ask for the same are told apart by which has been asked.
      const claimed = `${one.id} ${one.claim.generation}`
      if (this.#asked.has(claimed)) continue
      if (work !== undefined ? one.id !== work : message !== undefined && one.message !== message) continue
      if (one.task.kind === 'interwork' && one.task.services[0]?.name !== service) continue
      if (messageId === undefined) {
        this.#asked.add(claimed)
        return one
      }
      const record = (await store.messages.byId(one.message ?? ''))?.value as MessageRecord | undefined
      if (record?.messageId === messageId) return one
    }
    return undefined
  }

  /** Quiet seconds later nothing is left lying that could go on by itself. */
  async checkStill(store: MemoryStore, open: ReadonlySet<string>): Promise<void> {
    const home = await store.homes.read(ALICE)
    const { waiting, registrations, outgoing } = queueOf(home)
    const now = this.#clock.now()
    for (const work of outgoing) {
      const held =
        (work.task.kind === 'tell' && isQuietForStore(home)) ||
        (work.task.kind === 'push' && isQuiet(home, work.task.device))
      const due = work.claim?.until ?? work.notBefore
      if (!held && due < now - MOVED) this.fail(`INV-8: ${work.id} is due and lies there`)
    }
    for (const entry of messagesOf({ waiting })) {
      const isOut = entry.offers.some(({ at }) => at + 30_000 > now - MOVED)
      if (entry.leaving !== undefined || isOut) continue
      if (entry.expires < now - MOVED) this.fail(`INV-7: ${entry.id} has expired and waits`)
      if (entry.expires <= now || entry.toDeliver === true) continue
      if (entry.mode?.is === 'hand-over') this.fail(`INV-8: ${entry.id} is not handed over`)
      const isAnnounced = (device: string, began: number): boolean =>
        entry.noticed?.some((target) => target.device === device && target.began === began) === true
      for (const { device, began, expires } of registrations)
        if (entry.mode?.is === 'notify' && open.has(device) && expires > now && !isQuiet(home, device))
          if (!isAnnounced(device, began)) this.fail(`INV-8: ${entry.id} is not announced to ${device.slice(-1)}`)
    }
  }

  /** All is well again, and everybody who waited has waited. */
  async checkEnded(store: MemoryStore, peers: Peers, forwarded: readonly string[]): Promise<void> {
    const { waiting, outgoing } = queueOf(await store.homes.read(ALICE))
    for (const { id } of [...waiting, ...outgoing]) this.fail(`INV-7: ${id} is still there`)
    const told = new Map<string, string[]>()
    for (const { id } of queueOf(await store.homes.read(BOB)).waiting) {
      const { message, disposition } = (await store.messages.byId(id))?.value as StoredRecord & { kind: 'report' }
      told.set(message, [...(told.get(message) ?? []), disposition])
    }
    for (const [id, { untold, putting }] of peers.store) {
      if (untold) this.fail(`INV-33: nobody is told that ${id} is in the store`)
      if (putting.entry.temporary !== undefined && putting.entry.temporary.expires < this.#clock.now())
        this.fail(`INV-7: ${id} is temporary and its time is over`)
    }
    this.counts.pushed = peers.pushed.length
    for (const id of this.#accepted.keys()) {
      const record = (await store.messages.byId(id))?.value as MessageRecord | undefined
      if (record?.end === undefined) this.fail(`INV-1: ${id} was answered and has no end`)
      else this.#judgeOne(record, record.end.state, peers, told.get(id) ?? [], forwarded)
    }
  }

  #judgeOne(
    { id, messageId, end, reports, asked }: MessageRecord,
    state: NonNullable<MessageRecord['end']>['state'],
    peers: Peers,
    told: readonly string[],
    forwarded: readonly string[],
  ): void {
    const fail = (what: string): void => this.fail(`${what} (${id}, ${state}, ${end?.because ?? ''})`)
    this.counts[state] += 1
    const isUnheard = this.calls.some((call) => call.message === id && call.isDone && call.answer === undefined)
    // Frozen for longer than its claim lasts, a peer does what somebody else may have moved meanwhile.
    const isLate = this.calls.some(({ message, at, doneAt = at }) => message === id && doneAt - at >= CLAIM_MS.others)
    const isUncertain = isUnheard || isLate || this.#uncertain.has(id)
    if (isUncertain) this.counts.uncertain += 1
    const services = this.calls.filter((call) => call.kind === 'interwork' && call.message === id && call.isDone)
    const outside = this.calls.filter((call) => call.kind === 'forward' && call.message === id && call.isDone)
    const isStored = peers.store.has(id)
    const kept = [...peers.store.values()].filter(({ putting }) => putting.entry.messageId === messageId).length
    const arrived = forwarded.filter((one) => one === messageId).length
    if (kept > 1) fail(`INV-33: ${kept} objects`)
    if ((state === 'stored' || state === 'handed-over') && !isStored) fail('INV-10: nobody stored it')
    if (state === 'interworked' && services.length === 0) fail('INV-10: no service has it')
    if (state === 'forwarded' && arrived + outside.length === 0) fail('INV-10: it arrived nowhere')
    if (state === 'delivered' && !this.acknowledging.has(id)) fail('INV-10: nobody acknowledged it')
    if (arrived > 1) fail(`INV-9: forwarded ${arrived} times`)
    if (end?.because === 'dropped' && !this.discarded.has(id)) fail('INV-1: nobody asked to discard it')
    if (state === 'failed' && services.length > 0 && !isUncertain) fail('INV-10: failed, and a service has it')
    const said = state === 'interworked' ? peers.said.get(id) : undefined
    const good = said ?? (state === 'failed' || state === 'discarded' ? 'failed' : 'delivered')
    const expected = state === 'forwarded' ? [] : [good]
    const shown = this.displayed.get(id)
    const wanted = [...expected, ...(shown === true && asked.includes('display') ? ['displayed'] : [])].sort().join()
    const heard = (list: readonly string[]): string =>
      (shown === false ? list.filter((one) => one !== 'displayed') : [...list]).sort().join()
    if (shown === true) this.counts.displayed += 1
    if (heard(told) !== wanted || heard(reports.map(({ disposition }) => disposition)) !== wanted)
      fail(`INV-15: ${wanted} is right, told ${told.join()}, listed ${reports.map((one) => one.disposition).join()}`)
  }
}
