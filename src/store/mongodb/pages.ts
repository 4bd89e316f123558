/**
 * Long lists of a home stand beside it, so that a commit writes what came, however much is there. A page is so many
 * items of a list, in `bodies`, never changed, under a name never used twice; it comes and goes with the commit that
 * mentions it first, and last. Of a list the home has its new items, and says of the others where they stand: which
 * page, from which item on, how many. What is taken out of a list leaves its page as it is; of a page of which half is
 * gone the rest is new again.
 */
import { Binary, type Collection } from 'mongodb'
import type { BytesDocument } from './collections.ts'
import { bytesOf } from './inserts.ts'

export interface Page {
  readonly id: string
  readonly items: readonly object[]
  /** As JSON, in UTF-16 units. */
  readonly length: number
}

/** By their ids. */
export type Pages = ReadonlyMap<string, Page>

/** Items of a page that follow each other: the page by its place in the list's `pages`. */
type Slice = readonly [page: number, from: number, count: number]

interface PagedList {
  readonly pages: readonly string[]
  readonly list: readonly (object | Slice)[]
}

/** `totals` is what is known of the list without reading it: of this very list, so it goes with every other one. */
export type PagedPart = readonly [name: string, value: PagedList, is: 'paged', totals?: unknown]

/** A part as the home has it. */
export type KeptPart = readonly [name: string, value: unknown] | PagedPart

export interface PagedParts {
  readonly parts: readonly KeptPart[]
  /** Those that are mentioned. */
  readonly pages: Pages
  /** Of these, those that are not there yet. */
  readonly made: readonly Page[]
}

export const NO_PAGES: Pages = new Map()

/**
 * So many items are a page; fewer stand in the home, which each commit writes. A mention is 20 bytes, an item some 500:
 * with 1,000 of them both together are least.
 */
const ITEMS = 16

interface Place {
  readonly page: Page
  readonly at: number
}

/** Where an item stands, as long as it is the very same; a page that a home does not mention has none of its items. */
const places = new WeakMap<object, Place>()

/** These are in the database. */
export function placePages(pages: readonly Page[]): void {
  for (const page of pages) for (const [at, item] of page.items.entries()) places.set(item, { page, at })
}

/**
 * @param present the pages that the state before mentions.
 * @param name what the ids of new pages begin with; missing: there are to be none.
 */
export function pageParts(parts: ReadonlyMap<string, unknown>, present: Pages, name?: string): PagedParts {
  const made: Page[] = []
  const pages = new Map<string, Page>()
  const kept = [...parts].map(([part, value]): KeptPart => {
    if (!isList(value)) return [part, value]
    const found = value.map((item) => {
      const place = places.get(item)
      return place !== undefined && present.has(place.page.id) ? place : undefined
    })
    if (name !== undefined) made.push(...makePages(value, found, `${name}:${made.length}`))
    for (const place of found) if (place !== undefined) pages.set(place.page.id, place.page)
    return keptPart(part, value, found)
  })
  return { parts: kept, pages, made }
}

function isList(value: unknown): value is readonly object[] {
  return (
    Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
  )
}

/**
 * Of all that stand in no page, or in one of which half is gone: the first ones, as many as fill pages.
 *
 * @param found is told where they stand then.
 */
function makePages(list: readonly object[], found: (Place | undefined)[], name: string): readonly Page[] {
  const left = new Map<string, number>()
  for (const place of found) if (place !== undefined) left.set(place.page.id, (left.get(place.page.id) ?? 0) + 1)
  const loose = [...list.keys()].filter((at) => {
    const page = found[at]?.page
    return page === undefined || left.get(page.id)! * 2 <= page.items.length
  })
  return fillPages(list, loose, name, (index, place) => (found[index] = place))
}

/** @param put is told where each of those that fill pages stands then. */
function fillPages(
  list: readonly object[],
  loose: readonly number[],
  name: string,
  put: (index: number, place: Place) => void,
): readonly Page[] {
  const made: Page[] = []
  for (let from = 0; from + ITEMS <= loose.length; from += ITEMS) {
    const some = loose.slice(from, from + ITEMS)
    const items = some.map((at) => list[at]!)
    const page = { id: `${name}:${made.length}`, items, length: JSON.stringify(items).length }
    for (const [at, index] of some.entries()) put(index, { page, at })
    made.push(page)
  }
  return made
}

