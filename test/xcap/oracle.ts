/**
 * What RFC 4825 says of one request on one document, worked out another way than the product does: on the oracle's own
 * tree, with libxml2's verdict on what is well-formed. It shares no code with the product.
 */
import {
  attributesOf,
  elementsIn,
  expanded,
  isWellFormed,
  readAlone,
  readTree,
  valueOf,
  writeNode,
  writeTree,
  XML,
  type Element,
  type Tree,
} from './oracle-tree.ts'

/** A step with its names expanded (`{urn:a}x`); `undefined` is `*`. */
export interface WantedStep {
  readonly name: string | undefined
  readonly position: number | undefined
  readonly attribute: { readonly name: string; readonly value: string } | undefined
}

export interface Wanted {
  readonly steps: readonly WantedStep[]
  readonly end: { readonly kind: 'element' | 'namespaces' } | { readonly kind: 'attribute'; readonly name: string }
}

export type Verdict =
  | { readonly kind: 'found'; readonly type: string; readonly body: string }
  /** The document afterwards: one of these, where a new attribute may take one of several prefixes. */
  | { readonly kind: 'created' | 'replaced' | 'deleted'; readonly texts: readonly string[] }
  /** `depth`: how many steps lead to one element. */
  | { readonly kind: 'no-parent'; readonly depth: number }
  | {
      readonly kind:
        | 'not-found'
        | 'method-not-allowed'
        | 'not-utf-8'
        | 'not-xml-frag'
        | 'not-xml-att-value'
        | 'cannot-insert'
        | 'cannot-delete'
    }

function matching(candidates: readonly Element[], step: WantedStep): Element[] {
  let left = [...candidates]
  if (step.name !== undefined)
    left = left.filter((element) => expanded(element.name, element.scope, 'element') === step.name)
  if (step.position !== undefined) left = left.filter((_, index) => index + 1 === step.position)
  const { attribute } = step
  if (attribute !== undefined) {
    left = left.filter((element) => {
      const there = attributesOf(element).get(attribute.name)
      return there !== undefined && valueOf(there.quoted) === attribute.value
    })
  }
  return left
}

/** The elements from the root on, as far as each step gives exactly one. */
export function follow(tree: Tree, steps: readonly WantedStep[]): Element[] {
  const path: Element[] = []
  for (const step of steps) {
    const last = path.at(-1)
    const found = matching(last === undefined ? [tree.root] : elementsIn(last), step)
    if (found.length !== 1) break
    path.push(found[0] as Element)
  }
  return path
}

export function judgeGet(text: string, wanted: Wanted): Verdict {
  const path = follow(readTree(text), wanted.steps)
  const element = path.at(-1)
  if (element === undefined || path.length < wanted.steps.length) return { kind: 'not-found' }
  if (wanted.end.kind === 'element') return { kind: 'found', type: 'application/xcap-el+xml', body: writeNode(element) }
  if (wanted.end.kind === 'attribute') {
    const attribute = attributesOf(element).get(wanted.end.name)
    return attribute === undefined
      ? { kind: 'not-found' }
      : { kind: 'found', type: 'application/xcap-att+xml', body: attribute.quoted }
  }
  const bindings = [...element.scope].filter(([prefix, namespace]) => prefix !== 'xml' && namespace !== '')
  return {
    kind: 'found',
    type: 'application/xcap-ns+xml',
    body: [element.name, ...bindings.map((binding) => binding.join('=')).sort()].join(' '),
  }
}

/** The kind is what matters of a fault; `undefined` for bytes that are no text. */
export function judgePut(text: string, wanted: Wanted, body: string | undefined): Verdict {
  if (wanted.end.kind === 'namespaces') return { kind: 'method-not-allowed' }
  const tree = readTree(text)
  const path = follow(tree, wanted.steps)
  return wanted.end.kind === 'attribute'
    ? putAttribute(tree, path, wanted, wanted.end.name, body)
    : putElement(tree, path, wanted, body)
}

function putElement(tree: Tree, path: readonly Element[], wanted: Wanted, body: string | undefined): Verdict {
  const exists = path.length === wanted.steps.length
  const parent = exists ? path.at(-2) : path.at(-1)
  if (!exists && (parent === undefined || path.length < wanted.steps.length - 1))
    return { kind: 'no-parent', depth: path.length }
  if (body === undefined) return { kind: 'not-utf-8' }
  const fragment = body.replace(/^[ \t\r\n]*/, '').replace(/([^ \t\r\n])[ \t\r\n]*$/, '$1')
  const sent = readAlone(
    fragment,
    parent?.scope ??
      new Map([
        ['', ''],
        ['xml', XML],
      ]),
  )
  if (sent === undefined) return { kind: 'not-xml-frag' }
  if (parent === undefined) return settle(writeTree({ ...tree, root: sent }), 'replaced', wanted, () => true)
  const step = wanted.steps.at(-1) as WantedStep
  const at = exists ? parent.children.indexOf(path.at(-1) as Element) : placeIn(parent, step, sent)
  if (at === undefined) return { kind: 'cannot-insert' }
  parent.children.splice(at, exists ? 1 : 0, sent)
  parent.close ??= `</${parent.name}>`
  const index = elementsIn(parent).indexOf(sent)
  const inPlace = (after: readonly Element[]): boolean =>
    elementsIn(after.at(-2) as Element).indexOf(after.at(-1) as Element) === index
  return settle(writeTree(tree), exists ? 'replaced' : 'created', wanted, inPlace)
}

