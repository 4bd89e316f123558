/**
 * RLS services: constraints on them (RFC 4826 §4.4.5) beside the uniqueness that their declaration states, and their
 * global document.
 */
import { createHash } from 'node:crypto'
import type { Homes } from '../home/home.ts'
import { reserve, type Reservations } from '../home/reservations.ts'
import { INDEX, type Auid, type Etag, type Xui } from '../names.ts'
import type { ComputedDocument, ComputedDocuments } from '../xcap/application-usage.ts'
import { escapeAttribute } from '../xml/escape.ts'
import { textOf, type XmlDocument, type XmlElement } from '../xml/tree.ts'
import { ownChildren, refuseAt, type Constraints } from './constraints.ts'
import { faultOfListUri } from './reference.ts'
import { checkList } from './resource-lists.ts'

export const RLS_SERVICES = 'rls-services' as Auid

const NAMESPACE = 'urn:ietf:params:xml:ns:rls-services'

/** RFC 4826 §4.4.5: a URI names one thing, a user or a list. */
export async function isFreeForUser(homes: Homes, reservations: Reservations, xui: Xui): Promise<boolean> {
  return reserve(homes, reservations, RLS_SERVICES, xui, await homes.read(xui))
}

export const rlsServicesConstraints: Constraints = {
  check({ owner }, { root }) {
    for (const service of ownChildren(root, 'service')) {
      ownChildren(service, 'list').forEach(checkOwnList)
      for (const reference of ownChildren(service, 'resource-list')) {
        const fault = faultOfListUri(textOf(reference).trim(), owner)
        if (fault !== undefined) refuseAt(reference, `resource-list ${fault}`)
      }
    }
  },
}

/**
 * `list` is an element of RLS services, what is in it are elements of resource lists; mistaken for one another, members
 * would go unseen.
 */
function checkOwnList(list: XmlElement): void {
  const [stray] = ownChildren(list)
  if (stray !== undefined)
    refuseAt(stray, `${stray.local} in a list is an element of urn:ietf:params:xml:ns:resource-lists`)
  checkList(list)
}

export const globalDocument: ComputedDocuments = {
  has: ({ owner, name }) => owner === 'global' && name === INDEX,
  async make(_, { reservers, document }) {
    const documents: XmlDocument[] = []
    for await (const owner of reservers(RLS_SERVICES)) {
      const own = await document(owner, RLS_SERVICES, INDEX)
      if (own !== undefined) documents.push(own)
    }
    return globalServices(documents)
  },
}

/**
 * RFC 4826 §4.4.8: the union of the services in the documents of all users.
 * @param documents in an order that stays the same. Each service is the text that its user wrote; only the namespaces
 * that his root binds move down to it. The ETag is taken from the bytes.
 */
export function globalServices(documents: readonly XmlDocument[]): ComputedDocument {
  const services = documents.flatMap(({ text, root }) =>
    ownChildren(root, 'service').map((service) => alone(text, service, root)),
  )
  const bytes = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><rls-services xmlns="${NAMESPACE}">${services.join('')}</rls-services>`,
  )
  return { bytes, etag: createHash('sha256').update(bytes).digest('base64url').slice(0, 16) as Etag }
}

/**
 * Without a default namespace of its own and of its root an element has none, which under another root must be said.
 */
function alone(text: string, service: XmlElement, root: XmlElement): string {
  const bindings = new Map([
    ['', ''],
    ...root.declarations.map(({ prefix, namespace }) => [prefix, namespace] as const),
  ])
  for (const { prefix } of service.declarations) bindings.delete(prefix)
  const declared = [...bindings].map(
    ([prefix, namespace]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeAttribute(namespace)}"`,
  )
  const behindName = service.start + 1 + service.name.length
  return text.slice(service.start, behindName) + declared.join('') + text.slice(behindName, service.end)
}
