/** Stores that keep, as the suite for all stores wants them: closed and opened again, and closed behind each test. */
import { afterEach } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import type { Opened } from './contract.ts'
import type { HandClock } from './hand-clock.ts'

/** What is let go of behind a test, the last first. */
export const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** What keeps is closed and opened again; whatever is open behind a test is closed. */
export async function opened(clock: HandClock, openStore: () => Promise<Store>): Promise<Opened> {
  const open = async (): Promise<Store> => {
    const store = await openStore()
    cleanups.push(store.close)
    return store
  }
  const store = await open()
  return {
    store,
    clock,
    async reopen() {
      await store.close()
      return open()
    },
  }
}
