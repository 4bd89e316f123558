/**
 * Where the elements of a text stand, without their tree: some numbers for each. A tree takes ten times as much, and
 * the collector of the runtime follows each of its references for as long as it is kept.
 */
import type { XmlElement } from './tree.ts'

/** Offsets in the text, as those of `XmlElement`. */
export interface ElementExtent {
  readonly start: number
  readonly contentStart: number
  readonly end: number
}

/** Of each element, in document order: its extent, which one holds it, and how many namespaces it declares. */
const START = 0
const CONTENT_START = 1
const END = 2
const HOLDER = 3
const DECLARATIONS = 4
const FIELDS = 5

/** Of the root. */
const NOBODY = -1

export class Outline {
  readonly #places: Int32Array
  /** Of all elements together. */
  readonly declarations: number

  private constructor(places: Int32Array) {
    this.#places = places
    let declarations = 0
    for (let at = DECLARATIONS; at < places.length; at += FIELDS) declarations += places[at] ?? 0
    this.declarations = declarations
  }

  static of(root: XmlElement): Outline {
    return new Outline(Int32Array.from(placesOf(root, 0, 0, NOBODY)))
  }

  get elements(): number {
    return this.#places.length / FIELDS
  }

  get bytes(): number {
    return this.#places.byteLength
  }

  /**
   * The innermost element that begins before `start` and ends behind `end`, and all that hold it: the root first. Empty
   * where there is none.
   */
  around(start: number, end: number): readonly ElementExtent[] {
    const around: ElementExtent[] = []
    // What holds `start` holds the last element that begins before it, or is that one.
    for (let at = this.#before(start) - 1; at !== NOBODY; at = this.#field(at, HOLDER)) {
      const extent = this.#extent(at)
      if (extent.end > end) around.push(extent)
    }
    return around.reverse()
  }

  /**
   * With another element in place of one.
   * @param old one of `around`.
   * @param by how far it stands from where the other is to begin.
   */
  replaced(old: ElementExtent, element: XmlElement, by: number): Outline {
    const places = this.#places
    const at = this.#before(old.start)
    const behind = this.#before(old.end)
    const fresh = placesOf(element, at, by, this.#field(at, HOLDER))
    const longer = element.end - element.start - (old.end - old.start)
    const more = fresh.length / FIELDS - (behind - at)
    const replaced = new Int32Array(places.length + more * FIELDS)
    replaced.set(places.subarray(0, at * FIELDS))
    for (let holder = this.#field(at, HOLDER); holder !== NOBODY; holder = this.#field(holder, HOLDER))
      replaced[holder * FIELDS + END] = this.#field(holder, END) + longer
    replaced.set(fresh, at * FIELDS)
    replaced.set(places.subarray(behind * FIELDS), at * FIELDS + fresh.length)
    for (let moved = at * FIELDS + fresh.length; moved < replaced.length; moved += FIELDS) {
      for (const field of [START, CONTENT_START, END]) replaced[moved + field] = (replaced[moved + field] ?? 0) + longer
      const holder = replaced[moved + HOLDER] ?? NOBODY
      if (holder > at) replaced[moved + HOLDER] = holder + more
    }
    return new Outline(replaced)
  }

  /** How many elements begin before this offset. */
  #before(offset: number): number {
    let low = 0
    let high = this.elements
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#field(middle, START) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  #extent(at: number): ElementExtent {
    return {
      start: this.#field(at, START),
      contentStart: this.#field(at, CONTENT_START),
      end: this.#field(at, END),
    }
  }

  #field(at: number, field: number): number {
    return this.#places[at * FIELDS + field] ?? NOBODY
  }
}

/** Of an element and all in it, when so many elements come before it, and it is moved. */
function placesOf(element: XmlElement, before: number, by: number, holder: number): readonly number[] {
  const places: number[] = []
  const add = (each: XmlElement, holder: number): void => {
    const own = before + places.length / FIELDS
    places.push(each.start + by, each.contentStart + by, each.end + by, holder, each.declarations.length)
    for (const child of each.children) if (child.kind === 'element') add(child, own)
  }
  add(element, holder)
  return places
}
