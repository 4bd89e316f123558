/**
 * The load of `overload.ts`, in a process of its own: as fast as answers come, or so many requests a second whatever
 * becomes of them.
 */
import { Connection, type Login } from './connection.ts'
import { quantile } from './load.ts'

/**
 * Connections that are open at once. Who finds none free waits in the client, as in a browser, and what waits there too
 * long is given up.
 */
const CONNECTIONS = 256
const BEST_CONNECTIONS = 32
/** So late a request is no use to whoever asked. */
const GIVEN_UP_MS = 1_000
const TICK_MS = 5

export interface Order {
  readonly url: string
  readonly users: readonly Login[]
  readonly seconds: number
  /** `undefined`: as fast as answers come. */
  readonly perSecond: number | undefined
}

interface Share {
  asked: number
  done: number
}

export interface Counted extends Share {
  readonly urgent: Share
  readonly other: Share
  readonly otherStatuses: readonly number[]
  readonly p99Ms: number
  readonly shedP99Ms: number
}

const PROFILE = Buffer.from(
  '<profile xmlns="urn:cpm-xdms:profile:1" id="work"><display-name xml:lang="en">At work</display-name>' +
    '<messages><rule id="r" action="reject"><originator domain="spam.example"/></rule>' +
    '<available action="deliver"/></messages></profile>',
)
const QUIET = Buffer.from('<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"/>')

interface Shape {
  readonly urgent: boolean
  ask(connection: Connection, user: Login): Promise<{ readonly status: number }>
}

const home = (auid: string, { userName }: Login): string => `/xcap-root/org.cpm-xdms.${auid}/users/sip:${userName}`

/** Of ten requests: reads of lists, writes of profiles, and what is shed last. */
const SHAPES: readonly Shape[] = [
  ...Array.from({ length: 4 }, () => ({
    urgent: false,
    ask: (connection: Connection, user: Login) =>
      connection.ask(
        'PUT',
        `${home('profiles', user)}/work`,
        { 'content-type': 'application/vnd.cpm-xdms.profile+xml' },
        PROFILE,
      ),
  })),
  ...Array.from({ length: 4 }, () => ({
    urgent: false,
    ask: (connection: Connection, user: Login) => connection.ask('GET', `/api/users/sip:${user.userName}/profiles`),
  })),
  {
    urgent: true,
    ask: (connection, user) =>
      connection.ask(
        'PUT',
        `${home('do-not-disturb', user)}/index`,
        { 'content-type': 'application/vnd.cpm-xdms.do-not-disturb+xml' },
        QUIET,
      ),
  },
  { urgent: true, ask: (connection, user) => connection.ask('GET', `${home('do-not-disturb', user)}/index`) },
]

process.on('message', (order: Order) => void load(order).then((counted) => process.send?.(counted)))

async function load({ url, users, seconds, perSecond }: Order): Promise<Counted> {
  const counted = { asked: 0, done: 0, urgent: { asked: 0, done: 0 }, other: { asked: 0, done: 0 } }
  const odd = new Set<number>()
  const times: number[] = []
  const shedTimes: number[] = []
  const count = perSecond === undefined ? BEST_CONNECTIONS : CONNECTIONS
  const free = Array.from({ length: count }, (_, n) => {
    const user = users[n % users.length] as Login
    return { user, connection: new Connection(url, user) }
  })
  const all = [...free]
  // Everybody has logged in before, as people have.
  for (const { connection } of all) await connection.ask('GET', '/api/policy')
  let n = 0
  const one = async (due: number): Promise<void> => {
    const shape = SHAPES[n++ % SHAPES.length] as Shape
    const share = shape.urgent ? counted.urgent : counted.other
    counted.asked += 1
    const place = free.shift()
    if (place === undefined) return
    share.asked += 1
    try {
      const { status } = await shape.ask(place.connection, place.user)
      const took = performance.now() - due
      if (status === 503) shedTimes.push(took)
      else if (status !== 200 && status !== 201 && status !== 404) odd.add(status)
      else if (took <= GIVEN_UP_MS) {
        times.push(took)
        counted.done += 1
        share.done += 1
      }
      free.push(place)
    } catch {
      odd.add(0)
      free.push({ user: place.user, connection: new Connection(url, place.user) })
    }
  }
  const began = performance.now()
  const end = began + seconds * 1_000
  if (perSecond === undefined) {
    const again = async (): Promise<void> => {
      while (performance.now() < end) await one(performance.now())
    }
    await Promise.all(Array.from({ length: count }, again))
  } else await openLoop(perSecond, began, end, one)
  for (const { connection } of all) connection.close()
  const sorted = (list: number[]): number[] => list.sort((a, b) => a - b)
  return {
    ...counted,
    otherStatuses: [...odd],
    p99Ms: Number(quantile(sorted(times), 0.99)),
    shedP99Ms: Number(quantile(sorted(shedTimes), 0.99)),
  }
}

/** Requests come when they come, whether the server keeps up or not. */
async function openLoop(
  perSecond: number,
  began: number,
  end: number,
  one: (due: number) => Promise<void>,
): Promise<void> {
  let sent = 0
  while (performance.now() < end) {
    const due = ((performance.now() - began) / 1_000) * perSecond
    for (; sent < due; sent++) void one(performance.now())
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
}
