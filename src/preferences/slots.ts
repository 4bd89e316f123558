/**
 * What should stand inside an element: one slot for each of its fields that are elements, in the order of the
 * description.
 */
import { strict as assert } from 'node:assert'
import type { Children, Json, JsonObject, Member, Value } from './shape.ts'

export interface Slot {
  readonly children: Children
  /** At most one element, which any value matches. */
  readonly single: boolean
  readonly wanted: readonly Json[]
}

export function slotsOf(value: Value, json: Json): readonly Slot[] {
  if (value.kind === 'list') return [{ children: value.children, single: false, wanted: json as readonly Json[] }]
  if (value.kind !== 'object') return []
  const fields = json as JsonObject
  return value.fields.flatMap((field): Slot[] => {
    const wanted = fields[field.field]
    if (field.kind === 'child') {
      return [
        {
          children: { members: [field.member], key: undefined },
          single: true,
          wanted: wanted === undefined ? [] : [wanted],
        },
      ]
    }
    if (field.kind === 'children')
      return [{ children: field.children, single: false, wanted: (wanted ?? []) as readonly Json[] }]
    return []
  })
}

/** Which of several elements a member of an array is: that of its first field. */
export function memberFor({ members }: Children, json: Json): Member {
  const [only, ...others] = members
  if (only !== undefined && others.length === 0) return only
  const found = members.find(
    ({ value }) => value.kind === 'object' && Object.hasOwn(json as object, value.fields[0]?.field ?? ''),
  )
  assert(found !== undefined, 'a member of a list is of a known kind')
  return found
}

/** The attributes that an element should have, in order; `undefined` for those that it should not. */
export function attributesOf(
  value: Value,
  json: Json,
): readonly { readonly name: string; readonly value: Json | undefined }[] {
  if (value.kind === 'attribute') return [{ name: value.name, value: json }]
  if (value.kind !== 'object') return []
  return value.fields.flatMap((field) =>
    field.kind === 'attribute' ? [{ name: field.name, value: (json as JsonObject)[field.field] }] : [],
  )
}

/** The character data that an element should have; `undefined` where it has none to speak of. */
export function charactersOf(value: Value, json: Json): string | undefined {
  if (value.kind === 'text') return json as string
  if (value.kind !== 'object') return undefined
  const field = value.fields.find((candidate) => candidate.kind === 'text')
  return field && ((json as JsonObject)[field.field] as string)
}

/** Equal for equal values, whatever the order of their fields. */
export function canonical(json: Json): string {
  if (Array.isArray(json)) return `[${json.map((item) => canonical(item as Json)).join()}]`
  if (typeof json !== 'object') return JSON.stringify(json)
  const fields = json as JsonObject
  return `{${Object.keys(fields)
    .sort()
    .map((field) => `${JSON.stringify(field)}:${canonical(fields[field] as Json)}`)
    .join()}}`
}
