/**
 * The four documents of our own (`schemas/README.md`), each described once. Fields stand in the order in which new
 * elements are written.
 */
import {
  attribute,
  characters,
  child,
  children,
  object,
  valueOf,
  type DocumentShape,
  type Field,
  type Value,
} from './shape.ts'

const PROFILE = 'urn:cpm-xdms:profile:1'

const TEXT: Value = { kind: 'text' }

const originator = object([attribute('uri'), attribute('domain'), attribute('list')])

const rule = object([
  attribute('id'),
  attribute('action'),
  attribute('to'),
  attribute('when'),
  children('originators', 'originator', originator),
  child('undisclosed-sender', { kind: 'present' }),
  child('larger-than', valueOf('bytes', 'count')),
  children('contentTypes', 'content-type', TEXT),
  children('messageTypes', 'message-type', TEXT),
])

const messages = object([
  children('rules', 'rule', rule, 'id'),
  child('available', object([attribute('action'), attribute('to')])),
  child('unavailable', object([attribute('action')])),
])

const deferred = object([
  attribute('mode'),
  attribute('keep-for'),
  attribute('on-expiry'),
  attribute('extend-by'),
  attribute('extensions', 'count'),
  attribute('then'),
  {
    kind: 'children',
    field: 'parts',
    children: {
      members: [
        { element: 'keep', value: object([attribute('content-type', 'text', 'keep')]) },
        { element: 'drop', value: object([attribute('content-type', 'text', 'drop'), attribute('whole', 'boolean')]) },
      ],
      key: undefined,
    },
  },
])

const adaptationDevice = object([
  attribute('id'),
  attribute('max-bytes', 'count'),
  attribute('otherwise'),
  children('accepts', 'accept', valueOf('content-type')),
])

const sessions = object([
  attribute('unavailable'),
  attribute('otherwise'),
  children('media', 'media', object([attribute('type'), attribute('answer')]), 'type'),
])

const storage = object([
  attribute('messages', 'boolean'),
  attribute('sessions', 'boolean'),
  attribute('conversations', 'boolean'),
  children('media', 'media', object([attribute('content-type'), attribute('store', 'boolean')])),
])

const deviceChoice = object([attribute('to'), children('devices', 'device', valueOf('id'))])

const service = object([attribute('name'), attribute('priority', 'count'), attribute('address')])

const preferences: readonly Field[] = [
  child('messages', messages),
  child('deferred', deferred),
  child('content-adaptation', object([children('devices', 'device', adaptationDevice, 'id')])),
  child('sessions', sessions),
  child('storage', storage),
  child(
    'devices',
    object([child('messages', deviceChoice), child('invitations', deviceChoice), child('reports', deviceChoice)]),
  ),
  child('interworking', object([children('services', 'service', service, 'name')])),
]

const schedule = object([
  attribute('time-zone'),
  children(
    'quiet',
    'quiet',
    object([attribute('id'), attribute('days', 'words'), attribute('from'), attribute('to')]),
    'id',
  ),
])

const setting: readonly Field[] = [attribute('on', 'boolean'), attribute('until'), child('schedule', schedule)]

/** The documents that have a JSON form. */
export type DocumentKind = 'profile' | 'active-profile' | 'do-not-disturb' | 'provider-policy'

export const SHAPES: Readonly<Record<DocumentKind, DocumentShape>> = {
  profile: {
    root: 'profile',
    namespace: PROFILE,
    value: object([
      attribute('id'),
      children(
        'displayNames',
        'display-name',
        object([attribute('xml:lang', 'text', 'lang'), characters('text')]),
        'lang',
      ),
      ...preferences,
    ]),
    declares: [],
  },
  'active-profile': {
    root: 'active-profile',
    namespace: 'urn:cpm-xdms:active-profile:1',
    value: object([
      attribute('default'),
      children('devices', 'device', object([attribute('id'), attribute('profile')]), 'id'),
    ]),
    declares: [],
  },
  'do-not-disturb': {
    root: 'do-not-disturb',
    namespace: 'urn:cpm-xdms:do-not-disturb:1',
    value: object([
      ...setting.filter((field) => field.kind === 'attribute'),
      children('devices', 'device', object([attribute('id'), ...setting]), 'id'),
      ...setting.filter((field) => field.kind !== 'attribute'),
      child('except', {
        kind: 'list',
        children: { members: [{ element: 'originator', value: originator }], key: undefined },
      }),
    ]),
    declares: [],
  },
  'provider-policy': {
    root: 'provider-policy',
    namespace: 'urn:cpm-xdms:provider-policy:1',
    value: object([
      child('defaults', object(preferences, PROFILE)),
      child(
        'limits',
        object([
          attribute('keep-at-most'),
          attribute('extensions-at-most', 'count'),
          attribute('waiting-at-most', 'count'),
          attribute('waiting-bytes-at-most', 'count'),
          attribute('of-one-sender', 'number'),
        ]),
      ),
      child('notices', object([attribute('out-of-band'), attribute('at-most-every')])),
      child('reports', object([attribute('failure', 'boolean')])),
      children('connectivity', 'connectivity', object([attribute('name'), attribute('max-bytes', 'count')]), 'name'),
    ]),
    declares: [{ field: 'defaults', prefix: 'p', namespace: PROFILE }],
  },
}
