/** The settings of what tells of changes. */
import { milliseconds, seconds, setting, whole, yesOrNo } from './setting.ts'

export const FEED_SETTINGS = {
  XDMS_PARTICIPATING: setting(
    'true',
    yesOrNo,
    'Whether this server takes messages. `false`: an XDMS alone, which serves documents, tells of their ' +
      'changes and of do-not-disturb, and leaves messages to participating functions elsewhere (`npx ' +
      'cpm-xdms participate`).',
  ),
  XDMS_SUBSCRIPTIONS_OF_USER: setting(
    '20',
    whole(),
    'Webhooks of one user or participating function (507): each costs a delivery for each change.',
  ),
  XDMS_SUBSCRIPTION_SECONDS: setting(
    '604800',
    seconds(),
    'Seconds until a webhook ends that is not renewed and did not say for how long: as long as changes are kept.',
  ),
  XDMS_SUBSCRIPTION_SECONDS_AT_MOST: setting(
    '7776000',
    seconds(),
    'The most that a webhook may ask for: what nobody renews in 90 days nobody misses.',
  ),
  XDMS_WEBHOOK_MS: setting(
    '10000',
    milliseconds(),
    'Milliseconds for one attempt, from looking up the name to the end of the answer: a target is to take ' +
      'an event, not to work on it.',
  ),
  XDMS_WEBHOOKS_AT_ONCE: setting('256', whole(), 'Attempts of all webhooks at once; the others wait for their turn.'),
  XDMS_WEBHOOK_RETRY_FIRST_MS: setting(
    '5000',
    milliseconds(),
    'Milliseconds from the first failure of a webhook to the second attempt; doubled from then on, give or ' +
      'take a fifth.',
  ),
  XDMS_WEBHOOK_RETRY_AT_MOST_MS: setting('3600000', milliseconds(), 'The most between two attempts of a webhook.'),
  XDMS_WEBHOOK_CONFIRM_MS: setting(
    '3600000',
    milliseconds(),
    'Milliseconds in which a target must have answered its challenge: until then it is nobody’s who asked for it.',
  ),
  XDMS_WEBHOOK_FAILING_MS: setting(
    '259200000',
    milliseconds(),
    'Milliseconds of failures in a row after which a webhook ends: a long week-end.',
  ),
}
