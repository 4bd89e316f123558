import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const texts = (language: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(new URL(`../../src/page/texts/${language}.json`, import.meta.url), 'utf8')) as Record<
    string,
    string
  >

const holes = (text = ''): readonly string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()

it('api §Page: both languages say the same things, with the same values in them', () => {
  const [english, german] = [texts('en'), texts('de')]
  expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort())
  const faults = Object.keys(english).filter((key) => holes(english[key]).join() !== holes(german[key]).join())
  expect(faults).toEqual([])
  expect(Object.values({ ...english, ...german }).filter((text) => text === '')).toEqual([])
})
