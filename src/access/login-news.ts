/** What workers of one server tell each other of logins, so that what one has seen counts at all of them. */
import type { Channel } from '../workers/channel.ts'

export type LoginNews =
  | { readonly kind: 'nonce-used'; readonly nonce: string; readonly count: number; readonly user: string }
  /** A guess at a password was wrong. */
  | { readonly kind: 'wrong'; readonly user: string; readonly address: string }
  /** Somebody has proved himself there, for the first time. */
  | { readonly kind: 'well-known'; readonly user: string; readonly address: string }
  /** The challenge after a failure, and that it was answered: see `follow-ups.ts`. */
  | { readonly kind: 'follow-up-given'; readonly nonce: string; readonly user: string; readonly failed: string }
  | { readonly kind: 'follow-up-taken'; readonly nonce: string; readonly user: string }

/** Each request uses one, and a message for each would cost the primary as much as the request costs a worker. */
const USED_WITHIN_MS = 10

export interface Logins {
  tell(news: LoginNews): void
  hear(listener: (news: LoginNews) => void): void
}

/** @param channel `undefined`: this process is the whole server, and nobody is there to be told. */
export function createLogins(channel: Channel<LoginNews> | undefined): Logins {
  const listeners: ((news: LoginNews) => void)[] = []
  channel?.hear((news) => listeners.forEach((listener) => listener(news)))
  return {
    tell: (news) => channel?.tell(news, news.kind === 'nonce-used' ? USED_WITHIN_MS : undefined),
    hear: (listener) => void listeners.push(listener),
  }
}
