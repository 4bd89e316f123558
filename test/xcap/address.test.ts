import { describe, expect, it } from 'vitest'
import type { ApplicationUsage, ApplicationUsages } from '../../src/xcap/application-usage.ts'
import type { Auid } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import { readAddress } from '../../src/xcap/address.ts'
import { cpuTime } from './cpu-time.ts'

const lists: ApplicationUsage = {
  auid: 'resource-lists' as Auid,
  mediaType: 'application/resource-lists+xml',
  defaultNamespace: 'urn:ietf:params:xml:ns:resource-lists',
  trees: ['users'],
  bytesAtMost: 65_536,
  wakes: 'waiting',
  readableBy: 'owner',
  check: async () => {},
  checkRemoval: async () => {},
}
const usages: ApplicationUsages = {
  find: (auid) => (auid === 'resource-lists' ? lists : undefined),
  all: () => [lists],
}

function read(
  target: string,
  root = '/xcap-root',
): { owner: string; name: string; node: string | undefined; query: string | undefined } {
  const { selector, node, query } = readAddress(target, root, usages)
  return { owner: selector.owner, name: selector.name, node, query }
}

function refusal(target: string): string {
  try {
    readAddress(target, '/xcap-root', usages)
  } catch (error) {
    if (error instanceof Refused) return error.refusal.kind
    throw error
  }
  return 'accepted'
}

const alices = { owner: 'sip:alice@example.com', name: 'index', node: undefined, query: undefined }

