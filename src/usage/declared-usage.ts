/** An application usage made of its declaration, its schema and, for ours, constraints in code. */
import type { Auid, DocumentSelector } from '../names.ts'
import { laterRound, type InSteps } from '../rounds.ts'
import { Refused, type SchemaFault } from '../refusal.ts'
import type { ApplicationUsage } from '../xcap/application-usage.ts'
import { pathOfElement } from '../xml/place.ts'
import type { Schema } from '../xml/schema.ts'
import type { Replaced } from '../xml/replace.ts'
import type { XmlDocument, XmlElement } from '../xml/tree.ts'
import { refuseConstraint, type Constraints } from './constraints.ts'
import type { Declaration } from './declaration.ts'
import { expandName, matches, namesOf, type ExpandedName } from './expanded-name.ts'
import { unknownElements, type KnownElements } from './known-elements.ts'
import { reservedNamesOf, uniquenessOf } from './uniqueness.ts'

/** What documents are checked by: a usage without a schema takes whatever is well-formed. */
export interface DocumentChecks {
  readonly schema: Schema | undefined
  readonly known: () => KnownElements
  readonly constraints: Constraints | undefined
  /** As in `ApplicationUsage`. */
  readonly prepare?: () => InSteps<void>
}

/** Characters of a document that was read in this round of the event loop, and is checked in later ones. */
const LARGE = 32_768

export function declaredUsage(
  declaration: Declaration,
  { schema, known, constraints, prepare }: DocumentChecks,
): ApplicationUsage {
  const root = rootOf(declaration)
  const advertised = new Set(declaration.advertises)
  const checkUniqueness = uniquenessOf(declaration)
  /** Of one that passed, only what was replaced in it has to be looked at. */
  const passed = new WeakSet<XmlDocument>()

  /** What the document by itself decides. */
  async function judge(selector: DocumentSelector, document: XmlDocument, replaced?: Replaced): Promise<void> {
    const since = replaced !== undefined && passed.has(replaced.before) ? replaced : undefined
    // A root is never what was replaced.
    if (since === undefined && root !== undefined && !matches(document.root, root))
      refuseFaults([otherRoot(document, root)])
    const isLarge = (since?.alone ?? document.text).length > LARGE
    if (isLarge) await laterRound()
    if (schema !== undefined) refuseFaults(schema.validate(document, since))
    if (isLarge) await laterRound()
    if (advertised.size > 0 && (since === undefined || unknownElements(since.element, advertised, known()).length > 0))
      refuseFaults(unknownElements(document.root, advertised, known()))
    checkUniqueness(document, since)
    if (since === undefined || !passesAlone(constraints, since)) constraints?.check?.(selector, document)
  }

  return {
    auid: declaration.auid as Auid,
    mediaType: declaration.mediaType,
    defaultNamespace: declaration.defaultNamespace,
    trees: declaration.trees,
    directories: declaration.directories,
    bytesAtMost: declaration.bytesAtMost,
    wakes: declaration.wakes,
    readableBy: declaration.readableBy,

    /** RFC 4825 §8.2.5, in its order: schema, uniqueness, other constraints. */
    async check(selector, document, surroundings, replaced) {
      checkName(declaration, selector)
      if (replaced !== 'nothing' && !passed.has(document)) await judge(selector, document, replaced)
      await constraints?.checkAround?.(document, surroundings)
      passed.add(document)
    },

    ...(prepare === undefined ? {} : { prepare }),

    ...(declaration.unique.some(({ acrossUsers }) => acrossUsers) ? { reserves: reservedNamesOf(declaration) } : {}),

    async checkRemoval(selector, surroundings) {
      await constraints?.checkRemoval?.(selector, surroundings)
    },
  }
}

/** Whether constraints have nothing to say of what took the place of another element. */
function passesAlone({ faultsAt }: Constraints = {}, { element }: Replaced): boolean {
  const has = (each: XmlElement): boolean =>
    faultsAt?.has(each.local) !== false || each.children.some((child) => child.kind === 'element' && has(child))
  return !has(element)
}

/** RFC 4825 §5.5, the naming conventions of a usage. */
function checkName({ auid, names, directories }: Declaration, { name }: DocumentSelector): void {
  // RFC 4825 §6.2: a document MUST NOT have the name of a sub-directory.
  if (directories.some((directory) => directory === name || directory.startsWith(`${name}/`)))
    refuseConstraint(`${name} is a directory of ${auid}.`)
  if (names === undefined || names.includes(name)) return
  refuseConstraint(`A document of ${auid} is named ${names.join(' or ')}, not ${name}.`)
}

function rootOf(declaration: Declaration): ExpandedName | undefined {
  const names = namesOf(declaration)
  return declaration.root === undefined ? undefined : expandName(declaration.root, names.defaultNamespace, names)
}

function otherRoot({ root }: XmlDocument, { namespace, local }: ExpandedName): SchemaFault {
  const where = namespace === '' ? 'in no namespace' : `in ${namespace}`
  const isOnlyWithout = root.local === local && root.namespace === '' && namespace !== ''
  const mend = isOnlyWithout ? ` Write <${local} xmlns="${namespace}">.` : ''
  return {
    path: pathOfElement(root),
    line: root.line,
    message: `The root of such a document is ${local} ${where}.${mend}`,
  }
}

function refuseFaults(faults: readonly SchemaFault[]): void {
  if (faults.length > 0)
    throw new Refused({ kind: 'schema-validation-error', phrase: 'The document breaks its schema.', faults })
}
