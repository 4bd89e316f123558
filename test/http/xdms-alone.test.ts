import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMovedClock, type MovedClock } from './moved-clock.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const dnd = `/api/users/${ALICE}/do-not-disturb`

describe('an XDMS without a participating function', () => {
  let server: Running
  let clock: MovedClock
  beforeEach(async () => {
    clock = createMovedClock()
    server = await startServer({ XDMS_PARTICIPATING: 'false' }, { clock })
  })
  afterEach(() => server.close())

  it('X19: tells of do-not-disturb that starts, and that ends by time alone within a second', async () => {
    const watch = await server.pf.stream('/api/changes')
    const until = clock.now() + 1_500
    await server.alice.put(dnd, { on: true, until: new Date(until).toISOString() })
    await watch.until(({ events }) => events.filter(({ event }) => event === 'state').length >= 2)
    const states = watch.events.filter(({ event }) => event === 'state').map(({ data }) => data)
    expect(states.map(({ user, doNotDisturb }) => [user, doNotDisturb])).toEqual([
      [ALICE, true],
      [ALICE, false],
    ])
    expect(Date.parse(states[1]?.at as string)).toBe(until)
    expect(clock.wasSetFor(until)).toBe(true)
    watch.close()
  })

  it('X19: a policy that changes is told, and leaves nothing due', async () => {
    const watch = await server.alice.stream('/api/changes')
    await server.admin.put('/api/policy', {})
    expect((await watch.event(0)).data.about).toBe('policy')
    const { homes } = server.assembled.store
    await expect.poll(async () => homes.due(Date.now(), 10)).toEqual([])
    watch.close()
  })

  it('U7: answers for preferences, and serves nothing of messages', async () => {
    expect((await server.alice.get(`/api/users/${ALICE}/preferences`)).status).toBe(200)
    for (const path of ['registrations', 'deferred']) {
      expect((await server.alice.get(`/api/users/${ALICE}/${path}`)).status).toBe(404)
    }
    const sent = await server.bob.ask('POST', '/api/messages', {
      json: { to: ALICE, contentType: 'text/plain', body: 'hello' },
    })
    expect(sent.status).toBe(404)
    expect((await server.bob.get(`/api/users/${BOB}/devices/urn:x/inbox`)).status).toBe(404)
  })
})
