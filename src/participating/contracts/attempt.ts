/**
 * What comes of asking a peer once for a piece of work. The same work may be asked for again under the same id, and
 * does no harm.
 */

export type Attempted =
  /** The peer has it, durably as far as the peer can say. */
  | Done
  /** Not now. `after` is what the peer asked for, in milliseconds; without it the asker's own back-off counts. */
  | Again
  /** Not this, however often it is asked for. */
  | Never

export interface Done {
  readonly kind: 'done'
}

export interface Again {
  readonly kind: 'again'
  readonly after?: number
  /** For the log; it names no secret. */
  readonly because: string
}

export interface Never {
  readonly kind: 'never'
  readonly because: string
}
