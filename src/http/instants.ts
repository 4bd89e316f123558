/** Instants as clients write them: RFC 3339 §5.6, with offset. */
import type { Instant } from '../clock.ts'
import { Refused } from '../refusal.ts'

const RFC_3339 =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** U12: with an offset the year of UTC may be another, and of five digits RFC 3339 knows nothing. */
const LAST: Instant = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

export function parseInstant(text: string): Instant | undefined {
  const parts = RFC_3339.exec(text)
  if (parts === null) return undefined
  // `Date` would take the 30th of February for the first days of March.
  const days = new Date(Date.UTC(Number(parts[1]), Number(parts[2]), 0)).getUTCDate()
  const instant = Date.parse(text.toUpperCase())
  return Number(parts[3]) > days || instant > LAST ? undefined : instant
}

/** @throws Refused `bad-request` */
export function readInstant(text: string, parameter: string): Instant {
  const instant = parseInstant(text)
  if (instant !== undefined) return instant
  const example = '2026-11-21T07:00:00Z (a "+" in a query is written %2B)'
  throw new Refused({
    kind: 'bad-request',
    detail: `"${parameter}" is an instant of RFC 3339 with its offset, such as ${example}.`,
  })
}
