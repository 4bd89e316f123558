import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Owner } from '../../src/names.ts'
import { createFollowWaiting } from '../../src/http/waiting-events.ts'
import { createMovedClock } from './moved-clock.ts'
import { ALICE, BOB, PHONE, startServer, type Running } from './server.ts'

const WAITING = '/api/changes?waiting=true'

describe('who asks to be told of what waits', () => {
  let server: Running
  beforeAll(async () => void (server = await startServer({ XDMS_QUIET_MS: '100' })))
  afterAll(() => server.close())

  it('api §Page: a message that waits and a device that registers say that one should look, and only to whom they concern', async () => {
    const { alice, bob, admin } = server
    for (const one of [alice, bob, admin]) await one.get('/api/session')
    const [hers, his, all, plain] = await Promise.all([
      alice.stream(WAITING),
      bob.stream(WAITING),
      admin.stream(WAITING),
      alice.stream('/api/changes'),
    ])
    const message = { to: ALICE, contentType: 'text/plain', body: 'a' }
    expect((await bob.ask('POST', '/api/messages', { json: message })).status).toBe(202)
    expect(await hers.event(0)).toEqual({ event: 'waiting', id: undefined, data: { user: ALICE } })
    expect((await all.event(0)).data).toEqual({ user: ALICE })
    await alice.put(`/api/users/${ALICE}/registrations/${encodeURIComponent(PHONE)}`, {})
    await hers.until(({ events }) => events.length >= 2, 10_000)
    await alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
    await plain.until(({ events }) => events.some(({ event }) => event === 'change'))
    expect(plain.events.filter(({ event }) => event === 'waiting')).toEqual([])
    expect(his.events).toEqual([])
    for (const stream of [hers, his, all, plain]) stream.close()
  })

  it('api §Page: whoever asks for it in another way than by true or false is told so', async () => {
    expect((await server.alice.get('/api/changes?waiting=1')).status).toBe(400)
  })
})

it('api §Page: the first is told at once, what comes behind it together, and nothing to who has gone', () => {
  const clock = createMovedClock()
  let commit = (_: Owner | undefined, _next: number | undefined): void => undefined
  const homes = { onCommit: (listener: typeof commit) => ((commit = listener), () => undefined) }
  const follow = createFollowWaiting({ homes, clock: { now: () => clock.now(), at: (at, run) => later(at, run) } })
  const timers: { readonly at: number; readonly run: () => void }[] = []
  const later = (at: number, run: () => void): (() => void) => {
    timers.push({ at, run })
    return () => void timers.splice(0)
  }
  const told: unknown[] = []
  const forget = follow(ALICE as Owner, (user) => told.push(user))
  const everybody: unknown[] = []
  follow(undefined, (user) => everybody.push(user))
  for (const owner of [ALICE, ALICE, BOB]) commit(owner as Owner, undefined)
  expect(told).toEqual([ALICE])
  expect(everybody).toEqual([ALICE])
  for (const { run } of timers.splice(0)) run()
  expect(told).toEqual([ALICE, ALICE])
  // Of several users, none is named.
  expect(everybody).toEqual([ALICE, undefined])
  forget()
  // Another server of the same database committed: it is not known what.
  commit(undefined, undefined)
  expect(told.length).toBe(2)
})
