/**
 * What the tests of this room need around a document: usages as shipped, a home with profiles, the verdict on a text.
 */
import { readFileSync } from 'node:fs'
import { AUID, INDEX, type Auid, type Etag, type Owner } from '../../src/names.ts'
import { documentKey, emptyHome, type Home } from '../../src/home/home.ts'
import { Refused, type Refusal } from '../../src/refusal.ts'
import { loadUsages } from '../../src/usage/load.ts'
import type { ApplicationUsage, Surroundings } from '../../src/xcap/application-usage.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument, type TextDocument } from '../../src/xml/read-document.ts'

export const schemas = new URL('../../schemas', import.meta.url).pathname
export const usages = loadUsages(schemas)
export const alice = 'sip:alice@example.com' as Owner

export function example(path: string): Uint8Array {
  return readFileSync(new URL(`../examples/${path}`, import.meta.url))
}

export function usageOf(auid: Auid): ApplicationUsage {
  const usage = usages.find(auid)
  if (usage === undefined) throw new Error(`no usage ${auid}`)
  return usage
}

export function document(text: string | Uint8Array): TextDocument {
  return readDocument(typeof text === 'string' ? new TextEncoder().encode(text) : text, DEFAULT_XML_LIMITS)
}

/** A home with profiles of these ids, and other documents by their key. */
export function surroundings(profiles: readonly string[], texts: Readonly<Record<string, string>> = {}): Surroundings {
  const keys = [...profiles.map((id) => documentKey(AUID.profiles, id)), ...Object.keys(texts)]
  const home: Home = {
    ...emptyHome(alice),
    documents: new Map(keys.map((key) => [key, { etag: 'e' as Etag, text: key, size: 1, changed: 0, by: alice }])),
  }
  return {
    home,
    document: async (auid, name) => {
      const text = texts[documentKey(auid, name)]
      return text === undefined ? undefined : document(text)
    },
  }
}

/** What a PUT of this text would be refused with; `undefined`: nothing. */
export async function refusal(
  auid: Auid,
  text: string | Uint8Array,
  name: string = INDEX,
  around = surroundings(['home', 'work']),
): Promise<Refusal | undefined> {
  const owner = auid === AUID.providerPolicy ? 'global' : alice
  return refusedBy(async () => usageOf(auid).check({ auid, owner, name }, document(text), around))
}

export async function refusedBy(run: () => Promise<void>): Promise<Refusal | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}
