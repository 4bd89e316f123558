/**
 * Random requests on a given document: selectors that hit, miss or are none, in every way that a client may write them,
 * and bodies.
 */
import { attributesOf, elementsIn, expanded, readTree, valueOf, type Element } from './oracle-tree.ts'
import { follow, type Wanted, type WantedStep } from './oracle.ts'
import { ATTRIBUTES, NAMES, NAMESPACES, pick, quote, randomElement, VALUES, type Chance } from './random-document.ts'

export interface RandomRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  /** `undefined`: the selector is none, or has an unbound prefix. */
  readonly wanted: Wanted | undefined
  /** Behind `~~/`, with the query. */
  readonly target: string
  readonly body: Uint8Array
}

const BROKEN_SELECTORS = [
  (good: string) => `/${good}`,
  (good: string) => `${good}/`,
  (good: string) => `${good}//a`,
  (good: string) => `${good}/text()`,
  (good: string) => `${good}/..`,
  (good: string) => `${good}[`,
  (good: string) => `${good}[1][2][3]`,
  (good: string) => `${good}[last()]`,
  (good: string) => `${good}/nowhere:a`,
  (good: string) => `${good}/@nowhere:a`,
  (good: string) => `${good}/a[@b=c]`,
  (good: string) => `${good}/a[@b="c]`,
  (good: string) => `${good}/a[@b="c"][1]`,
  (good: string) => `${good}/self::a`,
  (good: string) => `${good}|a`,
  (good: string) => `${good}/%zz`,
  (good: string) => `${good}/@`,
  (good: string) => `${good}/@a/b`,
  (good: string) => `${good}/namespace::*/a`,
  (good: string) => `${good}/a[@b="%"]`,
]

export function randomRequest(chance: Chance, document: string, defaultNamespace: string): RandomRequest {
  const root = readTree(document).root
  const method = pick(chance, ['GET', 'PUT', 'PUT', 'PUT', 'DELETE'] as const)
  const steps = randomSteps(chance, root)
  const path = follow({ before: '', root, after: '' }, steps)
  const target = path.length === steps.length ? path.at(-1) : undefined
  const end = randomEnd(chance, target)
  const wanted: Wanted = { steps, end }
  const writer = new SelectorWriter(chance, defaultNamespace)
  const node = writer.write(wanted)
  const body = method === 'PUT' ? randomBody(chance, wanted, path.at(target === undefined ? -1 : -2)) : ''
  const bytes = chance() < 0.02 ? Uint8Array.of(...Buffer.from(body), 0xc3) : Buffer.from(body)
  if (chance() < 0.06)
    return { method, wanted: undefined, target: pick(chance, BROKEN_SELECTORS)(node) + writer.query(), body: bytes }
  return { method, wanted, target: node + writer.query(), body: bytes }
}

/** @param parent of the element that is put. */
function randomBody(chance: Chance, { steps, end }: Wanted, parent: Element | undefined): string {
  const last = steps.at(-1) as WantedStep
  return end.kind === 'attribute' ? randomValue(chance, last, end.name) : randomFragment(chance, last, parent)
}

function randomSteps(chance: Chance, root: Element): WantedStep[] {
  const steps: WantedStep[] = []
  let element: Element | undefined = root
  let siblings = [root]
  while (element !== undefined) {
    steps.push(stepTo(chance, element, siblings))
    siblings = elementsIn(element)
    if (chance() < 0.25) break
    element = siblings.length === 0 ? undefined : pick(chance, siblings)
  }
  if (chance() < 0.35) steps.push(strayStep(chance, element ?? root))
  if (chance() < 0.04) steps.push(strayStep(chance, root))
  return steps
}

/** Leads to the element, mostly. */
function stepTo(chance: Chance, element: Element, siblings: readonly Element[]): WantedStep {
  const own = expanded(element.name, element.scope, 'element')
  const name = chance() < 0.2 ? undefined : own
  const among = siblings.filter((each) => name === undefined || expanded(each.name, each.scope, 'element') === name)
  const place = among.indexOf(element) + 1
  const attributes = [...attributesOf(element)]
  const attribute = attributes.length > 0 && chance() < 0.5 ? pick(chance, attributes) : undefined
  const alone = among.length === 1 ? 0.2 : 0.8
  return {
    name,
    position: chance() < alone ? Math.max(1, place + pick(chance, [0, 0, 0, 0, 0, 0, 0, 1, -1])) : undefined,
    attribute: attribute && {
      name: attribute[0],
      value: chance() < 0.95 ? valueOf(attribute[1].quoted) : pick(chance, VALUES),
    },
  }
}

