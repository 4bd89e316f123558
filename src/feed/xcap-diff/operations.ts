/** The operations of a patch, and when there are too many of them. RFC 5261 §4. */
import { declaration } from './canonical.ts'

export interface Operation {
  readonly kind: 'add' | 'replace' | 'remove'
  readonly sel: string
  readonly pos?: 'before' | 'after' | 'prepend'
  /** `@name`: what is added is an attribute. */
  readonly type?: string
  /** Markup. */
  readonly content?: string
  /** White space beside the removed node that goes with it. */
  readonly ws?: 'before' | 'after'
  /** What a prefix in the selector or in `type` stands for. */
  readonly bound?: readonly [prefix: string, namespace: string] | undefined
}

/** More than these are no small change, and each costs a walk along the siblings of what it selects. */
const OPERATIONS_AT_MOST = 256
/** Characters. A patch of this length is sent although the document is shorter: a subscriber fetches nothing for it. */
const ALWAYS_WORTH = 2_048

export class OperationList {
  readonly operations: Operation[] = []
  readonly #most: number
  #length = 0
  #lengths: number[] = []

  /** @param document characters of the new text: a longer patch is worth nothing. */
  constructor(document: number) {
    this.#most = Math.max(document, ALWAYS_WORTH)
  }

  get full(): boolean {
    return this.operations.length > OPERATIONS_AT_MOST || this.#length > this.#most
  }

  push(operation: Operation): void {
    this.operations.push(operation)
    this.#lengths.push(this.#length)
    this.#length += operationText(operation, '').length
  }

  mark(): number {
    return this.operations.length
  }

  lengthSince(mark: number): number {
    return this.#length - (this.#lengths[mark] ?? this.#length)
  }

  backTo(mark: number): void {
    this.#length = this.#lengths[mark] ?? this.#length
    this.operations.length = mark
    this.#lengths.length = mark
  }
}

/** @param prefix of the namespace of RFC 5874, with its colon. */
export function operationText({ kind, sel, pos, type, ws, content, bound }: Operation, prefix: string): string {
  const attributes = Object.entries({ sel, pos, type, ws })
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${value}"`))
    .join('')
  const start = `<${prefix}${kind}${bound === undefined ? '' : declaration(...bound)}${attributes}`
  return content === undefined ? `${start}/>` : `${start}>${content}</${prefix}${kind}>`
}
