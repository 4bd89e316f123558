/** Checks the JSON bodies that are no documents. */
import * as z from '../zod.ts'
import { Refused, type FieldFault } from '../refusal.ts'

const FAULTS_AT_MOST = 20

/**
 * @throws Refused `bad-request` for what is no object or lacks a field, `not-of-the-format` for a value of the wrong type or form and for
 * a field that is not known. Paths of faults are JSON Pointers (RFC 6901).
 */
export function checkForm<T>(form: z.ZodType<T>, value: unknown): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused({ kind: 'bad-request', detail: 'The body must be a JSON object.' })
  }
  const checked = form.safeParse(value)
  if (checked.success) return checked.data
  const { issues } = checked.error
  const errors = issues.flatMap((issue) => faultsOf(issue, value)).slice(0, FAULTS_AT_MOST)
  if (issues.some((issue) => isMissing(issue, value)))
    throw new Refused({ kind: 'bad-request', detail: 'The body lacks a field.', errors })
  throw new Refused({ kind: 'not-of-the-format', detail: 'The body is not of the format.', errors })
}

function faultsOf(issue: z.core.$ZodIssue, value: unknown): readonly FieldFault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: pointer([...issue.path, key]), message: 'is not a field here' }))
  return [{ path: pointer(issue.path), message: isMissing(issue, value) ? 'is missing' : issue.message }]
}

/** Our forms are flat: what is missing is a field of the body itself. */
function isMissing(issue: z.core.$ZodIssue, value: unknown): boolean {
  const [field, ...deeper] = issue.path
  return field !== undefined && deeper.length === 0 && !Object.hasOwn(value as object, field)
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
