/**
 * What makes an application usage (RFC 4825 §5.9), as data: a JSON file beside its schema. Shipped usages and those
 * that an operator adds are declared in the same way; what a declaration cannot say of ours is code under `usage/`.
 */
import { fieldsAt, formWords } from '../form-words.ts'
import * as z from '../zod.ts'

/** No setting of the server takes more. */
const BYTES_AT_MOST = 262_144
const NAME = /^[^/@:]+(:[^/@:]+)?$/

const uniqueRule = z.strictObject({
  /**
   * `/profile/messages`: from the root, in the default namespace, or with one of `prefixes`; `//list`: wherever it
   * stands.
   */
  within: z.string().regex(/^(\/[^/]+)+$|^\/\/[^/]+$/, 'is a path like /profile/messages, or //list'),
  /** Which children of it, `rule`; or deeper, `messages/rule`. */
  each: z.string().regex(/^[^/@]+(\/[^/@]+)*$/, 'is a path like rule, or messages/rule'),
  /** An attribute of theirs: `@id`, `@xml:lang`. Elements without it are not compared. */
  key: z.string().regex(/^@[^/@]+$/, 'is an attribute like @id'),
  /** How a free value is made for RFC 4825 §11.1 `alt-value`. */
  alternatives: z.enum(['suffixed', 'numbered', 'none']).default('none'),
  /** Unique in the documents of all users together, not only in its own. */
  acrossUsers: z.boolean().default(false),
  /**
   * The values are SIP URIs of services: compared as such, of a domain of this server, and no user's address. With
   * `acrossUsers`.
   */
  serviceUri: z.boolean().default(false),
})

const declaration = z.strictObject({
  auid: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'is an AUID (RFC 4825 §5.1) like org.example.settings'),
  /** File name of the XSD. A usage without one takes any well-formed document, and its namespace is not advertised. */
  schema: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.xsd$/, 'is a file name like settings.xsd')
    .optional(),
  /**
   * The root element, `settings`, in the default namespace, or with one of `prefixes`. Missing: whatever the schema
   * takes as a root.
   */
  root: z.string().regex(NAME, 'is a name like settings, or s:settings').optional(),
  defaultNamespace: z.string().min(1).optional(),
  /**
   * Namespaces beside the default one that the schema knows every element of (RFC 4825 §12). An element of theirs, or
   * of the default one where it is among them, that no schema declares is refused wherever it stands.
   */
  advertises: z.array(z.string().min(1)).default([]),
  /** Bound in `root` and in the paths of `unique`. */
  prefixes: z.record(z.string(), z.string().min(1)).default({}),
  mediaType: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/,
      'is a media type in lower case, without parameters',
    ),
  trees: z.array(z.enum(['users', 'global'])).min(1),
  /** The only names that its documents have. Missing: any name. */
  names: z.array(z.string().min(1)).min(1).optional(),
  /** Of a shipped usage: names beside those that clients of old give, taken where `XDMS_LENIENT_NAMES` says so. */
  namesOfOld: z.array(z.string().min(1)).default([]),
  /** Sub-directories that its documents may lie in, without slashes at their ends. */
  directories: z.array(z.string().regex(/^[^/]+(\/[^/]+)*$/, 'is a path like photos, or photos/2026')).default([]),
  readableBy: z.enum(['owner', 'everybody', 'trusted']).default('owner'),
  wakes: z.enum(['always', 'waiting', 'never']).default('never'),
  bytesAtMost: z.int().min(1).max(BYTES_AT_MOST).default(65_536),
  unique: z.array(uniqueRule).default([]),
  /** `when-named`: of a shipped usage that most servers have no use for, and `XDMS_USAGES_ON` names. */
  served: z.enum(['always', 'when-named']).default('always'),
})

export type Declaration = z.infer<typeof declaration>
export type UniqueRule = z.infer<typeof uniqueRule>

/** A declaration that cannot be used: found when the server starts. */
export class DeclarationBroken extends Error {}

/** @throws DeclarationBroken, with the file and every field that is wrong. */
export function readDeclaration(file: string, text: string): Declaration {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new DeclarationBroken(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  const result = declaration.safeParse(json, { error: formWords })
  if (result.success) return checked(file, result.data)
  const faults = result.error.issues.map(
    (issue) => `${issue.path.length === 0 ? 'the declaration' : issue.path.join('.')}: ${faultOf(issue, json)}`,
  )
  throw new DeclarationBroken(`${file} does not declare a usage. ${faults.join('; ')}`)
}

function faultOf(issue: z.core.$ZodIssue, json: unknown): string {
  if (issue.code === 'unrecognized_keys')
    return `has no ${issue.keys.join(', ')}; there are ${fieldsAt(declaration, issue.path)?.join(', ')}`
  const isMissing = issue.path.length === 1 && !Object.hasOwn(Object(json), issue.path[0] ?? '')
  return isMissing ? `is missing; ${issue.message}` : issue.message
}

/** Every prefix that a path uses is bound; `xml` is by definition. What is advertised has a schema. */
function checked(file: string, data: Declaration): Declaration {
  const bound = (name: string, where: string): void => {
    const prefix = name.includes(':') ? name.slice(0, name.indexOf(':')) : ''
    if (prefix === '' || prefix === 'xml' || Object.hasOwn(data.prefixes, prefix)) return
    throw new DeclarationBroken(`${file} uses the prefix ${prefix} in ${where} and does not bind it in "prefixes".`)
  }
  bound(data.root ?? '', `the root ${data.root}`)
  for (const { within, each, key } of data.unique) {
    for (const step of [...within.split('/'), ...each.split('/'), key.slice(1)]) bound(step, `${within}/${each}/${key}`)
  }
  if (data.schema === undefined && data.advertises.length > 0) {
    throw new DeclarationBroken(
      `${file} advertises ${data.advertises.join(', ')} and has no schema that could judge it.`,
    )
  }
  return data
}
