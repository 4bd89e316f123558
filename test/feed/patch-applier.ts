/**
 * Applies a document of RFC 5874 to a text, as RFC 5261 §4 says, on the oracle's tree: it shares nothing with the code
 * that makes patches, and is free to believe that selectors have the few forms that are made here. What it meets beyond
 * them it refuses.
 */
import { readTree, valueOf, writeTree, writeNode, type Element, type Node } from '../xcap/oracle-tree.ts'

export interface Applied {
  readonly kind: 'text' | 'body-not-changed' | 'etag-alone'
  readonly text: string
  readonly operations: number
}

const XCAP_DIFF = 'urn:ietf:params:xml:ns:xcap-diff'

export function applyXcapDiff(text: string, diff: string): Applied {
  const root = readTree(diff).root
  demand(expanded(root) === `{${XCAP_DIFF}}xcap-diff`, 'the root is xcap-diff')
  const [document, ...others] = elements(root)
  if (document === undefined || others.length > 0) throw new Error('not one document element')
  const operations = elements(document)
  if (operations.length === 0) return { kind: 'etag-alone', text, operations: 0 }
  if (expanded(operations[0] as Element) === `{${XCAP_DIFF}}body-not-changed`)
    return { kind: 'body-not-changed', text, operations: 0 }
  let present = text
  for (const operation of operations) present = apply(present, operation)
  return { kind: 'text', text: present, operations: operations.length }
}

/** Read anew before each operation, so that adjacent text nodes are one, as RFC 5261 §4.1 says. */
function apply(text: string, operation: Element): string {
  const tree = readTree(text)
  const top: Element = { ...tree.root, name: '#document', children: [tree.root], attributes: [] }
  const sel = attribute(operation, 'sel') ?? ''
  const steps = sel.replace(/^\//, '').split('/')
  const attributeName = steps.at(-1)?.startsWith('@') ? steps.pop()?.slice(1) : undefined
  let parent = top
  let run = { from: 0, to: 0 }
  for (const [depth, step] of steps.entries()) {
    if (depth > 0) parent = parent.children[run.from] as Element
    run = locate(parent, step)
  }
  const target = parent.children[run.from] as Element
  const content = operation.children
  switch (operation.name.replace(/^.*:/, '')) {
    case 'add':
      add(parent, run, target, operation)
      break
    case 'replace':
      if (attributeName !== undefined) setAttribute(target, attributeName, content, operation, true)
      else {
        demand(target.kind !== 'element' || elements(operation).length === content.length, 'one element replaces one')
        parent.children.splice(run.from, run.to - run.from, ...content)
      }
      break
    case 'remove':
      remove(parent, run, target, attributeName, attribute(operation, 'ws'))
      break
    default:
      throw new Error(`no operation: ${operation.name}`)
  }
  const [root] = top.children
  return writeTree({ ...tree, root: root as Element })
}

interface Run {
  readonly from: number
  readonly to: number
}

function add(parent: Element, run: Run, target: Element, operation: Element): void {
  const type = attribute(operation, 'type')
  const pos = attribute(operation, 'pos')
  const content = operation.children
  if (type !== undefined) return setAttribute(target, type.slice(1), content, operation, false)
  if (pos === 'before') parent.children.splice(run.from, 0, ...content)
  else if (pos === 'after') parent.children.splice(run.to, 0, ...content)
  else {
    demand(target.kind === 'element', 'content goes into an element')
    if (target.close === undefined) {
      target.close = `</${target.name}>`
      target.tail = ''
    }
    if (pos === 'prepend') target.children.unshift(...content)
    else target.children.push(...content)
  }
}

function remove(parent: Element, run: Run, target: Element, name: string | undefined, ws: string | undefined): void {
  if (name !== undefined) {
    demand(
      target.attributes.some((one) => one.name === name),
      'the attribute is there',
    )
    target.attributes = target.attributes.filter((one) => one.name !== name)
    return
  }
  const from = ws === 'before' ? textRun(parent, run.from - 1).from : run.from
  const to = ws === 'after' ? textRun(parent, run.to).to : run.to
  const beside = [...parent.children.slice(from, run.from), ...parent.children.slice(run.to, to)]
  demand(
    ws === undefined || /^[ \t\r\n]+$/.test(beside.map(textValue).join('')),
    'RFC 5261 §4.5: white space beside it',
  )
  parent.children.splice(from, to - from)
}

function setAttribute(
  target: Element,
  name: string,
  content: readonly Node[],
  operation: Element,
  there: boolean,
): void {
  const prefix = name.includes(':') ? name.replace(/:.*$/, '') : undefined
  if (prefix !== undefined && prefix !== 'xml')
    demand(operation.scope.get(prefix) === target.scope.get(prefix), `the prefix ${prefix} means the same in both`)
  const before = target.attributes.find((one) => one.name === name)
  demand((before !== undefined) === there, `the attribute ${name} is ${there ? '' : 'not '}there`)
  const quoted = `"${content.map(writeNode).join('')}"`
  if (before !== undefined) before.quoted = quoted
  else target.attributes.push({ lead: ' ', name, equals: '=', quoted })
}

/**
 * The nodes of the tree that one step selects: one element, comment or processing instruction, or the pieces of one
 * text node.
 */
function locate(parent: Element, step: string): Run {
  const [, kind, nth] = /^(\*|text\(\)|comment\(\)|processing-instruction\(\))(?:\[(\d+)\])?$/.exec(step) ?? []
  let count = 0
  for (let at = 0; at < parent.children.length; ) {
    const run = isText(parent.children[at]) ? textRun(parent, at) : { from: at, to: at + 1 }
    if (kindOf(parent.children.slice(run.from, run.to)) === kind && ++count === Number(nth ?? 1)) return run
    at = run.to
  }
  throw new Error(`RFC 5261 §5.1: ${step} selects nothing`)
}

function kindOf(nodes: readonly Node[]): string {
  const [first] = nodes
  if (first?.kind === 'element') return '*'
  if (isText(first)) return nodes.map(textValue).join('') === '' ? 'nothing' : 'text()'
  return first?.text.startsWith('<!--') ? 'comment()' : 'processing-instruction()'
}

function textRun(parent: Element, at: number): Run {
  let [from, to] = [at, at]
  while (isText(parent.children[from - 1])) from -= 1
  if (isText(parent.children[at])) while (isText(parent.children[to])) to += 1
  return { from, to }
}

function isText(node: Node | undefined): boolean {
  return node?.kind === 'raw' && !node.text.startsWith('<!--') && !node.text.startsWith('<?')
}

function textValue(node: Node): string {
  if (node.kind !== 'raw') return 'x'
  return node.text.startsWith('<![CDATA[') ? node.text.slice(9, -3) : node.text
}

function elements(element: Element): readonly Element[] {
  return element.children.filter((child) => child.kind === 'element')
}

function attribute(element: Element, name: string): string | undefined {
  const found = element.attributes.find((one) => one.name === name)
  return found === undefined ? undefined : valueOf(found.quoted)
}

function expanded({ name, scope }: Element): string {
  const [local, prefix = ''] = name.split(':').reverse()
  return `{${scope.get(prefix) ?? ''}}${local}`
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it does not hold that ${what}`)
}
