/** What an event is about. */
import type { LiveEvent } from './live.ts'

/** Anything of this user: his documents, his do-not-disturb, his store. Policy and global documents count, too. */
export function isOfUser(xui: string): (event: LiveEvent) => boolean {
  return ({ data }) => data?.user === undefined || data.user === xui
}

/** A change of one of his documents, of the policy or of a global one. */
export function isOfDocuments(xui: string): (event: LiveEvent) => boolean {
  const isHis = isOfUser(xui)
  return (event) => event.kind === 'change' && isHis(event)
}

/** A change of one document; `document` is its selector. */
export function isOfDocument(document: string): (event: LiveEvent) => boolean {
  return ({ kind, data }) => kind === 'change' && data.document === document
}

export function selectorOf(auid: string, xui: string, name: string): string {
  return `${auid}/users/${xui}/${name}`
}
