/** Names as a declaration writes them, with prefixes of its own, and what they mean. */
import { oneName, type XmlElement } from '../xml/tree.ts'
import type { Declaration } from './declaration.ts'

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'

export interface Names {
  readonly defaultNamespace: string
  readonly prefixes: ReadonlyMap<string, string>
}

export interface ExpandedName {
  readonly namespace: string
  readonly local: string
}

export function namesOf(declaration: Declaration): Names {
  return {
    defaultNamespace: declaration.defaultNamespace ?? '',
    prefixes: new Map([...Object.entries(declaration.prefixes), ['xml', XML_NAMESPACE]]),
  }
}

/** @param unprefixed the namespace of a name without a prefix: the default one for elements, none for attributes. */
export function expandName(name: string, unprefixed: string, { prefixes }: Names): ExpandedName {
  const colon = name.indexOf(':')
  const namespace = colon === -1 ? unprefixed : (prefixes.get(name.slice(0, colon)) ?? '')
  return { namespace: oneName(namespace), local: oneName(name.slice(colon + 1)) }
}

export function matches(element: XmlElement, name: ExpandedName): boolean {
  return element.local === name.local && element.namespace === name.namespace
}
