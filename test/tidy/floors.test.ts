import { posix } from 'node:path'
import { builtinModules } from 'node:module'
import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { ROOT, importsOf, nodesOf, placeOf, roomOf, sourcesBelow, type Source } from './tree.ts'

/** Imports only go down, never sideways and never up. */
const FLOORS: readonly (readonly string[])[] = [
  ['main'],
  ['cli'],
  ['assemble'],
  ['peers', 'watching', 'elsewhere', 'authentication'],
  ['config'],
  ['settings'],
  ['access-settings', 'bound-settings', 'feed-settings', 'peer-settings', 'http-settings', 'sip-settings'],
  ['setting'],
  ['http', 'store', 'push', 'adaptation', 'message-store', 'interworking', 'sip'],
  ['msrp'],
  ['cpim'],
  ['remove-user'],
  ['participating'],
  ['notify'],
  ['feed'],
  ['preferences'],
  ['usage'],
  ['access'],
  ['xcap'],
  ['home'],
  ['page'],
  ['xml', 'outbound', 'mime', 'imap', 'client', 'workers'],
]

/** What every room may import. */
const GROUND: readonly string[] = [
  'zod',
  'similar',
  'log',
  'version',
  'refusal',
  'clock',
  'heap',
  'queue',
  'rounds',
  'names',
  'device',
  'xui',
  'media-type',
  'form',
  'form-words',
  'tls-identity',
]

/** A package, and the only rooms that may import it. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  express: ['http'],
  'prom-client': ['http'],
  pino: ['assemble', 'log'],
  passport: ['access'],
  cookie: ['access'],
  'ipaddr.js': ['access'],
  'lru-cache': ['store', 'xcap'],
  '@photostructure/sqlite': ['store'],
  'node:sqlite': ['store'],
  mongodb: ['store'],
  jssip: ['sip'],
  saxes: ['xml'],
  'libxml2-wasm': ['xml'],
  xmlbuilder2: ['xml'],
  'temporal-polyfill': ['preferences'],
  // One file, of which the build makes a bundle; whoever takes JSON from outside imports that.
  zod: ['zod'],
  standardwebhooks: ['outbound'],
  http_ece: ['push'],
  imapflow: ['imap'],
  nodemailer: ['interworking'],
  smpp: ['interworking'],
  sharp: ['adaptation'],
  'html-to-text': ['mime'],
  jose: ['access', 'push'],
  leven: ['similar'],
  'csv-parse': ['cli'],
  preact: ['page'],
  htm: ['page'],
}

/** What the build copies into dist/page, and no source imports. */
const COPIED: readonly string[] = ['@picocss/pico']

/** What reads the environment, the clock or chance, and where that may be. */
const SOURCES_OF_SURPRISE: readonly {
  readonly what: string
  readonly only: string
  readonly found: (node: ts.Node) => boolean
}[] = [
  {
    what: 'process.env',
    only: 'src/config.ts',
    found: (node) => isProperty(node, 'process', 'env') || imports(node, 'node:process', ['env']),
  },
  { what: 'Date.now', only: 'src/clock.ts', found: (node) => isProperty(node, 'Date', 'now') },
  {
    what: 'new Date()',
    only: 'src/clock.ts',
    found: (node) => ts.isNewExpression(node) && node.expression.getText() === 'Date' && node.arguments?.length !== 1,
  },
  {
    what: 'performance',
    only: 'src/clock.ts',
    found: (node) => ts.isPropertyAccessExpression(node) && node.expression.getText() === 'performance',
  },
  {
    what: 'a timer',
    only: 'src/clock.ts',
    found: (node) => ts.isCallExpression(node) && ['setTimeout', 'setInterval'].includes(node.expression.getText()),
  },
  {
    what: 'node:timers',
    only: 'src/clock.ts',
    found: (node) => ts.isStringLiteral(node) && node.text.startsWith('node:timers'),
  },
  { what: 'Math.random', only: 'src/clock.ts', found: (node) => isProperty(node, 'Math', 'random') },
  {
    what: 'the randomness of node:crypto',
    only: 'src/clock.ts',
    found: (node) =>
      imports(node, 'node:crypto', [
        'randomBytes',
        'randomUUID',
        'randomInt',
        'randomFill',
        'randomFillSync',
        'webcrypto',
        'getRandomValues',
      ]),
  },
]

/**
 * The client library runs in browsers too, where there is no src/clock.ts: it has a file of its own for what it takes
 * from there, and the page uses that.
 */
const CLIENT_PLATFORM = 'src/client/platform.ts'

