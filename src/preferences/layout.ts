/** How somebody laid out his document: where an element stands with its comments, and how lines are indented. */
import { childElements, type XmlElement, type XmlNode } from '../xml/tree.ts'

/** The end of what is not white space before `at`. */
export function gapBefore(text: string, at: number): number {
  let start = at
  while (start > 0 && ' \t\r\n'.includes(text.charAt(start - 1))) start -= 1
  return start
}

/** The line break and the blanks directly before `at`; empty where something else stands before it in its line. */
function indentation(text: string, at: number): string {
  return /\r?\n[ \t]*$/.exec(text.slice(gapBefore(text, at), at))?.[0] ?? ''
}

/** What stands before each child of an element, and before its end tag. */
export function separators(text: string, container: XmlElement): { readonly child: string; readonly closing: string } {
  const closing = container.parent === undefined ? lineBreakOf(text) : indentation(text, container.start)
  const [first] = childElements(container)
  if (first !== undefined) return { child: indentation(text, first.start), closing }
  return { child: closing === '' ? '' : `${closing}  `, closing }
}

function lineBreakOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

export interface Extent {
  readonly start: number
  readonly end: number
}

/**
 * Where each child element stands together with its own comments: those in the lines directly above it, and one behind
 * it in its line.
 */
export function extentsIn(text: string, container: XmlElement): (element: XmlElement) => Extent {
  const nodes = container.children.filter((node) => node.kind !== 'text' || node.value.trim() !== '')
  const indexes = new Map(nodes.map((node, index) => [node, index]))
  return (element) => {
    const index = indexes.get(element) ?? 0
    let { start, end } = element
    for (let at = index - 1; at >= 0; at -= 1) {
      const node = nodes[at] as XmlNode
      const above = node.kind === 'comment' && indentation(text, start) !== '' && indentation(text, node.start) !== ''
      if (!above) break
      start = node.start
    }
    const next = nodes[index + 1]
    if (next?.kind === 'comment' && /^[ \t]*$/.test(text.slice(end, next.start)) && endsLine(text, next.end))
      end = next.end
    return { start, end }
  }
}

function endsLine(text: string, at: number): boolean {
  let end = at
  while (text[end] === ' ' || text[end] === '\t') end += 1
  return text[end] === '\n' || text[end] === '\r'
}

/** The prefix bound to a namespace inside an element; empty for the default namespace. */
export function prefixIn(element: XmlElement, namespace: string): string | undefined {
  if (element.namespace === namespace) return element.prefix
  const seen = new Set<string>()
  for (let at: XmlElement | undefined = element; at !== undefined; at = at.parent) {
    for (const declaration of at.declarations) {
      if (seen.has(declaration.prefix)) continue
      if (declaration.namespace === namespace) return declaration.prefix
      seen.add(declaration.prefix)
    }
  }
  return undefined
}
