/**
 * The process that owns the address and serves nothing itself: it hands each connection to one of its workers, passes
 * on what they tell each other, and puts another one in the place of one that died. What it knows is in no file, so
 * that nothing is lost with it: the workers end when it does.
 */
import cluster, { type Worker as Forked } from 'node:cluster'
import type { Clock, Randomness } from '../clock.ts'
import type { FromPrimary, FromWorker } from './channel.ts'
import { closeWhatDiesOnTheWay } from './handed-over.ts'

export interface PrimaryRooms {
  readonly clock: Clock
  readonly random: Randomness
  /** A line for people. */
  readonly say: (line: string) => void
  readonly log: { error(fields: object, text: string): void; info(fields: object, text: string): void }
  /** Resolves, with the signal, when somebody wants the end. */
  readonly asked: Promise<string>
}

/** One that does not come up is tried again so often; the first one that died is replaced at once. */
const AGAIN_AFTER_MS = 1_000
/** A worker gives up on its own before this. One that is frozen does not. */
const END_AT_MOST_MS = 9_800
/** Some minutes of what a busy worker tells: who has taken none of it is frozen, and what it keeps is of long ago. */
const UNTAKEN_AT_MOST = 50_000

interface Member {
  readonly number: number
  readonly forked: Forked
  readonly lines: string[]
  serves: boolean
  /** Messages that were sent and not taken yet. */
  untaken: number
}

/**
 * Starts the first worker, then, when that serves (the store has its shape, the address could be had), the others;
 * resolves with the exit code when all have ended.
 */
export function runWorkers(count: number, rooms: PrimaryRooms): Promise<number> {
  return new Primary(count, rooms).run()
}

class Primary {
  readonly #count: number
  readonly #rooms: PrimaryRooms
  readonly #key: string
  readonly #members = new Map<number, Member>()
  #end: (code: number) => void = () => undefined
  /** All have served once. */
  #started = false
  /** The signal that asked for the end. */
  #endedBy: string | undefined
  #code = 0

  constructor(count: number, rooms: PrimaryRooms) {
    this.#count = count
    this.#rooms = rooms
    this.#key = Buffer.from(rooms.random(32)).toString('base64')
  }

  async run(): Promise<number> {
    const ended = new Promise<number>((resolve) => (this.#end = resolve))
    this.#fork(1)
    void this.#rooms.asked.then((by) => this.#stop(by))
    return await ended
  }

  #fork(number: number): void {
    if (this.#endedBy !== undefined) return
    const member: Member = { number, forked: cluster.fork(), lines: [], serves: false, untaken: 0 }
    this.#members.set(number, member)
    closeWhatDiesOnTheWay(member.forked.process)
    member.forked.on('message', (message: FromWorker) => this.#hear(member, message))
    // What could not be sent, or a process that could not be made: its end says so.
    member.forked.on('error', () => undefined)
    member.forked.once('exit', (code: number | null, signal: string | null) => this.#exited(member, code, signal))
  }

  #hear(member: Member, message: FromWorker): void {
    const { number } = member
    switch (message.kind) {
      case 'hello':
        this.#send(member, {
          kind: 'begin',
          number,
          count: this.#count,
          joins: number > 1 && !this.#started,
          key: this.#key,
        })
        // What was said before it listened, it has not heard.
        return this.#endedBy === undefined ? undefined : this.#send(member, { kind: 'stop', by: this.#endedBy })
      case 'says':
        return void member.lines.push(message.line)
      case 'serving':
        member.serves = true
        return this.#serving(member)
      case 'told':
        for (const other of this.#members.values()) if (other !== member) this.#send(other, message)
    }
  }

  #serving({ number }: Member): void {
    if (this.#started) return
    if (number === 1) for (let other = 2; other <= this.#count; other++) this.#fork(other)
    const members = [...this.#members.values()]
    if (members.length < this.#count || !members.every(({ serves }) => serves)) return
    this.#started = true
    // All of them say the same.
    for (const line of this.#members.get(1)?.lines ?? []) this.#rooms.say(line)
  }

  #exited(member: Member, code: number | null, signal: string | null): void {
    const { number, serves, forked } = member
    this.#members.delete(number)
    if (!this.#started && this.#endedBy === undefined) {
      // It has said why, and the next one would say the same.
      this.#code = code ?? 1
      this.#stop(undefined)
    }
    if (this.#endedBy !== undefined) return this.#members.size === 0 ? this.#end(this.#code) : undefined
    const { clock, log } = this.#rooms
    log.error(
      { worker: number, pid: forked.process.pid, code, signal },
      'a worker ended, and another one takes its place',
    )
    if (serves) this.#fork(number)
    else clock.at(clock.now() + AGAIN_AFTER_MS, () => this.#fork(number))
  }

  /** @param by the signal, where one asks for the end. */
  #stop(by: string | undefined): void {
    if (this.#endedBy !== undefined) return
    const endedBy = (this.#endedBy = by ?? 'SIGTERM')
    const { clock, log, say } = this.#rooms
    if (by !== undefined) {
      log.info({ signal: by }, 'stopping')
      say(`stopping on ${by}: no new requests, what runs may finish`)
    }
    if (this.#members.size === 0) return this.#end(this.#code)
    for (const member of this.#members.values()) this.#send(member, { kind: 'stop', by: endedBy })
    clock.at(clock.now() + END_AT_MOST_MS, () => {
      for (const { forked } of this.#members.values()) forked.process.kill('SIGKILL')
    })
  }

  #send(member: Member, message: FromPrimary): void {
    const { forked } = member
    if (!forked.isConnected()) return
    member.untaken += 1
    if (member.untaken > UNTAKEN_AT_MOST) forked.process.kill('SIGKILL')
    else forked.send(message, () => void (member.untaken -= 1))
  }
}
