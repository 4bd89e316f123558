/** RFC 9110 §13 and RFC 4825 §8.5: conditions on the one entity tag that a document shares with all its nodes. */
import type { Etag } from '../names.ts'
import { Refused } from '../refusal.ts'
import type { Conditions, TagList } from './request.ts'

/** More tags than this in one condition are no client's honest question. */
const TAGS_AT_MOST = 16

/** RFC 9110 §5.6.1.2: empty elements of a list are ignored, a reasonable number of them. */
const ELEMENTS_AT_MOST = 64

/** RFC 9110 §8.8.3, or an empty element. Sticky, so that a list is read in one pass. */
const TAG = /[ \t]*(?:(?<weak>W\/)?"(?<quoted>[\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?<more>,|$)/y

/**
 * The same, and what clients make of it that keep a tag without its quotes, or put quotes round one that has them
 * (MediaTek's).
 */
const LENIENT_TAG =
  /[ \t]*(?:(?<weak>W\/)?(?:"(?<second>"?)(?<quoted>[\x21\x23-\x7e\x80-\xff]*)\k<second>"|(?<bare>[\x21\x23-\x29\x2b\x2d-\x7e]+))[ \t]*)?(?<more>,|$)/y

/**
 * @param lenient also understands tags with no quotes, or too many.
 * @throws Refused `bad-request` for a condition that is none.
 */
export function readConditions(
  headers: { readonly 'if-match'?: string | undefined; readonly 'if-none-match'?: string | undefined },
  lenient: boolean,
): Conditions {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  const conditions: { -readonly [K in keyof Conditions]: Conditions[K] } = {}
  if (ifMatch !== undefined) conditions.ifMatch = readTags(ifMatch, lenient)
  if (ifNoneMatch !== undefined) conditions.ifNoneMatch = readTags(ifNoneMatch, lenient)
  return conditions
}

function readTags(header: string, lenient: boolean): TagList {
  if (header.trim() === '*') return 'any'
  const tags: { etag: string; weak: boolean }[] = []
  const tag = lenient ? LENIENT_TAG : TAG
  tag.lastIndex = 0
  for (let more = true, elements = 1; more; elements++) {
    const found = tag.exec(header)?.groups
    if (found === undefined)
      throw new Refused({ kind: 'bad-request', detail: 'A condition is a list of entity tags, or "*".' })
    const etag = found['quoted'] ?? found['bare']
    if (etag !== undefined) tags.push({ etag, weak: found['weak'] !== undefined })
    if (tags.length > TAGS_AT_MOST || elements > ELEMENTS_AT_MOST) {
      throw new Refused({ kind: 'bad-request', detail: `A condition has at most ${TAGS_AT_MOST} entity tags.` })
    }
    more = found['more'] === ','
  }
  return tags
}

/**
 * Holds a request that changes something to its conditions. Called where the decision is made, on the very state that
 * is replaced.
 * @param etag of the document as it is; `undefined` while there is none.
 * @throws Refused `precondition-failed`
 */
export function mustHold(conditions: Conditions, etag: Etag | undefined): void {
  if (conditions.ifMatch !== undefined && !matches(conditions.ifMatch, etag, 'strong')) throw failed('If-Match', etag)
  if (conditions.ifNoneMatch !== undefined && matches(conditions.ifNoneMatch, etag, 'weak'))
    throw failed('If-None-Match', etag)
}

/**
 * For GET and HEAD: RFC 9110 §13.2.2, a matching If-None-Match is no failure but "not modified".
 * @throws Refused `precondition-failed`
 */
export function isModified(conditions: Conditions, etag: Etag): boolean {
  if (conditions.ifMatch !== undefined && !matches(conditions.ifMatch, etag, 'strong')) throw failed('If-Match', etag)
  return conditions.ifNoneMatch === undefined || !matches(conditions.ifNoneMatch, etag, 'weak')
}

/** RFC 9110 §8.8.3.2: a weak tag never matches in a strong comparison; ours are all strong. */
function matches(tags: TagList, etag: Etag | undefined, comparison: 'strong' | 'weak'): boolean {
  if (etag === undefined) return false
  if (tags === 'any') return true
  return tags.some((tag) => tag.etag === etag && (comparison === 'weak' || !tag.weak))
}

function failed(header: string, etag: Etag | undefined): Refused {
  const now = etag === undefined ? 'there is no such document' : `its entity tag is "${etag}"`
  return new Refused({ kind: 'precondition-failed', detail: `${header} does not hold: ${now}.`, etag })
}
