/** People who go on writing whatever happens, and remember every answer. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Answer, Client } from '../http/client.ts'
import { EventReader } from '../http/event-reader.ts'
import { listsPath, listsSelector, putLists, saidBy } from './lists.ts'
import { post } from './phones.ts'
import { ALICE, type Running } from './servers.ts'

/** Between two requests of one person: a person, not a flood. */
const PACE_MS = 120

/** One request as its sender saw it. */
export interface Told {
  /** The writer's own count, from 1. */
  readonly number: number
  /** Of the answer; 0: there was none, or not the whole of it. */
  readonly status: number
  /** Why there was none. */
  readonly fault: string | undefined
  readonly etag: string | undefined
  readonly retryAfter: string | undefined
  /** Milliseconds from the request to the answer. */
  readonly took: number
  /** `performance.now()` when it was answered. */
  readonly at: number
}

export interface Person {
  readonly name: string
  readonly told: readonly Told[]
  /** Resolves when what was asked last is answered. */
  stop(): Promise<void>
}

/** Asks again and again, one request behind the other. @param ask gets the count. */
export function goOn(name: string, ask: (number: number) => Promise<Answer>): Person {
  const told: Told[] = []
  let stopped = false
  const run = async (): Promise<void> => {
    for (let number = 1; !stopped; number++) {
      const began = performance.now()
      let fault: string | undefined
      const answer = await ask(number).catch((error: unknown) => void (fault = String(error)))
      const at = performance.now()
      const header = (field: string): string | undefined => answer?.headers[field] as string | undefined
      told.push({
        number,
        status: answer?.status ?? 0,
        fault,
        etag: header('etag'),
        retryAfter: header('retry-after'),
        took: at - began,
        at,
      })
      await pause(PACE_MS)
    }
  }
  const running = run()
  return {
    name,
    told,
    async stop() {
      stopped = true
      await running
    },
  }
}

/** Puts a document of his own again and again, without conditions: `says` is the count. */
export function writer(client: Client, name: string): Person {
  return goOn(name, (number) => putLists(client, listsPath(name), String(number)))
}

export function reader(client: Client, name: string): Person {
  return goOn(`reader of ${name}`, (number) => client.get(listsPath(name), { 'x-count': String(number) }))
}

/** Bob, who sends one message after the other; what was not accepted he sends again under the same `messageId`. */
export function sender(bob: Client, prefix: string): Person & { readonly accepted: ReadonlyMap<string, string> } {
  const accepted = new Map<string, string>()
  const person = goOn('sender', async () => {
    const messageId = `${prefix}-${accepted.size}`
    const answer = await post(bob, messageId)
    if (answer.status === 202) accepted.set(messageId, answer.json.id as string)
    return answer
  })
  return { ...person, accepted }
}

/** Watches Alice's changes, and goes on behind its last id whenever the stream ends. */
export async function follower(
  server: Pick<Running, 'client'>,
): Promise<{ changesOf(name: string): readonly any[]; close(): Promise<void> }> {
  const events: EventReader['events'] = []
  let stopped = false
  let current = await server.client(ALICE).stream('/api/changes')
  /** As browsers keep it: over a stream, too, that a server which is going ended before anything was in it. */
  let lastId: string | undefined
  const run = async (): Promise<void> => {
    while (!stopped) {
      await current.until(({ over }) => over !== undefined || stopped, 120_000)
      if (stopped) break
      lastId = current.lastId ?? lastId
      events.push(...current.events.splice(0))
      const again = await server
        .client(ALICE)
        .stream('/api/changes', lastId === undefined ? {} : { 'last-event-id': lastId })
        .catch(() => undefined)
      if (again === undefined) await pause(PACE_MS)
      else current = again
    }
  }
  const running = run()
  return {
    changesOf: (name) =>
      [...events, ...current.events]
        .filter(({ event, data }) => event === 'change' && data.document === listsSelector(name))
        .map(({ data }) => data),
    async close() {
      stopped = true
      current.close()
      await running
    },
  }
}

/**
 * Every answer came in time, and was a success or a 503 that says when to ask again.
 * @returns how many 503 there were, and the longest time.
 */
export function expectHonestAnswers(
  people: readonly Person[],
  withinMs: number,
): { readonly refused: number; readonly longest: number } {
  const told = people.flatMap(({ name, told: each }) => each.map((one) => ({ name, ...one })))
  expect(told.filter(({ status }) => ![200, 201, 202, 503].includes(status))).toEqual([])
  const refused = told.filter(({ status }) => status === 503)
  expect(refused.filter(({ retryAfter }) => !/^[1-9]\d*$/.test(retryAfter ?? ''))).toEqual([])
  expect(told.filter(({ took }) => took > withinMs)).toEqual([])
  return { refused: refused.length, longest: Math.max(...told.map(({ took }) => took)) }
}

/** When each was served for the first time behind that instant; the latest of them, in milliseconds behind it. */
export function backAfter(people: readonly Person[], instant: number): number {
  const firsts = people.map(
    ({ told }) => told.find(({ at, status }) => at > instant && status < 300 && status > 0)?.at ?? Infinity,
  )
  return Math.max(...firsts) - instant
}

/**
 * Of what a writer wrote, everything that was acknowledged is there under the ETag that he was given, in his order, and
 * nothing twice; each version follows the one before it, and the watcher saw exactly that.
 */
export async function expectOneChain(server: Running, { name, told }: Person, seen: readonly any[]): Promise<number> {
  const alice = server.client(ALICE)
  const history = `/api/users/${ALICE}/documents/resource-lists/${name}/history`
  const listed = (await alice.get(history)).json.versions as readonly { readonly etag: string }[]
  const versions: { readonly etag: string; readonly number: number }[] = []
  for (const { etag } of listed.toReversed()) {
    const { text } = await alice.get(`${history}/${etag.replaceAll('"', '')}`)
    versions.push({ etag: `"${etag.replaceAll('"', '')}"`, number: Number(saidBy(text)) })
  }
  const numbers = versions.map(({ number }) => number)
  expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other))
  const acknowledged = told.filter(({ status }) => status === 200 || status === 201)
  const kept = new Map(versions.map(({ number, etag }) => [number, etag]))
  expect(acknowledged.filter(({ number, etag }) => kept.get(number) !== etag)).toEqual([])
  expect(seen.map(({ newEtag }) => `"${newEtag}"`)).toEqual(versions.map(({ etag }) => etag))
  expect(seen.map(({ previousEtag }) => previousEtag)).toEqual([
    undefined,
    ...seen.slice(0, -1).map(({ newEtag }) => newEtag),
  ])
  return versions.length
}
