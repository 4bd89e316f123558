/** The directory of a user's documents (OMA XDM Core, `org.openmobilealliance.xcap-directory`), made of his home. */
import { createHash } from 'node:crypto'
import { instantText } from '../clock.ts'
import type { DocumentEntry, Home } from '../home/home.ts'
import type { Etag } from '../names.ts'
import type { ComputedDocument, ComputedDocuments } from '../xcap/application-usage.ts'
import { encodeSegment } from '../xcap/node.ts'
import { writeDocument, type Written } from '../xml/write.ts'
import { refuseConstraint, type Constraints } from './constraints.ts'

export const DIRECTORY = 'org.openmobilealliance.xcap-directory'
const DIRECTORY_NAME = 'directory.xml'

const NAMESPACE = 'urn:oma:xml:xdm:xcap-directory'

/** It takes GET only. */
export const directoryConstraints: Constraints = {
  check() {
    refuseConstraint('The server makes this document by itself.')
  },
}

/** @param served whether a usage of that AUID is served: documents of one that an operator took away cannot be read. */
export function directory(served: (auid: string) => boolean): ComputedDocuments {
  return {
    has: ({ owner, name }) => owner !== 'global' && name === DIRECTORY_NAME,
    make: async ({ owner }, { root, home }) => directoryOfHome(await home(owner), root, served),
  }
}

/**
 * One folder for each usage that he has documents of, both in the order of their names. The ETag is taken from the
 * bytes: those of the documents are in them and are never used twice, so it changes exactly when something in the
 * directory does.
 * @param root the path of the XCAP root, without a slash at its end; entries are named by a path from there, good under
 * any host name.
 */
export function directoryOfHome(home: Home, root: string, served: (auid: string) => boolean): ComputedDocument {
  const folders = new Map<string, Written[]>()
  for (const [key, entry] of [...home.documents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const slash = key.indexOf('/')
    const auid = key.slice(0, slash)
    if (!served(auid)) continue
    const entries = folders.get(auid) ?? []
    entries.push(written(uriOf(root, auid, home, key.slice(slash + 1)), entry))
    folders.set(auid, entries)
  }
  const children = [...folders].map(([auid, entries]) => ({ name: 'folder', attributes: { auid }, children: entries }))
  const bytes = writeDocument({ name: 'xcap-directory', namespace: NAMESPACE, children })
  return { bytes, etag: createHash('sha256').update(bytes).digest('base64url').slice(0, 16) as Etag }
}

function written(uri: string, { etag, changed, size }: DocumentEntry): Written {
  return { name: 'entry', attributes: { uri, etag, 'last-modified': instantText(changed), size: String(size) } }
}

function uriOf(root: string, auid: string, { owner }: Home, name: string): string {
  const tree = owner === 'global' ? ['global'] : ['users', owner]
  return [root, ...[auid, ...tree, ...name.split('/')].map(encodeSegment)].join('/')
}
