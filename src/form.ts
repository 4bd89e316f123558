/** Checks a JSON body against its form. */
import type * as z from './zod.ts'
import { fieldsAt, formWords } from './form-words.ts'
import { Refused, type FieldFault } from './refusal.ts'

/** More say nothing new. */
const FAULTS_AT_MOST = 20

/**
 * @param unknownField what is said of a field that the form does not have; which it has is said behind it.
 * @throws Refused `bad-request` for what is no object or lacks a field, `not-of-the-format` for a value of the wrong
 * type or form and for a field that is not known. Paths of faults are JSON Pointers (RFC 6901).
 */
export function checkForm<T>(form: z.ZodType<T>, value: unknown, unknownField = 'is not a field here'): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused({ kind: 'bad-request', detail: 'The body must be a JSON object.' })
  }
  const checked = form.safeParse(value, { error: formWords })
  if (checked.success) return checked.data
  const { issues } = checked.error
  const errors = issues.flatMap((issue) => faultsOf(issue, form, value, unknownField)).slice(0, FAULTS_AT_MOST)
  if (issues.some((issue) => isMissing(issue, value)))
    throw new Refused({ kind: 'bad-request', detail: 'The body lacks a field.', errors })
  throw new Refused({ kind: 'not-of-the-format', detail: 'The body is not of the format.', errors })
}

function faultsOf(
  issue: z.core.$ZodIssue,
  form: z.ZodType,
  value: unknown,
  unknownField: string,
): readonly FieldFault[] {
  if (issue.code === 'unrecognized_keys') {
    const fields = fieldsAt(form, issue.path)?.join(', ')
    const message = fields === undefined ? unknownField : `${unknownField}; there are ${fields}`
    return issue.keys.map((key) => ({ path: pointer([...issue.path, key]), message }))
  }
  return [{ path: pointer(issue.path), message: isMissing(issue, value) ? 'is missing' : issue.message }]
}

/** A value that is not there was asked for by its type; a rule between fields (`custom`) is about what is there. */
function isMissing(issue: z.core.$ZodIssue, value: unknown): boolean {
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
