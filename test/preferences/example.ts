/** The documents of `test/examples`, parsed. */
import { readFileSync } from 'node:fs'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument, type TextDocument } from '../../src/xml/read-document.ts'

export function exampleText(path: string): string {
  return readFileSync(new URL(`../examples/${path}`, import.meta.url), 'utf8')
}

export function exampleJson(name: string): Record<string, unknown> {
  return JSON.parse(exampleText(`json/${name}.json`)) as Record<string, unknown>
}

export function parsed(text: string): TextDocument {
  return readDocument(new TextEncoder().encode(text), DEFAULT_XML_LIMITS)
}

export function example(name: string): TextDocument {
  return parsed(exampleText(`accepted/${name}.xml`))
}
