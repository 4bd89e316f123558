/**
 * What a user has, and what his documents were before: listed, read, and restored. To restore is to put the old text
 * once more, so it is held to everything that a PUT is held to; nothing is undone, and what was there in between stays
 * among the versions.
 */
import { instantText } from '../clock.ts'
import { documentKey, documentsOf, type DocumentEntry, type Version } from '../home/home.ts'
import { AUID, INDEX, selectorText } from '../names.ts'
import { Refused } from '../refusal.ts'
import { isModified } from '../xcap/conditions.ts'
import { putResource } from '../xcap/put.ts'
import { documentAddress, type Address } from '../xcap/request.ts'
import { emptyAnswer, jsonAnswer, quotedTag, type Answer } from './exchange.ts'
import { mustBeAllowed, ownerOf, param, type AuthenticatedRequest, type HttpContext, type Route } from './route.ts'

const DOCUMENT = '/api/users/{xui}/documents/{auid}/{name}'

export function historyRoutes(context: HttpContext): readonly Route[] {
  return [
    { method: 'GET', path: '/api/users/{xui}/documents', answer: (request) => listDocuments(context, request) },
    { method: 'GET', path: `${DOCUMENT}/history`, answer: (request) => listVersions(context, request) },
    { method: 'GET', path: `${DOCUMENT}/history/{etag}`, answer: (request) => readVersion(context, request) },
    { method: 'POST', path: `${DOCUMENT}/history/{etag}/restore`, answer: (request) => restore(context, request) },
    { method: 'GET', path: '/api/policy/history', answer: (request) => listVersions(context, request) },
    { method: 'GET', path: '/api/policy/history/{etag}', answer: (request) => readVersion(context, request) },
  ]
}

/** Documents of a usage that is not served any more can be read nowhere, so they are not listed either. */
async function listDocuments(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { homes, xcap } = context.rooms
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-documents', owner)
  const home = await homes.read(owner)
  const documents = xcap.usages.all().flatMap(({ auid }) =>
    documentsOf(home, auid).map(([name, entry]) => ({
      document: selectorText({ auid, owner, name }),
      auid,
      name,
      ...shown(entry),
    })),
  )
  return jsonAnswer(200, { documents: documents.sort((one, other) => (one.document < other.document ? -1 : 1)) })
}

async function listVersions(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const address = await addressOf(context, request, 'read-documents')
  const versions = await versionsOf(context, address)
  return jsonAnswer(200, {
    versions: versions.map((version) => ({
      ...shown(version),
      ...('replaced' in version ? { replaced: instantText(version.replaced) } : {}),
    })),
  })
}

/** What has this ETag never changes. */
async function readVersion(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const address = await addressOf(context, request, 'read-documents')
  const { etag, bytes } = await versionOf(context, address, param(request, 'etag'))
  const headers = { ...ALWAYS, etag: quotedTag(etag) }
  if (!isModified(request.conditions(), etag)) return emptyAnswer(304, headers)
  return { kind: 'whole', status: 200, headers: { ...headers, 'content-type': address.usage.mediaType }, body: bytes }
}

/** Shown by a browser it runs nothing; kept by nobody in between. */
const ALWAYS = {
  'cache-control': 'private, max-age=31536000, immutable',
  'content-security-policy': 'sandbox',
} as const

/** The conditions are on the document as it is now. */
async function restore(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const address = await addressOf(context, request, 'write-documents')
  const { bytes } = await versionOf(context, address, param(request, 'etag'))
  const write = {
    address,
    by: request.principal.xui,
    conditions: request.conditions(),
    contentType: address.usage.mediaType,
    body: bytes,
  }
  const put = await putResource(context.rooms.xcap, write)
  request.exchange.changed = put
  return emptyAnswer(put.kind === 'created' ? 201 : 200, { etag: quotedTag(put.etag) })
}

async function addressOf(
  context: HttpContext,
  request: AuthenticatedRequest,
  action: 'read-documents' | 'write-documents',
): Promise<Address> {
  if (request.params['xui'] === undefined) return policyAddress(context, request)
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, action, owner)
  const usage = context.rooms.xcap.usages.find(param(request, 'auid'))
  if (usage === undefined)
    throw new Refused({ kind: 'not-found', detail: `No application usage "${param(request, 'auid')}" is served here.` })
  return documentAddress(usage, context.settings.root, owner, param(request, 'name'))
}

/** What everybody may read now; what it was and who wrote it is for those who write it. */
async function policyAddress(context: HttpContext, request: AuthenticatedRequest): Promise<Address> {
  await mustBeAllowed(context, request, 'write-policy', 'global')
  const usage = context.rooms.xcap.usages.find(AUID.providerPolicy)
  if (usage === undefined) throw new Refused({ kind: 'not-found', detail: 'This is not served here.' })
  return documentAddress(usage, context.settings.root, 'global', INDEX)
}

/** The present one first, where there is one. */
async function versionsOf(
  { rooms }: HttpContext,
  { selector: { auid, owner, name } }: Address,
): Promise<readonly (DocumentEntry | Version)[]> {
  const key = documentKey(auid, name)
  const present = (await rooms.homes.read(owner)).documents.get(key)
  const earlier = await rooms.homes.versions(owner, key)
  // Somebody may write between the two: then what was the present one is among the others.
  const isThere = present !== undefined && !earlier.some(({ etag }) => etag === present.etag)
  const versions = isThere ? [present, ...earlier] : earlier
  if (versions.length === 0)
    throw new Refused({ kind: 'not-found', detail: 'There is no such document, and none is remembered.' })
  return versions
}

async function versionOf(
  context: HttpContext,
  address: Address,
  tag: string,
): Promise<{ readonly etag: DocumentEntry['etag']; readonly bytes: Uint8Array }> {
  const version = (await versionsOf(context, address)).find(({ etag }) => etag === tag)
  const bytes = version && (await context.rooms.homes.text(version.text))
  if (version === undefined || bytes === undefined)
    throw new Refused({ kind: 'not-found', detail: 'There is no such version, or it is not kept any more.' })
  return { etag: version.etag, bytes }
}

function shown({ etag, size, changed, by }: DocumentEntry): object {
  return { etag, size, changed: instantText(changed), by }
}
