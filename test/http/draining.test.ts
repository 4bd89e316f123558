import { afterEach, describe, expect, it } from 'vitest'
import { openRaw, statusOf } from './raw.ts'
import { startServer, type Running } from './server.ts'

let server: Running
afterEach(() => server.close())

const ASK = 'GET /healthz HTTP/1.1\r\nHost: example.com\r\n\r\n'

describe('a server that ends', () => {
  it('HOST-A7: an idle connection stays for its next request, whose answer says that it was the last', async () => {
    server = await startServer({ XDMS_LAME_DUCK_MS: '60000', XDMS_DRAIN_MS: '120000' })
    const clients = await Promise.all(Array.from({ length: 4 }, () => openRaw(server.url, ASK)))
    for (const client of clients) await client.until((text) => text.endsWith('}') || text.includes('\r\n\r\n'))
    const closing = server.close()
    for (const client of clients) {
      const before = client.text().length
      client.socket.write(ASK)
      const last = (await client.closed).slice(before)
      expect([statusOf(last), /\r\nConnection: close\r\n/i.test(last)]).toEqual([200, true])
    }
    // Nobody is left, so it does not wait for its time to be over.
    await closing
  })

  it('HOST-A7: one whose client says nothing more is closed when the time is over', async () => {
    server = await startServer({ XDMS_LAME_DUCK_MS: '50' })
    const idle = await openRaw(server.url, ASK)
    await idle.until((text) => text.includes('\r\n\r\n'))
    await server.close()
    expect(statusOf(await idle.closed)).toBe(200)
  })

  it('HOST-A7: nobody new is let in meanwhile', async () => {
    server = await startServer({ XDMS_LAME_DUCK_MS: '60000', XDMS_DRAIN_MS: '120000' })
    const client = await openRaw(server.url, ASK)
    await client.until((text) => text.includes('\r\n\r\n'))
    const closing = server.close()
    await expect(openRaw(server.url)).rejects.toThrow('ECONNREFUSED')
    client.socket.destroy()
    await closing
  })
})
