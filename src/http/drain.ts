/**
 * The end of a server. A client that has a connection sends its next request when it likes, also in the moment in which
 * the server ends; so for a while a connection that is idle stays open, and the answer to its next request says that it
 * is the last one (RFC 9112 §9.6).
 */
import { Server as Listener } from 'node:net'
import type { Server } from 'node:http'
import type { Clock } from '../clock.ts'
import type { HttpConnections } from './connections.ts'
import type { HttpLimits } from './settings.ts'

interface Draining {
  readonly clock: Clock
  readonly limits: Pick<HttpLimits, 'drain' | 'lameDuck'>
  readonly connections: HttpConnections
  /** From now on `look` is called when an answer is out. */
  readonly onAnswered: (look: () => void) => void
}

/** No new connections; begun requests finish, idle connections get their last one; then everything is closed. */
export async function drainServers(servers: readonly Server[], draining: Draining): Promise<void> {
  const { clock, limits, connections, onAnswered } = draining
  // That of HTTP would cut idle connections at once.
  const closed = Promise.all(
    servers.map(
      (server) => new Promise<void>((resolve) => void Listener.prototype.close.call(server, () => resolve())),
    ),
  )
  const within = (milliseconds: number, isOver: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const disarm = clock.at(clock.now() + milliseconds, resolve)
      const look = (): void => {
        if (!isOver()) return
        disarm()
        resolve()
      }
      onAnswered(look)
      connections.onClosed(look)
      look()
    })
  await within(Math.min(limits.lameDuck, limits.drain), () => connections.count() === 0)
  connections.endIdle()
  await within(limits.drain - limits.lameDuck, () => !connections.isAnswering())
  // What is still connected has begun no request, or does not read its answer.
  for (const server of servers) server.closeAllConnections()
  await closed
  for (const server of servers) server.close()
}
