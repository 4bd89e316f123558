/** X9: which parts of a deferred message are kept. The stored body stays whole, and is cut whenever it is read. */
import { readContent, type MimePart } from '../../mime/part.ts'
import { boxed, untouched, type WrittenPart } from '../../mime/written.ts'
import type { Cut } from '../state/outgoing.ts'
import type { Facts } from '../state/queue.ts'
import { firstMatch, leavesOf } from './media.ts'

type Verdict = 'keep' | 'drop' | 'whole'

const MAIL = 'message/rfc822'

function verdictOf(cut: Cut, type: string): Verdict {
  const first = firstMatch(cut, (part) => ('keep' in part ? part.keep : part.drop), type)
  if (first === undefined) return cut.some((part) => 'keep' in part) ? 'drop' : 'keep'
  if ('keep' in first) return 'keep'
  return first.whole === true ? 'whole' : 'drop'
}

/** A mail in the message is one part only where it is named; else its own parts are judged. */
function isNamed(cut: Cut): boolean {
  return cut.some((part) => ['message/*', MAIL].includes(('keep' in part ? part.keep : part.drop).toLowerCase()))
}

function judgedIn(cut: Cut, partTypes: readonly string[]): readonly string[] {
  const leaves = leavesOf(partTypes)
  return leaves.length > 1 && !isNamed(cut) ? leaves.filter((type) => type !== MAIL) : leaves
}

/** What preferences judge of a message of which some is kept. */
export function keptFacts(cut: Cut, facts: Facts): Facts {
  const dropped = new Set(judgedIn(cut, facts.partTypes).filter((type) => verdictOf(cut, type) !== 'keep'))
  return { ...facts, partTypes: facts.partTypes.filter((type) => !dropped.has(type)), isCut: true }
}

/** `none`: the message itself is discarded, because `whole` says so or nothing would be left. */
export function keptOf(cut: Cut, { partTypes }: Facts): 'all' | 'some' | 'none' {
  const verdicts = judgedIn(cut, partTypes).map((type) => verdictOf(cut, type))
  if (verdicts.includes('whole') || !verdicts.includes('keep')) return 'none'
  return verdicts.includes('drop') ? 'some' : 'all'
}

export function cutBody(contentType: string, body: Uint8Array, cut: Cut | undefined): Uint8Array {
  if (cut === undefined) return body
  const root = readContent(contentType, body)
  if (root.parts.length === 0) return body
  const left = leftOf(root, cut)
  return left === undefined ? body : Buffer.from(left.content, 'latin1')
}

/** `undefined`: nothing of it. */
function leftOf(part: MimePart, cut: Cut): WrittenPart | undefined {
  if (part.parts.length === 0 || (part.type === MAIL && isNamed(cut)))
    return verdictOf(cut, part.type) === 'keep' ? untouched(part) : undefined
  const left = part.parts.map((each) => ({ each, written: leftOf(each, cut) }))
  const kept = left.flatMap(({ written }) => written ?? [])
  if (kept.length === 0) return undefined
  const isWhole = left.every(({ each, written }) => written?.content === each.content)
  return isWhole ? untouched(part) : boxed(part, kept)
}
