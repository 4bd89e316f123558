/**
 * Where a node stands, for people: `/profile/messages/rule[2]`. Names are without prefix; a position only where there
 * are several.
 */
import { childElements, type XmlElement } from './tree.ts'

export function pathOfElement(element: XmlElement): string {
  const { parent } = element
  if (parent === undefined) return `/${element.local}`
  const alike = childElements(parent).filter(
    (sibling) => sibling.local === element.local && sibling.namespace === element.namespace,
  )
  return `${pathOfElement(parent)}/${element.local}${alike.length > 1 ? `[${alike.indexOf(element) + 1}]` : ''}`
}

/**
 * From the validator's path, whose steps are qualified names, or `*` for an element in a default namespace, each with
 * its position among those that the same step selects.
 */
export function elementAtPath(root: XmlElement, path: string): XmlElement {
  const steps = path.split('/').slice(2)
  let element: XmlElement = root
  for (const step of steps) {
    const [, name, position] = /^([^[]*)(?:\[(\d+)\])?$/.exec(step) ?? []
    const next = childElements(element).filter((child) => name === '*' || child.name === name)[
      Number(position ?? 1) - 1
    ]
    if (next === undefined) break
    element = next
  }
  return element
}
