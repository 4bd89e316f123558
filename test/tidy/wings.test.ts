/** `participating/` in its wings. */
import { posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { importsOf, nodesOf, placeOf, sourcesBelow, type Source } from './tree.ts'

const ROOM = 'src/participating'

/** Imports between wings only go down; `commands` and `wake` stand side by side and do not import each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['create'],
  ['commands', 'wake'],
  ['transaction'],
  ['decision'],
  ['state'],
]

/** The contract, which every wing may import. */
const CONTRACT: readonly string[] = ['participating', 'registration', 'settings', 'contracts']

function wingOf(path: string): string {
  return (path.slice(ROOM.length + 1).split('/')[0] ?? '').replace(/\.ts$/, '')
}

function targetsOf(source: Source): readonly string[] {
  return importsOf(source)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(source.path), name))
}

const floorOf = (wing: string): number => FLOORS.findIndex((floor) => floor.includes(wing))

describe('wings', () => {
  it('design §4: inside participating/ imports only go down', () => {
    const faults: string[] = []
    for (const source of sourcesBelow(ROOM)) {
      const from = wingOf(source.path)
      for (const target of targetsOf(source).filter((path) => path.startsWith(`${ROOM}/`))) {
        const to = wingOf(target)
        if (to === from || CONTRACT.includes(to)) continue
        const down = !CONTRACT.includes(from) && floorOf(from) >= 0 && floorOf(from) < floorOf(to)
        if (!down) faults.push(`${source.path} imports ${target}`)
      }
    }
    expect(faults).toEqual([])
  })

  it('design §4: a decision waits for nothing, asks no clock and writes no log', () => {
    const faults = sourcesBelow(`${ROOM}/decision`).flatMap((source) =>
      nodesOf(source.ast).flatMap((node) =>
        ts.isAwaitExpression(node) ||
        node.kind === ts.SyntaxKind.AsyncKeyword ||
        (ts.isIdentifier(node) && ['Promise', 'Clock', 'clock', 'log', 'ParticipatingLog'].includes(node.text))
          ? [placeOf(source, node)]
          : [],
      ),
    )
    expect(faults).toEqual([])
  })
})
