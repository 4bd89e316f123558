/** `import { PreferenceWatcher } from 'cpm-xdms/client'`: for participating functions, and for pages in a browser. */
export {
  PreferenceWatcher,
  type Known,
  type WatchedPreferences,
  type PreferenceWatcherOptions,
  type WatchedDocument,
} from './preference-watcher.ts'
export type { WatcherLogin } from './login.ts'
export type { Platform } from './platform.ts'
