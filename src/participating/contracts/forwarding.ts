/** The way to addresses that are nobody’s here, for what is forwarded (U11). Asked again, it does no harm. */
import type { Attempted } from './attempt.ts'

export interface ForwardedMessage {
  readonly messageId: string
  readonly from: string
  readonly undisclosed: boolean
  readonly subject: string | undefined
  readonly contentType: string
  readonly body: Uint8Array
  /** RFC 3339. */
  readonly sent: string
  /** Who forwarded it, the first one first. */
  readonly forwardedFor: readonly string[]
}

export interface Forwarding {
  /**
   * Once `signal` is aborted nobody waits for the answer any more, and nothing goes out. `never`: whoever sent it is
   * told `because`, `rejected` where who it is for takes nothing of it.
   */
  forward(to: string, message: ForwardedMessage, signal: AbortSignal): Promise<Attempted>
}
