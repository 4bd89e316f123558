/** Instants, days and lengths as people read them, in their own time zone. */
import { platform } from '../client/platform.ts'
import { WEEKDAYS, type Weekday } from './week.ts'
import { locale, t, tn } from './words.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

function form(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale(), options)
}

export function zoneHere(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** Today only the time, tomorrow "tomorrow 07:00", else with the day. */
export function shortWhen(instant: string, now = platform.now()): string {
  const at = new Date(instant)
  const time = form({ hour: '2-digit', minute: '2-digit' }).format(at)
  const days = Math.round((midnight(at.getTime()) - midnight(now)) / DAY_MS)
  if (days === 0) return time
  if (days === 1) return t('when.tomorrow', { time })
  if (days === -1) return t('when.yesterday', { time })
  const year = at.getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' as const }
  return form({ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...year }).format(
    at,
  )
}

/** With seconds and zone, for a title or a table that is compared with logs. */
export function fullWhen(instant: string): string {
  return form({ dateStyle: 'medium', timeStyle: 'long' }).format(new Date(instant))
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

/** So many hours on from now. */
export function hoursOn(hours: number, now = platform.now()): string {
  return new Date(now + hours * 60 * MINUTE_MS).toISOString()
}

/** Tomorrow at that hour, in the zone of whoever looks. */
export function tomorrowAt(hour: number, now = platform.now()): string {
  const day = new Date(now)
  day.setDate(day.getDate() + 1)
  day.setHours(hour, 0, 0, 0)
  return day.toISOString()
}

/** 2024-01-01 was a Monday. */
export function weekdayName(day: Weekday, width: 'short' | 'long'): string {
  const at = new Date(Date.UTC(2024, 0, 1 + WEEKDAYS.indexOf(day)))
  return form({ weekday: width, timeZone: 'UTC' }).format(at)
}

/** `P1DT2H` as "1 day 2 hours"; what is no such length is given back as it is. */
export function lengthText(duration: string): string {
  const parts = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration)
  if (parts === null) return duration
  const [, weeks, days, hours, minutes, seconds] = parts.map((one) => Number(one ?? 0))
  const said = [
    [weeks, 'length.weeks'],
    [days, 'length.days'],
    [hours, 'length.hours'],
    [minutes, 'length.minutes'],
    [seconds, 'length.seconds'],
  ] as const
  return said.flatMap(([n, word]) => (n === undefined || n === 0 ? [] : [tn(word, n)])).join(' ') || duration
}

export function numberText(value: number): string {
  return new Intl.NumberFormat(locale()).format(value)
}

export function sizeText(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  const at = bytes < 1_000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1)
  const unit = units[at] ?? 'byte'
  return new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit,
    unitDisplay: unit === 'byte' ? 'long' : 'short',
    maximumFractionDigits: at === 0 ? 0 : 1,
  }).format(bytes / 1_000 ** at)
}
