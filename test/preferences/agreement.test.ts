import { AssertionError } from 'node:assert'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { documentKey, emptyHome } from '../../src/home/home.ts'
import { AUID, type Auid, type Etag } from '../../src/names.ts'
import { checkJson } from '../../src/preferences/check.ts'
import {
  readActiveProfile,
  readDoNotDisturb,
  readProfile,
  readProviderPolicy,
} from '../../src/preferences/documents.ts'
import type { DocumentKind } from '../../src/preferences/shapes.ts'
import { writeJson } from '../../src/preferences/write.ts'
import { Refused } from '../../src/refusal.ts'
import { loadUsages } from '../../src/usage/load.ts'
import type { XmlDocument } from '../../src/xml/tree.ts'
import { ANY_JSON } from './any-json.ts'
import { parsed } from './example.ts'
import { ALICE, profileText } from './stored.ts'
import { trials } from '../trials.ts'

const usages = loadUsages(new URL('../../schemas', import.meta.url).pathname)

const DOCUMENTS: readonly (readonly [DocumentKind, Auid, (document: XmlDocument) => unknown])[] = [
  ['profile', AUID.profiles, readProfile],
  ['active-profile', AUID.activeProfile, readActiveProfile],
  ['do-not-disturb', AUID.doNotDisturb, readDoNotDisturb],
  ['provider-policy', AUID.providerPolicy, readProviderPolicy],
]

/** What the usage refuses the document for. Every profile that somebody names is there. */
async function refusedBy(auid: Auid, name: string, document: XmlDocument): Promise<string | undefined> {
  const owner = auid === AUID.providerPolicy ? 'global' : ALICE
  const profiles = ['home', 'work', 'x.1', '_'].map(
    (id) => [documentKey(AUID.profiles, id), { etag: id as Etag, text: id, size: 1, changed: 0, by: ALICE }] as const,
  )
  const surroundings = {
    home: { ...emptyHome(owner), documents: new Map(profiles) },
    document: (_: Auid, other: string) => Promise.resolve(parsed(profileText(other))),
  }
  try {
    await usages.find(auid)?.check({ auid, owner, name }, document, surroundings)
    return undefined
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return JSON.stringify(error.refusal)
  }
}

/** `undefined` for what has no XML form at all: a part that is neither kept nor dropped. */
function written(kind: DocumentKind, json: object): XmlDocument | undefined {
  try {
    return parsed(writeJson(kind, json, undefined))
  } catch (error) {
    if (error instanceof AssertionError) return undefined
    throw error
  }
}

/** The same with something wrong, perhaps: a member twice, a field gone, another text or number. */
function spoiled(json: unknown, random: () => number): unknown {
  if (Array.isArray(json))
    return [...json.map((member) => spoiled(member, random)), ...(random() < 0.1 ? json.slice(0, 1) : [])]
  if (typeof json === 'object' && json !== null) {
    return Object.fromEntries(
      Object.entries(json).flatMap(([field, inside]) => (random() < 0.04 ? [] : [[field, spoiled(inside, random)]])),
    )
  }
  if (random() > 0.03) return json
  if (typeof json === 'number') return [-1, 0, 1.5, 1e15][Math.floor(random() * 4)]
  return typeof json === 'string'
    ? ['', ' x', 'forward', 'extend', 'PT0S', '24:00', '2026-02-30T00:00:00Z', 'x:y'][Math.floor(random() * 8)]
    : json
}

describe.each(DOCUMENTS)('X2: JSON and XML of %s agree', (kind, auid, read) => {
  const name = (json: Record<string, unknown>): string => (kind === 'profile' ? String(json['id']) : 'index')

  test('X2: what JSON may say, its usage accepts', async () => {
    await fc.assert(
      fc.asyncProperty(ANY_JSON[kind], async (json) => {
        expect(
          await refusedBy(auid, name(json), parsed(writeJson(kind, checkJson(kind, json), undefined))),
        ).toBeUndefined()
      }),
      { numRuns: trials(200, 50) },
    )
  })

  test('INV-22: what its usage accepts can be read', async () => {
    let reached = 0
    await fc.assert(
      fc.asyncProperty(
        ANY_JSON[kind],
        fc.infiniteStream(fc.integer({ min: 0, max: 999_999 })),
        async (json, stream) => {
          const wrong = spoiled(json, () => Number(stream.next().value) / 1_000_000) as Record<string, unknown>
          const document = written(kind, wrong)
          if (document === undefined) return
          if ((await refusedBy(auid, name(wrong), document)) !== undefined) return
          reached += 1
          expect(() => read(document)).not.toThrow()
        },
      ),
      { numRuns: trials(1_000, 300) },
    )
    // A check that hardly any document comes to proves nothing.
    expect(reached).toBeGreaterThan(trials(20, 5))
  })
})
