/**
 * Local times of IANA time zones as instants. The offsets of a zone are looked up once for each year, so that a
 * schedule costs additions only.
 */
import { Temporal } from 'temporal-polyfill'
import type { Instant } from '../clock.ts'

/**
 * From `from` on (to the next one), local time is this many milliseconds ahead of UTC. The first is from the beginning
 * of time.
 */
interface Offset {
  readonly from: Instant
  readonly ahead: number
}

const DAY_MS = 86_400_000
/** Not of the calendar: only a length of what is kept together. */
const YEAR_MS = 366 * DAY_MS
/** Schedules look at most some weeks to both sides. */
const MARGIN_MS = 60 * DAY_MS
/** Beyond these Temporal knows no instants. */
const EDGE_MS = 8_640_000_000_000_000

/** A zone takes a few entries in its user's present and next year; only `at=` of curious callers makes more. */
const ENTRIES_AT_MOST = 2_000
const known = new Map<string, readonly Offset[]>()

/** The offsets of a zone that hold within two months of `around`. @throws RangeError for a zone that is not known. */
export function offsetsOf(zone: string, around: Instant): readonly Offset[] {
  const year = Math.floor(around / YEAR_MS)
  const key = `${year} ${zone}`
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size >= ENTRIES_AT_MOST) known.clear()
  const offsets = lookUp(zone, year * YEAR_MS - MARGIN_MS, (year + 1) * YEAR_MS + MARGIN_MS)
  known.set(key, offsets)
  return offsets
}

function lookUp(zone: string, from: Instant, to: Instant): readonly Offset[] {
  const first = Temporal.Instant.fromEpochMilliseconds(Math.max(from, -EDGE_MS)).toZonedDateTimeISO(zone)
  const offsets = [{ from: -Infinity, ahead: aheadOf(first) }]
  let next = first.getTimeZoneTransition('next')
  while (next !== null && next.epochMilliseconds < to) {
    offsets.push({ from: next.epochMilliseconds, ahead: aheadOf(next) })
    next = next.getTimeZoneTransition('next')
  }
  return offsets
}

function aheadOf(time: Temporal.ZonedDateTime): number {
  return time.offsetNanoseconds / 1_000_000
}

/** The local time at an instant, as milliseconds since 1970-01-01T00:00 of the same place. */
export function localTime(offsets: readonly Offset[], instant: Instant): number {
  return instant + (offsets.findLast(({ from }) => from <= instant)?.ahead ?? 0)
}

/**
 * The first and the last instant at which clocks show a local time: one and the same on ordinary days, two of a time
 * that a change repeats. Of one that a change skips, both are the first instant after the gap.
 */
export function instantsOf(
  offsets: readonly Offset[],
  local: number,
): { readonly first: Instant; readonly last: Instant } {
  let first: Instant | undefined
  let last: Instant | undefined
  let afterGap: Instant | undefined
  offsets.forEach(({ from, ahead }, index) => {
    const instant = local - ahead
    const end = offsets[index + 1]?.from ?? Infinity
    if (instant >= from && instant < end) {
      first ??= instant
      last = instant
    }
    // Before this change the time was still to come, after it, it is over.
    const previous = offsets[index - 1]
    if (previous !== undefined && local - previous.ahead >= from && instant < from) afterGap ??= from
  })
  const shown = first ?? afterGap ?? local
  return { first: shown, last: last ?? shown }
}
