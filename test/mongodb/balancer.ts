/** The smallest balancer there is: each connection goes to the next server of the list that takes it. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Balancer {
  readonly url: string
  /** New connections go to these; those that stand stay where they are. */
  spread(urls: readonly string[]): void
  close(): Promise<void>
}

export async function openBalancer(urls: readonly string[]): Promise<Balancer> {
  let targets = urls
  let turn = 0
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket)) as Socket
  }

  const carry = (client: Socket, tries: number): void => {
    const { hostname, port } = new URL(targets[turn++ % targets.length] as string)
    const server = connect(Number(port), hostname)
    const next = (): void => void (tries > 1 ? carry(client, tries - 1) : client.destroy())
    server.once('error', next)
    server.once('connect', () => {
      server.off('error', next)
      keep(server)
      client.pipe(server).pipe(client)
      client.once('close', () => server.destroy())
      server.once('close', () => client.destroySoon())
    })
  }
  const listener = createServer({ noDelay: true }, (client) => carry(keep(client), targets.length))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    url: `http://127.0.0.1:${(listener.address() as { port: number }).port}`,
    spread(next) {
      targets = next
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}
