import { expect, it } from 'vitest'
import { sourcesBelow, titlesOf } from './tree.ts'

/**
 * `P7: …`, `RFC 4825 §8.2.3: …`, `B §5.2.2.1.3: …`, `design §4: …`; several are separated by commas: `X6, RFC 4825 §6.2: …`.
 * One letter or two with a number are ids of requirements (P7), invariants (I4) and hostile cases (X1, E2).
 */
const PROOF = String.raw`(?:HOST-[A-Z]+\d+[a-z]?|[A-Z]{1,2}\d+(?:–[A-Z]?\d+)?|c\d+|(?:RFC \d+ |A |B )?§[\dA-Z.]+|RFC \d+|(?:design|api|formats) §[^:,]+)`
const BEGINS_WITH_PROOF = new RegExp(`^${PROOF}(?:(?:, | and )${PROOF})*: \\S`)

it('design §4: a test begins with the id or the section that it proves', () => {
  const faults = sourcesBelow('test')
    .flatMap(titlesOf)
    .filter(
      (title) => title.kind === 'test' && ![title.title, ...title.within].some((text) => BEGINS_WITH_PROOF.test(text)),
    )
  expect(faults.map((title) => `${title.place} ${title.title}`)).toEqual([])
})
