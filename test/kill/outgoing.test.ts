import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OutgoingStory, PEOPLE, WAYS, type Way } from './outgoing-story.ts'
import { onEachStore } from './stores.ts'
import { clear, start } from './server-process.ts'

/** Whoever was killed had claimed the work for a minute. */
const CLAIMED_FOR_MS = 61_000

let story: OutgoingStory
beforeEach(async () => {
  story = await OutgoingStory.make()
})
afterEach(clear)
afterEach(() => story.close())

await onEachStore((populated) => {
  describe('killed when a peer has done its work', () => {
    it.each(Object.keys(WAYS) as Way[])(
      'INV-c10, INV-33, INV-9: %s: before that is committed: it is done again under the same id, and is there once',
      async (way) => {
        const place = await populated(PEOPLE)
        const { settings } = story
        const server = await start(place, { point: 'c10', settings })
        await story.prepare(server.url)
        let { url } = server
        await server.arm()
        const sending = story.send(() => url, way, 'first')
        expect(await server.death).toBe('SIGKILL')
        url = (await start(place, { aheadMs: CLAIMED_FOR_MS, settings })).url
        await sending
        await story.expectAllOnce(url)
      },
      120_000,
    )
  })
})
