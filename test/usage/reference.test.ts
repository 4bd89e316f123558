import { describe, expect, test } from 'vitest'
import { AUID, type Xui } from '../../src/names.ts'
import { faultOfListUri, isHttpUri, isRelativePath } from '../../src/usage/reference.ts'
import { refusal } from './fixtures.ts'

const ALICE = 'sip:alice@example.com' as Xui

describe('RFC 4826 §3.4.5: entry-ref', () => {
  test.each([
    [
      'resource-lists/users/sip:bill@example.com/index/~~/resource-lists/list%5b@name=%22list1%22%5d/entry%5b@uri=%22sip:petri@example.com%22%5d',
      true,
    ],
    [
      'resource-lists/users/sip:bill@example.com/index/~~/a:resource-lists?xmlns(a=urn:ietf:params:xml:ns:resource-lists)',
      true,
    ],
    ['a', true],
    ['a//b/', true],
    ['résumé/日本', true],
    ['', false],
    ['/xcap-root/resource-lists', false],
    ['//xcap.example.com/resource-lists', false],
    ['http://xcap.example.com/resource-lists', false],
    ['sip:alice@example.com', false],
    ['resource lists/a', false],
    ['resource-lists/list[@name="a"]', false],
    ['resource-lists/%zz', false],
    ['resource-lists/%4', false],
    ['resource-lists/a#b', false],
    ['resource-lists/<a>', false],
    ['resource-lists\\users', false],
  ])('RFC 4826 §3.4.5: %s is a relative path: %s', async (reference, is) => {
    expect(isRelativePath(reference)).toBe(is)
    const value = reference.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
    const verdict = await refusal(
      AUID.resourceLists,
      `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><entry-ref ref="${value}"/>` +
        `</list></resource-lists>`,
    )
    // Brackets and stray percent signs are no xs:anyURI either.
    expect(verdict === undefined).toBe(is)
  })
})

test.each([
  ['http://xcap.example.com/resource-lists', true],
  ['HTTPS://xcap.example.com:8443/a/~~/b%5B1%5D?xmlns(a=urn:b)', true],
  ['http://[2001:db8::1]/a', true],
  ['http://xcap.example.com', true],
  ['http://', false],
  ['http:///a', false],
  ['ftp://xcap.example.com/a', false],
  ['http://xcap.example.com/a b', false],
  ['http://xcap.example.com/a%', false],
  ['resource-lists', false],
])('RFC 4826 §3.4.5: %s is an absolute HTTP URI: %s', (reference, is) => {
  expect(isHttpUri(reference)).toBe(is)
})

test.each([
  ['http://xcap.example.com/resource-lists/users/sip:alice@example.com/index/~~/resource-lists/list%5B1%5D', undefined],
  ['http://xcap.example.com/deep/home/resource-lists/users/sip%3Aalice%40example.com/friends', undefined],
  ['http://xcap.example.com/resource-lists/users/alice@EXAMPLE.com/index', undefined],
  ['http://xcap.example.com/resource-lists/users/al%69ce/index', undefined],
  ['http://xcap.example.com/resource-lists/users/bob/index', 'names a list of the same user, sip:alice@example.com'],
  ['http://xcap.example.com/resource-lists/global/index', undefined],
  [
    'http://xcap.example.com/resource-lists/users/sip:bob@example.com/index',
    'names a list of the same user, sip:alice@example.com',
  ],
  ['http://xcap.example.com/resource-lists/users/%zz/index', 'is an absolute HTTP URI'],
  ['http://xcap.example.com/resource-lists/users/%C0%AF/index', 'names a list of the same user, sip:alice@example.com'],
  ['http://xcap.example.com/resource-lists', 'names a document of resource-lists'],
  [
    'http://xcap.example.com/pres-rules/users/sip:alice@example.com/index/~~/resource-lists/users/sip:alice@example.com',
    'names a document of resource-lists',
  ],
  ['http://resource-lists/users/sip:alice@example.com/index', 'names a document of resource-lists'],
  ['http://xcap.example.com/?/resource-lists/users/sip:alice@example.com/index', 'names a document of resource-lists'],
  ['/resource-lists/users/sip:alice@example.com/index', 'is an absolute HTTP URI'],
])('RFC 4826 §4.4.5: %s: %s', (uri, fault) => {
  expect(faultOfListUri(uri, ALICE)).toBe(fault)
})

test('HOST-Q2: no reference makes its pattern slow', () => {
  for (const hostile of [
    'a'.repeat(8_000) + '"',
    'a/'.repeat(4_000) + '"',
    '%41'.repeat(2_600) + '%',
    `a?${'a'.repeat(8_000)}#`,
    `http://${'a:'.repeat(4_000)}"`,
    `http://a/${'a/'.repeat(4_000)}?${'/?'.repeat(100)}"`,
  ]) {
    const began = process.cpuUsage()
    for (let count = 0; count < 10; count++)
      expect([isRelativePath(hostile), isHttpUri(hostile)]).toEqual([false, false])
    expect(process.cpuUsage(began).user / 10_000).toBeLessThan(5)
  }
})
