/** The hand switch: what it writes into the do-not-disturb document, of which everything else stays. */
import { amend } from './amend.ts'
import { ask, ofUser, type Problem } from './ask.ts'
import type { DoNotDisturb, InForce } from './shapes.ts'

export type Switch =
  | { readonly kind: 'on'; readonly until?: string }
  | { readonly kind: 'off' }
  /** The hand is taken off: the week says it again. */
  | { readonly kind: 'week' }

export async function switchDisturb(xui: string, to: Switch): Promise<Problem | undefined> {
  const byHand = to.kind === 'on' ? { on: true, ...(to.until === undefined ? {} : { until: to.until }) } : {}
  const problem = await write(xui, byHand)
  if (problem !== undefined || to.kind !== 'off') return problem
  // The week may say quiet now; then off means until that window is over, else the week would be off for good.
  const { json, problem: unread } = await ask('GET', ofUser(xui, 'preferences'))
  if (unread !== undefined) return unread
  const { on, until } = (json as InForce).doNotDisturb
  return on ? write(xui, { on: false, ...(until === undefined ? {} : { until }) }) : undefined
}

function write(xui: string, byHand: { readonly on?: boolean; readonly until?: string }): Promise<Problem | undefined> {
  return amend<DoNotDisturb>(ofUser(xui, 'do-not-disturb'), ({ on: _on, until: _until, ...rest } = {}) => ({
    ...byHand,
    ...rest,
  }))
}
