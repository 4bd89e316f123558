/** The same week as a list: every window with its days, its start and its end. */
import type { Fault } from '../ask.ts'
import type { Quiet } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { freeId, WEEKDAYS, type Weekday } from '../week.ts'
import { weekdayName } from '../when.ts'
import { t } from '../words.ts'
import { FaultsAt } from './faults.ts'

interface ListProps {
  readonly windows: readonly Quiet[]
  readonly change: (to: (windows: readonly Quiet[]) => readonly Quiet[]) => void
  readonly faults: readonly Fault[]
  /** Where the windows lie in the document. */
  readonly path: string
}

export function WeekList({ windows, change, faults, path }: ListProps): VNode {
  const put = (id: string, next: (quiet: Quiet) => Quiet): void =>
    change((now) => now.map((one) => (one.id === id ? next(one) : one)))
  const add = (): void => change((now) => [...now, { id: freeId(now), days: ['mon'], from: '22:00', to: '07:00' }])
  return html`<h2>${t('week.list')}</h2>
    <ul class="cards windows">
      ${windows.map(
        (
          quiet,
          index,
        ) => html`<${Window} key=${quiet.id} quiet=${quiet} put=${(next: (quiet: Quiet) => Quiet) => put(quiet.id, next)}
          remove=${() => change((now) => now.filter(({ id }) => id !== quiet.id))}
          faults=${faults} path=${`${path}/${index}`} />`,
      )}
    </ul>
    <button class="small secondary outline" onClick=${add}>${t('week.add')}</button>`
}

interface WindowProps {
  readonly quiet: Quiet
  readonly put: (next: (quiet: Quiet) => Quiet) => void
  readonly remove: () => void
  readonly faults: readonly Fault[]
  readonly path: string
}

function Window({ quiet, put, remove, faults, path }: WindowProps): VNode {
  const toggle = (day: Weekday): void =>
    put((now) => {
      const days = WEEKDAYS.filter((one) => (one === day ? !now.days.includes(one) : now.days.includes(one)))
      return { ...now, days }
    })
  const timed = (name: 'from' | 'to', event: Event): void => {
    const { value } = event.target as HTMLInputElement
    // Half typed it is no time yet.
    if (value !== '') put((now) => ({ ...now, [name]: value }))
  }
  const time = (name: 'from' | 'to'): VNode => html`<label class="inline">
    ${t(`week.${name}`)}
    <input type="time" value=${quiet[name]}
      onChange=${(event: Event) => timed(name, event)} />
  </label>`
  return html`<li>
    <fieldset>
      <legend class="uri">${quiet.id}</legend>
      <div class="days">
        ${WEEKDAYS.map(
          (day) => html`<label>
            <input type="checkbox" checked=${quiet.days.includes(day)} onChange=${() => toggle(day)} />
            ${weekdayName(day, 'short')}
          </label>`,
        )}
      </div>
      <div class="deeds">
        ${time('from')} ${time('to')}
        <button class="small secondary outline" onClick=${remove} aria-label=${`${t('week.remove')}: ${quiet.id}`}>${t('week.remove')}</button>
      </div>
      <${FaultsAt} faults=${faults} path=${path} />
    </fieldset>
  </li>`
}
