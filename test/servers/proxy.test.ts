import { once } from 'node:events'
import { createServer, connect, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openProxy, type Proxy } from './proxy.ts'

interface Caller {
  readonly socket: Socket
  heard(): string
  ended(): boolean
}

describe('a proxy that spoils connections', () => {
  let echo: Server
  let proxy: Proxy
  let arrived = ''
  const callers: Socket[] = []

  beforeEach(async () => {
    arrived = ''
    echo = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        arrived += chunk.toString()
        socket.write(chunk)
      })
    }).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    proxy = await openProxy((echo.address() as { port: number }).port)
  })
  afterEach(async () => {
    for (const socket of callers.splice(0)) socket.destroy()
    await proxy.close()
    echo.close()
  })

  const call = (): Caller => {
    const socket = connect(proxy.port, '127.0.0.1')
    callers.push(socket)
    let text = ''
    let ended = false
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('error', () => {})
    socket.on('close', () => (ended = true))
    return { socket, heard: () => text, ended: () => ended }
  }

  it('design §5: bytes pass in both directions', async () => {
    const caller = call()
    caller.socket.write('hello')
    await vi.waitFor(() => expect(caller.heard()).toBe('hello'))
    expect(proxy.cuts()).toBe(0)
  })

  it('design §5: a command is cut behind so many bytes', async () => {
    const caller = call()
    proxy.become({ kind: 'cut', side: 'command', behind: () => 3 })
    caller.socket.write('hello')
    await vi.waitFor(() => expect(caller.ended()).toBe(true))
    await vi.waitFor(() => expect(arrived).toBe('hel'))
    expect(proxy.cuts()).toBe(1)
  })

  it('design §5: a reply is cut when its command has arrived as a whole', async () => {
    const caller = call()
    proxy.become({ kind: 'cut', side: 'reply', behind: () => 0 })
    caller.socket.write('hello')
    await vi.waitFor(() => expect(caller.ended()).toBe(true))
    expect([arrived, caller.heard()]).toEqual(['hello', ''])
  })

  it('design §5: what was swallowed goes its way later', async () => {
    const caller = call()
    proxy.become({ kind: 'swallow' })
    caller.socket.write('hello')
    const other = call()
    await once(other.socket, 'connect')
    expect(arrived).toBe('')
    proxy.become({ kind: 'pass' })
    await vi.waitFor(() => expect(caller.heard()).toBe('hello'))
  })

  it('design §5: connections are refused, and taken again', async () => {
    const standing = call()
    await once(standing.socket, 'connect')
    proxy.become({ kind: 'refuse' })
    const refused = call()
    await vi.waitFor(() => expect([standing.ended(), refused.ended()]).toEqual([true, true]))
    proxy.become({ kind: 'pass' })
    const taken = call()
    taken.socket.write('hello')
    await vi.waitFor(() => expect(taken.heard()).toBe('hello'))
  })
})
