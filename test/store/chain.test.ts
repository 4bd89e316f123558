/** Compare and swap on one collection, by inserts and by replacing; the collection is a list whose steps are atomic. */
import { MongoNetworkError, MongoServerError, type Collection } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { createChain, type Swap } from '../../src/store/mongodb/chain.ts'
import type { LeaseLink } from '../../src/store/mongodb/collections.ts'

interface Counted {
  readonly documents: LeaseLink[]
  readonly collection: Collection<LeaseLink>
  /** Names of the commands, in order. */
  readonly asked: string[]
  /** The next answer is lost, though the command is carried out. */
  loseNext: boolean
}

const fits = (document: object, filter: object): boolean =>
  Object.entries(filter).every(([name, wanted]) => {
    const value = (document as Record<string, unknown>)[name]
    const { $lt: below, $gt: above } = wanted as { $lt?: number; $gt?: number }
    if (above !== undefined) return Number(value) > above
    return below === undefined ? value === wanted : Number(value) < below
  })

function listed(): Counted {
  const documents: LeaseLink[] = []
  const asked: string[] = []
  const counted = { documents, asked, loseNext: false, collection: undefined as unknown as Collection<LeaseLink> }
  const command = async <T>(name: string, work: () => T): Promise<T> => {
    asked.push(name)
    const done = work()
    if (!counted.loseNext) return done
    counted.loseNext = false
    throw new MongoNetworkError('connection closed')
  }
  const duplicate = (): Error => new MongoServerError({ message: 'E11000', code: 11000 })
  const add = (document: LeaseLink): void => {
    const isThere = ({ _id, key, revision }: LeaseLink): boolean =>
      _id === document._id || (key === document.key && revision === document.revision)
    if (documents.some(isThere)) throw duplicate()
    documents.push(document)
  }
  const removeAll = (filter: object): void => {
    for (const gone of documents.filter((document) => fits(document, filter)))
      documents.splice(documents.indexOf(gone), 1)
  }
  counted.collection = {
    find: (filter: object) => ({
      sort: () => ({
        toArray: () =>
          command('find', () =>
            documents.filter((document) => fits(document, filter)).sort((a, b) => a.revision - b.revision),
          ),
      }),
    }),
    insertOne: (document: LeaseLink) => command('insert', () => add(document)),
    replaceOne: (filter: object, instead: LeaseLink) =>
      command('replace', () => {
        const before = documents.find((document) => fits(document, filter))
        if (before !== undefined) documents.splice(documents.indexOf(before), 1, instead)
        return { matchedCount: before === undefined ? 0 : 1 }
      }),
    deleteOne: (filter: object) => command('delete', () => removeAll(filter)),
    deleteMany: (filter: object) => command('delete', () => removeAll(filter)),
  } as unknown as Collection<LeaseLink>
  return counted
}

const content = (token: number) => ({ token, beat: 'b' })

describe.each(['insert', 'replace'] as const)('by %s', (swap: Swap) => {
  it('INV-26: of two who stand behind one state one is in, and the other hears it', async () => {
    const { collection } = listed()
    const chain = createChain(collection, swap)
    const first = await chain.append('a', undefined, 'c1', content(1))
    expect(await chain.append('a', undefined, 'c0', content(0))).toBeUndefined()
    const [one, other] = await Promise.all([
      chain.append('a', first, 'c2', content(2)),
      chain.append('a', first, 'c3', content(3)),
    ])
    expect([one === undefined, other === undefined].toSorted()).toEqual([false, true])
    expect(await chain.head('a')).toMatchObject({ revision: 2, token: (one ?? other)?.token })
  })

  it('INV-29: one whose answer is lost is in once', async () => {
    const counted = listed()
    const chain = createChain(counted.collection, swap)
    const first = await chain.append('a', undefined, 'c1', content(1))
    counted.loseNext = true
    expect(await chain.append('a', first, 'c2', content(2))).toMatchObject({ revision: 2, commit: 'c2' })
    expect(await chain.head('a')).toMatchObject({ revision: 2, trail: ['c1'] })
  })

  it('INV-c16: one that was frozen behind a state that is long gone is refused', async () => {
    const { collection, documents } = listed()
    const chain = createChain(collection, swap)
    let head = await chain.append('a', undefined, 'c1', content(1))
    const frozen = head
    for (let commit = 2; commit < 6; commit++) {
      head = await chain.append('a', head, `c${commit}`, content(commit))
      if (head !== undefined) await chain.prune(head)
    }
    expect(await chain.append('a', frozen, 'late', content(0))).toBeUndefined()
    expect(await chain.append('a', undefined, 'later', content(0))).toBeUndefined()
    expect(documents.map(({ commit }) => commit)).toEqual(['c5'])
  })
})

it('INV-26: who knows a head is given it until another one took its place, and then that', async () => {
  for (const swap of ['insert', 'replace'] as const) {
    const chain = createChain(listed().collection, swap)
    const first = await chain.append('a', undefined, 'c1', content(1))
    expect(await chain.head('a', first)).toBe(first)
    const second = await chain.append('a', first, 'c2', content(2))
    expect(await chain.head('a', first)).toMatchObject({ revision: 2, commit: 'c2' })
    if (second !== undefined) await chain.prune(second)
    expect(await chain.head('a', first)).toMatchObject({ revision: 2, commit: 'c2' })
    expect(await chain.head('a', second)).toBe(second)
  }
})

it('INV-26: replacing is one command, and inserting looks behind itself', async () => {
  const commands = async (swap: Swap): Promise<readonly string[]> => {
    const { collection, asked } = listed()
    const chain = createChain(collection, swap)
    const first = await chain.append('a', undefined, 'c1', content(1))
    asked.length = 0
    const second = await chain.append('a', first, 'c2', content(2))
    if (second !== undefined) await chain.prune(second)
    return asked
  }
  expect(await commands('replace')).toEqual(['replace'])
  expect(await commands('insert')).toEqual(['insert', 'find', 'delete'])
})

it('INV-26: a database whose states were inserted goes on by replacing, and back', async () => {
  const { collection, documents } = listed()
  const [inserting, replacing] = [createChain(collection, 'insert'), createChain(collection, 'replace')]
  let head = await inserting.append('a', undefined, 'c1', content(1))
  for (const [at, chain] of [inserting, replacing, replacing, inserting, replacing].entries()) {
    head = await chain.append('a', head, `c${at + 2}`, content(at + 2))
    if (head !== undefined) await chain.prune(head)
  }
  expect(documents.map(({ revision, commit }) => [revision, commit])).toEqual([[6, 'c6']])
  expect(head?.trail).toEqual(['c5', 'c4', 'c3', 'c2', 'c1'])
})
