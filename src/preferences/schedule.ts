/** The weekly windows of a schedule as stretches of time (`schemas/README.md`). */
import type { Instant } from '../clock.ts'
import type { Day, Schedule } from './model.ts'
import { instantsOf, localTime, offsetsOf } from './zone.ts'

/** From `start` on, to before `end`. */
interface Stretch {
  readonly start: Instant
  readonly end: Instant
}

/** What a schedule says at an instant, and when that ends by time alone; `undefined`: never. */
export interface ScheduleState {
  readonly quiet: boolean
  readonly until: Instant | undefined
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** 1970-01-01 was a Thursday. */
const DAYS: readonly Day[] = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed']

/** No window is longer than a day, but one may begin on the local day before and be lengthened by a change. */
const DAYS_BACK = 3
/**
 * What repeats every week and has not ended in this time does not end: a change of the clocks can skip the one window,
 * or the one gap between windows, of a week, not those of two weeks in a row.
 */
const DAYS_ON = 24
/** Stretches that were worked out are good for instants of these days. */
const DAYS_KEPT = 7

interface Worked {
  readonly from: Instant
  readonly to: Instant
  readonly stretches: readonly Stretch[]
}

/** Of the documents that are in use: a document is immutable, and so is what it says of a week. */
const worked = new WeakMap<Schedule, Worked>()

/** @throws RangeError for a time zone that is not known. */
export function scheduleAt(schedule: Schedule, at: Instant): ScheduleState {
  const { stretches } = around(schedule, at)
  const stretch = stretches.find(({ end }) => end > at)
  if (stretch === undefined) return { quiet: false, until: undefined }
  if (stretch.start > at) return { quiet: false, until: stretch.start }
  const lasting = stretch.end - at > (DAYS_ON - DAYS_KEPT - 2) * DAY_MS
  return { quiet: true, until: lasting ? undefined : stretch.end }
}

function around(schedule: Schedule, at: Instant): Worked {
  const known = worked.get(schedule)
  if (known !== undefined && known.from <= at && at < known.to) return known
  const fresh = { from: at, to: at + DAYS_KEPT * DAY_MS, stretches: stretchesOf(schedule, at) }
  worked.set(schedule, fresh)
  return fresh
}

function stretchesOf({ timeZone, quiet = [] }: Schedule, at: Instant): readonly Stretch[] {
  const offsets = offsetsOf(timeZone, at)
  const today = Math.floor(localTime(offsets, at) / DAY_MS)
  const stretches: Stretch[] = []
  for (const { days, from, to } of quiet) {
    const start = minutes(from)
    // An end that is not after its start is on the next day.
    const end = minutes(to) > start ? minutes(to) : minutes(to) + 24 * 60
    for (let day = today - DAYS_BACK; day <= today + DAYS_ON; day += 1) {
      if (!days.includes(weekday(day))) continue
      const begin = instantsOf(offsets, day * DAY_MS + start * MINUTE_MS).first
      const finish = instantsOf(offsets, day * DAY_MS + end * MINUTE_MS).last
      if (finish > begin) stretches.push({ start: begin, end: finish })
    }
  }
  return joined(stretches)
}

/** Windows that overlap or touch are one stretch: nothing ends where another goes on. */
function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const result: Stretch[] = []
  for (const stretch of [...stretches].sort((one, other) => one.start - other.start)) {
    const last = result.at(-1)
    if (last === undefined || stretch.start > last.end) result.push(stretch)
    else result[result.length - 1] = { start: last.start, end: Math.max(last.end, stretch.end) }
  }
  return result
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}

function weekday(day: number): Day {
  return DAYS[((day % 7) + 7) % 7] as Day
}
