/**
 * RFC 4825 §8.2.5, the second step: values that must be unique. In code and not in the schema, because RFC 4825 §11.1
 * wants each clash named, with values that would be free.
 */
import { deviceKey } from '../device.ts'
import { Refused, type Clash } from '../refusal.ts'
import type { NameToReserve } from '../xcap/application-usage.ts'
import type { Replaced } from '../xml/replace.ts'
import { childElements, type XmlDocument, type XmlElement } from '../xml/tree.ts'
import type { Declaration, UniqueRule } from './declaration.ts'
import { canonicalRlsUri } from './service-uri.ts'
import { expandName, matches, namesOf, type ExpandedName, type Names } from './expanded-name.ts'

const CLASHES_AT_MOST = 20
const ALTERNATIVES = 3

/** A rule with its names expanded, once for all documents. */
interface Prepared {
  readonly rule: UniqueRule
  readonly anywhere: boolean
  readonly within: readonly ExpandedName[]
  readonly each: readonly ExpandedName[]
  readonly key: ExpandedName
}

interface Found {
  readonly phrase: string
  readonly clash: Clash
}

/**
 * @returns a check that throws Refused `uniqueness-failure`. Only elements that the declaration's own namespaces hold
 * together are looked at, never foreign content; and none where `replaced` says that the document has passed but for
 * one element, and of that the rules see the same as before.
 */
export function uniquenessOf(declaration: Declaration): (document: XmlDocument, replaced?: Replaced) => void {
  const names = namesOf(declaration)
  const rules = declaration.unique.map((rule) => prepare(rule, names))
  const seenOf = seenBy(rules)
  return (document, replaced) => {
    if (replaced !== undefined && seenOf(replaced.element) === seenOf(replaced.old)) return
    // Rules of one scope share the walk through the document that finds it.
    const scopes = new Map<string, readonly XmlElement[]>()
    const found: Found[] = []
    for (const rule of rules) {
      const { within } = rule.rule
      const those = scopes.get(within) ?? scopesOf(rule, document.root, names)
      scopes.set(within, those)
      for (const scope of those) found.push(...clashesOf(rule, scope, names))
    }
    if (found.length === 0) return
    const told = found.slice(0, CLASHES_AT_MOST)
    throw new Refused({
      kind: 'uniqueness-failure',
      phrase: told.map(({ phrase }) => phrase).join(' '),
      clashes: told.map(({ clash }) => clash),
    })
  }
}

/**
 * @returns the values of the rules that hold across users, in the order of the document; they are unique within it
 * already.
 */
export function reservedNamesOf(declaration: Declaration): (document: XmlDocument) => readonly NameToReserve[] {
  const names = namesOf(declaration)
  const rules = declaration.unique.filter(({ acrossUsers }) => acrossUsers).map((rule) => prepare(rule, names))
  return ({ root }) =>
    rules.flatMap((rule) => {
      const elements = scopesOf(rule, root, names).flatMap((scope) => descend(scope, rule.each))
      const given = new Set(elements.flatMap((element) => valueOf(element, rule.key) ?? []))
      return elements.flatMap((element) => {
        const value = valueOf(element, rule.key)
        if (value === undefined) return []
        return [
          {
            name: comparedAs(rule.rule, value),
            serviceUri: rule.rule.serviceUri,
            field: field(element, rule.rule.key, names),
            alternatives: () => alternatives(rule.rule.alternatives, value, given),
          },
        ]
      })
    })
}

function comparedAs({ serviceUri }: UniqueRule, value: string): string {
  return serviceUri ? canonicalRlsUri(value) : deviceKey(value)
}

function valueOf({ attributes }: XmlElement, key: ExpandedName): string | undefined {
  for (const { local, namespace, value } of attributes)
    if (local === key.local && namespace === key.namespace) return value
  return undefined
}

/**
 * All that the rules can see of an element, as a text: the elements in it that have the name of a step, with the
 * attributes that have the name of a key; and what holds these, because a step goes from parent to child.
 */
function seenBy(rules: readonly Prepared[]): (element: XmlElement) => string {
  const steps = new Set(rules.flatMap(({ within, each }) => [...within, ...each].map(({ local }) => local)))
  const keys = rules.map(({ key }) => key)
  const seenOf = (element: XmlElement): string => {
    let inside = ''
    for (const child of element.children) if (child.kind === 'element') inside += seenOf(child)
    const { local, namespace } = element
    if (inside === '' && !steps.has(local)) return ''
    return `${JSON.stringify([local, namespace, ...keys.map((key) => valueOf(element, key))])}(${inside})`
  }
  return seenOf
}

