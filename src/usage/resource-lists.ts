/** Constraints on resource lists, RFC 4826 §3.4.5, beside the uniqueness that their declaration states. */
import { attributeOf, type XmlElement } from '../xml/tree.ts'
import { ownChildren, refuseAt, type Constraints } from './constraints.ts'

export const resourceListsConstraints: Constraints = {
  check(_, { root }) {
    for (const list of ownChildren(root, 'list')) checkList(list)
  },
}

function checkList(list: XmlElement): void {
  for (const child of ownChildren(list)) {
    if (child.local === 'list') checkList(child)
    if (child.local === 'entry-ref' && !isRelative(attributeOf(child, 'ref') ?? '')) refuseAt(child, 'ref is a path relative to the XCAP root')
    const anchor = child.local === 'external' ? attributeOf(child, 'anchor') : undefined
    if (anchor !== undefined && !/^https?:\/\//i.test(anchor)) refuseAt(child, 'anchor is an absolute HTTP URI')
  }
}

/** RFC 3986 §4.2: no scheme, no leading slash. */
function isRelative(reference: string): boolean {
  return reference !== '' && !/^(?:[A-Za-z][A-Za-z0-9+.-]*:|\/)/.test(reference)
}
