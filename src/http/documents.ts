/**
 * The documents as JSON: one truth and one ETag with XCAP, because everything goes through what XCAP calls. A JSON
 * write is merged into the text that is there, so that what JSON does not show is kept, and put on the condition that
 * this very text is still there.
 */
import { documentsOf } from '../home/home.ts'
import { AUID, INDEX, type Auid, type Owner } from '../names.ts'
import { checkJson } from '../preferences/check.ts'
import { readProfile } from '../preferences/documents.ts'
import { builtInPolicy } from '../preferences/merge.ts'
import type { DocumentKind } from '../preferences/shapes.ts'
import { documentJson, writeJson } from '../preferences/write.ts'
import { laterRound } from '../rounds.ts'
import { Refused } from '../refusal.ts'
import { mustHold } from '../xcap/conditions.ts'
import { deleteResource } from '../xcap/delete.ts'
import { getResource } from '../xcap/get.ts'
import { presentDocument } from '../xcap/present.ts'
import { putResource } from '../xcap/put.ts'
import { documentAddress, type Address, type Conditions } from '../xcap/request.ts'
import { readDocument } from '../xml/read-document.ts'
import { emptyAnswer, jsonAnswer, quotedTag, type Answer } from './exchange.ts'
import {
  mustBeAllowed,
  ownerOf,
  param,
  readJson,
  type AuthenticatedRequest,
  type HttpContext,
  type Route,
} from './route.ts'
import { recordGlobal } from './trail.ts'

const AUID_OF: Readonly<Record<DocumentKind, Auid>> = {
  profile: AUID.profiles,
  'active-profile': AUID.activeProfile,
  'do-not-disturb': AUID.doNotDisturb,
  'provider-policy': AUID.providerPolicy,
}

/** Losing this often in a row to other writers: the caller is told to come back. */
const MERGES_AT_MOST = 100
/** Some milliseconds of work where none of them is known yet. */
const LISTED_AT_ONCE = 32

export function documentRoutes(context: HttpContext): readonly Route[] {
  return [
    ...routesOf(context, 'profile', '/api/users/{xui}/profiles/{id}', 'own'),
    ...routesOf(context, 'active-profile', '/api/users/{xui}/active-profile', 'own'),
    ...routesOf(context, 'do-not-disturb', '/api/users/{xui}/do-not-disturb', 'own'),
    ...routesOf(context, 'provider-policy', '/api/policy', 'policy'),
    { method: 'GET', path: '/api/users/{xui}/profiles', answer: (request) => listProfiles(context, request) },
  ]
}

function routesOf(context: HttpContext, kind: DocumentKind, path: string, whose: 'own' | 'policy'): readonly Route[] {
  const { rooms } = context
  const addressOf = (request: AuthenticatedRequest): Address => {
    const owner = whose === 'policy' ? 'global' : ownerOf(request)
    return address(context, kind, owner, kind === 'profile' ? param(request, 'id') : INDEX)
  }
  const mayRead = whose === 'policy' ? 'read-policy' : 'read-documents'
  const mayWrite = whose === 'policy' ? 'write-policy' : 'write-documents'
  return [
    {
      method: 'GET',
      path,
      async answer(request) {
        const at = addressOf(request)
        await mustBeAllowed(context, request, mayRead, at.selector.owner)
        const found = await unlessMissing(
          getResource(rooms.xcap, { address: at, conditions: request.conditions() }),
          kind === 'provider-policy',
        )
        if (found === undefined) return jsonAnswer(200, builtInPolicy())
        if (found.kind === 'not-modified')
          return emptyAnswer(304, { 'cache-control': 'no-cache', etag: quotedTag(found.etag) })
        return jsonAnswer(200, documentJson(kind, readDocument(found.body, rooms.xcap.limits.xml)), {
          etag: quotedTag(found.etag),
        })
      },
    },
    {
      method: 'PUT',
      path,
      async answer(request) {
        const at = addressOf(request)
        await mustBeAllowed(context, request, mayWrite, at.selector.owner)
        const json = checkJson(kind, await readJson(request, context, context.settings.limits.jsonBytes))
        return putJson(context, kind, at, json, request)
      },
    },
    {
      method: 'DELETE',
      path,
      async answer(request) {
        const at = addressOf(request)
        await mustBeAllowed(context, request, mayWrite, at.selector.owner)
        request.exchange.changed = await deleteResource(rooms.xcap, {
          address: at,
          by: request.principal.xui,
          conditions: request.conditions(),
        })
        await recordGlobal(context, request.exchange, at)
        return emptyAnswer(204)
      },
    },
  ]
}

function address({ rooms, settings }: HttpContext, kind: DocumentKind, owner: Owner, name: string): Address {
  const usage = rooms.xcap.usages.find(AUID_OF[kind])
  if (usage === undefined) throw new Refused({ kind: 'not-found', detail: 'This is not served here.' })
  return documentAddress(usage, settings.root, owner, name)
}

async function putJson(
  context: HttpContext,
  kind: DocumentKind,
  at: Address,
  json: object,
  request: AuthenticatedRequest,
): Promise<Answer> {
  const { rooms } = context
  const asConditions = request.conditions()
  for (let merge = 1; merge <= MERGES_AT_MOST; merge++) {
    const present = await presentDocument(rooms.xcap, at)
    mustHold(asConditions, present?.etag)
    const body = Buffer.from(writeJson(kind, json, present?.document))
    const conditions: Conditions =
      present === undefined ? { ifNoneMatch: 'any' } : { ifMatch: [{ etag: present.etag, weak: false }] }
    const write = { address: at, by: request.principal.xui, conditions, contentType: at.usage.mediaType, body }
    const put = await unlessOvertaken(putResource(rooms.xcap, write))
    if (put === undefined) continue
    request.exchange.changed = put
    await recordGlobal(context, request.exchange, at)
    return jsonAnswer(put.kind === 'created' ? 201 : 200, json, { etag: quotedTag(put.etag) })
  }
  throw new Refused({
    kind: 'unavailable',
    detail: 'Too many others are writing this document at once.',
    retryAfter: 1,
  })
}

/** `undefined` for what is not there, where that is no refusal. */
async function unlessMissing<T>(reading: Promise<T>, mayBeMissing: boolean): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (mayBeMissing && error instanceof Refused && error.refusal.kind === 'not-found') return undefined
    throw error
  }
}

/** `undefined`: somebody else wrote the document since it was read. */
async function unlessOvertaken<T>(writing: Promise<T>): Promise<T | undefined> {
  try {
    return await writing
  } catch (error) {
    if (error instanceof Refused && error.refusal.kind === 'precondition-failed') return undefined
    throw error
  }
}

async function listProfiles(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { rooms } = context
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-documents', owner)
  const documents = documentsOf(await rooms.homes.read(owner), AUID.profiles)
  const profiles: object[] = []
  for (let from = 0; from < documents.length; from += LISTED_AT_ONCE) {
    // Others are served between the profiles of somebody who has a thousand.
    if (from > 0) await laterRound()
    profiles.push(
      ...(await Promise.all(
        documents.slice(from, from + LISTED_AT_ONCE).map(async ([id, entry]) => {
          const profile = await rooms.xcap.documents.said(rooms.homes, entry, readProfile)
          const displayName = profile.kind === 'read' ? profile.value.displayNames[0]?.text : undefined
          return { id, displayName, etag: entry.etag }
        }),
      )),
    )
  }
  return jsonAnswer(200, { profiles })
}
