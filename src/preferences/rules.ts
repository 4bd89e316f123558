/** What a profile says of a message (X7, X8; B §5.2.2.1.3 NOTE 1). */
import { mediaTypeOf } from '../media-type.ts'
import type { ProfileInForce, Sender, UserPreferences } from './in-force.ts'
import type { Action, MessageType, Rule } from './model.ts'
import { isUndisclosed } from './sender.ts'

export interface MessageFacts {
  readonly sender: Sender
  /** Of the body, in bytes. */
  readonly size: number
  /** Media types of the body and of all parts in it; case and parameters do not count. */
  readonly partTypes: readonly string[]
  readonly messageTypes: ReadonlySet<MessageType>
}

export interface Judgement {
  readonly action: Action
  /** Where to, of `forward`. */
  readonly to?: string
  readonly because: 'rule' | 'available' | 'unavailable'
  readonly ruleId?: string
}

/** RFC 3428 §8: a message of pager mode must fit into a SIP MESSAGE request. */
const PAGER_BYTES_AT_MOST = 1_300

/** A message is of several types: `pager` or `large` by its size alone, `file` and `group` beside that. */
export function messageTypesOf(size: number, file: boolean, group: boolean): ReadonlySet<MessageType> {
  const types = new Set<MessageType>([size <= PAGER_BYTES_AT_MOST ? 'pager' : 'large'])
  if (file) types.add('file')
  if (group) types.add('group')
  return types
}

/**
 * The first rule that matches decides, else `available` or `unavailable`.
 * @param available whether an applicable device is registered.
 */
export function judge(
  profile: ProfileInForce,
  facts: MessageFacts,
  available: boolean,
  originates: UserPreferences['originates'],
): Judgement {
  const { rules, available: otherwise, unavailable } = profile.messages
  const rule = rules.find((candidate) => isFor(candidate, available) && matches(candidate, facts, originates))
  if (rule !== undefined)
    return { action: rule.action, ...(rule.to === undefined ? {} : { to: rule.to }), because: 'rule', ruleId: rule.id }
  if (!available) return { action: unavailable.action, because: 'unavailable' }
  return { action: otherwise.action, ...(otherwise.to === undefined ? {} : { to: otherwise.to }), because: 'available' }
}

function isFor({ when = 'any' }: Rule, available: boolean): boolean {
  return when === 'any' || (when === 'available') === available
}

/** Conditions of one kind are alternatives, different kinds must all hold. */
function matches(rule: Rule, facts: MessageFacts, originates: UserPreferences['originates']): boolean {
  return (
    (rule.undisclosedSender === undefined || isUndisclosed(facts.sender)) &&
    (rule.largerThan === undefined || facts.size > rule.largerThan) &&
    (rule.messageTypes === undefined || rule.messageTypes.some((type) => facts.messageTypes.has(type))) &&
    (rule.contentTypes === undefined || isOfRange(facts.partTypes, rule.contentTypes)) &&
    (rule.originators === undefined || originates(rule.originators, facts.sender))
  )
}

/**
 * Ranges of a rule are parts of a document, which is immutable: they are split once, so a long list costs no more than
 * a short one.
 */
const ranges = new WeakMap<readonly string[], ReadonlySet<string>>()

/** The ranges that the types of a message are of: one list for all rules that judge it. */
const around = new WeakMap<readonly string[], ReadonlySet<string>>()

function rangesAround(mediaTypes: readonly string[]): ReadonlySet<string> {
  const known = around.get(mediaTypes)
  if (known !== undefined) return known
  const found = new Set<string>()
  for (const mediaType of mediaTypes) {
    const type = mediaTypeOf(mediaType)
    found.add(type).add(`${type.slice(0, type.indexOf('/'))}/*`)
  }
  around.set(mediaTypes, found)
  return found
}

function haveCommon(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const [few, many] = one.size < other.size ? [one, other] : [other, one]
  for (const item of few) if (many.has(item)) return true
  return false
}

/**
 * RFC 9110 §12.5.1: whether one of the media types is of one of the ranges: type/subtype, type and star, or two stars.
 */
function isOfRange(mediaTypes: readonly string[], wanted: readonly string[]): boolean {
  const known = ranges.get(wanted) ?? new Set(wanted.map((range) => range.toLowerCase()))
  ranges.set(wanted, known)
  return known.has('*/*') || haveCommon(known, rangesAround(mediaTypes))
}
