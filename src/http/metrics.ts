/**
 * What `/metrics` shows, in the format of Prometheus. One registry for each server, so that two in one process do not
 * mix. Each is explained to operators in `src/cli/README.md`.
 */
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'
import { saysWho } from './audit-log.ts'
import type { Exchange } from './exchange.ts'
import { showFigures, type Shown } from './figures.ts'
import { figuresOfAll } from './figures-of-all.ts'

/** What is counted of a request. */
type Ended = Pick<Exchange, 'req' | 'route' | 'streamed' | 'auid' | 'principal'>

export interface Metrics {
  readonly contentType: string
  requestEnded(ended: Ended, status: number, milliseconds: number): void
  text(): Promise<string>
}

/** Methods are the client's words; only those that we know become a label. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'OPTIONS'])

/** Where several workers serve, whoever is asked shows the figures of all. */
export function createMetrics(shown: Shown): Metrics {
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
  const ofUsages = new Counter({
    name: 'xdms_xcap_requests_total',
    help: 'Requests of XCAP, by application usage.',
    labelNames: ['auid'],
    registers,
  })
  const refused = new Counter({
    name: 'xdms_logins_refused_total',
    help: 'Logins refused: wrong, or slowed down after too many that were.',
    labelNames: ['why'],
    registers,
  })
  for (const why of ['wrong', 'slowed-down']) refused.inc({ why }, 0)
  showFigures(registers, shown)

  // A label set is hashed each time it is used; of the few that there are, the counters themselves are kept.
  const counters = new Map<string, ReturnType<typeof requests.labels>>()
  const timers = new Map<string, ReturnType<typeof seconds.labels>>()
  const usages = new Map<string, ReturnType<typeof ofUsages.labels>>()
  return {
    contentType: registry.contentType,
    requestEnded({ req, route, streamed, auid, principal }, status, milliseconds) {
      const method = METHODS.has(req.method) ? req.method : 'other'
      const key = `${method} ${status} ${route}`
      kept(counters, key, () => requests.labels(method, route, String(status))).inc()
      if (auid !== undefined) kept(usages, auid, () => ofUsages.labels(auid)).inc()
      if (status === 401 && saysWho(req, route)) refused.inc({ why: 'wrong' })
      // Who has proved himself may ask too much at once, which is no login.
      if (status === 429 && principal === undefined) refused.inc({ why: 'slowed-down' })
      if (streamed) return
      kept(timers, route, () => seconds.labels(route)).observe(milliseconds / 1_000)
    },
    text: figuresOfAll(registry, shown.rooms),
  }
}

function kept<T>(all: Map<string, T>, key: string, make: () => T): T {
  const known = all.get(key)
  if (known !== undefined) return known
  const made = make()
  all.set(key, made)
  return made
}
