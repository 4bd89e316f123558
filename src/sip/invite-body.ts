/** The body of an INVITE: a description alone, or in a multipart beside something else (RFC 5621 §3). */
import { mediaTypeOf } from '../media-type.ts'
import { decodedBytes, readContent } from '../mime/part.ts'
import type { SipRequest } from './port.ts'

/** The bytes of the first part of each type; the body itself where it is no multipart. */
export function partsOfBody(request: SipRequest): ReadonlyMap<string, Uint8Array> {
  const contentType = request.header('content-type') ?? request.header('c') ?? ''
  if (!mediaTypeOf(contentType).startsWith('multipart/')) return new Map([[mediaTypeOf(contentType), request.body]])
  const parts = new Map<string, Uint8Array>()
  for (const part of readContent(contentType, request.body).parts)
    if (!parts.has(part.type)) parts.set(part.type, decodedBytes(part))
  return parts
}
