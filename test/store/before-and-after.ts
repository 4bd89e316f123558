import type { Store } from '../../src/store/store.ts'

/** What holds now must hold as well once the store was closed and opened again. */
export async function* beforeAndAfterReopening(store: Store, reopen: () => Promise<Store>): AsyncGenerator<Store> {
  yield store
  yield await reopen()
}
