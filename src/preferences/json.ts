/**
 * The JSON form of each document (`schemas/README.md`): fields that are not known are refused. The types in
 * `model.ts` are these.
 */
import * as z from '../zod.ts'
import {
  count,
  domain,
  duration,
  flag,
  instant,
  language,
  list,
  mediaRange,
  name,
  oneOf,
  profileId,
  share,
  text,
  timeOfDay,
  timeZone,
  unique,
  uri,
} from './fields.ts'
import type { DocumentKind } from './shapes.ts'

const ORIGINATOR = 'must have one of uri, domain and list'
const originator = z.union(
  [z.strictObject({ uri }), z.strictObject({ domain }), z.strictObject({ list: text })],
  ORIGINATOR,
)

interface Conditions {
  readonly [kind: string]: unknown
}

/** B §5.2.2.1.3 NOTE 1. An array without members is no condition. */
function hasCondition({ originators, undisclosedSender, largerThan, contentTypes, messageTypes }: Conditions): boolean {
  const lists = [originators, contentTypes, messageTypes].filter(
    (conditions) => Array.isArray(conditions) && conditions.length > 0,
  )
  return undisclosedSender !== undefined || largerThan !== undefined || lists.length > 0
}

const rule = z
  .strictObject({
    id: name,
    action: oneOf('deliver', 'reject', 'forward', 'store', 'interwork', 'defer', 'discard'),
    to: uri.exactOptional(),
    when: oneOf('any', 'available', 'unavailable').exactOptional(),
    originators: list(originator).exactOptional(),
    undisclosedSender: z.literal(true, 'must be true, or missing').exactOptional(),
    largerThan: count.exactOptional(),
    contentTypes: list(mediaRange).exactOptional(),
    messageTypes: list(oneOf('pager', 'large', 'file', 'group')).exactOptional(),
  })
  .check(forwardsTo)
  .refine(hasCondition, 'must have a condition')

const messages = z.strictObject({
  rules: list(rule).check(unique<{ id: string }>('id')).exactOptional(),
  available: z
    .strictObject({
      action: oneOf('deliver', 'reject', 'forward', 'store', 'interwork', 'defer'),
      to: uri.exactOptional(),
    })
    .check(forwardsTo)
    .exactOptional(),
  unavailable: z.strictObject({ action: oneOf('discard', 'defer', 'store', 'interwork') }).exactOptional(),
})

const part = z.union(
  [z.strictObject({ keep: mediaRange }), z.strictObject({ drop: mediaRange, whole: flag.exactOptional() })],
  'must have one of keep and drop',
)

const deferred = z
  .strictObject({
    mode: oneOf('notify', 'push', 'hand-over').exactOptional(),
    keepFor: duration.exactOptional(),
    onExpiry: oneOf('discard', 'store', 'extend').exactOptional(),
    extendBy: duration.exactOptional(),
    extensions: count.min(1, 'must be at least 1').exactOptional(),
    then: oneOf('discard', 'store').exactOptional(),
    parts: list(part).exactOptional(),
  })
  .check(({ value, issues }) => {
    for (const field of ['extendBy', 'extensions', 'then'] as const) {
      const given = value[field] !== undefined
      if (given === (value.onExpiry === 'extend')) continue
      const message = given ? 'needs onExpiry to be extend' : 'is needed when onExpiry is extend'
      issues.push({ code: 'custom', input: value, path: [field], message, continue: true })
    }
  })

const adaptationDevice = z.strictObject({
  id: uri.exactOptional(),
  maxBytes: count.exactOptional(),
  otherwise: oneOf('convert', 'leave-out', 'withhold').exactOptional(),
  accepts: list(mediaRange).exactOptional(),
})

const answer = oneOf('accept', 'reject', 'ask')
const media = z.strictObject({ type: oneOf('audio', 'video', 'text', 'image', 'application', 'message'), answer })
const deviceChoice = z.strictObject({ to: oneOf('all', 'listed'), devices: list(uri).exactOptional() })
const service = z.strictObject({ name, priority: count, address: uri.exactOptional() })

