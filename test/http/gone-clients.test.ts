import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { expect, it, vi } from 'vitest'
import { sendRaw } from './raw.ts'
import { IN_THIS_PROCESS, startServer } from './server.ts'

it('HOST-LOG1: a client that is gone before its request begins has its line too, and holds nothing', async () => {
  const server = await startServer({}, IN_THIS_PROCESS)
  const soon = setImmediate
  let gone = (): void => undefined
  const closed = new Promise<void>((resolve) => (gone = resolve))
  const cut = ({ request }: { readonly request: IncomingMessage }): void => {
    if (request.url !== '/gone') return
    request.socket.once('close', gone).destroy()
    // The next round comes when the connection has closed.
    vi.spyOn(globalThis, 'setImmediate').mockImplementationOnce(
      (round: () => void) => (void closed.then(() => soon(round)), soon(() => undefined)),
    )
  }
  const begun = (message: unknown): void => cut(message as Parameters<typeof cut>[0])
  subscribe('http.server.request.start', begun)
  try {
    await sendRaw(server.url, 'GET /gone HTTP/1.1\r\nHost: x\r\n\r\n')
    await expect
      .poll(() => server.log.filter(({ path }) => path === '/gone').map(({ status }) => status))
      .toEqual([499])
    // That is the one who asks.
    expect((await server.stranger.get('/metrics')).text).toMatch(/^xdms_requests_in_flight 1$/m)
  } finally {
    unsubscribe('http.server.request.start', begun)
    vi.restoreAllMocks()
    await server.close()
  }
})
