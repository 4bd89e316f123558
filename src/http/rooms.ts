/** What the handlers work with: handed in by `assemble`. */
import type { Accounts } from '../access/account.ts'
import type { ChangeAccount } from '../access/change-account.ts'
import type { Recording, Trail } from '../access/trail.ts'
import type { Authenticate } from '../access/authenticate.ts'
import type { Trust } from '../access/asserted.ts'
import type { OriginOf } from '../access/origin.ts'
import type { Sessions } from '../access/session.ts'
import type { Clock, Randomness } from '../clock.ts'
import type { AddressOf } from '../access/client-address.ts'
import type { Home, Homes } from '../home/home.ts'
import type { Changes } from '../notify/watch.ts'
import type { Subscribing } from '../notify/webhooks/subscribe.ts'
import type { MessageStore } from '../participating/contracts/message-store.ts'
import type { Push } from '../participating/contracts/push.ts'
import type { Participating } from '../participating/participating.ts'
import type { UserPreferences } from '../preferences/in-force.ts'
import type { RemoveUser } from '../remove-user.ts'
import type { Workers } from '../workers/channel.ts'
import type { XcapRooms } from '../xcap/rooms.ts'

export interface HttpRooms {
  readonly xcap: XcapRooms
  readonly homes: Homes
  readonly clock: Clock
  readonly random: Randomness
  readonly accounts: Accounts
  readonly authenticate: Authenticate
  readonly sessions: Sessions
  readonly addressOf: AddressOf
  readonly originOf: OriginOf
  readonly trust: Trust
  readonly participating: Participating
  readonly messageStore: Pick<MessageStore, 'list' | 'open' | 'markRead' | 'remove'>
  readonly push: Pick<Push, 'publicKey'>
  readonly preferencesOf: (home: Home) => Promise<UserPreferences>
  readonly changes: Changes
  readonly subscribing: Subscribing
  readonly heedUnlocks: () => Promise<void>
  readonly changeAccount: ChangeAccount
  readonly removeUser: RemoveUser
  readonly record: Recording
  readonly trail: Trail
  /** Resolves when the store has just read and written. @throws Refused `unavailable` */
  readonly ready: () => Promise<void>
  /** What one request asks of the store may take only so long altogether. @throws Refused `unavailable` */
  readonly withinDeadline: <T>(work: () => Promise<T>) => Promise<T>
  /** What `/metrics` shows of the store: counts since it was opened, by name. */
  readonly storeFigures: () => Readonly<Record<string, number>>
  readonly storeSpace: () => Promise<{ readonly bytes?: number; readonly free?: number }>
  /** Where this process is one of several that serve. */
  readonly workers: Workers | undefined
  readonly log: HttpLog
  /** Where the trail of changes and refusals goes. */
  readonly audit: HttpLog
}

/** A logger of pino's shape. */
export interface HttpLog {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}
