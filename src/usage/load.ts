/** Reads the declared usages when the server starts. What is wrong with one is said then, never at the first request. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AUID, type Auid } from '../names.ts'
import type { ApplicationUsage, ApplicationUsages } from '../xcap/application-usage.ts'
import { compileSchema } from '../xml/schema.ts'
import { activeProfileConstraints } from './active-profile.ts'
import { capabilities } from './capabilities.ts'
import type { Constraints } from './constraints.ts'
import { DeclarationBroken, readDeclaration, type Declaration } from './declaration.ts'
import { declaredUsage } from './declared-usage.ts'
import { doNotDisturbConstraints } from './do-not-disturb.ts'
import { profileConstraints } from './profile.ts'
import { providerPolicyConstraints } from './provider-policy.ts'
import { resourceListsConstraints } from './resource-lists.ts'

const CONSTRAINTS: ReadonlyMap<string, Constraints> = new Map([
  [AUID.profiles, profileConstraints],
  [AUID.activeProfile, activeProfileConstraints],
  [AUID.doNotDisturb, doNotDisturbConstraints],
  [AUID.providerPolicy, providerPolicyConstraints],
  [AUID.resourceLists, resourceListsConstraints],
])

interface Found {
  readonly declaration: Declaration
  /** The schemas of its folder, which are all that its own schema may import. */
  readonly schemas: ReadonlyMap<string, Uint8Array>
}

/**
 * @param folders each holds declarations (`*.json`) and their schemas (`*.xsd`); the first has the shipped ones.
 * @throws DeclarationBroken, SchemaBroken
 */
export function loadUsages(...folders: readonly string[]): ApplicationUsages {
  const found = folders.flatMap(readFolder)
  const caps = capabilities(found.map(({ declaration }) => declaration))
  const usages = new Map<string, ApplicationUsage>()
  for (const { declaration, schemas } of found) {
    const { auid, schema } = declaration
    if (usages.has(auid)) throw new DeclarationBroken(`The usage ${auid} is declared twice.`)
    const compiled = schema === undefined ? undefined : compileSchema(schema, schemas)
    const usage = declaredUsage(declaration, compiled, CONSTRAINTS.get(auid))
    usages.set(auid, auid === AUID.xcapCaps ? { ...usage, computed: caps } : usage)
  }
  const all = [...usages.values()]
  return { find: (auid: string | Auid) => usages.get(auid), all: () => all }
}

function readFolder(folder: string): readonly Found[] {
  const names = readdirSync(folder).sort()
  const schemas = new Map(names.filter((name) => name.endsWith('.xsd')).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]))
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ declaration: readDeclaration(join(folder, name), readFileSync(join(folder, name), 'utf8')), schemas }))
}
