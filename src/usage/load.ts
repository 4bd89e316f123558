/**
 * Reads the declared usages when the server starts. What is wrong with one that an operator adds is said then, never at
 * the first request.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AUID, type Auid } from '../names.ts'
import type { InSteps } from '../rounds.ts'
import { Refused } from '../refusal.ts'
import type { ApplicationUsage, ApplicationUsages, ComputedDocuments } from '../xcap/application-usage.ts'
import { DEFAULT_XML_LIMITS } from '../xml/limits.ts'
import { readDocument } from '../xml/read-document.ts'
import { compileSchema, SchemaBroken, type Schema } from '../xml/schema.ts'
import { activeProfileConstraints } from './active-profile.ts'
import { DEFAULT_PREFERENCE_BOUNDS, withinBounds, type PreferenceBounds } from './bounds.ts'
import { capabilities } from './capabilities.ts'
import type { Constraints } from './constraints.ts'
import { DeclarationBroken, readDeclaration, type Declaration } from './declaration.ts'
import { declaredUsage, type DocumentChecks } from './declared-usage.ts'
import { doNotDisturbConstraints } from './do-not-disturb.ts'
import { knownElements, type KnownElements } from './known-elements.ts'
import { omaPresRulesConstraints } from './oma-pres-rules.ts'
import { profileConstraints } from './profile.ts'
import { providerPolicyConstraints } from './provider-policy.ts'
import { resourceListsConstraints } from './resource-lists.ts'
import { globalDocument, RLS_SERVICES, rlsServicesConstraints } from './rls-services.ts'
import { directory, DIRECTORY, directoryConstraints } from './xcap-directory.ts'

const CONSTRAINTS: ReadonlyMap<string, Constraints> = new Map<string, Constraints>([
  [AUID.profiles, profileConstraints],
  [AUID.activeProfile, activeProfileConstraints],
  [AUID.doNotDisturb, doNotDisturbConstraints],
  [AUID.providerPolicy, providerPolicyConstraints],
  [AUID.resourceLists, resourceListsConstraints],
  [RLS_SERVICES, rlsServicesConstraints],
  ['org.openmobilealliance.pres-rules', omaPresRulesConstraints],
  [DIRECTORY, directoryConstraints],
])

interface Found {
  readonly file: string
  readonly declaration: Declaration
  /** The schemas of its folder, which are all that its own schema may import. */
  readonly schemas: ReadonlyMap<string, Uint8Array>
  /**
   * What they declare, read once for all declarations of the folder.
   * @throws Refused for a schema that the reader does not take.
   */
  readonly known: () => KnownElements
}

/** Which of the shipped usages are served, and how strictly. */
export interface UsageSettings {
  /** AUIDs that are neither served nor advertised; the server's own formats are always. */
  readonly off?: readonly string[]
  /** AUIDs of those that are served only where they are named. */
  readonly on?: readonly string[]
  readonly bounds?: PreferenceBounds
  /** Documents may have the names that clients of old give them. */
  readonly namesOfOld?: boolean
}

/**
 * @param folders each holds declarations (`*.json`) and their schemas (`*.xsd`): the shipped ones, and what an operator
 * adds.
 * @throws DeclarationBroken, with the file and what is wrong in it.
 */
export function loadUsages(
  shipped: string,
  folders: readonly string[] = [],
  { off = [], on = [], bounds = DEFAULT_PREFERENCE_BOUNDS, namesOfOld = false }: UsageSettings = {},
): ApplicationUsages {
  const every = readFolder(shipped)
  for (const auid of off) mustBeOptional(auid, every)
  for (const auid of on) mustWaitToBeNamed(auid, every)
  const ours = every.filter(
    ({ declaration: { auid, served } }) => !off.includes(auid) && (served === 'always' || on.includes(auid)),
  )
  const added = folders.flatMap(readFolder)
  const files = new Map<string, string>()
  for (const { file, declaration } of [...ours, ...added]) {
    const other = files.get(declaration.auid)
    if (other !== undefined)
      throw new DeclarationBroken(`${file} declares the usage ${declaration.auid}, which ${other} declares already.`)
    files.set(declaration.auid, file)
  }
  added.forEach(mustNotWake)
  const computed = new Map<string, ComputedDocuments>([
    [AUID.xcapCaps, capabilities([...ours, ...added].map(({ declaration }) => declaration))],
    [RLS_SERVICES, globalDocument],
    [DIRECTORY, directory((auid) => files.has(auid))],
  ])
  const all = [
    ...ours.map((found) => {
      const { auid } = found.declaration
      const constraints = withinBounds(auid, CONSTRAINTS.get(auid), bounds)
      const declaration = namesOfOld ? withNamesOfOld(found.declaration) : found.declaration
      return withComputed(declaredUsage(declaration, { ...checksWhenAsked(found), constraints }), computed)
    }),
    ...added.map((found) => declaredUsage(found.declaration, { ...checksOf(found), constraints: undefined })),
  ]
  const usages = new Map<string, ApplicationUsage>(all.map((usage) => [usage.auid, usage]))
  return { find: (auid: string | Auid) => usages.get(auid), all: () => all }
}