/** Where something new might go. */
function strayStep(chance: Chance, parent: Element): WantedStep {
  const alike = pick(chance, [undefined, ...elementsIn(parent)])
  const fresh = `{${pick(chance, [parent.scope.get('') ?? '', ...NAMESPACES.slice(0, 3)])}}${pick(chance, NAMES)}`
  const attributeName = `{${pick(chance, ['', '', '', 'urn:a'])}}${pick(chance, ATTRIBUTES)}`
  return {
    name: chance() < 0.25 ? undefined : alike === undefined ? fresh : expanded(alike.name, alike.scope, 'element'),
    position: chance() < 0.5 ? pick(chance, [1, 1, 2, 2, 3, 4, 12]) : undefined,
    attribute: chance() < 0.6 ? { name: attributeName, value: pick(chance, VALUES) } : undefined,
  }
}

function randomEnd(chance: Chance, target: Element | undefined): Wanted['end'] {
  if (chance() < 0.65) return { kind: 'element' }
  if (chance() < 0.15) return { kind: 'namespaces' }
  const there = target === undefined ? [] : [...attributesOf(target).keys()]
  if (chance() < 0.05) return { kind: 'attribute', name: '{}xmlns' }
  const fresh = `{${pick(chance, ['', '', 'urn:a', 'urn:b', 'urn:(c)'])}}${pick(chance, ATTRIBUTES)}`
  const name = there.length > 0 && chance() < 0.6 ? pick(chance, there) : fresh
  return { kind: 'attribute', name }
}

const BROKEN_FRAGMENTS = [
  '',
  'text',
  ' ',
  '<b>',
  '<b/><b/>',
  '<b/>text',
  '<!--x--><b/>',
  '<b/><!--x-->',
  '<b></c>',
  '<nowhere:b/>',
  '<b nowhere:x="1"/>',
  '<b x=1/>',
  '<b x="1" x="2"/>',
  '<?pi?><b/>',
  '<b>]]></b>',
  '<b>&nope;</b>',
  '<b>&#0;</b>',
  '<b a="<"/>',
  '</a><b/><a>',
  '<b/><!--',
  '<b><![CDATA[',
  '<b xmlns:p=""/>',
  '<b a="',
  '<b>&amp</b>',
  '<b a="1"b="2"/>',
  '<1/>',
  '<b/>\u00a0',
  '</b>',
  '<![CDATA[<b/>]]>',
  '<b xmlns:p="urn:x" xmlns:q="urn:x" p:y="" q:y=""/>',
]

function randomFragment(chance: Chance, step: WantedStep, parent: Element | undefined): string {
  if (chance() < 0.12) return pick(chance, BROKEN_FRAGMENTS)
  const scope = parent?.scope ?? new Map<string, string>()
  const wanted = nameParts(step.name ?? `{${pick(chance, NAMESPACES)}}${pick(chance, NAMES)}`)
  const { attribute } = step
  const attributes = attribute === undefined ? [] : [{ ...nameParts(attribute.name), value: attribute.value }]
  const fitting = chance() < 0.85 ? { ...wanted, attributes } : undefined
  const element = randomElement(chance, scope, 1, fitting)
  const space = pick(chance, ['', '', '', '\n', ' \r\n\t'])
  const text = space + element + pick(chance, ['', '', '', '\n', '  '])
  if (chance() > 0.05) return text
  const at = Math.floor(chance() * text.length)
  return text.slice(0, at) + pick(chance, ['', '<', '"', '/', ' ', '&']) + text.slice(at + 1)
}

const BROKEN_VALUES = [
  'a<b',
  'a&b',
  '<x/>',
  '"a',
  "'a",
  '"a"b"',
  '"a" b="c"',
  '&nope;',
  '&#0;',
  '"&"',
  '"',
  '\u0001',
  '"&#xD800;"',
  '\'a"',
  '&#;',
]

