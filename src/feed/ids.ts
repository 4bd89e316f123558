/**
 * Ids of positions for the outside. What happened has one id, an id tells nothing (neither its position nor how many
 * lie between two), and an id that was never given is recognised.
 *
 * An id is one AES block: the position, five bytes of zero, which no guess decrypts to, and three of salt, zero where
 * something happened. Where nothing did, the salt is another each time: whether the position moved, which others do, is
 * not to be seen. One block with a unique content needs no mode of operation, so ECB is all there is to ask for.
 */
import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { systemRandomness, type Randomness } from '../clock.ts'
import type { Position } from './journal.ts'

export interface PositionIds {
  idOf(position: Position): string
  /** Another one each time, for where nothing happened that may be told. */
  quietIdOf(position: Position): string
  /** `undefined` for what was never given as an id. */
  positionOf(id: string): Position | undefined
}

const BLOCK = 16
const SALT = 3
const ID = /^[A-Za-z0-9_-]{22}$/

/** Under this name the store keeps the key. */
export const FEED_KEY = 'feed-key'

/** @param key 16 secret bytes, kept with the journal: with another key all ids would be unknown. */
export function createPositionIds(key: Uint8Array, random: Randomness = systemRandomness): PositionIds {
  assert.equal(key.length, BLOCK, 'the key of the feed has 16 bytes')
  // In ECB without padding each block stands alone, so one cipher serves all ids.
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const sealed = (position: Position, salt: Uint8Array): string => {
    const block = Buffer.alloc(BLOCK)
    block.writeBigUInt64BE(BigInt(position), 0)
    block.set(salt, BLOCK - SALT)
    return cipher.update(block).toString('base64url')
  }
  return {
    idOf: (position) => sealed(position, new Uint8Array(SALT)),
    quietIdOf: (position) => sealed(position, random(SALT)),
    positionOf(id) {
      if (!ID.test(id)) return undefined
      const given = Buffer.from(id, 'base64url')
      // The last of 22 characters carries four bits that mean nothing: one spelling only.
      if (given.toString('base64url') !== id) return undefined
      const block = decipher.update(given)
      const position = block.readBigUInt64BE(0)
      return block.readUIntBE(8, BLOCK - 8 - SALT) === 0 && position <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(position)
        : undefined
    },
  }
}
