/**
 * Documents as typed values. What the schema and the constraints of the usage have passed can be read; anything else is
 * our fault.
 */
import { strict as assert } from 'node:assert'
import type { XmlDocument } from '../xml/tree.ts'
import { JSON_FORMS } from './json.ts'
import type { ActiveProfile, DoNotDisturb, JsonOf, Profile, ProviderPolicy } from './model.ts'
import type { DocumentKind } from './shapes.ts'
import { documentJson } from './write.ts'

/** @throws AssertionError for a document that is not of the format. */
export function readProfile(document: XmlDocument): Profile {
  return read('profile', document)
}

/** @throws AssertionError for a document that is not of the format. */
export function readActiveProfile(document: XmlDocument): ActiveProfile {
  return read('active-profile', document)
}

/** @throws AssertionError for a document that is not of the format. */
export function readDoNotDisturb(document: XmlDocument): DoNotDisturb {
  return read('do-not-disturb', document)
}

/** @throws AssertionError for a document that is not of the format. */
export function readProviderPolicy(document: XmlDocument): ProviderPolicy {
  return read('provider-policy', document)
}

function read<K extends DocumentKind>(kind: K, document: XmlDocument): JsonOf[K] {
  const checked = JSON_FORMS[kind].safeParse(documentJson(kind, document))
  assert(checked.success, `a stored ${kind} is not of its format`)
  return checked.data as JsonOf[K]
}
