/** What an event is about. */
import type { LiveEvent } from './live.ts'

/** Anything of this user: his documents, his do-not-disturb, what waits, his store, his devices. So does the policy. */
export function isOfUser(xui: string): (event: LiveEvent) => boolean {
  return ({ data }) => data?.user === undefined || data.user === xui
}

/** Whether he is left alone, and what he prefers. */
export function isOfPreferences(xui: string): (event: LiveEvent) => boolean {
  const isHis = isOfUser(xui)
  return (event) => (event.kind === 'change' || event.kind === 'state') && isHis(event)
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

/** What waits for anybody. */
export function isOfWaiting({ kind }: LiveEvent): boolean {
  return kind === 'waiting'
}
