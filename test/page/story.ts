/** What every file of stories begins with. */
import { afterAll, beforeAll } from 'vitest'
import type { Running } from '../http/server.ts'
import { withPeer } from '../peers/needs.ts'
import { CHROMIUM, openWorld, type World } from './browser.ts'

/**
 * Stories that share a world of their own, where there is a Chromium.
 * @param prepare what is there before anybody looks.
 * @param suite is given the world while tests are collected; there is something in it once they run.
 */
export function stories(prepare: (server: Running) => Promise<void>, suite: (world: World) => void): void {
  withPeer('Chromium', [CHROMIUM], () => {
    const world = {} as World
    beforeAll(async () => {
      Object.assign(world, await openWorld())
      await prepare(world.server)
    })
    afterAll(() => world.close())
    suite(world)
  })
}

/** Nothing but the accounts. */
export async function bare(): Promise<void> {}
