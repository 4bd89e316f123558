/** The fields of the provider's policy, each with what holds where the policy does not say it. */
import { AVAILABLE_ACTIONS, UNAVAILABLE_ACTIONS } from './shapes.ts'

export interface Field {
  readonly path: readonly string[]
  readonly kind: 'choice' | 'duration' | 'number' | 'share' | 'boolean' | 'uri'
  /** Of a choice; its words are those of this group. */
  readonly values?: readonly string[]
  readonly group?: string
  /** Missing where nothing is built in. */
  readonly builtIn?: string | number | boolean
}

export const POLICY_FIELDS: readonly Field[] = [
  {
    path: ['defaults', 'messages', 'available', 'action'],
    kind: 'choice',
    values: AVAILABLE_ACTIONS,
    group: 'action',
    builtIn: 'deliver',
  },
  { path: ['defaults', 'messages', 'available', 'to'], kind: 'uri' },
  {
    path: ['defaults', 'messages', 'unavailable', 'action'],
    kind: 'choice',
    values: UNAVAILABLE_ACTIONS,
    group: 'action',
    builtIn: 'defer',
  },
  {
    path: ['defaults', 'deferred', 'mode'],
    kind: 'choice',
    values: ['notify', 'push', 'hand-over'],
    group: 'mode',
    builtIn: 'push',
  },
  { path: ['defaults', 'deferred', 'keepFor'], kind: 'duration', builtIn: 'P7D' },
  {
    path: ['defaults', 'deferred', 'onExpiry'],
    kind: 'choice',
    values: ['discard', 'store', 'extend'],
    group: 'then',
    builtIn: 'discard',
  },
  { path: ['defaults', 'deferred', 'extendBy'], kind: 'duration' },
  { path: ['defaults', 'deferred', 'extensions'], kind: 'number' },
  { path: ['defaults', 'deferred', 'then'], kind: 'choice', values: ['discard', 'store'], group: 'then' },
  {
    path: ['defaults', 'sessions', 'otherwise'],
    kind: 'choice',
    values: ['ask', 'accept', 'reject'],
    group: 'answer',
    builtIn: 'ask',
  },
  { path: ['defaults', 'sessions', 'unavailable'], kind: 'choice', values: ['reject', 'interwork'], group: 'answer' },
  { path: ['defaults', 'storage', 'messages'], kind: 'boolean', builtIn: false },
  { path: ['defaults', 'storage', 'sessions'], kind: 'boolean', builtIn: false },
  { path: ['defaults', 'storage', 'conversations'], kind: 'boolean', builtIn: false },
  { path: ['limits', 'keepAtMost'], kind: 'duration', builtIn: 'P30D' },
  { path: ['limits', 'extensionsAtMost'], kind: 'number', builtIn: 3 },
  { path: ['limits', 'waitingAtMost'], kind: 'number', builtIn: 1_000 },
  { path: ['limits', 'waitingBytesAtMost'], kind: 'number', builtIn: 104_857_600 },
  { path: ['limits', 'ofOneSender'], kind: 'share', builtIn: 0.1 },
  {
    path: ['notices', 'outOfBand'],
    kind: 'choice',
    values: ['none', 'each', 'summary'],
    group: 'notice',
    builtIn: 'summary',
  },
  { path: ['notices', 'atMostEvery'], kind: 'duration', builtIn: 'PT15M' },
  { path: ['reports', 'failure'], kind: 'boolean', builtIn: true },
]

export type Tree = Readonly<Record<string, unknown>>

export function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, name) => (node as Tree | undefined)?.[name], tree)
}

/** A copy with that value; `undefined` takes it away, and what is empty then. */
export function withValue(tree: Tree, [name = '', ...rest]: readonly string[], value: unknown): Tree {
  const { [name]: before, ...others } = tree
  const after = rest.length === 0 ? value : withValue((before ?? {}) as Tree, rest, value)
  const isEmpty = after === undefined || (rest.length > 0 && Object.keys(after as Tree).length === 0)
  return isEmpty ? others : { ...others, [name]: after }
}

/** A list of nothing is not said. */
export function withList(tree: Tree, path: readonly string[], list: readonly unknown[]): Tree {
  return withValue(tree, path, list.length === 0 ? undefined : list)
}
