/** All connections with the core: ours to it, and those that it opens to us. */
import { createClientTransport, type ClientTransport, type ClientTransportRooms } from './client-transport.ts'
import { OpenSockets, type Received } from './connection.ts'
import { createServerTransport } from './server-transport.ts'
import type { SipSettings } from './settings.ts'

export interface Connections extends Pick<ClientTransport, 'core' | 'isOpen'> {
  start(): Promise<void>
  stop(): Promise<void>
}

interface ConnectionEvents {
  readonly received: Received
  opened(): void
  lost(): void
}

export function createConnections(
  settings: SipSettings,
  rooms: ClientTransportRooms,
  { received, opened, lost }: ConnectionEvents,
): Connections {
  const { core, limits } = settings
  const sockets = new OpenSockets(core.transport === 'tls' ? 'TLS' : 'TCP', limits.messageBytes, rooms.log, received)
  const server = createServerTransport(settings, rooms, sockets, () => client.hurry())
  const client = createClientTransport(settings, rooms, sockets, {
    connecting: () => void server.resolve(),
    opened,
    lost,
  })
  return {
    core: client.core,
    isOpen: client.isOpen,
    async start() {
      await server.listen()
      client.connect()
    },
    async stop() {
      client.stop()
      sockets.destroy()
      await server.stop()
    },
  }
}
