/** What every file of stories begins with. */
import { afterAll, beforeAll } from 'vitest'
import type { Running } from '../http/server.ts'
import { withPeer } from '../peers/needs.ts'
import { CHROMIUM, openTestbed, type Testbed } from './browser.ts'

/**
 * Stories that share a testbed of their own, where there is a Chromium.
 * @param prepare what is there before anybody looks.
 * @param suite is given the testbed while tests are collected; there is something in it once they run.
 */
export function stories(prepare: (server: Running) => Promise<void>, suite: (testbed: Testbed) => void): void {
  withPeer('Chromium', [CHROMIUM], () => {
    const testbed = {} as Testbed
    beforeAll(async () => {
      Object.assign(testbed, await openTestbed())
      await prepare(testbed.server)
    })
    afterAll(() => testbed.close())
    suite(testbed)
  })
}

/** Nothing but the accounts. */
export async function bare(): Promise<void> {}
