/** What is said of a value that is not of its form, where the form itself says nothing. */
import type * as z from './zod.ts'

const WORDS: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'an array',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'null',
}

/** @returns `undefined`: zod says it. */
export function formWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${WORDS[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`
    case 'too_small':
      if (issue.minimum === 1 && counted(issue.origin) !== undefined) return 'must not be empty'
      return bounded('least', issue.minimum, issue.origin)
    case 'too_big':
      return bounded('most', issue.maximum, issue.origin)
    case 'invalid_union':
      return 'is of none of the forms that may stand here'
    default:
      return undefined
  }
}

function counted(origin: string): string | undefined {
  return origin === 'string' ? 'characters' : origin === 'array' ? 'members' : undefined
}

function bounded(at: 'least' | 'most', count: number | bigint, origin: string): string {
  const what = counted(origin)
  return what === undefined ? `must be at ${at} ${count}` : `must have at ${at} ${count} ${what}`
}

/** The fields that the form has at this place, if it is one of an object. */
export function fieldsAt(form: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] | undefined {
  const { def } = form._zod as unknown as { readonly def: Definition }
  const [step, ...rest] = path
  switch (def.type) {
    case 'object': {
      if (step === undefined) return Object.keys(def.shape ?? {})
      const inner = Object.hasOwn(def.shape ?? {}, step) ? def.shape?.[String(step)] : undefined
      return inner && fieldsAt(inner, rest)
    }
    case 'array':
      return def.element && fieldsAt(def.element, rest)
    case 'record':
      return def.valueType && fieldsAt(def.valueType, rest)
    case 'union':
      return def.options?.map((option) => fieldsAt(option, path)).find((fields) => fields !== undefined)
    default: {
      const inner = def.innerType ?? def.in
      return inner && fieldsAt(inner, path)
    }
  }
}

/** What zod keeps of a form, as far as it has forms within. */
interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
  readonly element?: z.core.$ZodType
  readonly valueType?: z.core.$ZodType
  readonly options?: readonly z.core.$ZodType[]
  readonly innerType?: z.core.$ZodType
  readonly in?: z.core.$ZodType
}
