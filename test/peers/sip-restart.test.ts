import { afterAll, beforeAll, expect, it } from 'vitest'
import { CORE_PROGRAMS } from './behind-core.ts'
import { withPeer } from './needs.ts'
import { request, send, startSipp } from './sipp.ts'
import { startSipProcesses, type SipProcesses } from './sip-processes.ts'

const USERS = 40
const RESTARTS = 4

/**
 * Under load for longer than half a minute, the time after which a ping of the core's that found nobody fails; it
 * starts when the servers do, and finds none.
 */
withPeer('Kamailio, sipp and a server that is killed and comes back', CORE_PROGRAMS, () => {
  let all: SipProcesses
  beforeAll(async () => void (all = await startSipProcesses(USERS)), 60_000)
  afterAll(() => all.close())

  it('C1: killed and back again and again under load: the core turns no message away', async () => {
    const text = request(
      'MESSAGE',
      'sip:[field0]@example.com',
      ['From: <sip:bob@example.com>;tag=[call_number]', 'To: <sip:[field0]@example.com>', 'Content-Type: text/plain'],
      'hello',
    )
    const steps = `${send(text)}<recv response="100" optional="true"/><recv response="202"/>`
    const sender = startSipp(steps, {
      core: all.core,
      from: '127.0.0.8',
      calls: 1_000_000,
      rate: 20,
      seconds: 400,
      fields: Array.from({ length: USERS }, (_, at) => `u${at + 1}`),
    })
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 4_000))
    const [first] = all.servers
    for (let turn = 0; turn < RESTARTS && first !== undefined; turn++) {
      await all.kill(first)
      await pause()
      await all.start(first)
      await pause()
    }
    sender.finish()
    const { messages } = await sender.done
    const answers = [...messages.matchAll(/^SIP\/2\.0 (\d{3} .*)$/gm)].map(([, status = '']) => status.trim())
    expect(answers.filter((status) => !/^(?:100|202) /.test(status))).toEqual([])
    expect(answers.length).toBeGreaterThan(200)
  }, 400_000)
})
