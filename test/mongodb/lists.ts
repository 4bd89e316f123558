/** The documents that writers race for: lists of one user, `resource-lists` (RFC 4826). */
import type { Answer, Client } from '../http/client.ts'
import { ALICE } from './servers.ts'

const TYPE = 'application/resource-lists+xml'
const NAMESPACE = 'urn:ietf:params:xml:ns:resource-lists'

export function listsPath(name: string, owner = ALICE): string {
  return `/xcap-root/resource-lists/users/${owner}/${name}`
}

/** As the journal calls it. */
export function listsSelector(name: string, owner = ALICE): string {
  return `resource-lists/users/${owner}/${name}`
}

/** A document with one list, whose display name is `says`. */
export function listsDocument(says: string): string {
  return (
    `<resource-lists xmlns="${NAMESPACE}"><list name="friends"><display-name>${says}</display-name>` +
    `</list></resource-lists>`
  )
}

export function saidBy(document: string): string | undefined {
  return /<display-name>(.*)<\/display-name>/.exec(document)?.[1]
}

export async function putLists(
  client: Client,
  path: string,
  says: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await client.putXml(path, TYPE, listsDocument(says), headers)
}

/** One more entry in the list, without conditions. */
export async function putEntry(client: Client, path: string, uri: string): Promise<Answer> {
  const target = `${path}/~~/resource-lists/list%5b@name=%22friends%22%5d/entry%5b@uri=%22${uri}%22%5d`
  return await client.putXml(target, 'application/xcap-el+xml', `<entry uri="${uri}"/>`)
}
