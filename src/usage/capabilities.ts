/** RFC 4825 §12: what this server serves, computed from the usages that were loaded. */
import { createHash } from 'node:crypto'
import { INDEX, type Etag } from '../names.ts'
import type { ComputedDocuments } from '../xcap/application-usage.ts'
import { writeDocument, type Written } from '../xml/write.ts'
import type { Declaration } from './declaration.ts'

const NAMESPACE = 'urn:ietf:params:xml:ns:xcap-caps'

/**
 * The document is made once, when it is asked for; its ETag is taken from its bytes, so it is the same after a restart
 * and another one after a change.
 */
export function capabilities(declarations: readonly Declaration[]): ComputedDocuments {
  const names = (name: string, values: readonly string[]): readonly Written[] =>
    values.map((value) => ({ name, children: [value] }))
  const document = (): Uint8Array =>
    writeDocument({
      name: 'xcap-caps',
      namespace: NAMESPACE,
      children: [
        {
          name: 'auids',
          children: names(
            'auid',
            declarations.map(({ auid }) => auid),
          ),
        },
        { name: 'extensions' },
        { name: 'namespaces', children: names('namespace', validated(declarations)) },
      ],
    })
  let made: { readonly bytes: Uint8Array; readonly etag: Etag } | undefined
  const make = (): NonNullable<typeof made> => {
    const bytes = document()
    return { bytes, etag: createHash('sha256').update(bytes).digest('base64url').slice(0, 16) as Etag }
  }
  return { has: ({ owner, name }) => owner === 'global' && name === INDEX, make: () => (made ??= make()) }
}

/**
 * RFC 4825 §12: a namespace is listed only if the server can validate every element in it: never that of a usage
 * without a schema.
 */
function validated(declarations: readonly Declaration[]): readonly string[] {
  const judged = declarations.filter(({ schema }) => schema !== undefined)
  const namespaces = judged.flatMap(({ defaultNamespace, advertises }) => [defaultNamespace, ...advertises])
  return [...new Set(namespaces)].filter((namespace) => namespace !== undefined)
}
