/** RFC 4825 §11: the body of a 409, `application/xcap-error+xml`. */
import type { Conflict, SchemaFault } from '../refusal.ts'
import { printable } from './escape.ts'
import { writeDocument, type Written } from './write.ts'

const NAMESPACE = 'urn:ietf:params:xml:ns:xcap-error'

export const XCAP_ERROR_TYPE = 'application/xcap-error+xml'

/** One error element in the root, named after the conflict's kind. It validates against `schemas/xcap-error.xsd`. */
export function writeConflict(conflict: Conflict): Uint8Array {
  return writeDocument({ name: 'xcap-error', namespace: NAMESPACE, children: [errorElement(conflict)] })
}

function errorElement(conflict: Conflict): Written {
  const attributes = { phrase: printable(phraseOf(conflict)) }
  switch (conflict.kind) {
    case 'no-parent':
      if (conflict.ancestor === undefined) return { name: conflict.kind, attributes }
      return { name: conflict.kind, attributes, children: [{ name: 'ancestor', children: [conflict.ancestor] }] }
    case 'uniqueness-failure':
      return {
        name: conflict.kind,
        attributes,
        children: conflict.clashes.map(({ field, alternatives }) => exists(field, alternatives)),
      }
    default:
      return { name: conflict.kind, attributes }
  }
}

function exists(field: string, alternatives: readonly string[]): Written {
  return {
    name: 'exists',
    attributes: { field },
    children: alternatives.map((value) => ({ name: 'alt-value', children: [printable(value)] })),
  }
}

function phraseOf(conflict: Conflict): string {
  if (conflict.kind !== 'schema-validation-error' || conflict.faults.length === 0) return conflict.phrase
  return `${conflict.phrase} ${conflict.faults.map(faultText).join(' ')}`
}

function faultText({ path, line, message }: SchemaFault): string {
  return `${path}${line === undefined ? '' : ` (line ${line})`}: ${message}`
}
