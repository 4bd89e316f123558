/** What somebody meant who mistyped. */
import { closestMatch } from 'leven'

/** One letter in four may be wrong. */
const LETTERS_FOR_A_MISTAKE = 4

/** A question with a blank before it, or nothing where none of `words` is near. */
export function didYouMean(word: string, words: readonly string[]): string {
  const near = closestMatch(word, words, { maxDistance: Math.ceil(word.length / LETTERS_FOR_A_MISTAKE) })
  return near === undefined ? '' : ` Did you mean ${near}?`
}
