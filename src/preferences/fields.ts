/** The values that fields of the JSON documents have: the simple types of the schemas, once more for JSON. */
import * as z from '../zod.ts'
import { isTimeZone } from '../usage/values.ts'
import { parseDuration } from './duration.ts'

/** XML 1.0 §2.2: what no document can carry cannot be written to one. */
const CARRIED = /^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF\p{Surrogate}]*$/u

const carried = z.string('must be text').regex(CARRIED, 'has a character that XML cannot carry')

export const text = carried.min(1, 'must not be empty')
/** XML 1.0 §2.12: a language tag, or nothing. As xs:language reads it, which takes blanks around it. */
export const language = carried.regex(
  /^[ \t\r\n]*(?:[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)?[ \t\r\n]*$/,
  'must be a language tag',
)
export const name = carried.regex(/^[^ \t\r\n]+(?: [^ \t\r\n]+)*$/, 'must be words with single blanks between them')
export const uri = carried.regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^ \t\r\n]+$/, 'must be a URI')
export const profileId = z
  .string('must be text')
  .max(64, 'has at most 64 characters')
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, 'must be of A-Z a-z 0-9 . _ - and not start with a dot')
export const domain = z
  .string('must be text')
  .max(255, 'has at most 255 characters')
  .regex(/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/, 'must be a domain')
export const mediaRange = z
  .string('must be text')
  .max(255, 'has at most 255 characters')
  .regex(/^(?:\*\/\*|[A-Za-z0-9!#$&_.+^-]+\/(?:\*|[A-Za-z0-9!#$&_.+^-]+))$/, 'must be type/subtype, type/* or */*')
export const flag = z.boolean('must be true or false')
export const count = z
  .int('must be a whole number')
  .min(0, 'must not be negative')
  .max(999_999_999_999_999, 'is too large')
export const share = z
  .number('must be a number')
  .min(0, 'must not be negative')
  .max(1, 'must not be more than 1')
  .multipleOf(0.001, 'must be in thousandths')
export const timeOfDay = z
  .string('must be text')
  .regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be HH:MM, 00:00 to 23:59')
export const timeZone = name.refine(isTimeZone, 'must be a time zone of the IANA database')

export const duration = z
  .string('must be text')
  .max(40, 'has at most 40 characters')
  .refine((value) => parseDuration(value) !== undefined, 'must be a length of time of ISO 8601, longer than nothing')

const INSTANT =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** RFC 3339 §5.6, with its offset. */
export const instant = z
  .string('must be text')
  .max(40, 'has at most 40 characters')
  .refine(isInstant, 'must be an instant with its offset, as in 2026-11-21T07:00:00Z')

function isInstant(value: string): boolean {
  const match = INSTANT.exec(value)
  if (match === null) return false
  return new Date(`${value.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(match[3])
}

export function oneOf<const T extends readonly string[]>(...values: T): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(values, `must be one of ${values.join(', ')}`) as unknown as z.ZodEnum<{ [K in T[number]]: K }>
}

/** An array without elements is an array that is not there: XML cannot tell them apart. */
export function list<T extends z.ZodType>(member: T): z.ZodArray<T> {
  return z.array(member, 'must be an array')
}

/** No two members with the same value of a field. Those without it are not compared, as in XML. */
export function unique<T>(field: keyof T & string): z.core.CheckFn<readonly T[]> {
  return (context) => {
    const seen = new Set<unknown>()
    context.value.forEach((member, index) => {
      if (member[field] !== undefined && seen.has(member[field])) {
        context.issues.push({
          code: 'custom',
          input: member[field],
          path: [index, field],
          message: 'is not unique',
          continue: true,
        })
      }
      seen.add(member[field])
    })
  }
}
