/** The settings of what stands on the far side of the participating function. */
import { isTarget } from './outbound/targets.ts'
import { optional, setting } from './setting.ts'
import * as z from './zod.ts'

/** Whom a push service writes to, RFC 8292 §2.1. */
const contact = z.string().regex(/^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, 'must be a mailto: or https: URI')

const targets = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  )
  .refine((value) => value.every(isTarget), 'must be addresses, networks (10.0.0.0/8) and hosts, with commas between')

export const PEER_SETTINGS = {
  XDMS_PUSH_CONTACT: optional(
    contact,
    'Whom a push service may write to about what this server sends: `mailto:…` or `https://…` (RFC 8292 §2.1). Without it nobody is named, which Apple’s service refuses.',
  ),
  XDMS_WEBHOOK_TARGETS: setting(
    '',
    targets,
    'Addresses, networks such as `10.0.0.0/8` and host names, with commas between them, that webhooks and push may reach although they are not public, and by http. None: a user could make the server knock at the doors of your network.',
  ),
} as const
