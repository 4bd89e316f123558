/** What an open inbox is sent; whoever carries it says it in his own way. */
import type { Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import type { Notice } from './notice.ts'

/** `display` is for the device to answer; it is passed on (U5). */
export type ReportKind = 'delivery' | 'failure' | 'display'

/** What a report says of a message (U1, U5). */
export type Disposition = 'delivered' | 'failed' | 'displayed'

/** A message on its way to a device of its recipient. */
export interface MessageForDevice {
  readonly id: string
  readonly messageId: string
  /** `sip:anonymous@anonymous.invalid` where the sender asked for privacy. */
  readonly from: string
  readonly to: Xui
  readonly subject: string | undefined
  readonly contentType: string
  readonly body: Uint8Array
  readonly sent: Instant
  /** Counted from 1. */
  readonly attempt: number
  /** What its sender wants to know. */
  readonly reports: readonly ReportKind[]
}

/** What became of a message, on its way to who sent it. */
export interface ReportForSender {
  readonly id: string
  /** The message's. */
  readonly message: string
  readonly messageId: string
  readonly recipient: string | undefined
  readonly disposition: Disposition
  readonly because: string | undefined
  readonly at: Instant
}

/** What an inbox shows. */
export type InboxEvent =
  /** `waited`: it was deferred; the others are delivered as they come. */
  | { readonly event: 'message'; readonly id: string; readonly data: MessageForDevice; readonly waited: boolean }
  | { readonly event: 'report'; readonly id: string; readonly data: ReportForSender }
  | { readonly event: 'notice'; readonly id: string; readonly data: Notice }

/** The far end of an open inbox. `send` must not throw; `end` closes the stream. */
export interface InboxSink {
  /** Asked before a large event is sent: makes of it what goes out, so slowly that others are served meanwhile. */
  prepare?(event: InboxEvent): Promise<void>
  /** @param isStillGood asked by a far end that sends later than at once: whether it may still go out (D4, INV-6). */
  send(event: InboxEvent, isStillGood: () => Promise<boolean>): void
  end(): void
}
