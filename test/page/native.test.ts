import { readFileSync, readdirSync } from 'node:fs'
import { expect, it } from 'vitest'

const FOLDER = new URL('../../src/page/', import.meta.url)
const sources = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

it('api §Page: what a click does a key does: it stands on links, buttons and fields, which a browser gives keys', () => {
  const faults = sources.flatMap((name) => {
    const text = readFileSync(new URL(name, FOLDER), 'utf8')
    return [...text.matchAll(/<(\w+)\b[^<]*?\bon(?:Click|MouseDown|DblClick)=/g)]
      .filter(([, element = '']) => !['a', 'button', 'input', 'summary'].includes(element))
      .map(([, element]) => `${name}: ${element}`)
  })
  expect(faults).toEqual([])
})

it('api §Page: nothing that has the focus is disabled: with aria-disabled it keeps its place', () => {
  const disabled = sources.filter((name) => /(?<!aria-)\bdisabled=/.test(readFileSync(new URL(name, FOLDER), 'utf8')))
  expect(disabled).toEqual([])
})
