/** One schedule: its zone, its windows as bars and as a list. */
import type { Fault } from '../ask.ts'
import type { Quiet, Schedule } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { zoneHere } from '../when.ts'
import { t } from '../words.ts'
import { FaultsAt } from './faults.ts'
import { WeekGrid } from './week-grid.ts'
import { WeekList } from './week-list.ts'

interface Props {
  readonly schedule: Schedule | undefined
  readonly change: (to: (schedule: Schedule | undefined) => Schedule | undefined) => void
  readonly faults: readonly Fault[]
  readonly path: string
}

export function ScheduleEditor({ schedule, change, faults, path }: Props): VNode {
  const timeZone = schedule?.timeZone ?? zoneHere()
  const windows = schedule?.quiet ?? []
  const put = (to: (quiet: readonly Quiet[]) => readonly Quiet[]): void =>
    change((now) => ({ timeZone: now?.timeZone ?? timeZone, quiet: to(now?.quiet ?? []) }))
  const zone = (event: Event): void => {
    const chosen = (event.target as HTMLInputElement).value.trim()
    change((now) => ({ timeZone: chosen, quiet: now?.quiet ?? [] }))
  }
  return html`<p>${t('week.text')}</p>
    <p id="week-keys" class="facts">${t('week.keys')}</p>
    <${WeekGrid} windows=${windows} change=${put} />
    <label class="inline">
      ${t('week.zone')}
      <input list="zones" value=${timeZone} onChange=${zone} spellcheck=${false} />
    </label>
    <datalist id="zones">${Intl.supportedValuesOf('timeZone').map((one) => html`<option value=${one} />`)}</datalist>
    <${FaultsAt} faults=${faults} path=${`${path}/timeZone`} />
    <${WeekList} windows=${windows} change=${put} faults=${faults} path=${`${path}/quiet`} />
    ${
      schedule !== undefined &&
      html`<div class="deeds"><button class="small secondary outline" onClick=${() => change(() => undefined)}>${t('week.clear')}</button></div>`
    }`
}
