/**
 * Whole documents that their usage has taken at their places, by hashes. Clients put again what lies there, and switch
 * between a few texts; what a text alone decides is then not found out again. Nothing is kept of the text itself, and
 * nothing outlives the process: the rules of the next one may be others.
 */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { selectorText, type DocumentSelector } from '../names.ts'

/** Those put last; each takes some 300 bytes. */
const TEXTS_KEPT = 10_000

export class TakenTexts {
  // As sizes: for a number of entries the library makes all their places at once.
  readonly #taken = new LRUCache<string, true>({ maxSize: TEXTS_KEPT, sizeCalculation: () => 1 })

  has(selector: DocumentSelector, bytes: Uint8Array): boolean {
    return this.#taken.get(keyOf(selector, bytes)) === true
  }

  add(selector: DocumentSelector, bytes: Uint8Array): void {
    this.#taken.set(keyOf(selector, bytes), true)
  }
}

function keyOf(selector: DocumentSelector, bytes: Uint8Array): string {
  return `${hash('sha256', bytes, 'base64url')} ${selectorText(selector)}`
}
