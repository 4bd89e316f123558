/** The texts of a document before and after a change, as long as they are kept. */
import { documentKey, type DocumentEntry, type Homes } from '../home/home.ts'
import type { Owner } from '../names.ts'
import { Refused } from '../refusal.ts'
import type { XmlLimits } from '../xml/limits.ts'
import { readDocument } from '../xml/read-document.ts'
import type { XmlDocument } from '../xml/tree.ts'

export interface ChangedTexts {
  readonly before: XmlDocument | undefined
  readonly after: XmlDocument | undefined
}

/**
 * Bytes. Comparing longer documents would keep the others waiting: reading one of this size takes about ten
 * milliseconds.
 */
const READ_AT_MOST = 128 * 1024

/** `document` as `selectorText` prints it. A text that is gone, too long or unreadable is `undefined`. */
export async function changedTexts(
  { homes, xml }: { readonly homes: Homes; readonly xml: XmlLimits },
  owner: Owner,
  document: string,
  etags: { readonly before: string | undefined; readonly after: string | undefined },
): Promise<ChangedTexts> {
  const key = keyOf(owner, document)
  const present = (await homes.read(owner)).documents.get(key)
  const entries: DocumentEntry[] = present === undefined ? [] : [present]
  const isPresent = (etag: string | undefined): boolean => etag === undefined || etag === present?.etag
  if (!isPresent(etags.before) || !isPresent(etags.after)) entries.push(...(await homes.versions(owner, key)))

  const read = async (etag: string | undefined): Promise<XmlDocument | undefined> => {
    const entry = etag === undefined ? undefined : entries.find((one) => one.etag === etag)
    if (entry === undefined || entry.size > READ_AT_MOST) return undefined
    const bytes = await homes.text(entry.text)
    if (bytes === undefined) return undefined
    try {
      return readDocument(bytes, xml)
    } catch (error) {
      if (error instanceof Refused) return undefined
      throw error
    }
  }
  return { before: await read(etags.before), after: await read(etags.after) }
}

/** The key in its home of a document as `selectorText` prints it. */
function keyOf(owner: Owner, document: string): string {
  const auid = document.slice(0, document.indexOf('/'))
  const tree = owner === 'global' ? '/global/' : `/users/${owner}/`
  return documentKey(auid, document.slice(auid.length + tree.length))
}
