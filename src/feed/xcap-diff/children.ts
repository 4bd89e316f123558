/**
 * The children of one element while it is patched. Between two nodes that stay there is a run of others with character
 * data between them; a run is filled anew from what should stand there. Two text nodes never touch: RFC 5261 §4.1 has
 * an applier merge them, and no selector would know them apart.
 */
import { standalone, type CanonicalLeaf, type CanonicalNode } from './canonical.ts'
import type { OperationList } from './operations.ts'

export interface Run {
  readonly nodes: readonly CanonicalNode[]
  /** One more than `nodes`: before each, and behind the last. */
  readonly texts: readonly (CanonicalLeaf | undefined)[]
}

const STEP = {
  element: '*',
  text: 'text()',
  comment: 'comment()',
  'processing-instruction': 'processing-instruction()',
}

export class PatchedChildren {
  readonly #present: CanonicalNode[]
  readonly #path: string
  readonly #text: string
  readonly #list: OperationList

  /** @param text of the new document, of which `Run`s are. */
  constructor(children: readonly CanonicalNode[], path: string, text: string, list: OperationList) {
    this.#present = [...children]
    this.#path = path
    this.#text = text
    this.#list = list
  }

  selectorOf(place: number): string {
    const kind = this.#present[place]?.kind ?? 'element'
    let nth = 0
    for (let at = 0; at <= place; at++) if (this.#present[at]?.kind === kind) nth += 1
    return `${this.#path}/${STEP[kind]}[${nth}]`
  }

  /** Puts `run` where `from` to `to` is now. */
  fill(from: number, to: number, { nodes, texts }: Run): void {
    const [first] = texts
    const last = texts[nodes.length]
    this.#clear(from, to, nodes.length === 0 ? first : undefined)
    const text = this.#textAt(from)
    if (nodes.length === 0) return this.#setText(from, text, first)
    const wanted = nodes.flatMap((node, n) => [node, ...present(texts[n + 1])])
    if (sameText(text, first)) return this.#insert(text === undefined ? from : from + 1, wanted)
    if (sameText(text, last))
      return this.#insert(from, [...present(first), ...wanted.slice(0, last === undefined ? undefined : -1)])
    if (text === undefined) return this.#insert(from, [...present(first), ...wanted])
    this.#setText(from, text, first)
    this.#insert(first === undefined ? from : from + 1, wanted)
  }

  /** Removes all nodes of a run and leaves at most one text: the first, or the last where that is the wanted one. */
  #clear(from: number, to: number, wanted: CanonicalLeaf | undefined): void {
    const run = this.#present.slice(from, to)
    if (run.every((node) => node.kind === 'text')) return
    const front = run[0]?.kind === 'text' ? run[0] : undefined
    const back = run.at(-1)?.kind === 'text' ? run.at(-1) : undefined
    if (!sameText(front, wanted) && sameText(back, wanted)) {
      // From the left: what is removed has nothing, or a node that stays, to its left.
      for (let left = to - from - (back === undefined ? 0 : 1); left > 0 && !this.#list.full; )
        left -= this.#removeBeside(from, 'before')
      return
    }
    for (let at = to - 1; at > from - 1 + (front === undefined ? 0 : 1) && !this.#list.full; )
      at -= this.#removeBeside(at, 'after')
  }

  /** Removes the node there; if it is white space with a node beside it, both at once. @returns how many. */
  #removeBeside(place: number, side: 'before' | 'after'): number {
    const node = this.#present[place]
    const beside = side === 'after' ? place - 1 : place + 1
    if (node?.kind === 'text' && node.blank && this.#present[beside]?.kind === 'element') {
      this.#list.push({ kind: 'remove', sel: this.selectorOf(beside), ws: side })
      this.#present.splice(Math.min(place, beside), 2)
      return 2
    }
    this.#remove(place)
    return 1
  }

  #remove(place: number): void {
    this.#list.push({ kind: 'remove', sel: this.selectorOf(place) })
    this.#present.splice(place, 1)
  }

  #textAt(place: number): CanonicalLeaf | undefined {
    const node = this.#present[place]
    return node?.kind === 'text' ? node : undefined
  }

  #setText(place: number, text: CanonicalLeaf | undefined, wanted: CanonicalLeaf | undefined): void {
    if (sameText(text, wanted)) return
    if (wanted === undefined) return this.#remove(place)
    if (text === undefined) return this.#insert(place, [wanted])
    this.#list.push({ kind: 'replace', sel: this.selectorOf(place), content: wanted.source })
    this.#present[place] = wanted
  }

  #insert(place: number, nodes: readonly CanonicalNode[]): void {
    const content = nodes.map((node) => (node.kind === 'element' ? standalone(this.#text, node) : node.source)).join('')
    if (place === this.#present.length) this.#list.push({ kind: 'add', sel: this.#path, content })
    else if (place === 0) this.#list.push({ kind: 'add', sel: this.#path, pos: 'prepend', content })
    else if (this.#present[place - 1]?.kind === 'element')
      this.#list.push({ kind: 'add', sel: this.selectorOf(place - 1), pos: 'after', content })
    else this.#list.push({ kind: 'add', sel: this.selectorOf(place), pos: 'before', content })
    this.#present.splice(place, 0, ...nodes)
  }
}

function present(text: CanonicalLeaf | undefined): readonly CanonicalLeaf[] {
  return text === undefined ? [] : [text]
}

function sameText(one: CanonicalNode | undefined, other: CanonicalNode | undefined): boolean {
  return one?.key === other?.key
}