function prepare(rule: UniqueRule, names: Names): Prepared {
  const steps = (path: string): readonly ExpandedName[] =>
    path.split('/').map((step) => expandName(step, names.defaultNamespace, names))
  const anywhere = rule.within.startsWith('//')
  return {
    rule,
    anywhere,
    within: steps(rule.within.slice(anywhere ? 2 : 1)),
    each: steps(rule.each),
    key: expandName(rule.key.slice(1), '', names),
  }
}

function scopesOf({ anywhere, within }: Prepared, root: XmlElement, names: Names): readonly XmlElement[] {
  const [first, ...steps] = within
  if (first === undefined) return []
  if (anywhere) return everywhere(root, first, [names.defaultNamespace, ...names.prefixes.values()], [])
  return matches(root, first) ? descend(root, steps) : []
}

function descend(from: XmlElement, steps: readonly ExpandedName[]): readonly XmlElement[] {
  const [step, ...rest] = steps
  if (step === undefined) return [from]
  const next = from.children.filter((child) => child.kind === 'element' && matches(child, step)) as XmlElement[]
  return rest.length === 0 ? next : next.flatMap((element) => descend(element, rest))
}

function everywhere(
  element: XmlElement,
  name: ExpandedName,
  own: readonly string[],
  found: XmlElement[],
): readonly XmlElement[] {
  if (matches(element, name)) found.push(element)
  for (const child of element.children)
    if (child.kind === 'element' && own.includes(child.namespace)) everywhere(child, name, own, found)
  return found
}

function clashesOf({ rule, each, key }: Prepared, scope: XmlElement, names: Names): readonly Found[] {
  const elements = descend(scope, each)
  if (elements.length < 2) return []
  const taken = new Set<string>()
  const clashing: { element: XmlElement; value: string }[] = []
  for (const element of elements) {
    const value = valueOf(element, key)
    if (value === undefined) continue
    const compared = comparedAs(rule, value)
    if (taken.has(compared)) clashing.push({ element, value })
    taken.add(compared)
  }
  return clashing.slice(0, CLASHES_AT_MOST).map(({ element, value }) => ({
    phrase: `${element.local}/${rule.key} "${value.slice(0, 100)}" (line ${element.line}) is there already.`,
    clash: { field: field(element, rule.key, names), alternatives: alternatives(rule.alternatives, value, taken) },
  }))
}

/**
 * RFC 4825 §11.1: a relative URI that starts at the root element, percent-encoded; the prefixes that it uses are bound
 * in its query.
 */
function field(element: XmlElement, key: string, names: Names): string {
  const used = new Set<string>()
  const note = (prefix: string): string => {
    if (prefix !== '') used.add(prefix)
    return prefix === '' ? '' : `${prefix}:`
  }
  const step = (node: XmlElement): string => {
    const bound = [...names.prefixes].find(([, namespace]) => namespace === node.namespace)?.[0]
    const prefix = node.namespace === names.defaultNamespace ? '' : (bound ?? '')
    const alike =
      node.parent === undefined ? [node] : childElements(node.parent).filter((child) => matches(child, node))
    const position = alike.length > 1 ? `%5B${alike.indexOf(node) + 1}%5D` : ''
    return `${note(prefix)}${encodeURIComponent(node.local)}${position}`
  }
  const steps: string[] = []
  for (let node: XmlElement | undefined = element; node !== undefined; node = node.parent) steps.unshift(step(node))
  if (key.includes(':')) note(key.slice(1, key.indexOf(':')))
  const query = [...used].map((prefix) => `xmlns(${prefix}=${names.prefixes.get(prefix) ?? ''})`).join('')
  return `${steps.join('/')}/${key}${query === '' ? '' : `?${query}`}`
}

function alternatives(kind: UniqueRule['alternatives'], value: string, taken: ReadonlySet<string>): readonly string[] {
  if (kind === 'none') return []
  const free: string[] = []
  for (let count = kind === 'numbered' ? 1 : 2; free.length < ALTERNATIVES; count++) {
    const candidate = kind === 'numbered' ? String(count) : suffixed(value, count)
    if (!taken.has(candidate)) free.push(candidate)
  }
  return free
}

/** `friends-2`; of a URI with a user, his name: `sip:friends-2@example.com`. */
function suffixed(value: string, count: number): string {
  const at = value.lastIndexOf('@')
  return at === -1 ? `${value}-${count}` : `${value.slice(0, at)}-${count}${value.slice(at)}`
}
