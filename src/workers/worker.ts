/** A worker's side: it asks the primary who it is, tells the others through it, and ends when it says so. */
import { createAlarm, systemClock } from '../clock.ts'
import type { Channel, FromPrimary, FromWorker, PieceOfNews, Workers } from './channel.ts'

export interface Worker extends Workers {
  /** A line for people; the primary is who speaks to them. */
  say(line: string): void
  /** Requests are answered. */
  serving(): void
  /** Resolves, with the signal, when the primary says that it is over. */
  readonly stopped: Promise<string>
}

/** Resolves when the primary has said who this process is. */
export async function joinWorkers(): Promise<Worker> {
  const listeners = new Map<string, (news: never) => void>()
  let stop: (by: string) => void = () => undefined
  const stopped = new Promise<string>((resolve) => (stop = resolve))
  const { number, count, joins, key } = await new Promise<FromPrimary & { kind: 'begin' }>((resolve) => {
    process.on('message', (message: FromPrimary) => {
      switch (message.kind) {
        case 'begin':
          return resolve(message)
        case 'stop':
          return stop(message.by)
        case 'told':
          for (const [channel, news] of message.all) listeners.get(channel)?.(news as never)
      }
    })
    send({ kind: 'hello' })
  })
  // What serves holds the process; where that could not begin, it ends.
  process.channel?.unref()
  const tell = createTelling()
  return {
    number,
    count,
    joins,
    key: Buffer.from(key, 'base64'),
    channel: <News>(name: string): Channel<News> => ({
      tell: (news, within = 0) => tell([name, news], within),
      hear: (listener) => void listeners.set(name, listener),
    }),
    say: (line) => send({ kind: 'says', line }),
    serving: () => send({ kind: 'serving' }),
    stopped,
  }
}

/**
 * A message costs more than what is in it: what is told in one turn of the event loop goes as one, and takes along what
 * may wait.
 */
function createTelling(): (told: PieceOfNews, within: number) => void {
  let waiting: PieceOfNews[] = []
  let isFlushing = false
  const flush = (): void => {
    isFlushing = false
    alarm.callOff()
    send({ kind: 'told', all: waiting })
    waiting = []
  }
  const alarm = createAlarm(systemClock, flush)
  return (told, within) => {
    waiting.push(told)
    if (within > 0 && waiting.length === 1) alarm.set(systemClock.now() + within)
    if (within > 0 || isFlushing) return
    isFlushing = true
    setImmediate(flush)
  }
}

/** Where the primary is gone this process ends, too, and nobody is left to be told. */
function send(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}
