/** The sources as the tidy tests read them: each file parsed once, without types. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export const ROOT = new URL('../..', import.meta.url).pathname

export interface Source {
  /** From the root of the repository, with slashes. */
  readonly path: string
  readonly text: string
  readonly ast: ts.SourceFile
}

/** Every file below `folder`, from the root of the repository, sorted. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .sort()
}

const read = new Map<string, readonly Source[]>()

/** Parsed once for all tests of a lane that shares its modules. */
export function sourcesBelow(folder: string): readonly Source[] {
  const known = read.get(folder) ?? readSources(folder)
  read.set(folder, known)
  return known
}

function readSources(folder: string): readonly Source[] {
  return filesBelow(folder)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8')
      return { path, text, ast: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) }
    })
}

/** `src/http/listen.ts` is in the room `http`, `src/main.ts` is the room `main`. */
export function roomOf(path: string): string {
  const first = path.split('/')[1] ?? ''
  return first.replace(/\.ts$/, '')
}

const nodes = new WeakMap<ts.SourceFile, readonly ts.Node[]>()

/** Every node, outer ones first. */
export function nodesOf(node: ts.Node): readonly ts.Node[] {
  if (!ts.isSourceFile(node)) return walk(node)
  const known = nodes.get(node) ?? walk(node)
  nodes.set(node, known)
  return known
}

function walk(node: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = []
  const visit = (each: ts.Node): void => {
    found.push(each)
    ts.forEachChild(each, visit)
  }
  visit(node)
  return found
}

/** What a file imports, types included: `import`, `export … from`, `import('…')`, and `require('…')`. */
export function importsOf(source: Source): readonly string[] {
  const names: string[] = []
  for (const node of nodesOf(source.ast)) {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      names.push(node.moduleSpecifier.text)
    } else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText(source.ast) === 'require')
    ) {
      const [first] = node.arguments
      names.push(first !== undefined && ts.isStringLiteralLike(first) ? first.text : '(computed)')
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      names.push(node.argument.literal.text)
    }
  }
  return names
}

/** `src/http/server.ts:12`, with lines from 1. */
export function placeOf(source: Source, node: ts.Node): string {
  return `${source.path}:${source.ast.getLineAndCharacterOfPosition(node.getStart(source.ast)).line + 1}`
}

/**
 * The title that a test function was called with, as far as it is literal: `P7: each of ` for a template with a hole
 * behind.
 */
export interface Title {
  readonly title: string
  readonly kind: 'test' | 'group'
  readonly place: string
  /** Of the groups around it, the outermost first. */
  readonly within: readonly string[]
}

export function titlesOf(source: Source): readonly Title[] {
  const titles: Title[] = []
  const visit = (node: ts.Node, within: readonly string[]): void => {
    const called = ts.isCallExpression(node) ? calledName(node.expression) : undefined
    const title = ts.isCallExpression(node) && called !== undefined ? literalStart(node.arguments[0]) : undefined
    if (called === undefined || title === undefined) return ts.forEachChild(node, (child) => visit(child, within))
    titles.push({ title, kind: called, place: placeOf(source, node), within })
    ts.forEachChild(node, (child) => visit(child, called === 'group' ? [...within, title] : within))
  }
  visit(source.ast, [])
  return titles
}

/** `it`, `test.each([…])`, `describe.for(…)` and the like. */
function calledName(expression: ts.Expression): 'test' | 'group' | undefined {
  if (ts.isIdentifier(expression)) {
    return expression.text === 'it' || expression.text === 'test'
      ? 'test'
      : expression.text === 'describe'
        ? 'group'
        : undefined
  }
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression))
    return calledName(expression.expression)
  if (ts.isTaggedTemplateExpression(expression)) return calledName(expression.tag)
  return undefined
}

function literalStart(argument: ts.Expression | undefined): string | undefined {
  if (argument === undefined) return undefined
  if (ts.isStringLiteralLike(argument)) return argument.text
  return ts.isTemplateExpression(argument) ? argument.head.text : undefined
}
