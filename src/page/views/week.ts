/** My quiet times: one week for everything, and one for each device that has its own. */
import { isOfDocuments, isOfUser } from '../about.ts'
import { ofUser } from '../ask.ts'
import { useJsonEditing } from '../document.ts'
import { ConflictShown } from '../parts/differences.ts'
import { Outcome } from '../parts/deeds.ts'
import { Exceptions } from '../parts/exceptions.ts'
import { Heading, Shown } from '../parts/shown.ts'
import { ScheduleEditor } from '../parts/schedule.ts'
import { Tabs } from '../parts/tabs.ts'
import { useResource, type Resource } from '../resource.ts'
import type { Me } from '../session.ts'
import type { DisturbSetting, DoNotDisturb, Registrations, Schedule } from '../shapes.ts'
import { html, useState, type VNode } from '../view.ts'
import { t } from '../words.ts'

export function Week({ me }: { readonly me: Me }): VNode {
  const stored = useResource<DoNotDisturb>(ofUser(me.xui, 'do-not-disturb'), { on: isOfDocuments(me.xui), none: {} })
  const devices = useResource<Registrations>(ofUser(me.xui, 'registrations'), {
    on: isOfUser(me.xui),
    none: { registrations: [] },
  })
  return html`<${Heading} text=${t('week.title')} />
    <${Shown} of=${stored} as=${(value: DoNotDisturb) => html`<${Editor} me=${me} stored=${stored} value=${value}
      known=${devices.kind === 'there' ? devices.value.registrations.map(({ device }) => device) : []} />`} />`
}

interface EditorProps {
  readonly me: Me
  readonly stored: Resource<DoNotDisturb>
  readonly value: DoNotDisturb
  readonly known: readonly string[]
}

type Except = NonNullable<DoNotDisturb['except']>

function Editor({ me, stored, value, known }: EditorProps): VNode {
  const [tab, setTab] = useState('')
  const editing = useJsonEditing(ofUser(me.xui, 'do-not-disturb'), value, stored)
  const { saving, now, edit, isEdited, isBehind } = editing
  const ids = [...new Set([...known, ...(now.devices ?? []).map(({ id }) => id)])]
  const faults = saving.acts.problem?.errors ?? []
  const index = (now.devices ?? []).findIndex(({ id }) => id === tab)
  return html`<${Tabs} ids=${ids} chosen=${tab} choose=${setTab} />
    <div role="tabpanel" id="week-panel" aria-labelledby=${`tab-${ids.indexOf(tab)}`}>
      <${ScheduleEditor} key=${tab} schedule=${settingOf(now, tab)?.schedule} faults=${faults}
        path=${tab === '' ? '/schedule' : `/devices/${index}/schedule`}
        change=${(to: (schedule: Schedule | undefined) => Schedule | undefined) =>
          edit((all) => withSchedule(all, tab, to(settingOf(all, tab)?.schedule)))} />
    </div>
    <${Exceptions} except=${now.except ?? []} faults=${faults}
      change=${(to: (except: Except) => Except) => edit((all) => ({ ...all, except: to(all.except ?? []) }))} />
    <${Outcome} acts=${saving.acts} />
    <${ConflictShown} saving=${saving} settled=${editing.settled} />
    <div class="deeds save">
      <button aria-disabled=${!isEdited || saving.acts.busy} onClick=${() => void editing.save()}>${t('save')}</button>
      <button class="secondary" aria-disabled=${!isEdited} onClick=${editing.undo}>${t('undo')}</button>
      <span role="status">
        ${isEdited && t(isBehind ? 'conflict.title' : 'week.unsaved')}
      </span>
    </div>`
}

function settingOf(of: DoNotDisturb, device: string): DisturbSetting | undefined {
  return device === '' ? of : of.devices?.find(({ id }) => id === device)
}

/** A schedule of nothing is none; a device that says nothing is not named. */
function withSchedule(of: DoNotDisturb, device: string, schedule: Schedule | undefined): DoNotDisturb {
  if (device === '') {
    const { schedule: _, ...rest } = of
    return schedule === undefined ? rest : { ...rest, schedule }
  }
  const { schedule: _, ...rest } = { id: device, ...settingOf(of, device) }
  const entry = schedule === undefined ? rest : { ...rest, schedule }
  const devices = of.devices ?? []
  const known = devices.some(({ id }) => id === device)
  if (Object.keys(entry).length === 1) return { ...of, devices: devices.filter(({ id }) => id !== device) }
  return { ...of, devices: known ? devices.map((one) => (one.id === device ? entry : one)) : [...devices, entry] }
}
