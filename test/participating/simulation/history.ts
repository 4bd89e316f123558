/** One history of one of the two simulations, from its seed to what was found wrong in it. */
import { DevicesSimulation, type Plant } from '../devices-simulation.ts'
import { OutgoingSimulation } from './outgoing-simulation.ts'

const oneOrTwo = (seed: number): number => 1 + (seed % 2)

/** Devices that come and go, and what they acknowledge. */
export async function historyOfDevices(
  seed: number,
  servers = oneOrTwo(seed),
  plant?: Plant,
): Promise<DevicesSimulation['watch']> {
  const simulation = await DevicesSimulation.make(seed, servers, plant)
  await simulation.run(30)
  if (simulation.watch.failures.length === 0) await simulation.heal()
  return simulation.watch
}

/** What leaves, and peers that fail. */
export async function historyOfWork(seed: number): Promise<OutgoingSimulation['watch']> {
  const simulation = await OutgoingSimulation.make(seed, oneOrTwo(seed))
  await simulation.run(40)
  if (simulation.watch.failures.length === 0) await simulation.heal()
  return simulation.watch
}
