/** The trail of what was done, and the settings that bound what takes the time and the memory of others. */
import { milliseconds, optional, setting, whole } from './setting.ts'
import { DEFAULT_RETENTION as retention } from './store/store.ts'
import { DEFAULT_PREFERENCE_BOUNDS as preferences } from './usage/bounds.ts'
import * as z from './zod.ts'

export const BOUND_SETTINGS = {
  XDMS_AUDIT: optional(
    z.string().min(1, 'must not be empty'),
    'File to which the trail of changes and refusals is added; among the lines of the log where there is none. It ' +
      'says who did what, so nobody else may read it.',
  ),
  XDMS_CENSUS_MS: setting(
    '15000',
    milliseconds(),
    'Milliseconds between two counts of what waits, for `/metrics`. A count takes at most a twentieth of the time, ' +
      'so that a million messages hold up nobody.',
  ),
  XDMS_TRAIL_KEPT_MS: setting(
    `${retention.trail}`,
    milliseconds(),
    'Milliseconds that the record of who changed accounts, the policy, usages and the queue is kept: 400 days, so ' +
      'that a year can be looked back on.',
  ),
  XDMS_TRAIL_AT_MOST: setting(
    `${retention.trailAtMost}`,
    whole(),
    'Entries of the same, the newest of them: some 60 MB.',
  ),
  XDMS_REQUESTS_WHEN_BUSY: setting(
    '128',
    whole(),
    'Requests worked on at once while the processor has no time to spare; more would only wait longer, and are ' +
      'turned away at once (503). Do-not-disturb, reads of preferences and acknowledgements have three times as many.',
  ),
  XDMS_EARLY_RETRY_MS: setting(
    '100',
    milliseconds(0),
    'Milliseconds that a client waits for its 503 which comes again on a connection before the Retry-After of the ' +
      'last one is over: a connection has ten of them a second, and no more of the processor. Who waits as told, and ' +
      'who comes through a trusted proxy, is answered at once; 0 lets nobody wait.',
  ),
  XDMS_PARSED_BYTES: setting(
    '67108864',
    whole(),
    'Bytes of documents kept parsed, by their ETag: what the preferences of some 40,000 users say, or some 800 ' +
      'documents of 10 KB with their trees, or 2,600 without, beside which the next text is read.',
  ),
  XDMS_PREFERENCE_ELEMENTS: setting(
    `${preferences.elementsAtMost}`,
    whole(),
    'Elements of a profile or of the policy (409 constraint-failure): each message is judged by them on ' +
      'each device. Who names more people names a list.',
  ),
  XDMS_PREFERENCE_TIME_ZONES: setting(
    `${preferences.timeZonesAtMost}`,
    whole(),
    'Different time zones of one do-not-disturb (409 constraint-failure): each is worked out on its own, ' +
      'and nobody is in so many.',
  ),
} as const