function mustBeOptional(auid: string, shipped: readonly Found[]): void {
  const needed = auid.startsWith('org.cpm-xdms.') || auid === AUID.xcapCaps || auid === AUID.resourceLists
  if (!needed && shipped.some(({ declaration }) => declaration.auid === auid)) return
  throw new DeclarationBroken(`${auid} is ${needed ? 'needed by this server' : 'no shipped usage'}: it cannot be off.`)
}

function mustWaitToBeNamed(auid: string, shipped: readonly Found[]): void {
  const found = shipped.filter(({ declaration }) => declaration.served === 'when-named')
  if (found.some(({ declaration }) => declaration.auid === auid)) return
  const names = found.map(({ declaration }) => declaration.auid).join(', ')
  throw new DeclarationBroken(`${auid} is no shipped usage that waits to be named; there are ${names}.`)
}

function withNamesOfOld(declaration: Declaration): Declaration {
  const { names, namesOfOld } = declaration
  return names === undefined ? declaration : { ...declaration, names: [...names, ...namesOfOld] }
}

function withComputed(usage: ApplicationUsage, computed: ReadonlyMap<string, ComputedDocuments>): ApplicationUsage {
  const documents = computed.get(usage.auid)
  return documents === undefined ? usage : { ...usage, computed: documents }
}

/** What waits is decided by preferences, and those are ours. */
function mustNotWake({ file, declaration }: Found): void {
  if (declaration.wakes !== 'never')
    throw new DeclarationBroken(`${file}: wakes: "${declaration.wakes}" is for usages of the server itself.`)
}

type SchemaChecks = Pick<DocumentChecks, 'schema' | 'known' | 'prepare'>

/** A schema, and the documentation of all, are work for a round of the event loop each. */
const STEPS_OF_SCHEMA = 128

/**
 * What is shipped is whole, which tests prove of every file. So its schemas are compiled each with the first document
 * that they check: all of them together would be a quarter of the start.
 */
function checksWhenAsked(found: Found): SchemaChecks {
  let made: SchemaChecks | undefined
  const checks = (): SchemaChecks => (made ??= checksOf(found))
  const schema: Schema = { validate: (document, replaced) => checks().schema?.validate(document, replaced) ?? [] }
  if (found.declaration.schema === undefined) return { schema: undefined, known: () => checks().known() }
  const prepare = function* (): InSteps<void> {
    yield STEPS_OF_SCHEMA
    found.known()
    yield STEPS_OF_SCHEMA
    checks()
    yield STEPS_OF_SCHEMA
    // Of no schema: so its fault has to be put into words.
    schema.validate(readDocument(Buffer.from('<prepared/>'), DEFAULT_XML_LIMITS))
  }
  return { schema, known: () => checks().known(), prepare }
}

/** @throws DeclarationBroken */
function checksOf({ file, declaration, schemas, known }: Found): SchemaChecks {
  if (declaration.schema === undefined) return { schema: undefined, known: () => new Map() }
  try {
    const namespaces = known()
    // RFC 4825 §12: it will be advertised, so it must be one that can be validated.
    const unknown = [declaration.defaultNamespace, ...declaration.advertises].find(
      (namespace) => namespace !== undefined && !namespaces.has(namespace),
    )
    if (unknown !== undefined)
      throw new DeclarationBroken(`${file} speaks of the namespace ${unknown}, and no schema in its folder is for it.`)
    return { schema: compileSchema(declaration.schema, schemas), known }
  } catch (error) {
    // Refused: a schema is read by the same reader as any document.
    if (!(error instanceof SchemaBroken || error instanceof Refused)) throw error
    throw new DeclarationBroken(`${file}: schema: ${error.message}`)
  }
}

function readFolder(folder: string): readonly Found[] {
  const names = namesIn(folder)
  const schemas = new Map(
    names
      .filter((name) => name.endsWith('.xsd'))
      .map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]),
  )
  let found: KnownElements | undefined
  const known = (): KnownElements => (found ??= knownElements(schemas))
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
    .map((file) => ({ file, declaration: readDeclaration(file, readFileSync(file, 'utf8')), schemas, known }))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    throw new DeclarationBroken(
      `The folder of usages ${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
