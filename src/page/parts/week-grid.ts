/** Seven days of 24 hours; quiet windows are bars to draw, to drag and to move by keys. */
import type { Quiet } from '../shapes.ts'
import { html, useLayoutEffect, useRef, useState, type VNode } from '../view.ts'
import {
  barsOf,
  DAY,
  drawn,
  freeId,
  minutesOf,
  moved,
  snapped,
  STEP,
  withEnd,
  withStart,
  WEEKDAYS,
  type Bar,
  type Weekday,
} from '../week.ts'
import { weekdayName } from '../when.ts'
import { t } from '../words.ts'

interface GridProps {
  readonly windows: readonly Quiet[]
  /** What is changed may have changed since it was drawn: it is handed in. */
  readonly change: (to: (windows: readonly Quiet[]) => readonly Quiet[]) => void
}

/** What a pointer is doing, from where on. */
type Drag =
  | { readonly kind: 'draw'; readonly day: Weekday; readonly from: number; readonly at: number }
  | {
      readonly kind: 'move' | 'start' | 'end'
      readonly quiet: Quiet
      readonly from: number
      readonly at: number
      readonly row: number
      readonly atRow: number
    }

const HOURS = [0, 6, 12, 18, 24]

export function WeekGrid({ windows, change }: GridProps): VNode {
  const [drag, draw] = useState<Drag | undefined>(undefined)
  // 1. The pointer goes down. 2. It moves and is let go. 3. Only now is it drawn what 1 began.
  const latest = useRef<Drag | undefined>(undefined)
  const setDrag = (next: Drag | undefined): void => {
    latest.current = next
    draw(next)
  }
  const grid = useRef<HTMLDivElement>(null)
  const held = useRef<string | undefined>(undefined)
  useLayoutEffect(() => {
    if (held.current === undefined) return
    const bars = [...(grid.current?.querySelectorAll<HTMLElement>('.bar[tabindex="0"]') ?? [])]
    const bar = bars.find(({ dataset }) => dataset['id'] === held.current)
    held.current = undefined
    if (bar !== undefined && document.activeElement !== bar) bar.focus()
  }, [windows])
  const shown = drag === undefined ? windows : applied(windows, drag)
  const at = (event: PointerEvent): { readonly minutes: number; readonly row: number } => placeOf(grid.current, event)

  const begin = (event: PointerEvent): void => {
    if (event.button !== 0) return
    const { minutes, row } = at(event)
    const target = event.target as HTMLElement
    const id = target.closest<HTMLElement>('[data-id]')?.dataset['id']
    const quiet = windows.find((one) => one.id === id)
    const { edge } = target.dataset
    grid.current?.setPointerCapture(event.pointerId)
    if (quiet === undefined) return setDrag({ kind: 'draw', day: WEEKDAYS[row] ?? 'mon', from: minutes, at: minutes })
    const kind = edge === 'start' || edge === 'end' ? edge : 'move'
    setDrag({ kind, quiet, from: heldAt(kind, quiet, minutes), at: minutes, row, atRow: row })
  }
  const go = (event: PointerEvent): void => {
    const now = latest.current
    if (now === undefined) return
    const { minutes, row } = at(event)
    setDrag(now.kind === 'draw' ? { ...now, at: minutes } : { ...now, at: minutes, atRow: row })
  }
  const end = (): void => {
    const now = latest.current
    if (now === undefined) return
    setDrag(undefined)
    // A click draws nothing.
    if (now.kind !== 'draw' || now.from !== now.at) change((all) => applied(all, now))
  }
  return html`<div class="week" onPointerMove=${go} onPointerUp=${end} onPointerCancel=${() => setDrag(undefined)}>
    <div class="hours" aria-hidden="true">${HOURS.map((hour) => html`<span style=${{ left: `${(hour / 24) * 100}%` }}>${hour}</span>`)}</div>
    <div class="rows" ref=${grid} role="group" aria-label=${t('week.grid')} onPointerDown=${begin}>
      ${WEEKDAYS.map(
        (day) => html`<div class="day" key=${day} data-day=${day}>
          <span class="name" aria-hidden="true">${weekdayName(day, 'short')}</span>
        </div>`,
      )}
      ${barsOf(shown).map(
        (bar) =>
          html`<${OneBar} key=${bar.key} bar=${bar} change=${change} touched=${(id: string) => void ((held.current = id))} />`,
      )}
    </div>
  </div>`
}

