/** The XCAP side: RFC 4825 §8 in the order of its checks. Routed on the target as it was sent. */
import { authorize } from '../access/authorize.ts'
import { isOtherCharset } from '../media-type.ts'
import { Refused } from '../refusal.ts'
import { readAddress } from '../xcap/address.ts'
import { readConditions } from '../xcap/conditions.ts'
import { deleteResource } from '../xcap/delete.ts'
import { getResource } from '../xcap/get.ts'
import { nodeSelectorOf } from '../xcap/node.ts'
import { checkBeforeBody, putResource } from '../xcap/put.ts'
import type { Address } from '../xcap/request.ts'
import { emptyAnswer, quotedTag, type Answer, type Exchange } from './exchange.ts'
import { contentTypeOf, identify, mustStillBeAllowed, readBodyOf, type HttpContext } from './route.ts'
import { recordGlobal } from './trail.ts'

const METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']
const METHODS_OF_READ_ONLY = ['GET', 'HEAD', 'OPTIONS']

export async function answerXcap(exchange: Exchange, context: HttpContext): Promise<Answer> {
  const { rooms, settings } = context
  const { req } = exchange
  const { method } = req
  if (!METHODS.includes(method)) throw notTaken(method, methodsAt(exchange.target, context)) // 405
  if (settings.serves === 'messages')
    throw new Refused({ kind: 'not-found', detail: 'The documents are not here, but in the XDMS.' }) // 404
  const address = readAddress(exchange.target, settings.root, rooms.xcap.usages, exchange.realm) // 404, 400
  exchange.auid = address.usage.auid
  // What a client may ask before it says who it is (a browser must, RFC 9110 §9.3.7).
  if (method === 'OPTIONS') return emptyAnswer(204, { allow: methodsOf(address).join(', ') })

  const principal = await identify(exchange, context) // 401
  const writes = method === 'PUT' || method === 'DELETE'
  const action = writes ? 'write-documents' : 'read-documents'
  await authorize(rooms.accounts, principal, action, address.selector.owner, address.usage.readableBy) // 403

  switch (method) {
    case 'GET':
    case 'HEAD': {
      const found = await getResource(rooms.xcap, {
        address,
        conditions: readConditions(req.headers, rooms.xcap.leniency.etags),
      })
      const etag = quotedTag(found.etag)
      if (found.kind === 'not-modified') return emptyAnswer(304, { etag, ...ALWAYS })
      const headers = { etag, 'content-type': found.contentType, ...ALWAYS }
      return { kind: 'whole', status: 200, headers, body: found.body }
    }
    case 'PUT': {
      const conditions = readConditions(req.headers, rooms.xcap.leniency.etags)
      const contentType = contentTypeOf(exchange)
      checkBeforeBody(rooms.xcap, { address, contentType })
      mustBeUtf8(req.headers['content-type'])
      const body = await readBodyOf(exchange, principal, context, address.usage.bytesAtMost)
      await mustStillBeAllowed(exchange, principal, context) // 403
      const put = await putResource(rooms.xcap, { address, by: principal.xui, conditions, contentType, body })
      exchange.changed = put
      await recordGlobal(context, exchange, address)
      return emptyAnswer(put.kind === 'created' ? 201 : 200, { etag: quotedTag(put.etag) })
    }
    case 'DELETE': {
      const gone = await deleteResource(rooms.xcap, {
        address,
        by: principal.xui,
        conditions: readConditions(req.headers, rooms.xcap.leniency.etags),
      })
      exchange.changed = gone
      await recordGlobal(context, exchange, address)
      return emptyAnswer(200, gone.etag === undefined ? {} : { etag: quotedTag(gone.etag) })
    }
    default:
      throw notTaken(method, methodsOf(address))
  }
}

/** RFC 7303 §3: a charset that is said is believed, and a document has one (RFC 4825 §8.2.1). */
function mustBeUtf8(contentType = ''): void {
  if (!isOtherCharset(contentType)) return
  throw new Refused({ kind: 'unsupported-media-type', detail: 'A document comes in UTF-8.' })
}

/** A document is somebody's input: a browser that shows it runs nothing of it. */
const ALWAYS = { 'cache-control': 'no-cache', 'content-security-policy': 'sandbox' } as const

/** RFC 9110 §10.2.1. What the server makes by itself, and namespace bindings, can only be read. */
function methodsOf(address: Address): readonly string[] {
  const { usage, selector } = address
  const readOnly = usage.computed?.has(selector) === true || nodeSelectorOf(address)?.terminal.kind === 'namespaces'
  return readOnly ? METHODS_OF_READ_ONLY : METHODS
}

/** What would be allowed where there may be nothing: a method that nobody takes is refused before that is known. */
function methodsAt(target: string, { rooms, settings }: HttpContext): readonly string[] {
  try {
    return methodsOf(readAddress(target, settings.root, rooms.xcap.usages))
  } catch (error) {
    if (error instanceof Refused) return METHODS
    throw error
  }
}

function notTaken(method: string, allow: readonly string[]): Refused {
  return new Refused({ kind: 'method-not-allowed', detail: `XCAP has no ${method} here.`, allow })
}
