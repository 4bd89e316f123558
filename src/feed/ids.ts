/**
 * Ids of positions for the outside. One position has one id, an id tells nothing (neither its position nor how many lie
 * between two), and an id that was never given is recognised.
 *
 * An id is one AES block: the position and eight bytes of zero, which no guess decrypts to. One block with a unique
 * content needs no mode of operation, so ECB is all there is to ask for.
 */
import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Position } from './journal.ts'

export interface PositionIds {
  idOf(position: Position): string
  /** `undefined` for what was never given as an id. */
  positionOf(id: string): Position | undefined
}

const BLOCK = 16
const ID = /^[A-Za-z0-9_-]{22}$/

/** Under this name the store keeps the key. */
export const FEED_KEY = 'feed-key'

/** @param key 16 secret bytes, kept with the journal: with another key all ids would be unknown. */
export function createPositionIds(key: Uint8Array): PositionIds {
  assert.equal(key.length, BLOCK, 'the key of the feed has 16 bytes')
  // In ECB without padding each block stands alone, so one cipher serves all ids.
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  return {
    idOf(position) {
      const block = Buffer.alloc(BLOCK)
      block.writeBigUInt64BE(BigInt(position), 0)
      return cipher.update(block).toString('base64url')
    },
    positionOf(id) {
      if (!ID.test(id)) return undefined
      const sealed = Buffer.from(id, 'base64url')
      // The last of 22 characters carries four bits that mean nothing: one spelling only.
      if (sealed.toString('base64url') !== id) return undefined
      const block = decipher.update(sealed)
      const position = block.readBigUInt64BE(0)
      return block.readBigUInt64BE(8) === 0n && position <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(position)
        : undefined
    },
  }
}
