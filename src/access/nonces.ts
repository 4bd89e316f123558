/**
 * The server's nonces, RFC 7616 §3.3: a time and a number under a MAC, so giving them out stores nothing, however many
 * are asked for. Only a nonce that was used with a right response is remembered, with the nonce counts it was used
 * with.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock, Instant, Randomness } from '../clock.ts'

/**
 * How many used nonces are remembered. Clients that take a new nonce for each request use some 1,000 a second on two
 * cores; at about 200 bytes each this is 20 MB, and the nonces of the last minute and a half at the least. What is
 * forgotten is never accepted again.
 */
const REMEMBERED_AT_MOST = 100_000

/** Pipelined requests overtake each other: counts so far below the highest one are still taken, once each. */
const WINDOW = 64
/**
 * The same where other workers serve the other connections of a client: one that has much to do comes to what a client
 * sent 20 ms ago when it has heard of all that others took meanwhile.
 */
const WINDOW_BESIDE_WORKERS = 1_024

/** 6 bytes of milliseconds, 6 of the number, 16 of the MAC. */
const STAMP_BYTES = 12
const NUMBER_BYTES = 6
const MAC_BYTES = 16

/**
 * From this share of its life on, a nonce comes with its successor (RFC 7616 §3.5 `nextnonce`), so that nobody needs
 * another 401.
 */
const OLD = 0.75

type Use =
  | { readonly kind: 'accepted'; readonly next: string | undefined }
  /** This count was used before with this nonce, or is too far below others. */
  | { readonly kind: 'replayed' }
  /** Not ours (any more): expired, forgotten, or from before a restart. */
  | { readonly kind: 'stale' }

export interface Nonces {
  issue(): string
  /**
   * A nonce that is good for this user alone and says, wherever its MAC is right, that he has shown his password
   * before. To be given with the answer to a right response.
   */
  issueProof(user: string): string
  /**
   * Whether the user has shown his password in the last day with this nonce, or to be given it. The nonce itself may be
   * over.
   */
  isProof(nonce: string, user: string): boolean
  /** To be called only for a right response: who knows no password fills no memory. `count` from 1. */
  use(nonce: string, count: number, user: string): Use
}

/** In the place of a user, where a nonce is for whoever takes it: no user has an empty name. */
const ANYBODY = ''

/** A proof outlives its nonce, so that a client which was quiet for a night is still known in the morning. */
const PROOF_LIFETIME_MS = 86_400_000

interface Used {
  /** Who used it first. */
  readonly user: string
  /** Whose proof it is, or `ANYBODY`. */
  readonly issuedTo: string
  readonly issued: Instant
  highest: number
  /** Bit n: the count `highest - n` was used. */
  window: bigint
}

/** Makes nonces, and says when one of them was made; a nonce of anybody else has no instant. */
function createStamps(clock: Clock, random: Randomness, shared: Uint8Array | undefined) {
  const key = shared ?? random(32)
  // From anywhere, so that two servers with one key never give the same nonce in one millisecond.
  let number = shared === undefined ? 0 : Buffer.from(random(NUMBER_BYTES)).readUIntBE(0, NUMBER_BYTES)

  function mac(stamp: Uint8Array, user: string): Buffer {
    return createHmac('sha256', key).update(stamp).update(user).digest().subarray(0, MAC_BYTES)
  }

  function make(user: string): string {
    const stamp = Buffer.alloc(STAMP_BYTES)
    stamp.writeUIntBE(clock.now(), 0, 6)
    stamp.writeUIntBE(number, 6, NUMBER_BYTES)
    number = (number + 1) % 2 ** (8 * NUMBER_BYTES)
    return Buffer.concat([stamp, mac(stamp, user)]).toString('base64url')
  }

  /** @param user `ANYBODY`, or whose proof it is. */
  function issuedAt(nonce: string, user: string): Instant | undefined {
    const bytes = Buffer.from(nonce, 'base64url')
    // The decoder is lenient, so one nonce could be spelled in many ways, each with counts of its own.
    if (bytes.length !== STAMP_BYTES + MAC_BYTES || bytes.toString('base64url') !== nonce) return undefined
    const stamp = bytes.subarray(0, STAMP_BYTES)
    return timingSafeEqual(bytes.subarray(STAMP_BYTES), mac(stamp, user)) ? stamp.readUIntBE(0, 6) : undefined
  }

  return { make, issuedAt }
}

