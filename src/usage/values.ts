/** Values whose form the schema has checked, and of which more must hold. */
import { attributeOf, type XmlElement } from '../xml/tree.ts'
import { refuseAt } from './constraints.ts'

const DURATION = /^P(?:(\d+)W)?(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
/**
 * Seconds of a week, year, month, day, hour, minute, second: only to see that a length is neither nothing nor beyond
 * all use.
 */
const SECONDS = [604_800, 31_557_600, 2_629_800, 86_400, 3_600, 60, 1]
const LONGEST_YEARS = 100

/** Each given duration is longer than nothing, and at most 100 years. */
export function checkDurations(element: XmlElement, ...names: readonly string[]): void {
  for (const name of names) {
    const value = attributeOf(element, name)
    if (value === undefined) continue
    const parts = DURATION.exec(value)?.slice(1) ?? []
    const seconds = SECONDS.reduce((sum, unit, index) => sum + unit * Number(parts[index] ?? 0), 0)
    // Time is counted in milliseconds here; less of it would be nothing.
    if (seconds < 0.001) refuseAt(element, `${name} is at least a millisecond, not ${value}`)
    if (seconds > LONGEST_YEARS * 31_557_600) refuseAt(element, `${name} is at most ${LONGEST_YEARS} years`)
  }
}

/** The month has that day. */
export function checkInstant(element: XmlElement, name: string): void {
  const value = attributeOf(element, name)
  if (value === undefined) return
  const [year, month, day] = value.slice(0, 10).split('-').map(Number)
  const date = new Date(`${value.slice(0, 10)}T00:00:00Z`)
  const isDay = date.getUTCFullYear() === year && date.getUTCMonth() + 1 === month && date.getUTCDate() === day
  if (!isDay) refuseAt(element, `${name} ${value} is no day of the calendar`)
}

/** Time zones that were asked for and exist, in lower case: bounded by how many there are. */
const known = new Set<string>()

/**
 * Abbreviations that the runtime takes for zones and the IANA database does not have: each would mean one of several
 * zones, and what reads schedules refuses them.
 */
const NO_ZONES: ReadonlySet<string> = new Set(
  'act aet agt art ast bet bst cat cnt cst ctt eat ect iet ist jst mit net nst plt pnt prt pst sst vst'.split(' '),
)

/** A zone of the IANA database by name, not an offset. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(name)) return false
  const key = name.toLowerCase()
  if (NO_ZONES.has(key)) return false
  if (known.has(key)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
  } catch {
    return false
  }
  known.add(key)
  return true
}
