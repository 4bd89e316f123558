/** RFC 4825 §8.3, GET (and HEAD), in its own order. */
import assert from 'node:assert/strict'
import { documentKey } from '../home/home.ts'
import type { Etag } from '../names.ts'
import { Refused } from '../refusal.ts'
import { DEFAULT_XML_LIMITS } from '../xml/limits.ts'
import { readDocument } from '../xml/read-document.ts'
import type { XmlDocument } from '../xml/tree.ts'
import { isModified } from './conditions.ts'
import { nodeBody, nodeSelectorOf, type Representation } from './node.ts'
import type { GetAnswer, GetRequest } from './request.ts'
import type { XcapRooms } from './rooms.ts'
import { select } from './select.ts'
import type { NodeSelector } from './selector.ts'
import { sourcesOf } from './surroundings.ts'

/**
 * A text that was replaced while it was read stays readable for minutes, so one more look at the home is always enough.
 */
const LOOKS = 2

/** What the server makes of everybody's documents may be larger than any of them. */
const COMPUTED_LIMITS = { ...DEFAULT_XML_LIMITS, elements: Infinity, namespaceDeclarations: Infinity }

/**
 * The document is given byte for byte as it was stored, with the media type of its usage.
 * @throws Refused `bad-request`, `not-found`, `precondition-failed`, `unavailable`
 */
export async function getResource(rooms: XcapRooms, request: GetRequest): Promise<GetAnswer> {
  const { usage, selector } = request.address
  // §8, 400 for an unbound prefix
  const node = nodeSelectorOf(request.address)

  if (usage.computed?.has(selector) === true) {
    //                                                            §12: the server makes xcap-caps
    const { bytes, etag } = await usage.computed.make(selector, sourcesOf(rooms, request.address.root))
    const found = node === undefined ? whole(request, bytes) : nodeIn(rooms, node, readDocument(bytes, COMPUTED_LIMITS))
    return answer(request, etag, found)
  }

  for (let look = 1; look <= LOOKS; look++) {
    const home = await rooms.homes.read(selector.owner)
    const entry = home.documents.get(documentKey(selector.auid, selector.name))
    if (entry === undefined) throw new Refused({ kind: 'not-found', detail: 'There is no such document.' }) // §8.3, 404
    if (node === undefined) {
      // §8.5; its text need not be read
      if (!isModified(request.conditions, entry.etag)) return { kind: 'not-modified', etag: entry.etag }
      const bytes = await rooms.homes.text(entry.text)
      if (bytes !== undefined) return answer(request, entry.etag, whole(request, bytes))
    } else {
      const document = await rooms.documents.tree(rooms.homes, entry)
      if (document !== undefined) return answer(request, entry.etag, nodeIn(rooms, node, document))
    }
  }
  assert.fail('a document that its home mentions has no text')
}

function whole({ address }: GetRequest, body: Uint8Array): Representation {
  return { contentType: address.usage.mediaType, body }
}

/** @throws Refused `not-found` (§8.3) where the selector selects no node, or more than one. */
function nodeIn(rooms: XcapRooms, node: NodeSelector, document: XmlDocument): Representation {
  const found = nodeBody(document, select(document, node), rooms.attributeQuotes)
  if (found === undefined)
    throw new Refused({ kind: 'not-found', detail: 'The node selector selects no node, or more than one.' })
  return found
}

/**
 * A document and all its nodes share one ETag (§8.5). The condition is looked at behind the 404: it does not make a
 * missing node "not modified" (RFC 9110 §13.2.1).
 */
function answer({ conditions }: GetRequest, etag: Etag, found: Representation): GetAnswer {
  // §8.3, 200 and the ETag
  return isModified(conditions, etag) ? { kind: 'found', etag, ...found } : { kind: 'not-modified', etag }
}