describe('document selectors', () => {
  it('RFC 4825 §6.2: AUID, tree, XUI and name', () => {
    expect(read('/xcap-root/resource-lists/users/sip:alice@example.com/index')).toEqual(alices)
  })

  it.each([
    '/xcap-root/resource-lists/users/sip%3Aalice%40example.com/index',
    '/xcap-root/resource-lists/users/SIP:alice@EXAMPLE.COM/index',
    '/xcap-root/resource-lists/users/alice@example.com/index',
    '/xcap-root/resource-lists/users/sip:al%69ce@example.com/index',
    '/xcap-root/resource-lists/users/sip%3aalice%40example.com/index',
    '/xcap-root/resource-lists/users/Sip:%61lice@Example.Com/index',
    '/xcap-root/resource-lists/users/sip:alice@example.com/%69ndex',
    '/xcap-root/resource%2Dlists/%75sers/sip:alice@example.com/index',
  ])('RFC 4825 §6.2: one document, however its XUI is written: %s (XCAP-U4)', (target) => {
    expect(read(target)).toEqual(alices)
  })

  it('RFC 4825 §6.1: a root of any path, also none (XCAP-U2)', () => {
    expect(read('/a/b/resource-lists/users/sip:alice@example.com/index', '/a/b')).toEqual(alices)
    expect(read('/resource-lists/users/sip:alice@example.com/index', '')).toEqual(alices)
    expect(() => read('/a/b/resource-lists/users/sip:alice@example.com/index', '/a')).toThrow(Refused)
    expect(() => read('/A/resource-lists/users/sip:alice@example.com/index', '/a')).toThrow(Refused)
    expect(() => read('/a', '/a')).toThrow(Refused)
    expect(() => read('/a/', '/a')).toThrow(Refused)
  })

  it('RFC 4825 §6.2: an XUI is a name: its letters count, "?" and "/" in it are encoded (XCAP-U4)', () => {
    expect(read('/xcap-root/resource-lists/users/sip:Alice@example.com/index').owner).toBe('sip:Alice@example.com')
    expect(read('/xcap-root/resource-lists/users/tel:+1-555-0100/index').owner).toBe('tel:+15550100')
    expect(read('/xcap-root/resource-lists/users/%2B15550100/index').owner).toBe('tel:+15550100')
    expect(read('/xcap-root/resource-lists/users/sip:a%3Fb@example.com/index?xmlns(p=urn:x)')).toEqual({
      owner: '?sip:a?b@example.com',
      name: 'index',
      node: undefined,
      query: 'xmlns(p=urn:x)',
    })
    expect(read('/xcap-root/resource-lists/users/sip:%25C3%25A9@example.com/index').owner).toBe(
      '?sip:%C3%A9@example.com',
    )
  })

  it('RFC 4825 §6.2: the global tree has no XUI', () => {
    expect(read('/xcap-root/resource-lists/global/index')).toEqual({
      owner: 'global',
      name: 'index',
      node: undefined,
      query: undefined,
    })
  })

  it('RFC 4825 §6.2: an encoded slash is part of a name, not a separator (XCAP-U5)', () => {
    expect(read('/xcap-root/resource-lists/users/sip:alice@example.com/a%2Fb').name).toBe('a/b')
    expect(refusal('/xcap-root/resource-lists%2Fusers/sip:alice@example.com/index')).toBe('not-found')
    expect(refusal('/xcap-root/resource-lists/users/sip:alice@example.com%2Findex')).toBe('not-found')
  })

  it('RFC 4825 §6.2: names are decoded once (XCAP-U15)', () => {
    expect(read('/xcap-root/resource-lists/users/sip:alice@example.com/%2569ndex').name).toBe('%69ndex')
  })

  it.each(['~~', '%7E%7E', '~%7e'])(
    'RFC 4825 §6: the first %s splits, and the node selector stays as it was sent (XCAP-U1)',
    (separator) => {
      expect(
        read(
          `/xcap-root/resource-lists/users/sip:alice@example.com/index/${separator}/a/b%5B@x=%22~~%22%5D?xmlns(p=urn:x)`,
        ),
      ).toEqual({
        ...alices,
        node: 'a/b%5B@x=%22~~%22%5D',
        query: 'xmlns(p=urn:x)',
      })
    },
  )

  it.each([
    '/xcap-root/constructor/users/sip:alice@example.com/index',
    '/xcap-root/__proto__/users/sip:alice@example.com/index',
    '/xcap-root/unknown/users/sip:alice@example.com/index',
    '/xcap-root/resource-lists',
    '/xcap-root/resource-lists/',
    '/xcap-root/resource-lists/nobody/sip:alice@example.com/index',
    '/xcap-root/resource-lists/users//index',
    '/xcap-root/resource-lists/users/sip:alice@example.com',
    '/xcap-root/resource-lists/users/sip:alice@example.com/',
    '/xcap-root/resource-lists/users/sip:alice@example.com/index/',
    '/xcap-root/resource-lists/users/sip:alice@example.com/./index',
    '/xcap-root/resource-lists/users/sip:bob@example.com/../sip:alice@example.com/index',
    '/xcap-root/resource-lists/users/sip:alice@example.com/%2e%2e/index',
    '/xcap-root/resource-lists/users/sip:alice@example.com//index',
    '/xcap-root/resource-lists/users/~~/index',
    '/xcap-root/resource-lists/~~/users/sip:alice@example.com/index',
    '/xcap-root/resource-lists/Users/sip:alice@example.com/index',
    '/xcap-root/Resource-Lists/users/sip:alice@example.com/index',
    '/xcap-root/resource-lists/global',
    '/xcap-root',
    '*',
    '/xcap-root//resource-lists/users/sip:alice@example.com/index',
    '/xcap-rootresource-lists/users/sip:alice@example.com/index',
    '/elsewhere/resource-lists/users/sip:alice@example.com/index',
    'http://evil.example/xcap-root/resource-lists/users/sip:alice@example.com/index',
  ])('HOST-ID9, RFC 4825 §8: 404 for what names no document: %s (XCAP-U3, XCAP-U14)', (target) => {
    expect(refusal(target)).toBe('not-found')
  })

  it.each([
    '/xcap-root/resource-lists/users/sip:alice@example.com/index#x',
    '/xcap-root/resource-lists/users/sip:alice@example.com/%zz',
    '/xcap-root/resource-lists/users/sip:bob%00@example.com/index',
    '/xcap-root/resource-lists/users/%c0%af/index',
    '/xcap-root/resource-lists/users/sip:alice@example.com;user=phone/index',
    '/xcap-root/resource-lists/users/sip:alice@example.com%3Buser=phone/index',
    '/xcap-root/resource-lists/users/sip:alice@example.com/ind%0Aex',
    '/xcap-root/resource-lists/users/sip:alice@example.com/%C3',
  ])('HOST-ID6, RFC 4825 §8: 400 for what cannot be read: %s', (target) => {
    expect(refusal(target)).toBe('bad-request')
  })

  it.each([
    ['as Doubango sends it', '/~~/p:a/b%3Fxmlns(p="urn:x")', 'p:a/b', 'xmlns(p="urn:x")'],
    ['all of it encoded', '/~~/p:a/b%3fxmlns%28p=%22urn:x%22%29', 'p:a/b', 'xmlns%28p=%22urn:x%22%29'],
    [
      'behind a value that has one too',
      '/~~/a[@u="x%3Fy"]/p:b%3Fxmlns(p=urn:x)',
      'a[@u="x%3Fy"]/p:b',
      'xmlns(p=urn:x)',
    ],
    [
      'behind an encoded value that has one too',
      '/~~/a%5B@u=%22x%3Fy"z%22%5D%3Fxmlns(p=urn:x)',
      'a%5B@u=%22x%3Fy"z%22%5D',
      'xmlns(p=urn:x)',
    ],
    ['in a value only', "/~~/a[@u='x%3Fxmlns(p=urn:x)']", "a[@u='x%3Fxmlns(p=urn:x)']", undefined],
    ['in a value, before a plain one', '/~~/a[@u="%3F"]?xmlns(p=urn:x)', 'a[@u="%3F"]', 'xmlns(p=urn:x)'],
  ])('RFC 4825 §6.4: an encoded question mark begins the bindings: %s (XCAP-U13)', (_name, behind, node, query) => {
    expect(read(`/xcap-root/resource-lists/users/sip:alice@example.com/index${behind}`)).toEqual({
      ...alices,
      node,
      query,
    })
  })

  it('RFC 4825 §6.3: quotes, brackets, "@" and "*" may come plain (XCAP-U15)', () => {
    expect(read('/xcap-root/resource-lists/users/sip:alice@example.com/index/~~/a/*[2][@u="sip:b@x/y"]/@n').node).toBe(
      'a/*[2][@u="sip:b@x/y"]/@n',
    )
  })

  it('HOST-ID9, RFC 4825 §6: a hostile target is read in one pass', () => {
    const taken = cpuTime(() => {
      for (const piece of ['"', "'", '%22', '%27', '%3', '/', '~~/', '"%22', '%253F'])
        refusal(`/xcap-root/resource-lists/users/sip:alice@example.com/index/~~/${piece.repeat(16_000)}`)
    })
    expect(taken).toBeLessThan(200)
  })

  it('X6: what is no XUI belongs to nobody, so asking for it tells nothing', () => {
    expect(read('/xcap-root/resource-lists/users/sip:alice%2F..%2Fbob@example.com/index').owner).toBe(
      '?sip:alice/../bob@example.com',
    )
  })
})
