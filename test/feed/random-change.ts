/**
 * A change as people make them to a document: a node put, moved, taken away, an attribute set, the whole written
 * another way.
 */
import {
  isWellFormed,
  readTree,
  writeNode,
  writeTree,
  type Element,
  type Node,
  type Tree,
} from '../xcap/oracle-tree.ts'
import { pick, quote, randomDocument, randomElement, VALUES, type Chance } from '../xcap/random-document.ts'

const PIECES = [
  'text',
  ' ',
  '\n  ',
  '&amp;',
  '<!-- c -->',
  '<!---->',
  '<?pi x?>',
  '<?pi   x?>',
  '<![CDATA[<]]>',
  '<![CDATA[]]>',
]

export function randomChange(chance: Chance, text: string): string {
  if (chance() < 0.03) return randomDocument(chance)
  const tree = readTree(text)
  for (let steps = 1 + Math.floor(chance() * 3); steps > 0; steps--) changeOnce(chance, tree)
  const changed = writeTree(chance() < 0.02 ? { ...tree, after: `${tree.after}<!-- ${chance()} -->` } : tree)
  // What was moved may have lost the namespaces of its names.
  return isWellFormed(changed) ? changed : text
}

function changeOnce(chance: Chance, { root }: Tree): void {
  const all: Element[] = []
  collect(root, all)
  const element = pick(chance, all)
  const at = Math.floor(chance() * (element.children.length + 1))
  const kinds = [
    putElement,
    putPiece,
    takeAway,
    takeAway,
    setAttribute,
    setAttribute,
    dropAttribute,
    move,
    double,
    declare,
  ]
  pick(chance, kinds)(chance, element, at)
}

type Change = (chance: Chance, element: Element, at: number) => void

const putElement: Change = (chance, element, at) => {
  insert(element, at, { kind: 'raw', text: randomElement(chance, element.scope, 1) })
}

const putPiece: Change = (chance, element, at) => insert(element, at, { kind: 'raw', text: pick(chance, PIECES) })

const takeAway: Change = (chance, element, at) => void element.children.splice(at, chance() < 0.3 ? 3 : 1)

const double: Change = (_, element, at) => {
  const child = element.children[at]
  if (child !== undefined) insert(element, at, { kind: 'raw', text: writeNode(child) })
}

const move: Change = (chance, element, at) => {
  const [child] = element.children.splice(at, 1)
  if (child !== undefined) insert(element, Math.floor(chance() * (element.children.length + 1)), child)
}

const setAttribute: Change = (chance, element) => {
  const attribute = element.attributes.find(({ name }) => !name.startsWith('xmlns'))
  const quoted = quote(chance, pick(chance, VALUES))
  if (attribute !== undefined) attribute.quoted = quoted
  else element.attributes.push({ lead: ' ', name: 'new', equals: '=', quoted })
}

const dropAttribute: Change = (_, element) => void element.attributes.pop()

const declare: Change = (chance, element) => {
  const name = pick(chance, ['xmlns:p', 'xmlns:q', 'xmlns:fresh'])
  if (element.attributes.some((attribute) => attribute.name === name)) return
  element.attributes.push({ lead: '\n', name, equals: '=', quoted: pick(chance, ['"urn:a"', "'urn:b'"]) })
}

function insert(element: Element, at: number, node: Node): void {
  if (element.close === undefined) {
    element.close = `</${element.name}>`
    element.tail = ''
  }
  element.children.splice(at, 0, node)
}

function collect(element: Element, into: Element[]): void {
  into.push(element)
  for (const child of element.children) if (child.kind === 'element') collect(child, into)
}
