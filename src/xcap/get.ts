/** RFC 4825 §8.3, GET (and HEAD), in its own order. */
import assert from 'node:assert/strict'
import { documentKey } from '../home/home.ts'
import type { Etag } from '../names.ts'
import { Refused } from '../refusal.ts'
import { readDocument } from '../xml/gate.ts'
import type { ApplicationUsage } from './application-usage.ts'
import { isModified } from './conditions.ts'
import { nodeBody, nodeSelectorOf } from './node.ts'
import type { GetAnswer, GetRequest } from './request.ts'
import type { XcapRooms } from './rooms.ts'
import { select } from './select.ts'
import type { NodeSelector } from './selector.ts'

/** A text that was replaced while it was read stays readable for minutes, so one more look at the home is always enough. */
const LOOKS = 2

/**
 * The document is given byte for byte as it was stored, with the media type of its usage.
 * @throws Refused `not-found`, `precondition-failed`, `unavailable`
 */
export async function getResource(rooms: XcapRooms, request: GetRequest): Promise<GetAnswer> {
  const { usage, selector } = request.address
  const node = nodeSelectorOf(request.address) // §8, 400 for an unbound prefix

  const computed = usage.computed?.(selector) // §12.1: xcap-caps is made by the server
  if (computed !== undefined) {
    if (!isModified(request.conditions, computed.etag)) return { kind: 'not-modified', etag: computed.etag }
    return answer(rooms, usage, node, computed.etag, computed.bytes)
  }

  for (let look = 1; look <= LOOKS; look++) {
    const home = await rooms.homes.read(selector.owner)
    const entry = home.documents.get(documentKey(selector.auid, selector.name))
    if (entry === undefined) throw new Refused({ kind: 'not-found', detail: 'There is no such document.' }) // §8.3, 404
    if (!isModified(request.conditions, entry.etag)) return { kind: 'not-modified', etag: entry.etag } //      §8.5
    const body = await rooms.homes.text(entry.text)
    if (body !== undefined) return answer(rooms, usage, node, entry.etag, body) //                               §8.3, 200 and the ETag
  }
  assert.fail('a document that its home mentions has no text')
}

/** §8.3: the whole document, or the node that the selector selects; all of them share the document's ETag (§8.5). */
function answer(rooms: XcapRooms, usage: ApplicationUsage, node: NodeSelector | undefined, etag: Etag, bytes: Uint8Array): GetAnswer {
  if (node === undefined) return { kind: 'found', etag, contentType: usage.mediaType, body: bytes }
  const document = readDocument(bytes, rooms.limits.xml)
  const found = nodeBody(document, select(document, node), rooms.attributeQuotes)
  if (found === undefined) throw new Refused({ kind: 'not-found', detail: 'The node selector selects no node, or more than one.' }) // §8.3, 404
  return { kind: 'found', etag, ...found }
}
