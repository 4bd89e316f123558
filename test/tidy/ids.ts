/** The ids of what tests prove: requirements and decisions, invariants, rows of the XCAP checklist, hostile cases. */
export const ID = String.raw`(?:[XPDSCU]\d+|INV-c?\d+|(?:XCAP|HOST)-[A-Z]+\d+)`

const SECTION = String.raw`(?:(?:RFC \d+ |A |B )?§[\dA-Z.]+|RFC \d+|(?:design|api|formats) §[^:,]+)`
const PROOF = `(?:${ID}|${SECTION})`
const BEGINS_WITH_PROOF = new RegExp(`^(${PROOF}(?:(?:, | and )${PROOF})*): \\S`)
const ENDS_WITH_IDS = new RegExp(`\\((${ID}(?:, ${ID})*)\\)$`)

/** Whether a title is `P7: …`, `RFC 4825 §8.2.3: …`, or several with commas: `X6, RFC 4825 §6.2: …`. */
export function beginsWithProof(title: string): boolean {
  return BEGINS_WITH_PROOF.test(title)
}

/** The ids that a title begins with, and those in parentheses at its end: `RFC 4825 §8.3: … (XCAP-G2, XCAP-G3)`. */
export function idsOf(title: string): readonly string[] {
  const parts = [BEGINS_WITH_PROOF.exec(title)?.[1], ENDS_WITH_IDS.exec(title)?.[1]]
  const word = new RegExp(String.raw`(?<![-\w§.])${ID}(?![-\w])`, 'g')
  return parts.flatMap((part) => [...(part ?? '').matchAll(word)].map(([id]) => id))
}
