/**
 * RFC 4825 §8.2, PUT, in its own order. Everything is decided on one state of the owner's home and committed only if
 * that state is still the present one; otherwise `changeDocument` decides again, so a condition is decided by the
 * store and never before it.
 */
import { documentKey, type DocumentEntry } from '../home/home.ts'
import { Refused } from '../refusal.ts'
import { decodeUtf8 } from '../xml/encoding.ts'
import { readDocument, readDecoded, TextDocument } from '../xml/read-document.ts'
import { readDifference, readReplaced } from '../xml/replace.ts'
import type { ApplicationUsage } from './application-usage.ts'
import { changeDocument, draftCommit, mustFit } from './change.ts'
import { mustHold } from './conditions.ts'
import {
  ATTRIBUTE_TYPE,
  directoryOf,
  ELEMENT_TYPE,
  encodeSegment,
  nodeSelectorOf,
  refuseNamespaces,
  refuseUnwritable,
} from './node.ts'
import type { Edit } from './edit.ts'
import { placeOf, putNode, type Edited, type Parsed } from './put-node.ts'
import type { Address, PutAnswer, PutRequest } from './request.ts'
import { withReservedNames } from './reserved.ts'
import type { XcapRooms } from './rooms.ts'
import type { NodeSelector } from './selector.ts'
import { surroundingsOf } from './surroundings.ts'

/** What Blink's library, and curl where nobody says otherwise, call a document that they send. */
const FORM = 'application/x-www-form-urlencoded'

/**
 * What speaks against a PUT before its body is read, so that who waits for `100 Continue` and who does not hear the
 * same.
 * @throws Refused `bad-request`, `method-not-allowed`, `not-found`, `no-parent`, `unsupported-media-type`
 */
export function checkBeforeBody(
  rooms: XcapRooms,
  { address, contentType }: Pick<PutRequest, 'address' | 'contentType'>,
): ReturnType<typeof nodeSelectorOf> {
  const node = nodeSelectorOf(address) //                    §8, 400 for an unbound prefix
  refuseNamespaces(node) //                                  §8.2, 405
  refuseUnwritable(address.usage, address.selector)
  mustHaveParent(address) //                                 §8.2.1, a document's directory
  mustBeOfType(rooms, address.usage, node, contentType) //   §8.2.2, 415
  return node
}

/**
 * @throws Refused `bad-request`, `method-not-allowed`, `not-found`, `no-parent`, `unsupported-media-type`,
 * `precondition-failed`, `too-large`, `not-utf-8`, `not-well-formed`, `not-xml-frag`, `not-xml-att-value`,
 * `cannot-insert`, `schema-validation-error`, `uniqueness-failure`, `constraint-failure`, `over-quota`, `unavailable`.
 * Whatever it throws, nothing was stored.
 */
export async function putResource(rooms: XcapRooms, request: PutRequest): Promise<PutAnswer> {
  const { usage, selector } = request.address
  const node = checkBeforeBody(rooms, request)

  return changeDocument<PutAnswer>(rooms, selector.owner, async (home) => {
    const present = home.documents.get(documentKey(selector.auid, selector.name))
    const surroundings = surroundingsOf(rooms, home)
    // §8.2.1, a node's parent
    const place = node && placeOf(request.address, node, await surroundings.document(selector.auid, selector.name))
    // §8.2.6, RFC 9110 §13.2.1: behind the parent, before the content
    mustHold(request.conditions, present?.etag)
    const edited =
      node === undefined || place === undefined
        ? putWhole(rooms, request, present) //                          §8.2.2, not-utf-8, not-well-formed
        : putNode(node, place, request.body, (edit) => parseEdit(rooms, usage, edit)) //  §8.2.2 to §8.2.4
    // §8.2.5: schema, then uniqueness, then constraints
    await usage.check(selector, edited.document, surroundings, edited.replaced)
    if (node === undefined && edited.replaced === undefined) rooms.taken.add(selector, edited.bytes)
    mustFit(rooms, home, edited.bytes.length, documentKey(selector.auid, selector.name))
    // §8.2.5: uniqueness across users
    const reserved = await withReservedNames(rooms, usage, selector, home, edited.document)
    const { answer: etag, commit } = draftCommit(rooms, request, reserved, edited.bytes)
    if (node === undefined) rooms.documents.addWhole(etag, edited.bytes.length, edited.document)
    else rooms.documents.add(etag, edited.bytes.length, edited.document)
    // §8.2.7, §8.5: 201 or 200, and the ETag in both
    return { answer: { kind: edited.kind, etag, before: present?.etag }, commit }
  })
}

