/** What the operator may set, and what the room is told through. */

/** Times in milliseconds unless the name says otherwise. */
export interface ParticipatingSettings {
  /** How long an offer waits for its acknowledgement, from when it went out, before the same is offered again. */
  readonly offerFor: number
  /** Offers out for one device at once: a phone that comes back after a week is not buried. */
  readonly offersAtMost: number
  /** Bytes of the same: bodies on their way are in memory. One message always may. */
  readonly offeredBytesAtMost: number
  /** Seconds that a registration holds which does not say. */
  readonly registrationSeconds: number
  /** Seconds that a registration holds at most: a device that vanished must not count as there for ever. */
  readonly registrationSecondsAtMost: number
  /** Devices of one user, registered or known. */
  readonly devicesAtMost: number
  /** How long the record of a message stays after its end, so that its sender can ask, and ask again. */
  readonly keptAfterEnd: number
  /** The net under every wake-up: how often homes that are due are looked for. */
  readonly sweepEvery: number
  /** Homes looked at side by side when many are due, and when many are woken. */
  readonly sweptAtOnce: number
  /** Outgoing work that failed is tried again after this, and doubled each time (U15). */
  readonly retryFirst: number
  /** It is never longer between two attempts. */
  readonly retryAtMost: number
  /**
   * Of several servers one looks for what is due; when it has shown no sign of life for this long, another takes over.
   */
  readonly leaseFor: number
  /** Records that one search for messages looks at, before it says where the next one goes on. */
  readonly searchedAtOnce: number
}

export const DEFAULT_PARTICIPATING_SETTINGS: ParticipatingSettings = {
  offerFor: 30_000,
  offersAtMost: 32,
  offeredBytesAtMost: 16 * 1024 * 1024,
  registrationSeconds: 3600,
  registrationSecondsAtMost: 7 * 86_400,
  devicesAtMost: 64,
  keptAfterEnd: 7 * 86_400_000,
  sweepEvery: 1000,
  sweptAtOnce: 16,
  retryFirst: 5000,
  retryAtMost: 3_600_000,
  leaseFor: 10_000,
  searchedAtOnce: 500,
}

/** A logger of pino's shape. */
export interface ParticipatingLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** Called at the points where a crash is most telling, so that a test can have one there. */
export type Failpoint = (name: string) => Promise<void> | void
