import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { openRaw } from './raw.ts'
import { ALICE, BOB, passwordOf, PHONE, IN_THIS_PROCESS, startServer, type Running } from './server.ts'
import { createMovedClock } from './moved-clock.ts'
import { DigestClient } from '../access/digest-client.ts'

const dnd = (xui = ALICE): string => `/api/users/${xui}/do-not-disturb`
const phone = encodeURIComponent(PHONE)
const INBOX = `/api/users/${ALICE}/devices/${phone}/inbox`

describe('the changes stream', () => {
  let server: Running
  beforeEach(async () => void (server = await startServer({ XDMS_QUIET_MS: '100' })))
  afterEach(() => server.close())

  const turn = async (client: Client, on: boolean, xui = ALICE): Promise<string> =>
    (await client.put(dnd(xui), { on })).headers.etag?.slice(1, -1) ?? ''

  it('X19: what is acknowledged after the headers is in it, with ETags, and do-not-disturb that starts or ends', async () => {
    const watch = await server.pf.stream('/api/changes')
    expect(watch.response.headers['content-type']).toBe('text/event-stream')
    const first = await turn(server.alice, true)
    const second = await turn(server.alice, false)
    await watch.until(({ events }) => events.length >= 4)
    const document = 'org.cpm-xdms.do-not-disturb/users/sip:alice@example.com/index'
    const changes = watch.events.filter(({ event }) => event === 'change').map(({ data }) => data)
    expect(changes).toMatchObject([
      { user: ALICE, document, kind: 'created', newEtag: first, about: 'do-not-disturb', by: ALICE },
      { user: ALICE, document, kind: 'changed', previousEtag: first, newEtag: second, about: 'do-not-disturb' },
    ])
    const states = watch.events
      .filter(({ event }) => event === 'state')
      .map(({ data }) => [data.user, data.doNotDisturb])
    expect(states).toEqual([
      [ALICE, true],
      [ALICE, false],
    ])
    watch.close()
  })

  it('X16, X19: do-not-disturb that ends by time alone is told within a second, with no request at all', async () => {
    const clock = createMovedClock()
    const own = await startServer({}, { clock })
    const until = clock.now() + 2_500
    await own.alice.put(dnd(), { on: true, until: new Date(until).toISOString() })
    const watch = await own.pf.stream('/api/changes')
    await watch.until(({ events }) => events.some(({ data }) => data.doNotDisturb === false))
    expect(watch.events.map(({ event, data }) => [event, data.user]).at(-1)).toEqual(['state', ALICE])
    expect(clock.wasSetFor(until)).toBe(true)
    watch.close()
    await own.close()
  })

  it('X19: Last-Event-ID and ?after= continue exactly behind an id, the header first', async () => {
    const watch = await server.pf.stream('/api/changes')
    for (const on of [true, false, true]) await turn(server.alice, on)
    await watch.until(({ events }) => events.length >= 6)
    const ids = watch.events.map(({ id }) => id)
    expect(new Set(ids).size).toBe(6)
    watch.close()
    const byHeader = await server.pf.stream('/api/changes?after=nonsense', { 'last-event-id': ids[2] })
    const byQuery = await server.pf.stream(`/api/changes?after=${ids[3]}`)
    await byHeader.until(({ events }) => events.length >= 3)
    await byQuery.until(({ events }) => events.length >= 2)
    expect(byHeader.events.map(({ id }) => id)).toEqual(ids.slice(3))
    expect(byQuery.events.map(({ id }) => id)).toEqual(ids.slice(4))
    byHeader.close()
    byQuery.close()
  })

  it('X19: an id that was never given is a resync, and what follows is told', async () => {
    await turn(server.alice, true)
    const watch = await server.pf.stream('/api/changes', { 'last-event-id': 'never' })
    const resync = await watch.event(0)
    expect([resync.event, resync.data]).toEqual(['resync', { from: resync.id }])
    const etag = await turn(server.alice, false)
    await watch.until(({ events }) => events.some(({ data }) => data.newEtag === etag))
    watch.close()
  })

  it('X6: a user sees his own changes and nobody else’s; the position moves over the others', async () => {
    const own = await server.alice.stream('/api/changes')
    const of = await server.pf.stream(`/api/changes?user=${encodeURIComponent(BOB)}`)
    await own.until(({ lastId }) => lastId !== undefined)
    const start = own.lastId
    await turn(server.bob, true, BOB)
    await of.until(({ events }) => events.length >= 2)
    await own.until(({ lastId }) => lastId !== start)
    expect(own.events).toEqual([])
    expect(own.comments).toBeGreaterThan(0)
    await turn(server.alice, true)
    await own.until(({ events }) => events.length >= 2)
    expect(own.events.every(({ data }) => data.user === ALICE)).toBe(true)
    expect(of.events.every(({ data }) => data.user === BOB)).toBe(true)
    expect((await server.alice.get(`/api/changes?user=${BOB}`)).status).toBe(403)
    expect((await server.alice.get('/api/changes?user=sip:nobody@example.com')).status).toBe(403)
    expect((await server.pf.get('/api/changes?user=sip:nobody@example.com')).status).toBe(404)
    expect((await server.stranger.get('/api/changes')).status).toBe(401)
    own.close()
    of.close()
  })

  it('X19: a change of the policy is told, and it is about the policy', async () => {
    const watch = await server.pf.stream('/api/changes')
    await server.admin.put('/api/policy', {})
    const { data } = await watch.event(0)
    expect([data.user, data.about, data.document]).toEqual([
      undefined,
      'policy',
      'org.cpm-xdms.provider-policy/global/index',
    ])
    watch.close()
  })

  it('X19: HEAD opens nothing, and a stream that is left is forgotten', async () => {
    const head = await server.pf.ask('HEAD', '/api/changes')
    expect([head.status, head.headers['content-type']]).toEqual([200, 'text/event-stream'])
    const open = async (): Promise<string | undefined> =>
      /^xdms_open_streams (\d+)$/m.exec((await server.stranger.get('/metrics')).text)?.[1]
    const watch = await server.pf.stream('/api/changes')
    expect(await open()).toBe('1')
    watch.close()
    await expect.poll(open).toBe('0')
  })

  it('X19: a watcher who does not read is cut off and costs no memory; he resumes by his last id', async () => {
    const watch = await server.pf.stream('/api/changes')
    await watch.until(({ lastId }) => lastId !== undefined)
    const from = watch.lastId
    watch.response.pause()
    const long = `a${'b'.repeat(60)}`
    const writes = 400
    for (let n = 0; n < writes; n += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          server.alice.put(`/api/users/${ALICE}/profiles/${long}${n + at}`.slice(0, 140), {
            id: `${long}${n + at}`.slice(0, 64),
            displayNames: [{ text: 'x' }],
          }),
        ),
      )
    }
    watch.close()
    const again = await server.pf.stream('/api/changes', { 'last-event-id': from })
    const changed = await server.alice.put(dnd(), { on: false })
    await again.until(({ events }) => events.some(({ data }) => `"${data.newEtag}"` === changed.headers.etag))
    again.close()
  })
})

