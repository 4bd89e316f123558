/** C4: services outside of Converged IP Messaging, by name. */
import type { Instant } from '../../clock.ts'
import type { Again, Attempted, Never } from './attempt.ts'

export interface Interworked {
  /** The message's, the same each time that this is tried. Safe in a header field. */
  readonly id: string
  /** As its sender named it: by it one that came back is known. */
  readonly messageId: string
  /** Missing where nobody is to know. */
  readonly from?: string
  /** `mailto:`, `tel:` or `sms:`, as the preferences name it. */
  readonly to: string
  readonly subject?: string
  readonly contentType: string
  readonly body: Uint8Array
  readonly sent: Instant
}

/**
 * `references` are the names under which the service will report (X15); none: it will not, and having taken it is the
 * good news. Whoever asked keeps them with the message until the report comes.
 */
export type InterworkAttempted = Again | Never | { readonly kind: 'done'; readonly references: readonly string[] }

export interface InterworkReport {
  /** Of those that were given when the service took it. */
  readonly reference: string
  readonly disposition: 'delivered' | 'failed'
  readonly because?: string
  readonly at: Instant
}

/** Called again with the same report until it answers `done`; `never` where nothing is known under that reference. */
export type TakeReport = (service: string, report: InterworkReport) => Promise<Attempted>

export interface Interworking {
  /**
   * The names that are configured; what is not among them is permanent trouble, and the next service by priority is
   * tried.
   */
  readonly services: readonly string[]
  interwork(service: string, message: Interworked, signal: AbortSignal): Promise<InterworkAttempted>
  /** From now on reports of the services are told. */
  start(take: TakeReport): void
  close(): Promise<void>
}
