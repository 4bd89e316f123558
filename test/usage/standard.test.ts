import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Auid } from '../../src/names.ts'
import { refusal } from './fixtures.ts'

/** By how a file's name begins: the usage, and the name of its document. */
const USAGES: Readonly<Record<string, readonly [string, string]>> = {
  'rls-services': ['rls-services', 'index'],
  'pres-rules': ['pres-rules', 'index'],
  'oma-pres-rules': ['org.openmobilealliance.pres-rules', 'pres-rules'],
  'pres-content': ['org.openmobilealliance.pres-content', 'oma_status-icon/rcs_status_icon'],
  pidf: ['pidf-manipulation', 'index'],
  'xcap-directory': ['org.openmobilealliance.xcap-directory', 'directory.xml'],
}

const ACCEPTED: readonly string[] = [
  'oma-pres-rules-foreign.xml',
  'oma-pres-rules-usual.xml',
  'pidf-empty.xml',
  'pidf-full.xml',
  'pidf-types.xml',
  'pres-content-icon.xml',
  'pres-rules-empty.xml',
  'pres-rules-full.xml',
  'rls-services-empty.xml',
  'rls-services-full.xml',
  'rls-services-global-list.xml',
]

const REFUSED: readonly (readonly [string, string])[] = [
  ['oma-pres-rules-block-and-show.xml', 'constraint-failure'],
  ['oma-pres-rules-complex.xml', 'constraint-failure'],
  ['oma-pres-rules-entry-without-anchor.xml', 'schema-validation-error'],
  ['oma-pres-rules-id-twice.xml', 'uniqueness-failure'],
  ['oma-pres-rules-list-twice.xml', 'uniqueness-failure'],
  ['oma-pres-rules-other-identity-not-empty.xml', 'schema-validation-error'],
  ['oma-pres-rules-other-user.xml', 'constraint-failure'],
  ['oma-pres-rules-relative-list.xml', 'constraint-failure'],
  ['oma-pres-rules-unknown-condition.xml', 'schema-validation-error'],
  ['pidf-basic-unknown.xml', 'schema-validation-error'],
  ['pidf-no-entity.xml', 'schema-validation-error'],
  ['pidf-no-status.xml', 'schema-validation-error'],
  ['pidf-note-before-tuple.xml', 'schema-validation-error'],
  ['pidf-priority-above-one.xml', 'schema-validation-error'],
  ['pidf-tuple-id-twice.xml', 'uniqueness-failure'],
  ['pres-content-no-data.xml', 'schema-validation-error'],
  ['pres-rules-actions-first.xml', 'schema-validation-error'],
  ['pres-rules-all-and-some.xml', 'schema-validation-error'],
  ['pres-rules-empty-identity.xml', 'schema-validation-error'],
  ['pres-rules-id-twice.xml', 'uniqueness-failure'],
  ['pres-rules-id-with-space.xml', 'schema-validation-error'],
  ['pres-rules-no-id.xml', 'schema-validation-error'],
  ['pres-rules-unknown-element.xml', 'schema-validation-error'],
  ['pres-rules-unknown-handling.xml', 'schema-validation-error'],
  ['pres-rules-validity-without-end.xml', 'schema-validation-error'],
  ['pres-rules-wrong-root.xml', 'schema-validation-error'],
  ['rls-services-both-lists.xml', 'schema-validation-error'],
  ['rls-services-entry-ref-absolute.xml', 'constraint-failure'],
  ['rls-services-entry-twice.xml', 'uniqueness-failure'],
  ['rls-services-inner-list-name-twice.xml', 'uniqueness-failure'],
  ['rls-services-list-of-other-namespace.xml', 'constraint-failure'],
  ['rls-services-neither-list.xml', 'schema-validation-error'],
  ['rls-services-no-uri.xml', 'schema-validation-error'],
  ['rls-services-other-usage.xml', 'constraint-failure'],
  ['rls-services-other-user.xml', 'constraint-failure'],
  ['rls-services-packages-first.xml', 'schema-validation-error'],
  ['rls-services-relative-list.xml', 'constraint-failure'],
  ['rls-services-root-of-lists.xml', 'schema-validation-error'],
  ['rls-services-uri-twice.xml', 'uniqueness-failure'],
  ['xcap-directory-entry-and-error.xml', 'schema-validation-error'],
  ['xcap-directory-put.xml', 'constraint-failure'],
  ['xcap-directory-size-negative.xml', 'schema-validation-error'],
]

function text(path: string): Uint8Array {
  return readFileSync(new URL(`standard/${path}`, import.meta.url))
}

async function verdict(path: string): Promise<string> {
  const beginning = Object.keys(USAGES).find((name) => path.includes(`/${name}-`)) ?? ''
  const [auid = '', name] = USAGES[beginning] ?? []
  return (await refusal(auid as Auid, text(path), name))?.kind ?? 'accepted'
}

describe('RFC 4825 §8.2.5: documents of the standard usages', () => {
  test.each(ACCEPTED)('RFC 4825 §8.2.5: %s is accepted', async (file) => {
    expect(await verdict(`accepted/${file}`)).toBe('accepted')
  })

  test.each(REFUSED)('RFC 4825 §8.2.5: %s: %s', async (file, kind) => {
    expect(await verdict(`refused/${file}`)).toBe(kind)
    expect(new TextDecoder().decode(text(`refused/${file}`))).toMatch(new RegExp(`^<!-- ${kind}: `))
  })

  test('RFC 4825 §8.2.5: no document is left out', () => {
    const files = (folder: string): string[] => readdirSync(new URL(`standard/${folder}`, import.meta.url)).sort()
    expect(files('accepted')).toEqual(ACCEPTED)
    expect(files('refused')).toEqual(REFUSED.map(([file]) => file))
  })
})
