/** What the rooms count by themselves, read when somebody looks: nothing here walks through what is stored. */
import { Counter, Gauge, type Aggregator, type Registry } from 'prom-client'
import type { Census } from './census.ts'
import type { HttpRooms } from './rooms.ts'

/** Each of several workers sees all of it, if not in the same moment; the others are added up. */
const OF_THE_WHOLE: Aggregator = 'max'

export interface Shown {
  readonly rooms: Pick<HttpRooms, 'participating' | 'storeFigures' | 'storeSpace' | 'clock' | 'random' | 'workers'>
  readonly census: Census
  readonly openStreams: () => number
  readonly inFlight: () => number
}

export function showFigures(registers: Registry[], { rooms, census, openStreams, inFlight }: Shown): void {
  const { participating, clock } = rooms
  const figures = () => participating.figures()
  gauge(registers, 'xdms_open_streams', 'Event streams that are open.', openStreams)
  gauge(registers, 'xdms_requests_in_flight', 'Requests that are being worked on.', inFlight)
  gauge(registers, 'xdms_open_inboxes', 'Devices whose inbox is open.', () => figures().openInboxes)
  gauge(
    registers,
    'xdms_work_open',
    'Claimed work on its way to others: reports, forwards, stores, services.',
    () => figures().working,
  )
  counter(registers, 'xdms_reconsidered_total', 'Times a user was reconsidered.', () => figures().reconsidered)
  counter(registers, 'xdms_released_total', 'Messages let go after they had waited.', () => figures().released)
  counter(registers, 'xdms_messages_accepted_total', 'Messages accepted.', () => figures().accepted)
  const outcomes = { name: 'xdms_messages_ended_total', help: 'Messages that ended, by how.', label: 'state' }
  counters(registers, outcomes, () => Object.entries(figures().ended))
  const reasons = { name: 'xdms_messages_waiting', help: 'Messages that wait, by why, at the last count.' }
  new Gauge({
    ...reasons,
    aggregator: OF_THE_WHOLE,
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const [reason, count] of census.last()?.waiting ?? []) this.set({ reason }, count)
    },
  })
  gauge(
    registers,
    'xdms_messages_oldest_waiting_seconds',
    'Age of the oldest message that waits, 0 for none.',
    () => {
      const oldest = census.last()?.oldest
      return oldest === undefined ? 0 : Math.max(0, (clock.now() - oldest) / 1_000)
    },
    OF_THE_WHOLE,
  )
  gauge(
    registers,
    'xdms_messages_counted_timestamp_seconds',
    'When what waits was last counted to the end; 0: not yet.',
    () => (census.last()?.at ?? 0) / 1_000,
    OF_THE_WHOLE,
  )
  for (const [figure, help] of Object.entries(OF_THE_STORE))
    counter(registers, `xdms_store_${figure}_total`, help, () => rooms.storeFigures()[figure] ?? 0)
  showSpace(registers, rooms)
}

const OF_THE_STORE: Readonly<Record<string, string>> = {
  transactions: 'Groups of commits that became durable together.',
  commits: 'Commits of homes that became durable.',
  conflicts: 'Commits refused because another one came first; they are decided again.',
  failures: 'Groups of commits refused because the store could not write.',
}

/** Where the store does not answer, or does not know, there is no figure. */
function showSpace(registers: Registry[], { storeSpace }: Shown['rooms']): void {
  const shown = (name: string, help: string, which: 'bytes' | 'free'): void => {
    new Gauge({
      name,
      help,
      aggregator: OF_THE_WHOLE,
      registers,
      async collect() {
        const space = await storeSpace().catch(() => undefined)
        this.reset()
        const value = space?.[which]
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
  }
  shown('xdms_store_bytes', 'Bytes that the store takes.', 'bytes')
  shown('xdms_disk_free_bytes', 'Bytes free where the store lies.', 'free')
}

function gauge(
  registers: Registry[],
  name: string,
  help: string,
  value: () => number,
  aggregator: Aggregator = 'sum',
): void {
  new Gauge({
    name,
    help,
    aggregator,
    registers,
    collect() {
      this.set(value())
    },
  })
}

function counter(registers: Registry[], name: string, help: string, value: () => number): void {
  new Counter({
    name,
    help,
    registers,
    collect() {
      this.reset()
      this.inc(value())
    },
  })
}

function counters(
  registers: Registry[],
  { name, help, label }: { readonly name: string; readonly help: string; readonly label: string },
  values: () => readonly (readonly [string, number])[],
): void {
  new Counter({
    name,
    help,
    labelNames: [label],
    registers,
    collect() {
      this.reset()
      for (const [of, value] of values()) this.inc({ [label]: of }, value)
    },
  })
}
