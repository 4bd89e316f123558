/** The attributes of an element that stays. RFC 5261 §4.3.2, §4.4.2, §4.5.2. */
import { escapeAttribute } from '../../xml/escape.ts'
import type { XmlAttribute } from '../../xml/tree.ts'
import type { CanonicalElement } from './canonical.ts'
import type { OperationList } from './operations.ts'

export function changeAttributes(
  { element: old }: CanonicalElement,
  { element: now }: CanonicalElement,
  path: string,
  list: OperationList,
): void {
  const keyOf = ({ name, namespace }: XmlAttribute): string => `${name} ${namespace}`
  const is = new Map(now.attributes.map((attribute) => [keyOf(attribute), attribute]))
  const was = new Map(old.attributes.map((attribute) => [keyOf(attribute), attribute]))
  // Removed first: one that only its prefix tells from a new one must not be there twice.
  for (const [key, attribute] of was) {
    if (!is.has(key)) list.push({ kind: 'remove', sel: `${path}/@${attribute.name}`, bound: boundOf(attribute) })
  }
  for (const [key, attribute] of is) {
    const before = was.get(key)
    const bound = boundOf(attribute)
    // Line ends and tabs as references: they are text here, and whoever reads it would normalise them.
    const content = escapeAttribute(attribute.value)
    if (before === undefined) list.push({ kind: 'add', sel: path, type: `@${attribute.name}`, content, bound })
    else if (before.value !== attribute.value)
      list.push({ kind: 'replace', sel: `${path}/@${attribute.name}`, content, bound })
  }
}

/** The prefix that a selector uses has to be declared where it stands. */
function boundOf({ prefix, namespace }: XmlAttribute): readonly [prefix: string, namespace: string] | undefined {
  return prefix === '' ? undefined : [prefix, namespace]
}
