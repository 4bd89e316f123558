/** The geometry of a week: quiet windows as bars, a day a row, from 0 to 1,440 minutes. */
import type { Quiet } from './shapes.ts'

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEK)[number]
export const WEEKDAYS: readonly Weekday[] = WEEK

export const DAY = 1_440
/** What a pointer can be held to, and a key moves. */
export const STEP = 15

export interface Bar {
  readonly quiet: Quiet
  /** The same while it is moved, so that what is drawn of it stays the same thing. */
  readonly key: string
  /** The day on which it is drawn; for what goes past midnight the next one, too. */
  readonly day: Weekday
  /** Minutes from midnight. */
  readonly from: number
  readonly to: number
  /** Where a window really begins and ends: only there it can be made longer or shorter. */
  readonly begins: boolean
  readonly ends: boolean
}

export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

function timeOf(minutes: number): string {
  const within = ((minutes % DAY) + DAY) % DAY
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}`
}

export function snapped(minutes: number): number {
  return Math.round(minutes / STEP) * STEP
}

function dayAfter(day: Weekday, days = 1): Weekday {
  const at = (WEEKDAYS.indexOf(day) + days + 7 * 7) % 7
  return WEEKDAYS[at] ?? day
}

/** An end not after its start is on the next day. */
export function lengthOf({ from, to }: Quiet): number {
  const minutes = minutesOf(to) - minutesOf(from)
  return minutes > 0 ? minutes : minutes + DAY
}

export function barsOf(windows: readonly Quiet[]): readonly Bar[] {
  return windows.flatMap((quiet) =>
    quiet.days.flatMap((name, at): readonly Bar[] => {
      const day = name as Weekday
      const from = minutesOf(quiet.from)
      const end = from + lengthOf(quiet)
      const key = `${quiet.id} ${at}`
      if (end <= DAY) return [{ quiet, key, day, from, to: end, begins: true, ends: true }]
      return [
        { quiet, key, day, from, to: DAY, begins: true, ends: false },
        { quiet, key: `${key} rest`, day: dayAfter(day), from: 0, to: end - DAY, begins: false, ends: true },
      ]
    }),
  )
}

/** The whole window is moved, on all of its days; past midnight it starts on the day before or after. */
export function moved(quiet: Quiet, minutes: number, days = 0): Quiet {
  const from = minutesOf(quiet.from) + minutes
  const turn = Math.floor(from / DAY) + days
  return {
    ...quiet,
    from: timeOf(from),
    to: timeOf(from + lengthOf(quiet)),
    days: inOrder(quiet.days.map((day) => dayAfter(day as Weekday, turn))),
  }
}

/** The shortest is one step, the longest a day. */
export function withEnd(quiet: Quiet, minutes: number): Quiet {
  const length = Math.min(Math.max(lengthOf(quiet) + minutes, STEP), DAY)
  return { ...quiet, to: timeOf(minutesOf(quiet.from) + length) }
}

export function withStart(quiet: Quiet, minutes: number): Quiet {
  const length = Math.min(Math.max(lengthOf(quiet) - minutes, STEP), DAY)
  const end = minutesOf(quiet.from) + lengthOf(quiet)
  const from = end - length
  const turn = Math.floor(from / DAY)
  const days = inOrder(quiet.days.map((day) => dayAfter(day as Weekday, turn)))
  return { ...quiet, from: timeOf(from), to: timeOf(end), days }
}

/** Drawn from one place of a day to another; to the left it was drawn backwards. */
export function drawn(day: Weekday, one: number, other: number, id: string): Quiet {
  const from = Math.max(0, Math.min(one, other))
  const to = Math.min(DAY, Math.max(one, other, from + STEP))
  return { id, days: [day], from: timeOf(Math.min(from, DAY - STEP)), to: timeOf(to) }
}

export function freeId(windows: readonly Quiet[]): string {
  let n = windows.length + 1
  while (windows.some(({ id }) => id === `quiet-${n}`)) n++
  return `quiet-${n}`
}

function inOrder(days: readonly Weekday[]): readonly Weekday[] {
  return WEEKDAYS.filter((day) => days.includes(day))
}
