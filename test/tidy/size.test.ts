import { basename } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { filesBelow, nodesOf, placeOf, sourcesBelow, type Source } from './tree.ts'

const FILE_LINES_AT_MOST = 300
/** A file of tests is a list of cases, and the formatter lays many a case over several lines. */
const TEST_FILE_LINES_AT_MOST = 400
const LINE_CHARACTERS_AT_MOST = 120
/** A URI, or a text without blanks, cannot be broken either. */
const LONG_WORD = /\S{80}/
const FUNCTION_LINES_AT_MOST = 70
/** Of src: what makes an object of closures, each measured by itself, can still be seen at once. */
const FACTORY_LINES_AT_MOST = 70
/** Words that say nothing about what a thing is. */
const EMPTY_WORDS = /(?:Manager|Helper|Util|Utils|Service|Base|Impl)(?![a-z0-9])/
const EMPTY_DRAWERS = /^(?:utils?|helpers?|common|misc|shared|lib)$/

const sources = sourcesBelow('src')
const tests = sourcesBelow('test')

function linesOf(source: Source, node: ts.Node): number {
  const from = source.ast.getLineAndCharacterOfPosition(node.getStart(source.ast)).line
  return source.ast.getLineAndCharacterOfPosition(node.end).line - from + 1
}

/** Lines of the functions directly inside. A test's surroundings are made of closures, each measured by itself. */
function linesWithin(source: Source, outer: ts.Node): number {
  let lines = 0
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) lines += linesOf(source, node)
    else ts.forEachChild(node, visit)
  }
  ts.forEachChild(outer, visit)
  return lines
}

/**
 * The title of a test is one literal, so that it can be searched for; a pattern cannot be broken; a text of several
 * lines (SQL, the configuration of another program, a document) has its own width.
 */
function linesThatMayBeWide(source: Source): ReadonlySet<number> {
  const may = new Set<number>()
  const lineAt = (position: number): number => source.ast.getLineAndCharacterOfPosition(position).line
  for (const node of nodesOf(source.ast)) {
    const [from, to] = [lineAt(node.getStart(source.ast)), lineAt(node.end)]
    const isText = ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)
    const isTitle = ts.isCallExpression(node) && /^(?:describe|it|test)\b/.test(node.expression.getText(source.ast))
    if (isText && to > from) for (let line = from; line <= to; line++) may.add(line)
    if (ts.isRegularExpressionLiteral(node)) may.add(from)
    const title = isTitle ? node.arguments[0] : undefined
    if (title !== undefined) may.add(lineAt(title.getStart(source.ast)))
  }
  return may
}

/** What holds tests side by side (the callback of `describe`, a contract suite) is a chapter, not a function. */
function isChapter(node: ts.SignatureDeclaration): boolean {
  const body = (node as ts.FunctionLikeDeclaration).body
  if (body === undefined || !ts.isBlock(body)) return false
  return body.statements.some(
    (each) => ts.isExpressionStatement(each) && /^(?:describe|it|test)\b/.test(each.getText()),
  )
}

describe('sizes and names', () => {
  it('design §4: a file has at most 300 lines, one of tests 400', () => {
    const long = [...sources, ...tests].map((source) => ({
      path: source.path,
      lines: source.text.trimEnd().split('\n').length,
    }))
    const atMost = (path: string): number => (path.startsWith('src/') ? FILE_LINES_AT_MOST : TEST_FILE_LINES_AT_MOST)
    expect(long.filter(({ path, lines }) => lines > atMost(path))).toEqual([])
  })

  it('design §4: a line has at most 120 characters, but for titles, patterns and texts of another kind', () => {
    const faults: string[] = []
    for (const source of [...sources, ...tests]) {
      const may = linesThatMayBeWide(source)
      source.text.split('\n').forEach((line, at) => {
        if ([...line].length > LINE_CHARACTERS_AT_MOST && !may.has(at) && !LONG_WORD.test(line))
          faults.push(`${source.path}:${at + 1}`)
      })
    }
    expect(faults).toEqual([])
  })

  it('design §4: a function has at most 70 lines of its own', () => {
    const faults: string[] = []
    for (const source of [...sources, ...tests]) {
      for (const node of nodesOf(source.ast)) {
        if (!ts.isFunctionLike(node) || isChapter(node)) continue
        const all = linesOf(source, node)
        const own = all - linesWithin(source, node)
        const isFactory = sources.includes(source)
        const tooLong = own > FUNCTION_LINES_AT_MOST || (isFactory && all > FACTORY_LINES_AT_MOST)
        if (tooLong) faults.push(`${placeOf(source, node)}: ${own} lines of its own, ${all} in all`)
      }
    }
    expect(faults).toEqual([])
  })

  it('design §4: no name is an empty word', () => {
    const faults: string[] = []
    for (const source of [...sources, ...tests]) {
      for (const node of nodesOf(source.ast)) {
        const name = ts.isIdentifier(node) && (node.parent as ts.NamedDeclaration).name === node ? node.text : undefined
        const declares =
          name !== undefined && !ts.isPropertyAccessExpression(node.parent) && !ts.isImportSpecifier(node.parent)
        if (declares && EMPTY_WORDS.test(name)) faults.push(`${placeOf(source, node)}: ${name}`)
      }
    }
    expect(faults).toEqual([])
  })

  it('design §4: no drawer for what has no place', () => {
    const paths = [...filesBelow('src'), ...filesBelow('test')]
    expect(
      paths.filter((path) =>
        [...path.split('/').slice(0, -1), basename(path).replace(/\..*$/, '')].some((part) => EMPTY_DRAWERS.test(part)),
      ),
    ).toEqual([])
  })

  it('design §4: nothing is left for later in the code', () => {
    const mark = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`)
    const faults = [...sources, ...tests].flatMap((source) =>
      source.text.split('\n').flatMap((line, at) => (mark.test(line) ? [`${source.path}:${at + 1}`] : [])),
    )
    expect(faults).toEqual([])
  })

  it('design §4: no test is skipped or run alone', () => {
    const faults = tests.flatMap((source) =>
      nodesOf(source.ast).flatMap((node) =>
        ts.isPropertyAccessExpression(node) &&
        ['skip', 'only', 'todo'].includes(node.name.text) &&
        /^(?:it|test|describe)\b/.test(node.expression.getText())
          ? [placeOf(source, node)]
          : [],
      ),
    )
    expect(faults).toEqual([])
  })
})
