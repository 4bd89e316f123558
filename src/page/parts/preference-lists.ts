/** What a profile and the policy say in lists: parts of what waits, media, what is recorded, devices, services. */
import type { Fault } from '../ask.ts'
import { withList, type Tree } from '../policy-fields.ts'
import { withField } from '../rules.ts'
import { MEDIA, MEDIUM_ANSWERS, type Preferences } from '../shapes.ts'
import { html, type Children, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'
import { Rows, type Column } from './rows.ts'

type Of<T> = T extends readonly (infer Each)[] ? Each : never
type Part = Of<NonNullable<NonNullable<Preferences['deferred']>['parts']>>
type Medium = Of<NonNullable<NonNullable<Preferences['sessions']>['media']>>
type Recorded = Of<NonNullable<NonNullable<Preferences['storage']>['media']>>
type Adapted = Of<NonNullable<NonNullable<Preferences['contentAdaptation']>['devices']>>
type Interworked = Of<NonNullable<NonNullable<Preferences['interworking']>['services']>>

interface Props {
  readonly value: Preferences
  readonly edit: (to: (value: Preferences) => Preferences) => void
  readonly faults: readonly Fault[]
  /** Where the preferences lie in the document. */
  readonly path: string
  /** What stands below each list. */
  readonly children?: Children
}

export function PreferenceLists({ value, edit, faults, path, children }: Props): VNode {
  const list = (at: readonly string[]) => ({
    put: (rows: readonly unknown[]) => edit((now) => withList(now as Tree, at, rows)),
    path: `${path}/${at.join('/')}`,
    faults,
  })
  return html`<${Rows} title=${t('lists.parts')} add=${t('lists.parts.add')} rows=${value.deferred?.parts ?? []}
      columns=${partColumns()} fresh=${{ keep: '' }} ...${list(['deferred', 'parts'])}>${children}</${Rows}>
    <${Rows} title=${t('lists.media')} add=${t('lists.media.add')} rows=${value.sessions?.media ?? []}
      columns=${mediumColumns()} fresh=${{ type: 'audio', answer: 'ask' }} ...${list(['sessions', 'media'])}>${children}</${Rows}>
    <${Rows} title=${t('lists.recorded')} add=${t('lists.recorded.add')} rows=${value.storage?.media ?? []}
      columns=${recordedColumns()} fresh=${{ contentType: '', store: true }} ...${list(['storage', 'media'])}>${children}</${Rows}>
    <${Rows} title=${t('lists.adapted')} add=${t('lists.adapted.add')} rows=${value.contentAdaptation?.devices ?? []}
      columns=${adaptedColumns()} fresh=${{}} ...${list(['contentAdaptation', 'devices'])}>${children}</${Rows}>
    <${Rows} title=${t('lists.services')} add=${t('lists.services.add')} rows=${value.interworking?.services ?? []}
      columns=${serviceColumns()} fresh=${{ name: '', priority: 1 }} ...${list(['interworking', 'services'])}>${children}</${Rows}>`
}

const DOES = ['keep', 'drop', 'whole'] as const

function partColumns(): readonly Column<Part>[] {
  const rangeOf = (part: Part): string => ('keep' in part ? part.keep : part.drop)
  const made = (does: string, range: string): Part =>
    does === 'keep' ? { keep: range } : does === 'drop' ? { drop: range } : { drop: range, whole: true }
  const does = (part: Part): string => ('keep' in part ? 'keep' : part.whole === true ? 'whole' : 'drop')
  return [
    {
      label: t('lists.type'),
      placeholder: 'video/*',
      read: rangeOf,
      write: (part, text) => made(does(part), text),
    },
    {
      label: t('lists.parts.what'),
      choices: DOES.map((one) => ({ value: one, text: t(`part.${one}`) })),
      read: does,
      write: (part, text) => made(text, rangeOf(part)),
    },
  ]
}

function mediumColumns(): readonly Column<Medium>[] {
  return [
    {
      label: t('lists.medium'),
      choices: MEDIA.map((one) => ({ value: one, text: termed('media', one) })),
      read: ({ type }) => type,
      write: (one, type) => ({ ...one, type }),
    },
    {
      label: t('lists.answer'),
      choices: MEDIUM_ANSWERS.map((one) => ({ value: one, text: termed('medium', one) })),
      read: ({ answer }) => answer,
      write: (one, answer) => ({ ...one, answer }),
    },
  ]
}

function recordedColumns(): readonly Column<Recorded>[] {
  return [
    {
      label: t('lists.type'),
      placeholder: 'image/*',
      read: ({ contentType }) => contentType,
      write: (one, contentType) => ({ ...one, contentType }),
    },
    {
      label: t('lists.recorded.what'),
      choices: [
        { value: 'true', text: t('recorded.yes') },
        { value: 'false', text: t('recorded.no') },
      ],
      read: ({ store }) => String(store),
      write: (one, text) => ({ ...one, store: text === 'true' }),
    },
  ]
}

const OTHERWISE = ['convert', 'leave-out', 'withhold'] as const

function adaptedColumns(): readonly Column<Adapted>[] {
  return [
    {
      label: t('lists.adapted.device'),
      read: ({ id }) => id ?? '',
      write: (one, text) => withField(one, 'id', text.trim()),
    },
    {
      label: t('lists.adapted.types'),
      placeholder: 'text/*, image/jpeg',
      read: ({ accepts }) => accepts ?? [],
      write: (one, types) => withField(one, 'accepts', types),
      isList: true,
    },
    {
      label: t('policy.connectivity.bytes'),
      isNumber: true,
      read: ({ maxBytes }) => String(maxBytes ?? ''),
      write: (one, text) => withField(one, 'maxBytes', text === '' ? undefined : Number(text)),
    },
    {
      label: t('lists.adapted.otherwise'),
      choices: OTHERWISE.map((one) => ({ value: one, text: t(`adapted.${one}`) })),
      read: ({ otherwise = 'convert' }) => otherwise,
      write: (one, text) => withField(one, 'otherwise', text),
    },
  ]
}

function serviceColumns(): readonly Column<Interworked>[] {
  return [
    {
      label: t('lists.services.name'),
      placeholder: 'email',
      read: ({ name }) => name,
      write: (one, name) => ({ ...one, name }),
    },
    {
      label: t('lists.services.priority'),
      isNumber: true,
      read: ({ priority }) => String(priority),
      write: (one, text) => ({ ...one, priority: Number(text) }),
    },
    {
      label: t('lists.services.address'),
      placeholder: 'mailto:alice@example.com',
      read: ({ address }) => address ?? '',
      write: (one, text) => withField(one, 'address', text.trim()),
    },
  ]
}