interface NonceOptions {
  /**
   * 32 secret bytes. Servers that have the same take each other's nonces, as far as their clocks agree; the counts that
   * each of them was used with, only the server knows that saw them, or was told.
   */
  readonly shared?: Uint8Array | undefined
  /** Where there are other workers: what was issued by then may have been used where nobody here heard of it. */
  readonly goodSince?: Instant | undefined
}

/** @param lifetime milliseconds */
export function createNonces(
  clock: Clock,
  random: Randomness,
  lifetime: number,
  { shared, goodSince }: NonceOptions = {},
): Nonces {
  const { make, issuedAt } = createStamps(clock, random, shared)
  const used = new Map<string, Used>()
  /**
   * When the youngest nonce was issued whose counts were forgotten to make room: one that old, and not remembered, may
   * have been used.
   */
  let forgotten = goodSince ?? -1
  const window = goodSince === undefined ? WINDOW : WINDOW_BESIDE_WORKERS

  function isOver(issued: Instant): boolean {
    return clock.now() >= issued + lifetime
  }

  /**
   * The ones used first go first; those whose life is over cost nothing to forget. Two for each new one, so it empties
   * faster than it fills.
   */
  function makeRoom(): void {
    let looked = 0
    for (const [nonce, { issued }] of used) {
      if (looked === 2 || (!isOver(issued) && used.size < REMEMBERED_AT_MOST)) return
      if (!isOver(issued)) forgotten = Math.max(forgotten, issued)
      used.delete(nonce)
      looked += 1
    }
  }

  function firstUse(nonce: string, user: string): Used | undefined {
    const toAnybody = issuedAt(nonce, ANYBODY)
    const issued = toAnybody ?? issuedAt(nonce, user)
    if (issued === undefined || isOver(issued) || issued <= forgotten) return undefined
    makeRoom()
    const issuedTo = toAnybody === undefined ? user : ANYBODY
    const record: Used = { user, issuedTo, issued, highest: 0, window: 0n }
    used.set(nonce, record)
    return record
  }

  /** The one who uses a nonce from a challenge for the first time has no proof yet. */
  function successor(record: Used, user: string): string | undefined {
    const isFirst = record.highest === 0 && record.issuedTo === ANYBODY
    return isFirst || isOver(record.issued + lifetime * (OLD - 1)) ? make(user) : undefined
  }

  function use(nonce: string, count: number, user: string): Use {
    const record = used.get(nonce) ?? firstUse(nonce, user)
    if (record === undefined || isOver(record.issued)) return { kind: 'stale' }
    const next = successor(record, user)
    return mark(record, count, window) ? { kind: 'accepted', next } : { kind: 'replayed' }
  }

  function isProof(nonce: string, user: string): boolean {
    const record = used.get(nonce)
    // Its MAC was looked at when it was used first.
    if (record !== undefined) return record.user === user
    const issued = issuedAt(nonce, user)
    return issued !== undefined && clock.now() < issued + PROOF_LIFETIME_MS
  }

  return { issue: () => make(ANYBODY), issueProof: make, isProof, use }
}

/** Whether the count is new. */
function mark(record: Used, count: number, window: number): boolean {
  if (count > record.highest) {
    const step = count - record.highest
    record.window = step >= window ? 1n : BigInt.asUintN(window, (record.window << BigInt(step)) | 1n)
    record.highest = count
    return true
  }
  const bit = record.highest - count
  if (bit >= window || (record.window & (1n << BigInt(bit))) !== 0n) return false
  record.window |= 1n << BigInt(bit)
  return true
}
