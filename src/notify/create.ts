/** The changes stream, put together. */
import type { Randomness } from '../clock.ts'
import { createDescribing } from '../feed/describe.ts'
import { createPositionIds } from '../feed/ids.ts'
import type { XmlLimits } from '../xml/limits.ts'
import { createChanges, type Changes, type ChangesParts } from './watch.ts'

export interface FeedParts extends Omit<ChangesParts, 'ids' | 'describing'> {
  readonly random: Randomness
  /** The key of the positions is the store's, so that a position given before a start is one after it. */
  readonly metadata: (name: string, make: () => string) => Promise<string>
  readonly xml: XmlLimits
}

export async function createFeed(parts: FeedParts): Promise<Changes> {
  const key = await parts.metadata('feed-key', () => Buffer.from(parts.random(16)).toString('base64'))
  const ids = createPositionIds(Buffer.from(key, 'base64'))
  return createChanges({ ...parts, ids, describing: createDescribing(parts) })
}