function randomValue(chance: Chance, step: WantedStep | undefined, name: string): string {
  if (chance() < 0.15) return pick(chance, BROKEN_VALUES)
  const same = step?.attribute?.name === name && chance() < 0.5
  const quoted = quote(chance, same ? (step.attribute?.value ?? '') : pick(chance, VALUES))
  const bare = quoted.slice(1, -1)
  return chance() < 0.3 && !/^["']/.test(bare) ? bare : quoted
}

function nameParts(name: string): { readonly namespace: string; readonly local: string } {
  const [, namespace = '', local = ''] = /^\{(.*)\}(.*)$/.exec(name) ?? []
  return { namespace, local }
}

/** Writes a selector as some client might: prefixes of its own, plain or percent-encoded, either quote. */
class SelectorWriter {
  readonly #chance: Chance
  readonly #defaultNamespace: string
  readonly #prefixes = new Map<string, string>()
  readonly #doubango: boolean

  constructor(chance: Chance, defaultNamespace: string) {
    this.#chance = chance
    this.#defaultNamespace = defaultNamespace
    this.#doubango = chance() < 0.15
  }

  write({ steps, end }: Wanted): string {
    const written = steps.map((step) => this.#step(step))
    if (end.kind === 'namespaces') written.push('namespace::*')
    if (end.kind === 'attribute') written.push(`${this.#plainOrEncoded('@')}${this.#name(end.name, '')}`)
    return written.join('/')
  }

  query(): string {
    if (this.#prefixes.size === 0) return ''
    const marks = this.#doubango ? '"' : ''
    const bound = [...this.#prefixes].map(
      ([namespace, prefix]) => `xmlns(${prefix}=${marks}${namespace.replace(/[()^]/g, '^$&')}${marks})`,
    )
    if (this.#chance() < 0.2) bound.unshift('element(/1)')
    const query = bound.join(pick(this.#chance, ['', '', ' ']))
    const encoded = this.#chance() < 0.5 ? encodeURIComponent(query) : query.replace(/[%#&? ]/g, encodeURIComponent)
    return `${this.#doubango ? pick(this.#chance, ['%3F', '%3f']) : '?'}${encoded}`
  }

  #step({ name, position, attribute }: WantedStep): string {
    let text = name === undefined ? '*' : this.#name(name, this.#defaultNamespace)
    const inBrackets = (what: string): string => this.#plainOrEncoded('[') + what + this.#plainOrEncoded(']')
    if (position !== undefined) text += inBrackets(String(position))
    if (attribute === undefined) return text
    const called = this.#plainOrEncoded('@') + this.#name(attribute.name, '')
    return text + inBrackets(called + this.#plainOrEncoded('=') + this.#value(attribute.value))
  }

  #name(name: string, unprefixed: string): string {
    const { namespace, local } = nameParts(name)
    const encoded = [...local]
      .map((character) => (character > '~' || this.#chance() < 0.05 ? percent(character) : character))
      .join('')
    if (namespace === unprefixed && this.#chance() < 0.8) return encoded
    // An element in no namespace has no name in a usage that has a default namespace, unless a prefix is bound to
    // nothing.
    if (namespace === '' && unprefixed === '') return encoded
    const prefix = this.#prefixes.get(namespace) ?? `n${this.#prefixes.size + 1}`
    this.#prefixes.set(namespace, prefix)
    return `${prefix}:${encoded}`
  }

  #value(value: string): string {
    const mark = pick(this.#chance, ['"', '"', "'"])
    const markIsEncoded = this.#chance() < 0.5
    const reference = mark === '"' ? '&quot;' : '&apos;'
    const written = [...value].map((character) => {
      const ways = [reference, `&%23${mark.charCodeAt(0)};`, markIsEncoded ? mark : percent(mark)]
      if (character === mark) return pick(this.#chance, ways)
      if (character === '&') return pick(this.#chance, ['&amp;', '%26amp;'])
      if (character === '<') return '%26lt;'
      if (/[%?#\t\n ]/.test(character) || character > '~') return percent(character)
      return this.#chance() < 0.1 ? percent(character) : character
    })
    const quoted = markIsEncoded ? percent(mark) : mark
    return quoted + written.join('') + quoted
  }

  #plainOrEncoded(character: string): string {
    return this.#chance() < 0.4 ? percent(character) : character
  }
}

function percent(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
