/** What one worker does, the other hears at once: here nobody ever looks by the clock, so what is heard was told. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DigestClient } from '../access/digest-client.ts'
import { openRaw, statusOf } from '../http/raw.ts'
import { ALICE, PHONE, startServer, type Running } from '../http/server.ts'
import { clockWithoutLooks, twoWorkers } from './beside.ts'

const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-workers-'))
let one: Running
let two: Running

beforeAll(async () => {
  const [first, second] = twoWorkers()
  const settings = { XDMS_DATA: folder, XDMS_FAILURES_OF_USER: '2' }
  one = await startServer(settings, { clock: clockWithoutLooks() }, { workers: first })
  two = await startServer(settings, { clock: clockWithoutLooks() }, { workers: second })
})
afterAll(async () => {
  await one.close()
  await two.close()
  rmSync(folder, { recursive: true })
})

const QUIET = `/api/users/${ALICE}/do-not-disturb`

describe('a worker beside another', () => {
  it('X19: a stream at one has what was put at the other', async () => {
    const watch = await one.alice.stream('/api/changes')
    const put = await two.alice.put(QUIET, { on: true })
    expect(put.status).toBe(201)
    await watch.until(({ events }) => events.some(({ event }) => event === 'change'))
    const changes = () => watch.events.filter(({ event }) => event === 'change')
    expect(changes()[0]?.data).toMatchObject({ user: ALICE, newEtag: put.headers.etag?.slice(1, -1) })
    expect((await one.alice.get(QUIET)).headers.etag).toBe(put.headers.etag)
    expect((await two.alice.delete(QUIET)).status).toBe(204)
    await watch.until(() => changes().length === 2)
    expect(changes()[1]?.data).toMatchObject({ kind: 'deleted' })
    watch.close()
  })

  it('P2: an inbox at one has the message that the other took, and one that waited when the other is told so', async () => {
    const device = `/api/users/${ALICE}/registrations/${PHONE}`
    expect((await two.alice.put(device, {})).status).toBe(201)
    const inbox = await one.alice.stream(`/api/users/${ALICE}/devices/${PHONE}/inbox`)
    const message = { to: ALICE, contentType: 'text/plain', body: 'hello' }
    const sent = await two.bob.ask('POST', '/api/messages', { json: message })
    expect(sent.status).toBe(202)
    expect((await inbox.event(0)).data).toMatchObject({ body: 'hello' })
    const received = `/api/users/${ALICE}/devices/${PHONE}/inbox/${(sent.json as { id: string }).id}/received`
    expect((await two.alice.ask('POST', received)).status).toBe(204)

    expect((await one.alice.put(QUIET, { on: true })).status).toBe(201)
    const waits = await two.bob.ask('POST', '/api/messages', { json: { ...message, body: 'later' } })
    expect((await two.alice.get(`/api/users/${ALICE}/deferred`)).json).toMatchObject({ messages: [{}] })
    expect(waits.status).toBe(202)
    expect((await two.alice.delete(QUIET)).status).toBe(204)
    expect((await inbox.event(1)).data).toMatchObject({ body: 'later' })
    inbox.close()
  })

  it('X6: a stream at one ends when the other takes the account away', async () => {
    const carol = 'sip:carol@example.com'
    const account = { role: 'user', password: 'a long enough one' }
    expect((await two.admin.put(`/api/users/${carol}`, account)).status).toBe(201)
    const watch = await one.admin.stream(`/api/changes?user=${carol}`)
    expect((await two.admin.delete(`/api/users/${carol}?documents=delete`)).status).toBe(204)
    expect(await watch.ended()).toBe('clean')
  })
})

describe('who asks, at two workers', () => {
  const login = (): DigestClient => new DigestClient({ user: ALICE, password: `secret of ${ALICE}` })
  const ask = async (url: string, authorization: string | undefined) => {
    const field = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`
    const raw = await openRaw(url, `GET ${QUIET} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${field}\r\n`)
    const answer = await raw.closed
    const [, challenge = ''] = /www-authenticate: (.*)\r/i.exec(answer) ?? []
    return { status: statusOf(answer), headers: { 'www-authenticate': challenge } }
  }

  it('HOST-D1: a nonce of one is good at the other, and a count that one has seen is a replay at both', async () => {
    const client = login()
    client.learn((await ask(one.url, undefined)).headers)
    const first = client.authorization('GET', QUIET)
    expect((await ask(two.url, first)).status).toBe(404)
    const replayed = await ask(one.url, first)
    expect(replayed.status).toBe(401)
    expect(replayed.headers['www-authenticate']).toContain('stale=true')
    expect((await ask(one.url, client.authorization('GET', QUIET))).status).toBe(404)
  })

  it('HOST-D3: wrong passwords count at both, wherever they are tried', async () => {
    const statuses: number[] = []
    for (const url of [one.url, two.url, one.url, two.url]) {
      const guess = new DigestClient({ user: 'sip:nobody@example.com', password: 'a guess' })
      guess.learn((await ask(url, undefined)).headers)
      statuses.push((await ask(url, guess.authorization('GET', QUIET))).status)
    }
    expect(statuses).toEqual([401, 401, 429, 429])
  })
})

it('api §Operation: whoever is asked shows the figures of both', async () => {
  const accepted = async (url: string) => {
    const text = await (await fetch(`${url}/metrics`)).text()
    return [...text.matchAll(/^xdms_(?:messages_accepted_total|open_streams) (\d+)$/gm)].map(([, count]) =>
      Number(count),
    )
  }
  const [one1, one2] = [await one.alice.stream('/api/changes'), await two.alice.stream('/api/changes')]
  await expect.poll(() => accepted(one.url)).toEqual([2, 2])
  await expect.poll(() => accepted(two.url)).toEqual([2, 2])
  one1.close()
  one2.close()
})
