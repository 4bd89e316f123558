/** One XCAP request once its address is read and its author is known, and its answer. HTTP itself stays in `http/`. */
import type { DocumentSelector, Etag, Owner, Xui } from '../names.ts'
import type { ApplicationUsage } from './application-usage.ts'

/** RFC 4825 §6: what a request target names. */
export interface Address {
  readonly usage: ApplicationUsage
  readonly selector: DocumentSelector
  /** The path of the XCAP root, without a slash at its end. */
  readonly root: string
  /** Behind `~~`, not decoded yet; `undefined`: the whole document. */
  readonly node: string | undefined
  /** Behind the question mark, not decoded yet. */
  readonly query: string | undefined
}

/** A whole document. */
export function documentAddress(usage: ApplicationUsage, root: string, owner: Owner, name: string): Address {
  return { usage, selector: { auid: usage.auid, owner, name }, root, node: undefined, query: undefined }
}

/** RFC 9110 §13.1: entity tags of a condition; `any` is `*`. */
export type TagList = 'any' | readonly { readonly etag: string; readonly weak: boolean }[]

export interface Conditions {
  readonly ifMatch?: TagList
  readonly ifNoneMatch?: TagList
}

export interface PutRequest {
  readonly address: Address
  readonly by: Xui
  readonly conditions: Conditions
  /** The media type in lower case, without parameters; `undefined` where the header is missing. */
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

export interface DeleteRequest {
  readonly address: Address
  readonly by: Xui
  readonly conditions: Conditions
}

export interface GetRequest {
  readonly address: Address
  readonly conditions: Conditions
}

export type GetAnswer =
  | { readonly kind: 'found'; readonly etag: Etag; readonly contentType: string; readonly body: Uint8Array }
  | { readonly kind: 'not-modified'; readonly etag: Etag }

/** `before` is the document's earlier one, where there was a document. */
export type PutAnswer = {
  readonly kind: 'created' | 'replaced'
  readonly etag: Etag
  readonly before: Etag | undefined
}

/** `etag` is the document's new one, as long as the document still exists. */
export type DeleteAnswer = { readonly kind: 'deleted'; readonly etag: Etag | undefined; readonly before: Etag }
