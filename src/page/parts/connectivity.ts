/** How much a message may have on each kind of connection, as devices register it. */
import type { Fault } from '../ask.ts'
import { withField } from '../rules.ts'
import { html, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { Rows, type Column } from './rows.ts'

export interface Connection {
  readonly name: string
  readonly maxBytes?: number
}

interface Props {
  readonly connections: readonly Connection[]
  readonly put: (connections: readonly Connection[]) => void
  readonly faults: readonly Fault[]
}

export function Connectivity({ connections, put, faults }: Props): VNode {
  const columns: readonly Column<Connection>[] = [
    {
      label: t('policy.connectivity.name'),
      placeholder: 'roaming',
      read: ({ name }) => name,
      write: (one, name) => ({ ...one, name }),
    },
    {
      label: t('policy.connectivity.bytes'),
      isNumber: true,
      read: ({ maxBytes }) => String(maxBytes ?? ''),
      write: (one, text) => withField(one, 'maxBytes', text === '' ? undefined : Number(text)),
    },
  ]
  return html`<${Rows} title=${t('policy.connectivity')} add=${t('policy.connectivity.add')} rows=${connections} columns=${columns}
    fresh=${{ name: '' }} put=${put} faults=${faults} path="/connectivity">
    <p><small>${t('policy.built.in', { value: t('policy.connectivity.none') })}</small></p>
  </${Rows}>`
}
