/** What another process did on the same store. */
import type { Instant } from '../clock.ts'

/** An owner is missing where it is not known who was changed. */
export interface RemoteChanges {
  readonly commits: readonly { readonly owner: string | undefined; readonly next: Instant | undefined }[]
  readonly appended: boolean
  readonly accounts: boolean
}

export const NOTHING = { commits: [], appended: false, accounts: false }
export const ANYTHING: RemoteChanges = {
  commits: [{ owner: undefined, next: undefined }],
  appended: true,
  accounts: true,
}
