import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { emptyHome, type DocumentEntry, type Home } from '../../src/home/home.ts'
import type { Etag, Xui } from '../../src/names.ts'
import { directoryOfHome } from '../../src/usage/xcap-directory.ts'
import { compileSchema } from '../../src/xml/schema.ts'
import { document, schemas } from './fixtures.ts'

const ALICE = 'sip:al%3fice@example.com' as Xui
const entry = (etag: string, size: number, changed: number): DocumentEntry => ({
  etag: etag as Etag,
  text: etag,
  size,
  changed,
  by: ALICE,
})
const homeOf = (...documents: readonly (readonly [string, DocumentEntry])[]): Home => ({
  ...emptyHome(ALICE),
  documents: new Map(documents),
})
const served = (auid: string): boolean => auid !== 'gone'
const textOf = (home: Home): string => new TextDecoder().decode(directoryOfHome(home, '/xcap-root', served).bytes)
const schema = compileSchema(
  'xcap-directory.xsd',
  new Map([['xcap-directory.xsd', readFileSync(`${schemas}/xcap-directory.xsd`)]]),
)

const HOME = homeOf(
  ['resource-lists/index', entry('e1', 120, Date.parse('2026-11-21T07:00:00Z'))],
  ['org.cpm-xdms.profiles/work', entry('e2', 2_048, Date.parse('2026-11-21T07:00:00.250Z'))],
  ['org.cpm-xdms.profiles/a & b', entry('e3', 7, 0)],
  ['gone/index', entry('e4', 1, 0)],
)

describe('X5: the directory of a user', () => {
  test('X5: his documents by usage, each with URI, ETag, last change and size', () => {
    expect(textOf(HOME)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><xcap-directory xmlns="urn:oma:xml:xdm:xcap-directory">' +
        '<folder auid="org.cpm-xdms.profiles">' +
        '<entry uri="/xcap-root/org.cpm-xdms.profiles/users/sip:al%253fice@example.com/a%20%26%20b" ' +
        'etag="e3" last-modified="1970-01-01T00:00:00Z" size="7"/>' +
        '<entry uri="/xcap-root/org.cpm-xdms.profiles/users/sip:al%253fice@example.com/work" etag="e2" ' +
        'last-modified="2026-11-21T07:00:00.250Z" size="2048"/>' +
        '</folder><folder auid="resource-lists">' +
        '<entry uri="/xcap-root/resource-lists/users/sip:al%253fice@example.com/index" etag="e1" ' +
        'last-modified="2026-11-21T07:00:00Z" size="120"/>' +
        '</folder></xcap-directory>',
    )
  })

  test('X5: of somebody who has nothing it is empty', () => {
    expect(textOf(homeOf())).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><xcap-directory xmlns="urn:oma:xml:xdm:xcap-directory"/>',
    )
  })

  test('X5: it keeps to its schema', () => {
    expect([HOME, homeOf()].map((home) => schema.validate(document(textOf(home))))).toEqual([[], []])
  })

  test('RFC 4825 §8.5: its ETag changes exactly when something in it does', () => {
    const etagOf = (home: Home): string => directoryOfHome(home, '/xcap-root', served).etag
    expect(etagOf({ ...HOME, revision: 9, next: 1, documents: new Map([...HOME.documents].reverse()) })).toBe(
      etagOf(HOME),
    )
    expect(etagOf(homeOf(...HOME.documents, ['resource-lists/other', entry('e5', 1, 0)]))).not.toBe(etagOf(HOME))
    expect(etagOf(homeOf(...[...HOME.documents].slice(1)))).not.toBe(etagOf(HOME))
  })
})
