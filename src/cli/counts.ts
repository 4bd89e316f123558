/** What a store holds, in words. */
import { KINDS, type Counts, type Kind } from '../store/transfer.ts'

/** The head is no thing that anybody has. */
type Countable = Exclude<Kind, 'head'>

/** One, and many of them. */
const WORDS: Readonly<Record<Countable, readonly [string, string]>> = {
  kept: ['kept value', 'kept values'],
  account: ['account', 'accounts'],
  text: ['text', 'texts'],
  dropped: ['dropped text', 'dropped texts'],
  message: ['message', 'messages'],
  version: ['version', 'versions'],
  reservation: ['reservation', 'reservations'],
  cut: ['shortened history', 'shortened histories'],
  trail: ['entry of the trail', 'entries of the trail'],
  home: ['home', 'homes'],
  journal: ['change', 'changes'],
}
export const ALL = KINDS.filter((kind) => kind !== 'head')
export const MOST_ASKED_FOR: readonly Countable[] = ['account', 'text', 'message', 'version', 'home']

/** `3 accounts, 1 message` */
export function countsText(counts: Counts, kinds: readonly Countable[]): string {
  return kinds.map((kind) => `${counts[kind]} ${WORDS[kind][counts[kind] === 1 ? 0 : 1]}`).join(', ')
}
