/** A list of which every element is a row of fields: rows are added, changed and taken away. */
import type { Fault } from '../ask.ts'
import { replacedAt } from '../rules.ts'
import { html, type Children, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { useAddedRow } from './added-row.ts'
import { FaultsAt } from './faults.ts'
import { ListInput } from './list-input.ts'

interface Labelled {
  readonly label: string
  readonly placeholder?: string
}

interface OneColumn<T> extends Labelled {
  readonly read: (row: T) => string
  readonly write: (row: T, text: string) => T
  /** What can be chosen; without it the field is written. */
  readonly choices?: readonly { readonly value: string; readonly text: string }[]
  readonly isNumber?: boolean
  readonly isList?: false
}

/** Several, with commas between. */
interface ListColumn<T> extends Labelled {
  readonly read: (row: T) => readonly string[]
  readonly write: (row: T, list: readonly string[]) => T
  readonly isList: true
}

export type Column<T> = OneColumn<T> | ListColumn<T>

interface Props<T> {
  readonly title: string
  readonly add: string
  readonly rows: readonly T[]
  readonly columns: readonly Column<T>[]
  /** What is added. */
  readonly fresh: T
  readonly put: (rows: readonly T[]) => void
  readonly faults: readonly Fault[]
  /** Where the list lies in the document. */
  readonly path: string
  readonly children?: Children
}

export function Rows<T>({ title, add, rows, columns, fresh, put, faults, path, children }: Props<T>): VNode {
  const frame = useAddedRow<HTMLFieldSetElement>(rows.length, ':is(input, select)')
  const [first] = columns
  return html`<fieldset ref=${frame}>
    <legend>${title}</legend>
    ${rows.map(
      (row, at) => html`<div class="inline row">
          ${columns.map((column) => html`<${Cell} row=${row} column=${column} put=${(next: T) => put(replacedAt(rows, at, next))} />`)}
          <button type="button" class="small secondary outline" aria-label=${`${t('week.remove')}: ${first?.read(row) ?? ''}`}
            onClick=${() => put(rows.filter((_, index) => index !== at))}>${t('week.remove')}</button>
        </div>
        <${FaultsAt} faults=${faults} path=${`${path}/${at}`} />`,
    )}
    <button type="button" class="small secondary outline" onClick=${() => put([...rows, fresh])}>${add}</button>
    ${children}
  </fieldset>`
}

interface CellProps<T> {
  readonly row: T
  readonly column: Column<T>
  readonly put: (row: T) => void
}

function Cell<T>({ row, column, put }: CellProps<T>): VNode {
  if (column.isList === true)
    return html`<${ListInput} label=${column.label} placeholder=${column.placeholder ?? ''} list=${column.read(row)}
      put=${(list: readonly string[]) => put(column.write(row, list))} />`
  const { label, read, write, choices, isNumber, placeholder } = column
  const value = read(row)
  const written = (event: Event): void => put(write(row, (event.target as HTMLInputElement).value))
  if (choices !== undefined)
    return html`<select aria-label=${label} onChange=${written}>
      ${choices.map((one) => html`<option value=${one.value} selected=${one.value === value}>${one.text}</option>`)}
    </select>`
  const bounds = isNumber === true ? { type: 'number', min: 0, step: 1 } : {}
  return html`<input ...${bounds} aria-label=${label} value=${value} placeholder=${placeholder ?? label} spellcheck=${false}
    onInput=${written} />`
}
