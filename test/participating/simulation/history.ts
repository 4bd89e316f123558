/** One history of one of the two worlds, from its seed to what was found wrong in it. */
import { World, type Plant } from '../world.ts'
import { OutgoingWorld } from './outgoing-world.ts'

const oneOrTwo = (seed: number): number => 1 + (seed % 2)

/** Devices that come and go, and what they acknowledge. */
export async function historyOfDevices(seed: number, servers = oneOrTwo(seed), plant?: Plant): Promise<World['watch']> {
  const world = await World.make(seed, servers, plant)
  await world.run(30)
  if (world.watch.failures.length === 0) await world.heal()
  return world.watch
}

/** What leaves, and peers that fail. */
export async function historyOfWork(seed: number): Promise<OutgoingWorld['watch']> {
  const world = await OutgoingWorld.make(seed, oneOrTwo(seed))
  await world.run(40)
  if (world.watch.failures.length === 0) await world.heal()
  return world.watch
}
