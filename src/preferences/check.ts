/** A document's JSON on its way in. */
import { checkForm } from '../form.ts'
import { JSON_FORMS } from './json.ts'
import type { JsonOf } from './model.ts'
import type { DocumentKind } from './shapes.ts'

/**
 * The value as what it is. An array without members is left out, because XML has no way to say it (but for `except`, an
 * element of its own).
 * @throws Refused as `checkForm`
 */
export function checkJson<K extends DocumentKind>(kind: K, value: unknown): JsonOf[K] {
  return withoutEmptyLists(checkForm<unknown>(JSON_FORMS[kind], value, 'is not a field of this format')) as JsonOf[K]
}

function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(
    ([field, inside]) => field === 'except' || !(Array.isArray(inside) && inside.length === 0),
  )
  return Object.fromEntries(fields.map(([field, inside]) => [field, withoutEmptyLists(inside)]))
}