function keptPart(part: string, list: readonly object[], found: readonly (Place | undefined)[]): KeptPart {
  if (found.every((place) => place === undefined)) return [part, list]
  const ids = new Map<string, number>()
  const pageOf = ({ id }: Page): number => {
    const known = ids.get(id) ?? ids.size
    ids.set(id, known)
    return known
  }
  const kept = found.map((place, index): object | Slice =>
    place === undefined ? list[index]! : [pageOf(place.page), place.at, 1],
  )
  return [part, { pages: [...ids.keys()], list: joined(kept) }, 'paged']
}

/** Slices that go on where the one before ends are one. */
function joined(list: readonly (object | Slice)[]): readonly (object | Slice)[] {
  const kept: (object | Slice)[] = []
  for (const next of list) {
    const last = kept.at(-1)
    const goesOn =
      last !== undefined && isSlice(last) && isSlice(next) && last[0] === next[0] && last[1] + last[2] === next[1]
    if (goesOn) kept[kept.length - 1] = [last[0], last[1], last[2] + next[2]]
    else kept.push(next)
  }
  return kept
}

/** The list with these behind it, of which nobody read the pages. @param id as `name` of `pageParts` */
export function keptBehind(
  [part, { pages, list }]: PagedPart,
  behind: readonly object[],
  id: string | undefined,
): { readonly part: PagedPart; readonly made: readonly Page[] } {
  const longer: (object | Slice)[] = [...list, ...behind]
  const ids = [...pages]
  const loose = [...longer.keys()].filter((at) => !isSlice(longer[at]!))
  const put = (index: number, { page, at }: Place): void => {
    if (ids.at(-1) !== page.id) ids.push(page.id)
    longer[index] = [ids.length - 1, at, 1]
  }
  const made = id === undefined ? [] : fillPages(longer as readonly object[], loose, id, put)
  return { part: [part, { pages: ids, list: joined(longer) }, 'paged'], made }
}

export function mentionedPages(parts: readonly KeptPart[]): readonly string[] {
  return parts.flatMap((part) => (isPaged(part) ? part[1].pages : []))
}

/** @param pages at least those that are mentioned. */
export function wholeParts(parts: readonly KeptPart[], pages: Pages): ReadonlyMap<string, unknown> {
  return new Map(parts.map((part) => [part[0], isPaged(part) ? wholeList(part[1], pages) : part[1]]))
}

export function isPaged(part: KeptPart): part is PagedPart {
  return part[2] === 'paged'
}

function wholeList({ pages: ids, list }: PagedList, pages: Pages): readonly object[] {
  return list.flatMap((kept) => {
    if (!isSlice(kept)) return [kept]
    const [page, from, count] = kept
    return pages.get(ids[page]!)!.items.slice(from, from + count)
  })
}

function isSlice(kept: object | Slice): kept is Slice {
  return Array.isArray(kept)
}

export function bytesOfPage({ items }: Page): Uint8Array {
  return Buffer.from(JSON.stringify(items))
}

export function pageDocument(page: Page): BytesDocument {
  return { _id: page.id, bytes: new Binary(bytesOfPage(page)) }
}

/** @returns of the pages with these ids those that are known, or there. */
export async function readPages(
  bodies: Collection<BytesDocument>,
  ids: readonly string[],
  known: Pages = NO_PAGES,
): Promise<Pages> {
  const present = ids.flatMap((id) => known.get(id) ?? [])
  const others = ids.filter((id) => !known.has(id))
  const found = others.length === 0 ? [] : await bodies.find({ _id: { $in: others } }).toArray()
  const read = found.map((document) => {
    const text = Buffer.from(bytesOf(document)).toString()
    return { id: document._id, items: JSON.parse(text) as readonly object[], length: text.length }
  })
  placePages(read)
  return new Map([...present, ...read].map((page) => [page.id, page]))
}
