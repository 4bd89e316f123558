/** The lists of a user's `resource-lists` (RFC 4826 §3), by name. */
import { attributeOf, childElements, type XmlDocument, type XmlElement } from '../xml/tree.ts'
import { identityOf, type Identity } from './uri.ts'

const NAMESPACE = 'urn:ietf:params:xml:ns:resource-lists'

/** Of one document. */
export type ListIndex = ReadonlyMap<string, ReadonlySet<string>>

export interface Lists {
  /** Whether there is a list of this name. */
  knows(name: string): boolean
  /** Whether somebody is on it. */
  has(name: string, identity: Identity): boolean
}

/**
 * Every list that has a name, at whatever depth, with the entries in it and in the lists inside it. Lists of one name
 * are one list. `entry-ref` and `external` are not followed yet: whom they name is on no list.
 */
export function indexLists({ root }: XmlDocument): ListIndex {
  const index = new Map<string, Set<string>>()
  const add = (parent: XmlElement, within: readonly Set<string>[]): void => {
    for (const element of childElements(parent)) {
      if (element.namespace !== NAMESPACE) continue
      if (element.local === 'entry') {
        for (const key of identityOf(attributeOf(element, 'uri') ?? '').keys)
          for (const members of within) members.add(key)
      } else if (element.local === 'list') {
        const name = attributeOf(element, 'name')
        if (name === undefined) add(element, within)
        else {
          const members = index.get(name) ?? new Set()
          index.set(name, members)
          add(element, [...within, members])
        }
      }
    }
  }
  add(root, [])
  return index
}

/** The lists of several documents together. */
export function listsOf(indexes: readonly ListIndex[]): Lists {
  return {
    knows: (name) => indexes.some((index) => index.has(name)),
    has: (name, { keys }) => indexes.some((index) => keys.some((key) => index.get(name)?.has(key) ?? false)),
  }
}