describe('an inbox', () => {
  it('D9: a far end that does not read is let go at a bound; what it missed is offered again, and gets through piece by piece', async () => {
    const server = await startServer({ XDMS_INBOX_BACKLOG_BYTES: '2000000' })
    await server.alice.put(`/api/users/${ALICE}/registrations/${phone}`, {})
    const login = new DigestClient({ user: ALICE, password: passwordOf(ALICE) })
    login.learn((await login.send(server.url, 'GET', '/xcap-root/xcap-caps/global/index')).headers)
    const deaf = await openRaw(
      server.url,
      `GET ${INBOX} HTTP/1.1\r\nHost: x\r\nAuthorization: ${login.authorization('GET', INBOX)}\r\n\r\n`,
    )
    await deaf.until((text) => text.includes('text/event-stream'))
    deaf.socket.pause()
    const body = 'x'.repeat(5_000_000)
    // It logs in now: a large body that is sent with no login is cut, and not read to its end.
    await server.pf.get('/api/policy')
    for (let n = 0; n < 3; n++) {
      const sent = await server.pf.ask('POST', '/api/messages', {
        json: { to: ALICE, contentType: 'text/plain', body },
      })
      expect(sent.status).toBe(202)
    }
    const figure = async (name: string) =>
      new RegExp(`^${name} (\\d+)$`, 'm').exec((await server.stranger.get('/metrics')).text)?.[1]
    await expect.poll(() => figure('xdms_open_inboxes')).toBe('0')
    deaf.socket.destroy()
    const seen = new Set<string>()
    for (let opened = 0; seen.size < 3; opened++) {
      expect(opened).toBeLessThan(4)
      const inbox = await server.alice.stream(INBOX)
      const { id, data } = await inbox.event(0)
      expect(data.body).toBe(body)
      expect((await server.alice.ask('POST', `${INBOX}/${id}/received`)).status).toBe(204)
      seen.add(id ?? '')
      inbox.close()
    }
    await server.close()
  })
})

