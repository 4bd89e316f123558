/**
 * C2: the push enabler. It says to a device that something waits, and never what: no body of a message goes through a
 * push service.
 */
import type { Instant } from '../../clock.ts'
import type { Attempted } from './attempt.ts'

export type PushAddress =
  /** RFC 8030: what a browser's `PushSubscription` gives. Keys in base64url. */
  | { readonly kind: 'web-push'; readonly endpoint: string; readonly p256dh: string; readonly auth: string }
  /** Signed after Standard Webhooks with `secret`, `whsec_` and base64. */
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string }

/** Of a message that waits, as a notice shows it. */
export interface Announced {
  readonly id: string
  /** Missing where the sender is not to be known. */
  readonly from?: string
  readonly subject?: string
  readonly size: number
  /** RFC 3339. */
  readonly received: string
}

export interface PushedSummary {
  readonly kind: 'deferred-summary'
  readonly waiting: number
  readonly from: readonly string[]
}

export type Pushed = { readonly kind: 'deferred'; readonly messages: readonly Announced[] } | PushedSummary

export interface PushWork {
  /** The same each time that this is tried: a receiver drops what it has seen. */
  readonly id: string
  readonly address: PushAddress
  readonly content: Pushed
  /** After it nobody needs to be told any more. */
  readonly until: Instant
}

/** `gone`: there is no such address any more (404, 410), so it is forgotten. */
export type PushAttempted = Attempted | { readonly kind: 'gone' }

export interface Push {
  /** Of VAPID (RFC 8292 §3.2), in base64url: what a browser subscribes with. */
  readonly publicKey: string
  /** What is wrong with an address that a device registers; `undefined` for one that will be tried. */
  refusalOf(address: PushAddress): string | undefined
  /** For a webhook that is registered now. */
  webhookSecret(): string
  push(work: PushWork, signal: AbortSignal): Promise<PushAttempted>
}
