/** What the protocol works with: handed in by `assemble`. */
import type { Clock, Randomness } from '../clock.ts'
import type { Homes } from '../home/home.ts'
import type { XmlLimits } from '../xml/gate.ts'
import type { ApplicationUsages } from './application-usage.ts'

export interface XcapRooms {
  readonly homes: Homes
  readonly usages: ApplicationUsages
  readonly clock: Clock
  readonly random: Randomness
  readonly xmlLimits: XmlLimits
}
