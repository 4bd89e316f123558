/**
 * The names that RFC 4825 gives to things, as types that cannot be mixed up.
 */
import { Refused } from './refusal.ts'

declare const brand: unique symbol
type Branded<B extends string> = string & { readonly [brand]: B }

/** Application unique ID, RFC 4825 §5.1. */
export type Auid = Branded<'Auid'>
/**
 * XCAP user identifier in its canonical form, RFC 4825 §6.2: `sip:alice@example.com`. Two are equal exactly when they
 * name the same user.
 */
export type Xui = Branded<'Xui'>
/** Entity tag without its quotes, RFC 4825 §8.5. Strong, and never used twice. */
export type Etag = Branded<'Etag'>

/**
 * Whose home a document lies in: a user's, or the one of the global tree. No XUI equals `global`, because an XUI has a
 * scheme.
 */
export type Owner = Xui | 'global'

/** RFC 4825 §6.2: which document. `name` may hold slashes (sub-directories); it is percent-decoded. */
export interface DocumentSelector {
  readonly auid: Auid
  readonly owner: Owner
  readonly name: string
}

/** RFC 3323 §4.1.1.3: who is shown where a sender hides. */
export const ANONYMOUS = 'sip:anonymous@anonymous.invalid'

/**
 * `org.cpm-xdms.profiles/users/sip:alice@example.com/work`: how a document selector is printed, in logs and in the
 * changes stream.
 */
export function selectorText(selector: DocumentSelector): string {
  const tree = selector.owner === 'global' ? 'global' : `users/${selector.owner}`
  return `${selector.auid}/${tree}/${selector.name}`
}

export const AUID = {
  profiles: 'org.cpm-xdms.profiles' as Auid,
  activeProfile: 'org.cpm-xdms.active-profile' as Auid,
  doNotDisturb: 'org.cpm-xdms.do-not-disturb' as Auid,
  providerPolicy: 'org.cpm-xdms.provider-policy' as Auid,
  resourceLists: 'resource-lists' as Auid,
  xcapCaps: 'xcap-caps' as Auid,
} as const

/** RFC 4825 §6.2: the name of the document of a usage that has one for each user. */
export const INDEX = 'index'

/**
 * A name as a request spells it, percent-decoded.
 * @throws Refused `bad-request` for control characters: no log, no XML and no key of the store takes them.
 */
export function checkedName(name: string): string {
  if (/[\u0000-\u001f\u007f]/.test(name))
    throw new Refused({ kind: 'bad-request', detail: 'A name has no control characters.' })
  return name
}
