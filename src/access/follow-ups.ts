/**
 * One exchange with one wrong password: clients of old (Python's urllib, and so xcaplib) answer the challenge after
 * a failure with the same password again, five times over. The whole exchange counts as the one failure that began
 * it.
 */

/** urllib gives up after five tries behind the first. A guesser has them, too, and no more of them. */
const TRIES_AT_MOST = 5

/**
 * Nonces of challenges after failures, at some 150 bytes; who fails meanwhile pushes the oldest out, and they count
 * again.
 */
const REMEMBERED_AT_MOST = 10_000

interface Exchange {
  readonly user: string
  readonly triesLeft: number
}

export class FollowUps {
  private readonly exchanges = new Map<string, Exchange>()
  /** Of nonces just taken, what the challenge after them is given. */
  private readonly taken = new Map<string, Exchange>()

  /** Whether the response to this nonce belongs to a failure that was counted. It does so once. */
  take(nonce: string, user: string): boolean {
    const exchange = this.exchanges.get(nonce)
    if (exchange?.user !== user) return false
    this.exchanges.delete(nonce)
    keep(this.taken, nonce, { user, triesLeft: exchange.triesLeft - 1 })
    return true
  }

  /** @param failed the nonce whose response was wrong. */
  give(nonce: string, user: string, failed: string): void {
    const triesLeft = this.taken.get(failed)?.triesLeft ?? TRIES_AT_MOST
    this.taken.delete(failed)
    if (triesLeft > 0) keep(this.exchanges, nonce, { user, triesLeft })
  }
}

function keep(map: Map<string, Exchange>, nonce: string, exchange: Exchange): void {
  map.set(nonce, exchange)
  if (map.size > REMEMBERED_AT_MOST) map.delete(map.keys().next().value ?? '')
}
