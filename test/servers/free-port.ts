import { createServer, type AddressInfo } from 'node:net'

/** A TCP port that nobody has: for programs that cannot say which one they took. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, host, done))
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  return port
}
