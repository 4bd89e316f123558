/** The settings of what tells of changes. */
import { setting } from './setting.ts'
import * as z from './zod.ts'

const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')

export const FEED_SETTINGS = {
  XDMS_PARTICIPATING: setting(
    'true',
    flag,
    'Whether this server takes messages. `false`: an XDMS alone, which serves documents, tells of their changes and of do-not-disturb, and leaves messages to participating functions elsewhere (`npx cpm-xdms participate`).',
  ),
}
