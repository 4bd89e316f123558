/** A server that cannot have its database says so in one line, and ends. */
import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterAll, describe, expect, it } from 'vitest'
import { withOwnDatabase } from '../servers/suite.ts'
import { endServers, launch } from './servers.ts'

await withOwnDatabase((database) => {
  afterAll(async () => {
    await endServers()
    await database.stop()
  })

  /** What a server with that address says before it ends: its exit code and the lines on standard error. */
  const refusal = async (
    url: string,
  ): Promise<{ readonly code: number; readonly lines: readonly string[]; readonly took: number }> => {
    const began = performance.now()
    const server = await launch(url)
    const code = await server.ended
    const complaint = await server.complaint()
    return { code, lines: complaint.split(' | '), took: performance.now() - began }
  }
  /** One line that names the address without its password. */
  const expectOneLine = ({ code, lines }: Awaited<ReturnType<typeof refusal>>, says: RegExp, secret: string): void => {
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(says)
    expect(lines[0]).not.toContain(secret)
    expect(lines[0]?.length).toBeLessThan(1_000)
    expect(code).toBe(1)
  }

  describe.concurrent('an address that is none', () => {
    it('design §5: nobody listens at the address', async () => {
      const listener = createServer().listen(0, '127.0.0.1')
      await once(listener, 'listening')
      const { port } = listener.address() as { port: number }
      listener.close()
      await once(listener, 'close')
      const said = await refusal(`mongodb://somebody:hunter2@127.0.0.1:${port}/xdms?directConnection=true`)
      expectOneLine(said, new RegExp(`127\\.0\\.0\\.1:${port}`), 'hunter2')
      console.info(`nobody listens: exit 1 behind ${Math.round(said.took)} ms: ${said.lines[0]}`)
    })

    it('design §5: the name of the host is unknown', async () => {
      const said = await refusal('mongodb://nowhere.invalid/xdms')
      expectOneLine(said, /nowhere\.invalid/, 'hunter2')
      console.info(`no such host: exit 1 behind ${Math.round(said.took)} ms: ${said.lines[0]}`)
    })

    it('design §5: the address is none', async () => {
      const said = await refusal('mongodb://:hunter2@/xdms')
      expectOneLine(said, /XDMS_STORE|mongodb/i, 'hunter2')
    })
  })

  const { guest } = database
  if (guest === undefined) {
    it('design §5: NOT RUN, a wrong password and missing rights: this database lets everybody do everything', () => {
      console.warn(`NOT RUN: ${database.name} was started without users`)
    })
    return
  }
  describe('a database that asks who one is', () => {
    const as = (login: string): string =>
      `${database.url('refusals').replace('mongodb://', `mongodb://${login}@`)}&authMechanism=PLAIN`

    it('design §5: the password is wrong', async () => {
      const said = await refusal(as('guest:hunter2'))
      expectOneLine(said, /password/i, 'hunter2')
      console.info(`wrong password: exit 1 behind ${Math.round(said.took)} ms: ${said.lines[0]}`)
    })

    it('design §5: who logs in may not make what is needed', async () => {
      const said = await refusal(as(guest))
      expectOneLine(said, /may not|permission|rights|not allowed/i, 'guest-secret')
      console.info(`missing rights: exit 1 behind ${Math.round(said.took)} ms: ${said.lines[0]}`)
    })
  })
})
