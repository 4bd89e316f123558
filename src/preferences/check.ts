/** A JSON body on its way in. */
import { Refused, type FieldFault } from '../refusal.ts'
import { JSON_FORMS, type JsonOf } from './json.ts'
import type { DocumentKind } from './shapes.ts'

/** More say nothing new. */
const FAULTS_AT_MOST = 20

interface Issue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
}

/**
 * The value as what it is. An array without members is left out, because XML has no way to say it (but for `except`, an element of its own).
 * Paths of faults are JSON Pointers (RFC 6901).
 * @throws Refused `bad-request` for what is no object or lacks a field, `not-of-the-format` for a value of the wrong type or form and for
 * a field that is not known.
 */
export function checkJson<K extends DocumentKind>(kind: K, value: unknown): JsonOf[K] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused({ kind: 'bad-request', detail: 'The body must be a JSON object.' })
  }
  const form = JSON_FORMS[kind]
  const checked = form.safeParse(value)
  if (checked.success) return withoutEmptyLists(checked.data) as JsonOf[K]
  const issues: readonly Issue[] = checked.error.issues
  const errors = issues.flatMap((issue) => faultsOf(issue, value)).slice(0, FAULTS_AT_MOST)
  if (issues.some((issue) => isMissing(issue, value)))
    throw new Refused({ kind: 'bad-request', detail: 'The body lacks a field.', errors })
  throw new Refused({ kind: 'not-of-the-format', detail: 'The body is not of the format.', errors })
}

function faultsOf(issue: Issue, value: unknown): readonly FieldFault[] {
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({
      path: pointer([...issue.path, key]),
      message: 'is not a field of this format',
    }))
  }
  return [{ path: pointer(issue.path), message: isMissing(issue, value) ? 'is missing' : issue.message }]
}

/** A value that is not there was asked for by its type; a rule between fields (`custom`) is about what is there. */
function isMissing(issue: Issue, value: unknown): boolean {
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return false
  let at = value
  for (const step of issue.path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return true
    at = (at as Record<PropertyKey, unknown>)[step]
  }
  return false
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(
    ([field, inside]) => field === 'except' || !(Array.isArray(inside) && inside.length === 0),
  )
  return Object.fromEntries(fields.map(([field, inside]) => [field, withoutEmptyLists(inside)]))
}
