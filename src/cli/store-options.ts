/** How a command opens the store that the settings name. */
import { systemClock, systemRandomness } from '../clock.ts'
import type { Settings } from '../config.ts'
import type { StoreOptions } from '../store/open.ts'
import { DEFAULT_RETENTION } from '../store/store.ts'

export function storeOptions(settings: Settings): StoreOptions {
  return {
    url: settings.XDMS_STORE,
    folder: settings.XDMS_DATA,
    clock: systemClock,
    random: systemRandomness,
    retention: DEFAULT_RETENTION,
    // No request waits for a command, so a slow database may be slow.
    waitMs: 60_000,
    onTrouble: () => {},
  }
}