/** An end is held where it is, not where in its handle the pointer went down. */
function heldAt(kind: 'move' | 'start' | 'end', quiet: Quiet, minutes: number): number {
  if (kind === 'move') return minutes
  return kind === 'start' ? minutesOf(quiet.from) : minutesOf(quiet.to) || DAY
}

function placeOf(grid: HTMLElement | null, event: PointerEvent): { readonly minutes: number; readonly row: number } {
  const box = grid?.getBoundingClientRect() ?? { left: 0, width: 1, top: 0, height: 1 }
  const share = (event.clientX - box.left) / box.width
  const row = Math.floor(((event.clientY - box.top) / box.height) * 7)
  return { minutes: snapped(Math.min(Math.max(share, 0), 1) * DAY), row: Math.min(Math.max(row, 0), 6) }
}

function applied(windows: readonly Quiet[], drag: Drag): readonly Quiet[] {
  if (drag.kind === 'draw') {
    if (drag.from === drag.at) return windows
    return [...windows, drawn(drag.day, drag.from, drag.at, freeId(windows))]
  }
  const by = drag.at - drag.from
  const change = {
    move: () => moved(drag.quiet, by, drag.atRow - drag.row),
    start: () => withStart(drag.quiet, by),
    end: () => withEnd(drag.quiet, by),
  }[drag.kind]
  return windows.map((one) => (one.id === drag.quiet.id ? change() : one))
}

interface BarProps {
  readonly bar: Bar
  readonly change: GridProps['change']
  /** Told when a key moved it: it may be drawn somewhere else then, and keeps the focus. */
  readonly touched: (id: string) => void
}

function OneBar({ bar, change, touched }: BarProps): VNode {
  const { quiet, day, from, to, begins, ends } = bar
  const press = (event: KeyboardEvent): void => {
    const act = KEYS[`${event.shiftKey ? 'Shift+' : ''}${event.key}`]
    if (act === undefined) return
    event.preventDefault()
    touched(quiet.id)
    change((now) => now.flatMap((one) => (one.id === quiet.id ? (act(one) ?? []) : [one])))
  }
  const label = t('week.bar', { day: weekdayName(day, 'long'), from: quiet.from, to: quiet.to })
  return html`<div class="bar" role="button" tabindex=${begins ? 0 : -1} data-id=${quiet.id} aria-label=${label} title=${label}
    aria-roledescription=${t('week.window')} aria-describedby="week-keys" onKeyDown=${press}
    style=${{
      top: `${(WEEKDAYS.indexOf(day) / 7) * 100}%`,
      left: `${(from / DAY) * 100}%`,
      width: `${((to - from) / DAY) * 100}%`,
    }}>
    ${begins && html`<span class="edge" data-edge="start"></span>`}
    <span class="times" aria-hidden="true">${quiet.from}–${quiet.to}</span>
    ${ends && html`<span class="edge" data-edge="end"></span>`}
  </div>`
}

/** `undefined`: it is gone. */
const KEYS: Readonly<Record<string, (quiet: Quiet) => Quiet | undefined>> = {
  ArrowLeft: (quiet) => moved(quiet, -STEP),
  ArrowRight: (quiet) => moved(quiet, STEP),
  ArrowUp: (quiet) => moved(quiet, 0, -1),
  ArrowDown: (quiet) => moved(quiet, 0, 1),
  'Shift+ArrowLeft': (quiet) => withEnd(quiet, -STEP),
  'Shift+ArrowRight': (quiet) => withEnd(quiet, STEP),
  Delete: () => undefined,
  Backspace: () => undefined,
}
