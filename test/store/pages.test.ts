import { describe, expect, it } from 'vitest'
import type { HomeLink } from '../../src/store/mongodb/collections.ts'
import { readHome } from '../../src/store/mongodb/home-document.ts'
import {
  keptBehind,
  mentionedPages,
  NO_PAGES,
  pageParts,
  placePages,
  wholeParts,
  type Page,
  type PagedParts,
} from '../../src/store/mongodb/pages.ts'

interface Item {
  readonly id: number
}

const items = (count: number): Item[] => Array.from({ length: count }, (_, id) => ({ id }))
const kept = ({ parts }: PagedParts): unknown => parts.find(([name]) => name === 'list')?.slice(1)
const idsOf = (pages: readonly Page[]) => pages.map((page) => [page.id, page.items.map((item) => (item as Item).id)])
/** Committed: what is new is there now. */
function page(list: unknown, before: Pick<PagedParts, 'pages'> = { pages: NO_PAGES }, name?: string): PagedParts {
  const paged = pageParts(new Map([['list', list]]), before.pages, name)
  placePages(paged.made)
  expect(wholeParts(JSON.parse(JSON.stringify(paged.parts)), paged.pages).get('list')).toEqual(list)
  return paged
}

describe('pages', () => {
  it('INV-8: sixteen items are a page, what is less stands in the home', () => {
    const list = items(35)
    expect(kept(page(list.slice(0, 15), undefined, 'a'))).toEqual([list.slice(0, 15)])
    const paged = page(list, undefined, 'a')
    const rest = [{ id: 32 }, { id: 33 }, { id: 34 }]
    expect(kept(paged)).toEqual([{ pages: ['a:0:0', 'a:0:1'], list: [[0, 0, 16], [1, 0, 16], ...rest] }, 'paged'])
    expect(idsOf(paged.made).map(([, ids]) => ids?.length)).toEqual([16, 16])
    expect(mentionedPages(paged.parts)).toEqual(['a:0:0', 'a:0:1'])
  })

  it('INV-8: what is taken out or is another leaves its page as it is, and what comes stands in the home', () => {
    const list = items(16)
    const before = page(list, undefined, 'a')
    const other = { id: 9, told: true }
    const after = [
      ...list.filter(({ id }) => id !== 0 && id !== 4).map((one) => (one.id === 9 ? other : one)),
      { id: 16 },
    ]
    const paged = page(after, before, 'b')
    expect(kept(paged)).toEqual([
      { pages: ['a:0:0'], list: [[0, 1, 3], [0, 5, 4], other, [0, 10, 6], { id: 16 }] },
      'paged',
    ])
    expect(paged.made).toEqual([])
  })

  it('INV-8: where half of a page is gone its rest goes into a new one, as soon as there is enough for it', () => {
    const list = items(32)
    const before = page(list, undefined, 'a')
    const half = list.filter(({ id }) => id % 2 === 0 || id > 15)
    const few = page(half, before, 'b')
    expect([few.made, [...few.pages.keys()]]).toEqual([[], ['a:0:0', 'a:0:1']])
    const more = page([...half, ...items(40).slice(32)], few, 'c')
    expect([...more.pages.keys()]).toEqual(['c:0:0', 'a:0:1'])
    expect(idsOf(more.made)).toEqual([['c:0:0', [0, 2, 4, 6, 8, 10, 12, 14, 32, 33, 34, 35, 36, 37, 38, 39]]])
  })

  it('INV-8: what is put behind a list that nobody read leaves it as it is, and as soon as there is enough it is a page', () => {
    const left = [
      'list',
      { pages: ['a:0:0', 'a:0:1'], list: [[0, 0, 3], { id: 'loose' }, [1, 2, 9]] },
      'paged',
      'known',
    ] as const
    const few = keptBehind(left, items(3), 'b')
    const list = [[0, 0, 3], { id: 'loose' }, [1, 2, 9], { id: 0 }, { id: 1 }, { id: 2 }]
    expect(few).toEqual({ part: ['list', { pages: ['a:0:0', 'a:0:1'], list }, 'paged'], made: [] })
    const { part, made } = keptBehind(few.part, items(30).slice(3), 'c')
    expect(idsOf(made)).toEqual([['c:0', ['loose', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]]])
    const rest = items(30).slice(15)
    const paged = [[0, 0, 3], [2, 0, 1], [1, 2, 9], [2, 1, 15], ...rest]
    expect(part).toEqual(['list', { pages: ['a:0:0', 'a:0:1', 'c:0'], list: paged }, 'paged'])
    expect(keptBehind(few.part, items(30), undefined).made).toEqual([])
  })

  it('INV-8: items of other lists, in another order, doubled or gone and back again are what they are', () => {
    const list = items(48)
    const before = page(list, undefined, 'a')
    const reversed = page([...list].reverse(), before)
    expect([...reversed.pages.keys()].toSorted()).toEqual(['a:0:0', 'a:0:1', 'a:0:2'])
    page([...list, ...list], before)
    const few = page(list.slice(0, 16), before, 'b')
    expect([...few.pages.keys()]).toEqual(['a:0:0'])
    // Those pages are not mentioned any more, so they are gone, wherever these items stood.
    const again = page(list, few)
    expect([...again.pages.keys()]).toEqual(['a:0:0'])
    const elsewhere = pageParts(new Map([['list', list]]), NO_PAGES)
    expect(kept(elsewhere)).toEqual([list])
  })

  it('design §4: what is no list of objects is kept as it is', () => {
    const many = items(40)
    for (const value of [[], 'text', 7, null, { list: many }, many.map(String), [...many, 1], many.map((one) => [one])])
      expect(kept(page(value, undefined, 'a'))).toEqual([value])
  })

  it('design §4: a commit that may make none makes none', () => {
    expect(kept(page(items(40)))).toEqual([items(40)])
  })
})

describe('a home that is read', () => {
  const { parts, made } = pageParts(new Map([['list', items(16)]]), NO_PAGES, 'a')
  const link = (commit: string, state: unknown): HomeLink => ({
    ...{ _id: 'alice 1', key: 'alice', revision: 1, commit, trail: [], outbox: '[]', forgot: 0 },
    state: JSON.stringify(state),
  })
  const paged = link('one', { documents: [], parts })

  it('INV-2: whose page went while it was read is read as it is now', async () => {
    const later = link('two', { documents: [], parts: [['list', [{ id: 1 }]]] })
    const { home } = await readHome(
      paged,
      async () => later,
      async () => NO_PAGES,
    )
    expect(home.parts.get('list')).toEqual([{ id: 1 }])
  })

  it('INV-2: with all its pages is whole, and is never shown without one', async () => {
    const present = async (): Promise<HomeLink> => paged
    const { home } = await readHome(paged, present, async () => new Map([['a:0:0', made[0]!]]))
    expect(home.parts.get('list')).toEqual(items(16))
    await expect(readHome(paged, present, async () => NO_PAGES)).rejects.toThrow(
      'the page a:0:0 of the home alice is not there',
    )
  })
})