function isProperty(node: ts.Node, object: string, property: string): boolean {
  return ts.isPropertyAccessExpression(node) && node.name.text === property && node.expression.getText() === object
}

function imports(node: ts.Node, module: string, names: readonly string[]): boolean {
  return (
    ts.isImportSpecifier(node) &&
    names.includes((node.propertyName ?? node.name).text) &&
    (node.parent.parent.parent.moduleSpecifier as ts.StringLiteral).text === module
  )
}

function floorOf(room: string): number {
  return FLOORS.findIndex((floor) => floor.includes(room))
}

/** `@scope/name/deep/file.js` is of the package `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** What a file declares and exports. */
function exportedNames({ ast }: Source): readonly string[] {
  return ast.statements.flatMap((statement) => {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
    if (!isExported) return []
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => name.getText(ast))
    const { name } = statement as ts.DeclarationStatement
    return name === undefined ? [] : [name.text]
  })
}

const sources = sourcesBelow('src')

describe('rooms', () => {
  it('design §4: every room stands on a floor', () => {
    const rooms = [...new Set(sources.map((source) => roomOf(source.path)))]
    expect(rooms.filter((room) => floorOf(room) < 0 && !GROUND.includes(room))).toEqual([])
  })

  it('design §4: imports only go down', () => {
    const faults: string[] = []
    for (const source of sources) {
      const from = roomOf(source.path)
      for (const specifier of importsOf(source).filter((name) => name.startsWith('.'))) {
        const target = posix.join(posix.dirname(source.path), specifier)
        const to = roomOf(target)
        if (to === from || GROUND.includes(to)) continue
        const down = !GROUND.includes(from) && floorOf(from) >= 0 && floorOf(from) < floorOf(to)
        if (!down || !target.startsWith('src/')) faults.push(`${source.path} imports ${target}`)
      }
    }
    expect(faults).toEqual([])
  })

  it('design §4: files import each other without a circle, types included', () => {
    const below = new Map(
      sources.map((source) => [
        source.path,
        importsOf(source)
          .filter((name) => name.startsWith('.'))
          .map((name) => posix.join(posix.dirname(source.path), name)),
      ]),
    )
    const circles: string[] = []
    const visited = new Set<string>()
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' > '))
      if (way.includes(path) || visited.has(path)) return
      for (const target of below.get(path) ?? []) visit(target, [...way, path])
      visited.add(path)
    }
    for (const path of below.keys()) visit(path, [])
    expect(circles).toEqual([])
  })

  it('design §4: no exported name means two things in two rooms', () => {
    const roomsOf = new Map<string, Set<string>>()
    // The page is a program of its own, which speaks of the same things and lends no name to the server.
    for (const source of sources.filter(({ path }) => roomOf(path) !== 'page')) {
      for (const name of exportedNames(source)) {
        const rooms = roomsOf.get(name) ?? new Set()
        roomsOf.set(name, rooms.add(roomOf(source.path)))
      }
    }
    expect([...roomsOf].filter(([, rooms]) => rooms.size > 1).map(([name, rooms]) => [name, ...rooms])).toEqual([])
  })

  it('design §4: each dependency has one door', () => {
    const faults: string[] = []
    for (const source of sources) {
      for (const specifier of importsOf(source).filter((name) => !name.startsWith('.'))) {
        const name = packageOf(specifier)
        const doors = DOORS[name]
        const builtin = specifier.startsWith('node:') && builtinModules.includes(specifier.slice('node:'.length))
        if (doors === undefined ? !builtin : !doors.includes(roomOf(source.path)))
          faults.push(`${source.path} imports ${specifier}`)
      }
    }
    expect(faults).toEqual([])
  })

  it('design §5: what package.json lists is what is imported', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Record<
      'dependencies' | 'optionalDependencies',
      Record<string, string>
    >
    const listed = Object.keys(dependencies)
    const imported = new Set(
      sources
        .flatMap(importsOf)
        .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
        .map(packageOf)
        .concat(COPIED),
    )
    expect(listed.sort()).toEqual([...imported].filter((name) => !(name in optionalDependencies)).sort())
  })

  it('design §4: clock, randomness and environment come in from outside', () => {
    const faults: string[] = []
    for (const source of sources) {
      const watched = SOURCES_OF_SURPRISE.filter(({ only }) => only !== source.path && source.path !== CLIENT_PLATFORM)
      for (const node of nodesOf(source.ast)) {
        for (const surprise of watched) {
          if (surprise.found(node))
            faults.push(`${placeOf(source, node)} uses ${surprise.what}, which only ${surprise.only} may`)
        }
      }
    }
    expect(faults).toEqual([])
  })
})
