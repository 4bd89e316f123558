/** The story up to the point where a test kills the server, and what must hold afterwards. */
import { expect } from 'vitest'
import { assemble } from '../../src/assemble.ts'
import type { Login } from '../../src/cli/demo/exchange.ts'
import { credentialsFor } from '../../src/access/credentials.ts'
import { readSettings } from '../../src/config.ts'
import { canonicalXui } from '../../src/xui.ts'
import * as client from './client.ts'
import { ALICE, ALICES_PHONE, BOB, BOBS_PHONE, type Inbox } from './client.ts'
import { storeAt } from './place.ts'

/** Puts an administrator, Alice, Bob and others into a store, without a server. @returns its place. */
export async function populate(place: string, others: readonly Login[] = []): Promise<string> {
  const assembled = await assemble(readSettings({ ...storeAt(place), XDMS_PORT: '0', XDMS_LOG_LEVEL: 'silent' }))
  for (const [who, role] of [
    [client.ADMIN, 'administrator'],
    [ALICE, 'user'],
    [BOB, 'user'],
    ...others.map((other) => [other, 'user'] as const),
  ] as const) {
    const xui = canonicalXui(who.name)
    if (xui === undefined) throw new Error(`${who.name} is no XUI`)
    await assembled.accounts.put({ xui, role, credentials: credentialsFor(xui, 'example.com', who.password) })
  }
  await assembled.close()
  return place
}

export async function registerPhones(url: string): Promise<void> {
  expect((await client.ask(client.register(url, ALICE, ALICES_PHONE))).status).toBe(201)
  expect((await client.ask(client.register(url, BOB, BOBS_PHONE))).status).toBe(201)
}

export async function disturb(url: string, on: boolean): Promise<void> {
  expect([200, 201]).toContain((await client.ask(client.disturb(url, `on="${on}"`))).status)
}

/** Bob's message under `messageId`, which waits. @returns its id. */
export async function send(url: string, messageId: string): Promise<string> {
  const answer = await client.ask(client.message(url, messageId))
  expect(answer.status).toBe(202)
  return (JSON.parse(answer.body) as { id: string }).id
}

/**
 * Reads until the message or report with `wanted` in `field` comes.
 * @returns the ids of all that came before it, and of it.
 */
async function readUntil(
  inbox: Inbox,
  field: string,
  wanted: string,
): Promise<{ readonly passed: readonly string[]; readonly id: string }> {
  const passed: string[] = []
  for (;;) {
    const event = await inbox.next()
    if (client.fieldsOf(event)[field] === wanted) return { passed, id: event.id }
    passed.push(event.id)
  }
}

const QUEUED: ReadonlySet<unknown> = new Set(['deferred', 'delivering'])

/** A message that was answered 202 is there, in exactly one state: it is queued exactly when its record says so. */
export async function expectOneState(url: string, id: string): Promise<void> {
  const { state } = await client.stateOf(url, id)
  expect(['deferred', 'delivering', 'delivered']).toContain(state)
  // What is in the queue may be released between the two questions, never the other way round.
  const queued = (await client.deferredIds(url)).includes(id)
  const { state: after } = await client.stateOf(url, id)
  if (queued) expect(QUEUED.has(state)).toBe(true)
  else expect(QUEUED.has(after)).toBe(false)
}

/**
 * After the restart, with do-not-disturb off: message `id` arrives unless Alice's phone had acknowledged it, Bob gets
 * its report unless his phone had acknowledged that, and neither comes again. A second message closes the proof: what
 * an inbox shows before it is all there is.
 */
export async function expectEnd(
  url: string,
  id: string,
  had: { readonly message: boolean; readonly report: boolean },
): Promise<void> {
  await expectOneState(url, id)
  await disturb(url, false)
  const inbox = await client.openInbox(url, ALICE, ALICES_PHONE)
  if (!had.message) {
    expect((await readUntil(inbox, 'id', id)).passed).toEqual([])
    expect((await client.ask(client.received(url, ALICE, ALICES_PHONE, id))).status).toBe(204)
  }
  expect(await client.stateOf(url, id)).toMatchObject({ state: 'delivered' })
  expect(await client.stateOf(url, id, BOB)).toEqual({ id, messageId: 'first', state: 'delivered' })
  expect(await client.deferredIds(url)).toEqual([])

  const bobs = await client.openInbox(url, BOB, BOBS_PHONE)
  if (!had.report) {
    const report = await readUntil(bobs, 'message', id)
    expect(report.passed).toEqual([])
    expect((await client.ask(client.received(url, BOB, BOBS_PHONE, report.id))).status).toBe(204)
  }

  const second = await send(url, 'second')
  expect((await readUntil(inbox, 'id', second)).passed).toEqual([])
  expect((await client.ask(client.received(url, ALICE, ALICES_PHONE, second))).status).toBe(204)
  expect((await readUntil(bobs, 'message', second)).passed).toEqual([])
  expect((await client.stateOf(url, id))['reports']).toHaveLength(1)
  inbox.close()
  bobs.close()
}
