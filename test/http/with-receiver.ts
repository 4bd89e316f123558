/** What tests of deliveries begin with: a target of webhooks, and a server that may reach it, anew for each test. */
import { afterEach, beforeEach, expect } from 'vitest'
import { Receiver } from './receiver.ts'
import { startServer, type Running } from './server.ts'

/** @param started is told of both before each test. */
export function withReceiver(
  environment: Record<string, string>,
  started: (server: Running, receiver: Receiver) => void,
): void {
  let server: Running
  let receiver: Receiver
  beforeEach(async () => {
    receiver = await Receiver.start()
    server = await startServer(environment)
    started(server, receiver)
  })
  afterEach(async () => {
    await server.close()
    await receiver.close()
    expect(receiver.faults).toEqual([])
  })
}
