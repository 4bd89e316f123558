/** The driver's own question whether the database is there, when it hangs. */
import { setTimeout as pause } from 'node:timers/promises'
import { MongoClient, MongoNetworkError } from 'mongodb'
import { afterAll, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { reviveHeartbeat } from '../../src/store/mongodb/heartbeat.ts'
import { withTestDatabase } from '../servers/suite.ts'

/** What the driver keeps to itself. */
interface Monitored {
  readonly topology: { readonly s: { readonly servers: ReadonlyMap<string, MonitoredServer> } }
}

interface MonitoredServer {
  readonly monitor: { readonly connection: { readonly socket: { destroy(): void } } | null }
  requestCheck(): void
  handleError(error: Error): void
}

await withTestDatabase((database) => {
  const times = {
    serverSelectionTimeoutMS: 300,
    connectTimeoutMS: 1_000,
    heartbeatFrequencyMS: 1_000,
    minHeartbeatFrequencyMS: 500,
  }
  const client = new MongoClient(database.url('heartbeat'), times)
  const leaveAlone = reviveHeartbeat(client, systemClock)
  afterAll(async () => {
    await leaveAlone()
    await client.close()
  })
  const asks = (): Promise<unknown> => client.db().command({ ping: 1 })

  it('HOST-R1: a driver that asks while its connection goes would wait for ever; it is back within five seconds', async () => {
    let beats = 0
    client.on('serverHeartbeatSucceeded', () => (beats += 1))
    await asks()
    const [server] = (client as unknown as Monitored).topology.s.servers.values()
    await vi.waitFor(() => expect(beats).toBeGreaterThan(1), 5_000)
    // Half a second behind a heartbeat the next one goes out at once when it is asked for.
    await pause(600)
    server?.monitor.connection?.socket.destroy()
    server?.requestCheck()
    server?.handleError(new MongoNetworkError('the database is going'))
    const gone = performance.now()
    await expect(asks()).rejects.toThrow('the database is going')
    await vi.waitFor(asks, 5_000)
    console.info(`a heartbeat that hung: the database was there again ${Math.round(performance.now() - gone)} ms later`)
  })
})
