/** An application usage made of its declaration, its schema and, for ours, constraints in code. */
import type { Auid, DocumentSelector } from '../names.ts'
import { Refused } from '../refusal.ts'
import type { ApplicationUsage } from '../xcap/application-usage.ts'
import type { Schema } from '../xml/schema.ts'
import type { XmlDocument } from '../xml/tree.ts'
import { refuseConstraint, type Constraints } from './constraints.ts'
import type { Declaration } from './declaration.ts'
import { uniquenessOf } from './uniqueness.ts'

export function declaredUsage(declaration: Declaration, schema: Schema | undefined, constraints: Constraints | undefined): ApplicationUsage {
  const checkUniqueness = uniquenessOf(declaration)
  return {
    auid: declaration.auid as Auid,
    mediaType: declaration.mediaType,
    defaultNamespace: declaration.defaultNamespace,
    trees: declaration.trees,
    bytesAtMost: declaration.bytesAtMost,
    wakes: declaration.wakes,
    readableBy: declaration.readableBy,

    /** RFC 4825 §8.2.5, in its order: schema, uniqueness, other constraints. */
    async check(selector, document, surroundings) {
      checkName(declaration, selector)
      if (schema !== undefined) checkSchema(schema, document)
      checkUniqueness(document)
      await constraints?.check(selector, document, surroundings)
    },

    async checkRemoval(selector, surroundings) {
      await constraints?.checkRemoval?.(selector, surroundings)
    },
  }
}

/** RFC 4825 §5.7, the naming conventions of a usage. */
function checkName({ auid, names }: Declaration, { name }: DocumentSelector): void {
  if (names === undefined || names.includes(name)) return
  refuseConstraint(`A document of ${auid} is named ${names.join(' or ')}, not ${name}.`)
}

function checkSchema(schema: Schema, document: XmlDocument): void {
  const faults = schema.validate(document)
  if (faults.length > 0) throw new Refused({ kind: 'schema-validation-error', phrase: 'The document breaks its schema.', faults })
}
