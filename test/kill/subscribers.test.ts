import { afterEach, expect, it } from 'vitest'
import { openStream, type Stream } from '../../src/client/event-source.ts'
import { createGet } from '../../src/client/login.ts'
import { platform } from '../../src/client/platform.ts'
import { DigestClient } from '../access/digest-client.ts'
import { clear, newFolder, program } from '../cli/program.ts'

afterEach(clear)

const SUBSCRIBERS = 1_000
const WRITES = 60
const PF = 'sip:pf@example.com'
const ALICE = 'sip:alice@example.com'
const LIMITS = { XDMS_STREAMS: '2000', XDMS_STREAMS_OF_USER: '2000', XDMS_REQUESTS_OF_USER: '2000' }

interface Subscriber {
  readonly ids: string[]
  readonly stream: Stream
}

it('X19, INV-30: the server killed while 1,000 subscribers listen: nobody misses or doubles an id', async () => {
  const environment: Record<string, string> = { XDMS_DATA: await newFolder(), XDMS_LOG_LEVEL: 'error', ...LIMITS }
  for (const [xui, role] of [
    [PF, 'participating-function'],
    [ALICE, 'user'],
  ] as const) {
    const words = ['user', 'add', xui, '--role', role, '--password-stdin']
    expect(await program(words, { environment, input: 'secret' }).ended).toBe(0)
  }
  const serve = async (port: string) => {
    const running = program(['serve'], { environment: { ...environment, XDMS_PORT: port } })
    const [, url = ''] = await running.printed(/listening on (http:\S+)/)
    return { running, url }
  }
  let server = await serve('0')
  const { url } = server

  const subscribers: Subscriber[] = []
  let opened = 0
  const subscribe = (): Subscriber => {
    const ids: string[] = []
    const stream = openStream({
      get: createGet(url, { user: PF, password: 'secret' }, platform),
      platform,
      target: '/api/changes',
      opened: () => (opened += 1),
      came: ({ id, event }) => ids.push(id === undefined || event === 'resync' ? `${event}!` : id),
      lost: () => {},
    })
    return { ids, stream }
  }
  for (let n = 0; n < SUBSCRIBERS; n++) {
    subscribers.push(subscribe())
    if (n % 50 === 49) await expect.poll(() => opened, { timeout: 60_000, interval: 20 }).toBeGreaterThan(n)
  }
  const alice = new DigestClient({ user: ALICE, password: 'secret' })
  const write = async (n: number): Promise<void> => {
    const body = JSON.stringify({ on: n % 2 === 0 })
    const headers = { 'content-type': 'application/json' }
    await alice.send(url, 'PUT', `/api/users/${ALICE}/do-not-disturb`, { headers, body }).catch(() => undefined)
  }
  // The first is seen by all, so all have an id to go on behind.
  await write(0)
  await expect.poll(() => subscribers.every(({ ids }) => ids.length > 0), { timeout: 60_000 }).toBe(true)
  for (let n = 1; n < WRITES; n++) {
    const writing = write(n)
    if (n % 20 === 10) {
      server.running.child.kill('SIGKILL')
      await server.running.ended
      server = await serve(new URL(url).port)
    }
    await writing
  }
  await write(WRITES)
  const first = subscribers[0]?.ids[0] ?? ''
  const all: string[] = []
  const replay = openStream({
    get: createGet(url, { user: PF, password: 'secret' }, platform),
    platform,
    target: '/api/changes',
    after: first,
    opened: () => {},
    came: ({ id }) => all.push(id ?? ''),
    lost: () => {},
  })
  const isQuiet = async (): Promise<boolean> => {
    const seen = all.length
    await expect.poll(() => subscribers.every(({ ids }) => ids.length > seen), { timeout: 60_000 }).toBe(true)
    return all.length === seen
  }
  await expect.poll(() => all.length, { timeout: 30_000 }).toBeGreaterThan(WRITES)
  await expect.poll(isQuiet, { timeout: 60_000 }).toBe(true)
  replay.close()
  for (const { stream } of subscribers) stream.close()
  const expected = [first, ...all]
  expect(new Set(expected).size).toBe(expected.length)
  expect(subscribers.filter(({ ids }) => ids.join() !== expected.join())).toEqual([])
}, 300_000)
