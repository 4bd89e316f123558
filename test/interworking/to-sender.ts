/** What a service reports reaches who sent the message: the participating function on a service that is there. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ALICE, Testbed } from '../participating/testbed.ts'
import type { InterworkingFixture } from './contract.ts'

const WITHIN_MS = 40_000

export function reachesTheSender(open: () => Promise<InterworkingFixture>): void {
  let fixture: InterworkingFixture
  let testbed: Testbed
  beforeAll(async () => {
    fixture = await open()
    testbed = await Testbed.make()
    Object.assign(testbed.peers, { interworking: fixture.interworking })
    await testbed.restart()
    await testbed.active(ALICE, 'default="away"')
  })
  afterAll(async () => {
    await testbed?.stop()
    await fixture?.close()
  })

  async function sentTo(address: string): Promise<string> {
    const service = `<service name="${fixture.service}" priority="1" address="${address}"/>`
    const services = `<interworking>${service}</interworking>`
    await testbed.profile(ALICE, 'away', `<messages><unavailable action="interwork"/></messages>${services}`)
    return testbed.send({
      subject: 'Lunch?',
      body: Buffer.from(`at noon ${address}`),
      reports: ['delivery', 'failure'],
    })
  }
  const told = async (id: string) => (await testbed.view(id)).reports.map(({ disposition }) => disposition)
  /** The service is waited for by the clock on the wall; what it says is known at once. */
  const outcome = (id: string) => expect.poll(() => told(id), { timeout: WITHIN_MS, interval: 100 }).toHaveLength(1)

  it('U1: what the service delivered its sender hears of, once', { timeout: 2 * WITHIN_MS }, async () => {
    const id = await sentTo(fixture.somebody)
    await outcome(id)
    expect(await told(id)).toEqual(['delivered'])
    await testbed.pass(26 * 3_600_000)
    expect(await told(id)).toEqual(['delivered'])
  })

  it('U1: what the service could not deliver after all is a failure', { timeout: 2 * WITHIN_MS }, async (context) => {
    if (fixture.nobodyInTheEnd === undefined) return context.skip('The simulator delivers whatever it takes.')
    const id = await sentTo(fixture.nobodyInTheEnd)
    await outcome(id)
    expect(await told(id)).toEqual(['failed'])
  })
}
