/**
 * The documents as JSON: one truth and one ETag with XCAP, because everything goes through what XCAP calls. A JSON write is merged into the
 * text that is there, so that what JSON does not show is kept, and put on the condition that this very text is still there.
 */
import { AUID, INDEX, type Auid, type Etag, type Owner } from '../names.ts'
import { checkJson } from '../preferences/check.ts'
import type { DocumentKind } from '../preferences/shapes.ts'
import { documentJson, writeJson } from '../preferences/write.ts'
import { Refused } from '../refusal.ts'
import { mustHold } from '../xcap/conditions.ts'
import { deleteResource } from '../xcap/delete.ts'
import { getResource } from '../xcap/get.ts'
import { putResource } from '../xcap/put.ts'
import type { Address, Conditions } from '../xcap/request.ts'
import { readDocument } from '../xml/gate.ts'
import type { XmlDocument } from '../xml/tree.ts'
import { emptyAnswer, jsonAnswer, quoted, type Answer } from './exchange.ts'
import type { HttpRooms } from './rooms.ts'
import { mayHe, ownerOf, param, readJson, type Asked, type Doors, type Route } from './route.ts'

const AUID_OF: Readonly<Record<DocumentKind, Auid>> = {
  profile: AUID.profiles,
  'active-profile': AUID.activeProfile,
  'do-not-disturb': AUID.doNotDisturb,
  'provider-policy': AUID.providerPolicy,
}

/** Losing this often in a row to other writers: the caller is told to come back. */
const MERGES_AT_MOST = 100

export function documentRoutes(doors: Doors): readonly Route[] {
  return [
    ...routesOf(doors, 'profile', '/api/users/{xui}/profiles/{id}', 'own'),
    ...routesOf(doors, 'active-profile', '/api/users/{xui}/active-profile', 'own'),
    ...routesOf(doors, 'do-not-disturb', '/api/users/{xui}/do-not-disturb', 'own'),
    ...routesOf(doors, 'provider-policy', '/api/policy', 'policy'),
    { method: 'GET', path: '/api/users/{xui}/profiles', handle: (asked) => listProfiles(doors, asked) },
  ]
}

function routesOf(doors: Doors, kind: DocumentKind, path: string, whose: 'own' | 'policy'): readonly Route[] {
  const { rooms } = doors
  const addressOf = (asked: Asked): Address => {
    const owner = whose === 'policy' ? 'global' : ownerOf(asked)
    return address(doors, kind, owner, kind === 'profile' ? param(asked, 'id') : INDEX)
  }
  const mayRead = whose === 'policy' ? 'read-policy' : 'read-documents'
  const mayWrite = whose === 'policy' ? 'write-policy' : 'write-documents'
  return [
    {
      method: 'GET',
      path,
      async handle(asked) {
        const at = addressOf(asked)
        await mayHe(doors, asked, mayRead, at.selector.owner)
        const found = await getResource(rooms.xcap, { address: at, conditions: asked.conditions() })
        if (found.kind === 'not-modified')
          return emptyAnswer(304, { 'cache-control': 'no-cache', etag: quoted(found.etag) })
        return jsonAnswer(200, documentJson(kind, readDocument(found.body, rooms.xcap.limits.xml)), {
          etag: quoted(found.etag),
        })
      },
    },
    {
      method: 'PUT',
      path,
      async handle(asked) {
        const at = addressOf(asked)
        await mayHe(doors, asked, mayWrite, at.selector.owner)
        const json = checkJson(kind, await readJson(asked, doors, doors.settings.limits.jsonBytes))
        return putJson(rooms, kind, at, json, asked)
      },
    },
    {
      method: 'DELETE',
      path,
      async handle(asked) {
        const at = addressOf(asked)
        await mayHe(doors, asked, mayWrite, at.selector.owner)
        asked.exchange.changed = await deleteResource(rooms.xcap, {
          address: at,
          by: asked.principal.xui,
          conditions: asked.conditions(),
        })
        return emptyAnswer(204)
      },
    },
  ]
}

function address({ rooms, settings }: Doors, kind: DocumentKind, owner: Owner, name: string): Address {
  const usage = rooms.xcap.usages.find(AUID_OF[kind])
  if (usage === undefined) throw new Refused({ kind: 'not-found', detail: 'This is not served here.' })
  return { usage, selector: { auid: usage.auid, owner, name }, root: settings.root, node: undefined, query: undefined }
}

async function putJson(rooms: HttpRooms, kind: DocumentKind, at: Address, json: object, asked: Asked): Promise<Answer> {
  const asConditions = asked.conditions()
  for (let merge = 1; merge <= MERGES_AT_MOST; merge++) {
    const present = await presentOf(rooms, at)
    mustHold(asConditions, present?.etag)
    const body = Buffer.from(writeJson(kind, json, present?.document))
    const conditions: Conditions =
      present === undefined ? { ifNoneMatch: 'any' } : { ifMatch: [{ etag: present.etag, weak: false }] }
    const request = { address: at, by: asked.principal.xui, conditions, contentType: at.usage.mediaType, body }
    const put = await unlessOvertaken(putResource(rooms.xcap, request))
    if (put === undefined) continue
    asked.exchange.changed = put
    return jsonAnswer(put.kind === 'created' ? 201 : 200, json, { etag: quoted(put.etag) })
  }
  throw new Refused({
    kind: 'unavailable',
    detail: 'Too many others are writing this document at once.',
    retryAfter: 1,
  })
}

async function presentOf(
  rooms: HttpRooms,
  at: Address,
): Promise<{ readonly etag: Etag; readonly document: XmlDocument } | undefined> {
  try {
    const found = await getResource(rooms.xcap, { address: at, conditions: {} })
    if (found.kind === 'found') return { etag: found.etag, document: readDocument(found.body, rooms.xcap.limits.xml) }
  } catch (error) {
    if (!(error instanceof Refused && error.refusal.kind === 'not-found')) throw error
  }
  return undefined
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

async function listProfiles(doors: Doors, asked: Asked): Promise<Answer> {
  const { rooms } = doors
  const owner = ownerOf(asked)
  await mayHe(doors, asked, 'read-documents', owner)
  const home = await rooms.homes.read(owner)
  const prefix = `${AUID.profiles}/`
  const names = [...home.documents.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
  const profiles = await Promise.all(
    names.sort().map(async (name) => {
      const present = await presentOf(rooms, address(doors, 'profile', owner, name))
      if (present === undefined) return []
      const { id, displayNames } = documentJson('profile', present.document) as {
        id: string
        displayNames: readonly { text: string }[]
      }
      return [{ id, displayName: displayNames[0]?.text, etag: present.etag }]
    }),
  )
  return jsonAnswer(200, { profiles: profiles.flat() })
}
