/** RFC 4825 §8.4, DELETE, in its own order; committed like a PUT (`put.ts`). */
import assert from 'node:assert/strict'
import { documentKey, type DocumentEntry, type Home } from '../home/home.ts'
import type { Decision } from '../home/update.ts'
import { selectorText } from '../names.ts'
import { Refused } from '../refusal.ts'
import { readDocument, type TextDocument } from '../xml/read-document.ts'
import type { XmlDocument } from '../xml/tree.ts'
import { changeDocument, changeOf, draftCommit } from './change.ts'
import { mustHold } from './conditions.ts'
import { removeAttribute, removeElement } from './edit.ts'
import { nodeSelectorOf, refuseNamespaces, refuseUnwritable } from './node.ts'
import type { DeleteAnswer, DeleteRequest } from './request.ts'
import { withReservedNames } from './reserved.ts'
import type { XcapRooms } from './rooms.ts'
import { select, type Selected } from './select.ts'
import type { NodeSelector } from './selector.ts'
import { surroundingsOf } from './surroundings.ts'

/**
 * @throws Refused `bad-request`, `method-not-allowed`, `not-found`, `precondition-failed`, `cannot-delete`,
 * `schema-validation-error`, `uniqueness-failure`, `constraint-failure`, `unavailable`; nothing was removed then.
 */
export async function deleteResource(rooms: XcapRooms, request: DeleteRequest): Promise<DeleteAnswer> {
  const { usage, selector } = request.address
  const node = nodeSelectorOf(request.address) //                         §8, 400 for an unbound prefix
  refuseNamespaces(node) //                                               §8.4, 405
  refuseUnwritable(usage, selector)

  return changeDocument<DeleteAnswer>(rooms, selector.owner, async (home) => {
    const present = home.documents.get(documentKey(selector.auid, selector.name))
    if (present === undefined) throw notThere() //                        §8.4, 404 for a document
    const surroundings = surroundingsOf(rooms, home)
    if (node === undefined) {
      mustHold(request.conditions, present.etag) //                       §8.5, 412
      await usage.checkRemoval(selector, surroundings) //                 §8.2.7
      return withoutDocument(rooms, request, home, present)
    }
    const document = await surroundings.document(selector.auid, selector.name)
    assert.ok(document, 'what is present can be read')
    const found = nodeAt(document, node) //                               §8.4, 404 for a node
    mustHold(request.conditions, present.etag) //                         §8.5, 412; RFC 9110 §13.2.1: behind the 404
    const edited = withoutNode(rooms, document, node, found) //           §7.5, cannot-delete
    await usage.check(selector, edited.document, surroundings) //         §8.4: what is left is held to §8.2.5
    const reserved = await withReservedNames(rooms, usage, selector, home, edited.document)
    const { answer, commit } = draftCommit(rooms, request, reserved, edited.bytes)
    rooms.documents.add(answer, edited.bytes.length, edited.document)
    return { answer: { kind: 'deleted', etag: answer, before: present.etag }, commit }
  })
}

function withoutDocument(
  rooms: XcapRooms,
  request: DeleteRequest,
  home: Home,
  present: DocumentEntry,
): Decision<DeleteAnswer> {
  const { usage, selector } = request.address
  const documents = new Map(home.documents)
  documents.delete(documentKey(selector.auid, selector.name))
  const at = rooms.clock.now()
  const record = {
    kind: 'change',
    document: selectorText(selector),
    previousEtag: present.etag,
    at,
    by: request.by,
  } as const
  return {
    answer: { kind: 'deleted', etag: undefined, before: present.etag },
    commit: changeOf(usage, selector, home, documents, record),
  }
}

type Removable = Extract<Selected, { readonly kind: 'element' | 'attribute' }>

function nodeAt(document: XmlDocument, node: NodeSelector): Removable {
  const found = select(document, node)
  if (found.kind === 'nothing' || found.kind === 'namespaces') throw notThere()
  return found
}

interface Left {
  readonly document: TextDocument
  readonly bytes: Uint8Array
}

/** §8.4: the node goes, white space round an element stays; the same selector must then select nothing (§7.5). */
function withoutNode(rooms: XcapRooms, document: XmlDocument, node: NodeSelector, found: Removable): Left {
  if (found.kind === 'element' && found.element.parent === undefined)
    throw cannotDelete('a document has a root element; delete the document itself')
  const edit =
    found.kind === 'element'
      ? removeElement(document.text, found.element)
      : removeAttribute(document.text, found.element, found.attribute)
  const bytes = Buffer.from(edit.text)
  const left = readDocument(bytes, rooms.limits.xml)
  if (select(left, node).kind !== 'nothing') throw cannotDelete('the selector would then select another node')
  return { document: left, bytes }
}

function notThere(): Refused {
  return new Refused({ kind: 'not-found', detail: 'There is no such document or node.' })
}

function cannotDelete(why: string): Refused {
  return new Refused({ kind: 'cannot-delete', phrase: `This cannot be deleted: ${why}` })
}
