/** Lengths of time of ISO 8601 as our formats take them: without a sign, longer than nothing. */
import type { Instant } from '../clock.ts'

/** Years and months are of the calendar; the rest is a fixed count of milliseconds. */
export interface Duration {
  readonly months: number
  readonly milliseconds: number
}

const WEEKS = /^P(\d+)W$/
const OTHERS = /^P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/** ECMA-262 §21.4.1.1: the last instant that there is. */
const LAST: Instant = 8_640_000_000_000_000
const DAY_MS = 86_400_000

/** `undefined` for what is none, and for nothing at all (`PT0S`). Parts of a millisecond are rounded up. */
export function parseDuration(text: string): Duration | undefined {
  const weeks = WEEKS.exec(text)
  const parts = (weeks === null ? OTHERS.exec(text) : [text, 0, 0, 7 * Number(weeks[1])])
    ?.slice(1)
    .map((part) => Number(part ?? 0))
  if (parts === undefined) return undefined
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
  const duration = {
    months: years * 12 + months,
    milliseconds: days * DAY_MS + hours * 3_600_000 + minutes * 60_000 + Math.ceil(Number((seconds * 1000).toFixed(6))),
  }
  return duration.months + duration.milliseconds > 0 ? duration : undefined
}

/**
 * The instant that lies `text` behind `start`, in UTC: years and months first, a day that its month does not have
 * becomes the month's last (XML Schema part 2 §E.1), then the rest. Never beyond the last instant that there is.
 * @throws RangeError for what is no length of time.
 */
export function after(start: Instant, text: string): Instant {
  const duration = parseDuration(text)
  if (duration === undefined) throw new RangeError(`${text} is no length of time`)
  const behind = addMonths(start, duration.months) + duration.milliseconds
  return behind < LAST ? behind : LAST
}

function addMonths(start: Instant, months: number): Instant {
  if (months === 0) return start
  const date = new Date(start)
  const timeOfDay = start - Math.floor(start / DAY_MS) * DAY_MS
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const lastDay = midnight(year, month + 1, 0)
  const day = Math.min(date.getUTCDate(), new Date(lastDay).getUTCDate())
  const moved = midnight(year, month, day)
  return Number.isNaN(moved) ? LAST : moved + timeOfDay
}

/** Unlike Date.UTC, years below 100 are themselves. */
function midnight(year: number, month: number, day: number): Instant {
  return new Date(0).setUTCFullYear(year, month, day)
}
