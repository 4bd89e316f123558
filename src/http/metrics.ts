/**
 * What `/metrics` shows, in the format of Prometheus. One registry for each server, so that two in one process do not
 * mix.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Exchange } from './exchange.ts'
import type { HttpRooms } from './rooms.ts'

export interface Metrics {
  readonly contentType: string
  requestEnded(exchange: Exchange, status: number, milliseconds: number): void
  text(): Promise<string>
}

/** Methods are the client's words; only those that we know become a label. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'OPTIONS'])

export function createMetrics(
  rooms: Pick<HttpRooms, 'participating' | 'storeFigures'>,
  openStreams: () => number,
  inFlight: () => number,
): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'xdms_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'xdms_request_duration_seconds',
    help: 'From the headers of a request to the end of its answer. Event streams are not in it.',
    labelNames: ['route'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  })
  shown(registers, 'xdms_open_streams', 'Event streams that are open.', openStreams)
  shown(registers, 'xdms_requests_in_flight', 'Requests that are being worked on.', inFlight)
  shown(registers, 'xdms_open_inboxes', 'Devices whose inbox is open.', () => rooms.participating.figures().openInboxes)
  shown(
    registers,
    'xdms_reconsidered',
    'Times a user was reconsidered, since the start.',
    () => rooms.participating.figures().reconsidered,
  )
  shown(registers, 'xdms_released', 'Messages let go, since the start.', () => rooms.participating.figures().released)
  const store = new Gauge({
    name: 'xdms_store',
    help: 'Counts of the store since it was opened.',
    labelNames: ['figure'],
    registers,
    collect() {
      for (const [figure, value] of Object.entries(rooms.storeFigures())) this.set({ figure }, value)
    },
  })
  store.reset()

  // A label set is hashed each time it is used; of the few that there are, the counters themselves are kept.
  const counters = new Map<string, ReturnType<typeof requests.labels>>()
  const timers = new Map<string, ReturnType<typeof seconds.labels>>()
  return {
    contentType: registry.contentType,
    requestEnded({ req, route, streamed }, status, milliseconds) {
      const method = METHODS.has(req.method) ? req.method : 'other'
      const key = `${method} ${status} ${route}`
      let counter = counters.get(key)
      if (counter === undefined) counters.set(key, (counter = requests.labels(method, route, String(status))))
      counter.inc()
      if (streamed) return
      let timer = timers.get(route)
      if (timer === undefined) timers.set(route, (timer = seconds.labels(route)))
      timer.observe(milliseconds / 1_000)
    },
    text: () => registry.metrics(),
  }
}

function shown(registers: Registry[], name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(value())
    },
  })
}
