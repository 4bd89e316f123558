/**
 * A server that is killed at random moments under load, with work for the message store, another user, a mail server
 * and a webhook on its way. 30 times; `KILLS=500` asks for more of it, `KILL_SEED=17` for other moments.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, it } from 'vitest'
import { chanceOf } from '../xcap/random-document.ts'
import { OutgoingStory, PEOPLE, WAYS, type Way } from './outgoing-story.ts'
import { onEachStore } from './stores.ts'
import { clear, start } from './server-process.ts'

const KILLS = Number(process.env['KILLS'] ?? 30)
const SEED = Number(process.env['KILL_SEED'] ?? 1)
/** On one store before all is looked at, so that nobody's queue is full. */
const KILLS_OF = { default: 20, mongodb: 10 } as const
const ROUNDS = Math.ceil(KILLS / (KILLS_OF.default + KILLS_OF.mongodb))
/** The longest that a kill waits behind what it is to hit. */
const MOMENT_AT_MOST_MS = 600
const EACH_WAY = 3
const CLAIMED_FOR_MS = 61_000

let story: OutgoingStory
beforeEach(async () => {
  story = await OutgoingStory.make()
})
afterEach(clear)
afterEach(() => story.close())

await onEachStore((populated, store) => {
  it.each(Array.from({ length: ROUNDS }, (_, round) => SEED + round))(
    `INV-1, INV-3, INV-15, INV-33: killed ${KILLS_OF[store]} times under load, seed %i: nothing lost, nothing done twice`,
    async (seed) => {
      const chance = chanceOf(seed)
      const { settings } = story
      const place = await populated(PEOPLE)
      let server = await start(place, { settings })
      await story.prepare(server.url)
      for (let kill = 0; kill < KILLS_OF[store]; kill++) {
        const sending = (Object.keys(WAYS) as Way[]).flatMap((way) =>
          Array.from({ length: EACH_WAY }, (_, at) => story.send(() => server.url, way, `${way}-${kill}-${at}`)),
        )
        await pause(chance() * MOMENT_AT_MOST_MS)
        await server.kill()
        server = await start(place, { settings })
        await Promise.all(sending)
      }
      await server.kill()
      server = await start(place, { aheadMs: CLAIMED_FOR_MS, settings })
      await story.expectAllOnce(server.url)
    },
    600_000,
  )
})