describe('the end of the server', () => {
  it('X19: begun requests finish, streams end cleanly, nothing new is taken, and nobody waits for the drain time', async () => {
    // Of several processes, the address is given up a moment later: with the last of them.
    const server = await startServer({ XDMS_DRAIN_MS: '600000' }, IN_THIS_PROCESS)
    await server.alice.put(`/api/users/${ALICE}/registrations/${phone}`, {})
    const streams = [await server.pf.stream('/api/changes'), await server.alice.stream(INBOX)]
    const etag = (await server.alice.put(dnd(), { on: true })).headers.etag
    await streams[0]?.until(({ lastId }) => lastId !== undefined)

    const login = new DigestClient({ user: ALICE, password: passwordOf(ALICE) })
    login.learn((await login.send(server.url, 'GET', '/xcap-root/xcap-caps/global/index')).headers)
    const body = '{"on":false}'
    const begun = await openRaw(
      server.url,
      `PUT ${dnd()} HTTP/1.1\r\nHost: x\r\nAuthorization: ` +
        `${login.authorization('PUT', dnd())}\r\nContent-Type: application/json\r\nContent-Length: ` +
        `${body.length}\r\n\r\n{`,
    )
    const idle = await openRaw(server.url)
    await expect
      .poll(async () => /^xdms_requests_in_flight (\d+)$/m.exec((await server.stranger.get('/metrics')).text)?.[1])
      .toBe('2')

    const closing = server.assembled.close()
    expect(await Promise.all(streams.map((stream) => stream.ended()))).toEqual(['clean', 'clean'])
    await expect(openRaw(server.url)).rejects.toThrow('ECONNREFUSED')
    begun.socket.write(body.slice(1))
    const answer = await begun.closed
    expect(answer).toContain('HTTP/1.1 200 OK')
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    expect(answer).not.toContain(etag ?? 'none')
    await closing
    expect(await idle.closed).toBe('')
  })

  it('RFC 9112 §9.3.2: requests sent one behind the other on one connection are all answered before it ends', async () => {
    const server = await startServer({}, IN_THIS_PROCESS)
    const waiting: (() => void)[] = []
    server.assembled.store.ready = () => new Promise((resolve) => waiting.push(resolve))
    const behind = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3)
    const raw = await openRaw(server.url, `GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n${behind}`)
    await expect.poll(() => waiting.length).toBe(1)
    const closing = server.close()
    for (const ready of waiting) ready()
    const answers = (await raw.closed).split(/(?=HTTP\/1\.1 )/)
    expect(answers.map((answer) => answer.split('\r\n')[0])).toEqual(Array.from({ length: 4 }, () => 'HTTP/1.1 200 OK'))
    expect(answers.map((answer) => answer.split('\r\n\r\n')[1])).toEqual([
      '{"status":"ready"}',
      '{"status":"alive"}',
      '{"status":"alive"}',
      '{"status":"alive"}',
    ])
    await closing
  })

  it('X19: a request that never ends is cut when its time is over', async () => {
    const server = await startServer({ XDMS_DRAIN_MS: '300' })
    const hung = await openRaw(
      server.url,
      `PUT ${dnd()} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nContent-Type: application/json\r\nExpect: x\r\n\r\n`,
    )
    const stuck = await openRaw(server.url, 'GET /hea')
    await server.close()
    await Promise.all([hung.closed, stuck.closed])
  })

  it('X19: a watcher goes on where he was after the server was started again', async () => {
    const { mkdtempSync } = await import('node:fs')
    const folder = mkdtempSync('/tmp/cpm-xdms-again-')
    const first = await startServer({ XDMS_DATA: folder })
    const watch = await first.pf.stream('/api/changes')
    const before = (await first.alice.put(dnd(), { on: true })).headers.etag
    await watch.until(({ events }) => events.some(({ event }) => event === 'state'))
    await first.assembled.close()
    expect(await watch.ended()).toBe('clean')
    const second = await startServer({ XDMS_DATA: folder })
    const after = (await second.alice.put(dnd(), { on: false })).headers.etag
    const again = await second.pf.stream('/api/changes', { 'last-event-id': watch.lastId })
    const { data } = await again.event(0)
    expect([`"${data.previousEtag}"`, `"${data.newEtag}"`]).toEqual([before, after])
    again.close()
    await second.close()
  })
})
