/** Constraints on resource lists, RFC 4826 §3.4.5, beside the uniqueness that their declaration states. */
import { attributeOf, childElements, type XmlElement } from '../xml/tree.ts'
import { ownChildren, refuseAt, type Constraints } from './constraints.ts'
import { isHttpUri, isRelativePath } from './reference.ts'

const NAMESPACE = 'urn:ietf:params:xml:ns:resource-lists'

export const resourceListsConstraints: Constraints = {
  check(_, { root }) {
    for (const list of ownChildren(root, 'list')) checkList(list)
  },
  faultsAt: new Set(['entry-ref', 'external']),
}

/** A list and the lists in it, also where it stands in a document of another usage. */
export function checkList(list: XmlElement): void {
  for (const child of childElements(list).filter(({ namespace }) => namespace === NAMESPACE)) {
    if (child.local === 'list') checkList(child)
    if (child.local === 'entry-ref' && !isRelativePath(attributeOf(child, 'ref') ?? ''))
      refuseAt(child, 'ref is a path relative to the XCAP root')
    const anchor = child.local === 'external' ? attributeOf(child, 'anchor') : undefined
    if (anchor !== undefined && !isHttpUri(anchor)) refuseAt(child, 'anchor is an absolute HTTP URI')
  }
}
