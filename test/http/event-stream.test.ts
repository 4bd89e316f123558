import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as round } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createEventStream, eventText, idText, type EventStream } from '../../src/http/event-stream.ts'
import type { Response } from '../../src/http/http-server.ts'
import { createHandClock, type HandClock } from '../store/hand-clock.ts'
import { openRaw, type Raw } from './raw.ts'

/** More than the buffers of two sockets hold. */
const MUCH = 'x'.repeat(16_000_000)
const PATIENCE = 1_000

let clock: HandClock
let stream: EventStream
let reader: Raw
let stop: () => void

beforeEach(async () => {
  clock = createHandClock()
  const opened = new Promise<EventStream>((resolve) => {
    const server = createServer((_, res) => {
      res.writeHead(200)
      res.flushHeaders()
      resolve(createEventStream(res as Response, clock, PATIENCE))
    })
    stop = () => (server.close(), server.closeAllConnections())
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      void openRaw(`http://127.0.0.1:${port}`, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n').then((opened) => (reader = opened))
    })
  })
  stream = await opened
  await expect.poll(() => reader?.text()).toContain('200 OK')
})
afterEach(() => stop())

const over = (): Promise<void> =>
  new Promise((resolve) =>
    stream.signal.aborted ? resolve() : stream.signal.addEventListener('abort', () => resolve()),
  )

it('X19: an event is written as WHATWG HTML §9.2 reads', () => {
  expect(eventText('change', 'a', '{"b":1}')).toBe('event: change\nid: a\ndata: {"b":1}\n\n')
  expect(eventText('change', undefined, '{}')).toBe('event: change\ndata: {}\n\n')
  expect(idText('a')).toBe('id: a\n\n')
})

it('HOST-S8: what is large goes out piece by piece, and others are served between', async () => {
  stream.write(MUCH)
  await round()
  expect(stream.backlog).toBeGreaterThan(MUCH.length - 3 * 65_536 - 1_000)
  await stream.ready()
  expect(stream.backlog).toBe(0)
  await reader.until((text) => text.length > MUCH.length)
})

it('X19: who takes what is written is never cut off, however long it is silent', async () => {
  stream.write(MUCH)
  await stream.ready()
  clock.move(1_000_000_000)
  expect(stream.open).toBe(true)
  expect(clock.next()).toBeUndefined()
  stream.end()
  await reader.until((text) => text.endsWith('\r\n0\r\n\r\n'))
})

it('X19: who takes nothing is cut off after his time, which is longer for more', async () => {
  reader.socket.pause()
  stream.write(MUCH)
  const time = (clock.next() ?? 0) - clock.now()
  expect(time).toBeGreaterThan(PATIENCE + 100_000)
  expect(time).toBeLessThan(PATIENCE + 600_000)
  clock.move(time - 1)
  expect(stream.open).toBe(true)
  clock.move(1)
  await over()
  expect(stream.backlog).toBe(0)
})

it('X19: a stream that was ended does not stay for bytes that nobody takes', async () => {
  reader.socket.pause()
  stream.write(MUCH)
  stream.end()
  expect(stream.open).toBe(false)
  stream.write('nothing more')
  clock.move(1_000_000)
  reader.socket.resume()
  expect((await reader.closed).endsWith('\r\n0\r\n\r\n')).toBe(false)
})

it('X19: whoever waits for a far end that goes away does not wait for ever', async () => {
  reader.socket.pause()
  stream.write(MUCH)
  const ready = stream.ready()
  reader.socket.destroy()
  await ready
  expect(stream.open).toBe(false)
  expect(clock.next()).toBeUndefined()
})
