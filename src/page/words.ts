/** The texts of the page, in the language of whoever looks. One file for each language, of which one is fetched. */
import type en from './texts/en.json'

export type Word = keyof typeof en
type Counted<W> = W extends `${infer Stem}_other` ? Stem : never
export type CountedWord = Counted<Word>
export type Values = Readonly<Record<string, string | number>>

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES

const CHOSEN = 'xdms-language'

let texts: Readonly<Record<string, string>> = {}
let spoken: Language = 'en'

export function language(): Language {
  return spoken
}

/** Of the browser, with its region: how dates and numbers are written, as long as the language is the same. */
export function locale(): string {
  return navigator.languages.find((one) => one.split('-')[0] === spoken) ?? spoken
}

function wished(): Language {
  const wishes = [localStorage.getItem(CHOSEN) ?? '', ...navigator.languages].map((one) => one.split('-')[0] ?? '')
  return (wishes.find((one) => one in LANGUAGES) as Language | undefined) ?? 'en'
}

export async function loadWords(): Promise<void> {
  spoken = wished()
  const answer = await fetch(new URL(`../texts/${spoken}.json`, import.meta.url))
  texts = (await answer.json()) as Record<string, string>
  document.documentElement.lang = spoken
}

export function choose(next: Language): void {
  localStorage.setItem(CHOSEN, next)
  location.reload()
}

/** `{name}` in the text is replaced by the value of that name. */
export function t(word: Word, values: Values = {}): string {
  return filled(texts[word] ?? word, values)
}

/** The form of the text for so many; `{n}` is the number. */
export function tn(word: CountedWord, n: number, values: Values = {}): string {
  const form = new Intl.PluralRules(spoken).select(n)
  const text = texts[`${word}_${form}`] ?? texts[`${word}_other`] ?? word
  return filled(text, { n: new Intl.NumberFormat(locale()).format(n), ...values })
}

/** A text for a word of the REST side, such as a reason; the word itself where there is none. */
export function termed(group: string, term: string): string {
  return texts[`${group}.${term}`] ?? term
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
