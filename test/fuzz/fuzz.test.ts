import { expect, it } from 'vitest'
import { Connection } from '../bench/connection.ts'
import { addUser } from '../bench/load.ts'
import { ADMINISTRATOR, startServer } from '../bench/server.ts'
import { throwAt } from './throw.ts'

it('HOST-R1: of 400 inputs of one seed none gets a 5xx, no answer, or one that tells of our insides', async () => {
  const server = await startServer({ XDMS_FAILURES_OF_USER: '100000', XDMS_FAILURES_OF_ADDRESS: '100000' })
  try {
    const admin = new Connection(server.url, ADMINISTRATOR)
    for (const name of ['alice', 'bob']) await addUser(admin, `sip:${name}@example.com`, 'user')
    admin.close()
    const { inputs, byStatus, faults } = await throwAt(server.url, 1, (so) => so < 400)
    expect(faults.map(({ kind, what, input }) => [kind, what, input.toString('latin1')])).toEqual([])
    expect(inputs).toBe(400)
    // What is thrown is not refused at the door alone.
    for (const status of [200, 400, 401, 404, 409]) expect(byStatus.get(status), `${status}`).toBeGreaterThan(0)
  } finally {
    await server.stop()
  }
})
