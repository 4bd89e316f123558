/** What a service reports reaches who sent the message: the participating function on a service that is there. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ALICE, Bed } from '../participating/bed.ts'
import type { InterworkingScene } from './contract.ts'

const WITHIN_MS = 40_000

export function reachesTheSender(open: () => Promise<InterworkingScene>): void {
  let scene: InterworkingScene
  let bed: Bed
  beforeAll(async () => {
    scene = await open()
    bed = await Bed.make()
    Object.assign(bed.peers, { interworking: scene.interworking })
    await bed.restart()
    await bed.active(ALICE, 'default="away"')
  })
  afterAll(async () => {
    await bed?.stop()
    await scene?.close()
  })

  async function sentTo(address: string): Promise<string> {
    const services = `<interworking><service name="${scene.service}" priority="1" address="${address}"/></interworking>`
    await bed.profile(ALICE, 'away', `<messages><unavailable action="interwork"/></messages>${services}`)
    return bed.send({ subject: 'Lunch?', body: Buffer.from(`at noon ${address}`), reports: ['delivery', 'failure'] })
  }
  const told = async (id: string) => (await bed.view(id)).reports.map(({ disposition }) => disposition)
  /** The service is waited for by the clock on the wall; what it says is known at once. */
  const outcome = (id: string) => expect.poll(() => told(id), { timeout: WITHIN_MS, interval: 100 }).toHaveLength(1)

  it('U1: what the service delivered its sender hears of, once', { timeout: 2 * WITHIN_MS }, async () => {
    const id = await sentTo(scene.somebody)
    await outcome(id)
    expect(await told(id)).toEqual(['delivered'])
    await bed.pass(26 * 3_600_000)
    expect(await told(id)).toEqual(['delivered'])
  })

  it('U1: what the service could not deliver after all is a failure', { timeout: 2 * WITHIN_MS }, async (context) => {
    if (scene.nobodyInTheEnd === undefined) return context.skip('The simulator delivers whatever it takes.')
    const id = await sentTo(scene.nobodyInTheEnd)
    await outcome(id)
    expect(await told(id)).toEqual(['failed'])
  })
}