/** §8.2.3: among the children, before which the new one stands. */
function placeIn(parent: Element, { name, position }: WantedStep, sent: Element): number | undefined {
  const nameOf = (element: Element): string => expanded(element.name, element.scope, 'element')
  // Unless a position counts any elements, those of the new element's own name decide.
  const alike = elementsIn(parent).filter((child) =>
    name === undefined && position !== undefined ? true : nameOf(child) === (name ?? nameOf(sent)),
  )
  if (position !== undefined && position > 1) {
    const before = alike[position - 2]
    return before === undefined ? undefined : parent.children.indexOf(before) + 1
  }
  if (alike.length === 0) return parent.children.length
  return position === 1
    ? parent.children.indexOf(alike[0] as Element)
    : parent.children.indexOf(alike.at(-1) as Element) + 1
}

/** §7: the same selector selects what was put, else nothing happens. */
function settle(
  text: string,
  kind: 'created' | 'replaced',
  wanted: Wanted,
  isIt: (path: readonly Element[]) => boolean,
): Verdict {
  const path = follow(readTree(text), wanted.steps)
  return path.length === wanted.steps.length && isIt(path) ? { kind, texts: [text] } : { kind: 'cannot-insert' }
}

function putAttribute(
  tree: Tree,
  path: readonly Element[],
  wanted: Wanted,
  name: string,
  body: string | undefined,
): Verdict {
  const element = path.at(-1)
  if (element === undefined || path.length < wanted.steps.length) return { kind: 'no-parent', depth: path.length }
  if (body === undefined) return { kind: 'not-utf-8' }
  const quoted = quotedOf(body)
  if (quoted === undefined) return { kind: 'not-xml-att-value' }
  const present = attributesOf(element).get(name)
  if (present === undefined) {
    const names = namesFor(name, element.scope)
    if (names.length === 0 || names[0] === 'xmlns') return { kind: 'cannot-insert' }
    const { attributes, tail } = element
    element.tail = ''
    const texts = names.map((written) => {
      element.attributes = [...attributes, { lead: `${tail} `, name: written, equals: '=', quoted }]
      return writeTree(tree)
    })
    return { kind: 'created', texts }
  }
  present.quoted = quoted
  return settle(
    writeTree(tree),
    'replaced',
    wanted,
    (after) => attributesOf(after.at(-1) as Element).get(name)?.quoted === quoted,
  )
}

function quotedOf(sent: string): string | undefined {
  const body = sent.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
  const quote = body.startsWith('"') || body.startsWith("'") ? body.charAt(0) : ''
  const quoted = quote === '' ? `"${body.replace(/"/g, '&quot;')}"` : body
  const closed = quoted.length >= 2 && quoted.indexOf(quoted.charAt(0), 1) === quoted.length - 1
  return closed && isWellFormed(`<a a=${quoted}/>`) ? quoted : undefined
}

function namesFor(name: string, scope: ReadonlyMap<string, string>): string[] {
  const [, namespace = '', local = ''] = /^\{(.*)\}(.*)$/.exec(name) ?? []
  if (namespace === '') return [local]
  return [...scope].filter(([bound, to]) => bound !== '' && to === namespace).map(([bound]) => `${bound}:${local}`)
}

export function judgeDelete(text: string, wanted: Wanted): Verdict {
  if (wanted.end.kind === 'namespaces') return { kind: 'method-not-allowed' }
  const tree = readTree(text)
  const path = follow(tree, wanted.steps)
  const element = path.at(-1)
  if (element === undefined || path.length < wanted.steps.length) return { kind: 'not-found' }
  if (wanted.end.kind === 'attribute') {
    const attribute = attributesOf(element).get(wanted.end.name)
    if (attribute === undefined) return { kind: 'not-found' }
    element.attributes = element.attributes.filter((each) => each !== attribute)
  } else {
    const parent = path.at(-2)
    if (parent === undefined) return { kind: 'cannot-delete' }
    parent.children = parent.children.filter((child) => child !== element)
  }
  const after = writeTree(tree)
  return judgeGet(after, wanted).kind === 'found' ? { kind: 'cannot-delete' } : { kind: 'deleted', texts: [after] }
}