const preferences = {
  messages: messages.exactOptional(),
  deferred: deferred.exactOptional(),
  contentAdaptation: z.strictObject({ devices: list(adaptationDevice).exactOptional() }).exactOptional(),
  sessions: z
    .strictObject({
      unavailable: oneOf('reject', 'interwork').exactOptional(),
      otherwise: oneOf('ask', 'accept', 'reject').exactOptional(),
      media: list(media).check(unique<{ type: string }>('type')).exactOptional(),
    })
    .exactOptional(),
  storage: z
    .strictObject({
      messages: flag.exactOptional(),
      sessions: flag.exactOptional(),
      conversations: flag.exactOptional(),
      media: list(z.strictObject({ contentType: mediaRange, store: flag })).exactOptional(),
    })
    .exactOptional(),
  devices: z
    .strictObject({
      messages: deviceChoice.exactOptional(),
      invitations: deviceChoice.exactOptional(),
      reports: deviceChoice.exactOptional(),
    })
    .exactOptional(),
  interworking: z
    .strictObject({ services: list(service).check(unique<{ priority: number }>('priority')).exactOptional() })
    .exactOptional(),
}

const displayName = z.strictObject({ lang: language.exactOptional(), text })

const setting = {
  on: flag.exactOptional(),
  until: instant.exactOptional(),
  schedule: z
    .strictObject({
      timeZone,
      quiet: list(
        z.strictObject({
          id: name,
          days: list(oneOf('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')).min(1, 'must name a day'),
          from: timeOfDay,
          to: timeOfDay,
        }),
      )
        .check(unique<{ id: string }>('id'))
        .exactOptional(),
    })
    .exactOptional(),
}

export const JSON_FORMS = {
  profile: z.strictObject({
    id: profileId,
    displayNames: list(displayName).min(1, 'must have a name').check(unique<{ lang?: string }>('lang')),
    ...preferences,
  }),
  'active-profile': z.strictObject({
    default: profileId,
    devices: list(z.strictObject({ id: uri, profile: profileId }))
      .check(unique<{ id: string }>('id'))
      .exactOptional(),
  }),
  'do-not-disturb': z
    .strictObject({
      ...setting,
      devices: list(z.strictObject({ id: uri, ...setting }).check(untilNeedsOn))
        .check(unique<{ id: string }>('id'))
        .exactOptional(),
      except: list(originator).exactOptional(),
    })
    .check(untilNeedsOn),
  'provider-policy': z.strictObject({
    defaults: z.strictObject(preferences).exactOptional(),
    limits: z
      .strictObject({
        keepAtMost: duration.exactOptional(),
        extensionsAtMost: count.exactOptional(),
        waitingAtMost: count.exactOptional(),
        waitingBytesAtMost: count.exactOptional(),
        ofOneSender: share.exactOptional(),
      })
      .exactOptional(),
    notices: z
      .strictObject({
        outOfBand: oneOf('none', 'each', 'summary').exactOptional(),
        atMostEvery: duration.exactOptional(),
      })
      .exactOptional(),
    reports: z.strictObject({ failure: flag.exactOptional() }).exactOptional(),
    connectivity: list(z.strictObject({ name, maxBytes: count }))
      .check(unique<{ name: string }>('name'))
      .exactOptional(),
  }),
} as const satisfies Record<DocumentKind, z.ZodType>

/** `to` is needed by `forward`, and stands only there. */
function forwardsTo({ value, issues }: z.core.ParsePayload<{ action: string; to?: string }>): void {
  const given = value.to !== undefined
  if (given === (value.action === 'forward')) return
  issues.push({
    code: 'custom',
    input: value,
    path: ['to'],
    message: given ? 'stands only with forward' : 'is needed to forward',
  })
}

function untilNeedsOn({ value, issues }: z.core.ParsePayload<{ on?: boolean; until?: string }>): void {
  if (value.until === undefined || value.on !== undefined) return
  issues.push({ code: 'custom', input: value, path: ['until'], message: 'says how long on holds, so it needs on' })
}
