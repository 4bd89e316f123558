/** Registration information (RFC 3680 §5): the contacts of one user, as a registrar tells them. */
import { DEFAULT_XML_LIMITS } from '../xml/limits.ts'
import { readDocument } from '../xml/read-document.ts'
import { attributeOf, childElements, textOf, type XmlElement } from '../xml/tree.ts'
import { Refused } from '../refusal.ts'
import { secondsOf } from './contacts.ts'

export const REGINFO_TYPE = 'application/reginfo+xml'

export interface ReportedContact {
  readonly uri: string
  readonly isActive: boolean
  /** `+sip.instance` where the registrar tells it (RFC 3680 §5.3.3, RFC 5628 §4). */
  readonly instance: string | undefined
  /** RFC 5627: reaches this device, whatever becomes of its connection. */
  readonly gruu: string | undefined
  /** Seconds, where it is said. */
  readonly expires: number | undefined
}

export interface ReportedRegistrations {
  /** Whether these are all that there are; otherwise those that changed. */
  readonly isFull: boolean
  readonly contacts: readonly ReportedContact[]
}

const NAMESPACE = 'urn:ietf:params:xml:ns:reginfo'
const GRUU_NAMESPACE = 'urn:ietf:params:xml:ns:gruuinfo'
const LIMITS = { ...DEFAULT_XML_LIMITS, depth: 8, elements: 1_024 }

/** @throws Refused: not well-formed, over the limits, or `bad-request` where it is no registration information. */
export function readReginfo(bytes: Uint8Array): ReportedRegistrations {
  const { root } = readDocument(bytes, LIMITS)
  if (root.local !== 'reginfo' || root.namespace !== NAMESPACE)
    throw new Refused({ kind: 'bad-request', detail: 'The body is no registration information.' })
  const contacts = children(root, 'registration').flatMap((registration) => {
    // RFC 3680 §5.3.2: a registration that is terminated has no contact any more, whatever stands in it.
    const hasEnded = attributeOf(registration, 'state') === 'terminated'
    return children(registration, 'contact').flatMap((contact) => contactIn(contact, hasEnded) ?? [])
  })
  return { isFull: attributeOf(root, 'state') !== 'partial', contacts }
}

function contactIn(contact: XmlElement, hasEnded: boolean): ReportedContact | undefined {
  const [uri] = children(contact, 'uri').map((element) => textOf(element).trim())
  if (uri === undefined || uri === '') return undefined
  const gruu = childElements(contact).find(
    ({ local, namespace }) => local === 'pub-gruu' && namespace === GRUU_NAMESPACE,
  )
  const named = children(contact, 'unknown-param').find(
    (element) => attributeOf(element, 'name')?.toLowerCase() === '+sip.instance',
  )
  return {
    uri,
    isActive: !hasEnded && attributeOf(contact, 'state') === 'active',
    instance:
      named === undefined
        ? undefined
        : textOf(named)
            .trim()
            .replace(/^"?<?|>?"?$/g, ''),
    gruu: gruu === undefined ? undefined : attributeOf(gruu, 'uri'),
    expires: secondsOf(attributeOf(contact, 'expires')),
  }
}

function children(element: XmlElement, local: string): readonly XmlElement[] {
  return childElements(element).filter((each) => each.local === local && each.namespace === NAMESPACE)
}