/** §8.2.2, §8.2.4: a document is taken as it is, and replaced as a whole; of what is the same, nothing is read. */
function putWhole(
  rooms: XcapRooms,
  { address: { usage, selector }, body: bytes }: Pick<PutRequest, 'address' | 'body'>,
  present: DocumentEntry | undefined,
): Edited {
  const { xml } = rooms.limits
  const kind = present === undefined ? 'created' : 'replaced'
  mustBeShort(usage, bytes)
  const text = decodeUtf8(bytes)
  const before = present && rooms.documents.kept(present)
  const changed = before && readDifference(text, before, xml)
  if (changed !== undefined) return { kind, bytes, ...changed }
  if (rooms.taken.has(selector, bytes))
    return { kind, bytes, document: new TextDocument(text, xml, {}), replaced: 'nothing' }
  return { kind, bytes, document: readDecoded(text, xml) }
}

/**
 * §8.2.1: the parent of a document is a directory. A user's home directory is always there, and those that the usage
 * declares.
 */
function mustHaveParent(address: Address): void {
  const { name } = address.selector
  const slash = name.lastIndexOf('/')
  const directories = address.usage.directories ?? []
  if (slash === -1 || directories.includes(name.slice(0, slash))) return
  const [closest] = directories
    .filter((directory) => name.startsWith(`${directory}/`))
    .sort((a, b) => b.length - a.length)
  const nearest = closest === undefined ? '' : `${closest.split('/').map(encodeSegment).join('/')}/`
  const ancestor = `${directoryOf(address)}${nearest}`
  throw new Refused({ kind: 'no-parent', phrase: 'There is no such directory', ancestor })
}

function typeOf(usage: ApplicationUsage, node: NodeSelector | undefined): string {
  if (node === undefined) return usage.mediaType
  return node.terminal.kind === 'attribute' ? ATTRIBUTE_TYPE : ELEMENT_TYPE
}

/** §8.2.2: a Content-Type that does not match the kind of resource is 415. */
function mustBeOfType(
  { leniency }: XcapRooms,
  usage: ApplicationUsage,
  node: NodeSelector | undefined,
  sent: string | undefined,
): void {
  const type = typeOf(usage, node)
  if (sent === type || (leniency.contentType && node === undefined && (sent === undefined || sent === FORM))) return
  throw new Refused({
    kind: 'unsupported-media-type',
    detail: `This resource takes ${type}; ${sent === undefined ? 'no Content-Type was sent' : `${sent} was sent`}.`,
  })
}

/**
 * Whether it is a document of the usage is for `check` to say.
 * @throws Refused `too-large`, and as `readDocument`.
 */
export function parseAs(rooms: XcapRooms, usage: ApplicationUsage, body: Uint8Array): TextDocument {
  mustBeShort(usage, body)
  return readDocument(body, rooms.limits.xml)
}

/** The same of an edited text, of which only what is new is read where that will do. */
function parseEdit(rooms: XcapRooms, usage: ApplicationUsage, { text, replacement }: Edit): Parsed {
  const bytes = Buffer.from(text)
  mustBeShort(usage, bytes)
  const read = replacement && readReplaced(text, replacement, rooms.limits.xml)
  return { bytes, ...(read ?? { document: readDecoded(text, rooms.limits.xml) }) }
}

function mustBeShort({ auid, bytesAtMost }: ApplicationUsage, { length }: Uint8Array): void {
  if (length <= bytesAtMost) return
  throw new Refused({ kind: 'too-large', detail: `A document of ${auid} has at most ${bytesAtMost} bytes.` })
}
