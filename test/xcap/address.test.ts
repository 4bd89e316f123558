import { describe, expect, it } from 'vitest'
import type { ApplicationUsage, ApplicationUsages } from '../../src/xcap/application-usage.ts'
import type { Auid } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import { readAddress } from '../../src/xcap/address.ts'

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
const usages: ApplicationUsages = { find: (auid) => (auid === 'resource-lists' ? lists : undefined), all: () => [lists] }

function read(target: string, root = '/xcap-root'): { owner: string; name: string; node: string | undefined; query: string | undefined } {
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
    '/xcap-root/resource-lists/users/sip:alice@example.com/%69ndex',
  ])('RFC 4825 §6.2: one document, however its XUI is written: %s', (target) => {
    expect(read(target)).toEqual(alices)
  })

  it('RFC 4825 §6.1: a root of any path, also none', () => {
    expect(read('/a/b/resource-lists/users/sip:alice@example.com/index', '/a/b')).toEqual(alices)
    expect(read('/resource-lists/users/sip:alice@example.com/index', '')).toEqual(alices)
  })

  it('RFC 4825 §6.2: the global tree has no XUI', () => {
    expect(read('/xcap-root/resource-lists/global/index')).toEqual({ owner: 'global', name: 'index', node: undefined, query: undefined })
  })

  it('RFC 4825 §6.1: an encoded slash is part of a name, not a separator', () => {
    expect(read('/xcap-root/resource-lists/users/sip:alice@example.com/a%2Fb').name).toBe('a/b')
  })

  it('RFC 4825 §6.2: names are decoded once', () => {
    expect(read('/xcap-root/resource-lists/users/sip:alice@example.com/%2569ndex').name).toBe('%69ndex')
  })

  it.each(['~~', '%7E%7E', '~%7e'])('RFC 4825 §6: the first %s splits, and the node selector stays as it was sent', (separator) => {
    expect(read(`/xcap-root/resource-lists/users/sip:alice@example.com/index/${separator}/a/b%5B@x=%22~~%22%5D?xmlns(p=urn:x)`)).toEqual({
      ...alices,
      node: 'a/b%5B@x=%22~~%22%5D',
      query: 'xmlns(p=urn:x)',
    })
  })

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
    '/xcap-root//resource-lists/users/sip:alice@example.com/index',
    '/xcap-rootresource-lists/users/sip:alice@example.com/index',
    '/elsewhere/resource-lists/users/sip:alice@example.com/index',
    'http://evil.example/xcap-root/resource-lists/users/sip:alice@example.com/index',
  ])('RFC 4825 §8: 404 for what names no document: %s', (target) => {
    expect(refusal(target)).toBe('not-found')
  })

  it.each([
    '/xcap-root/resource-lists/users/sip:alice@example.com/index#x',
    '/xcap-root/resource-lists/users/sip:alice@example.com/%zz',
    '/xcap-root/resource-lists/users/sip:bob%00@example.com/index',
    '/xcap-root/resource-lists/users/%c0%af/index',
    '/xcap-root/resource-lists/users/sip:alice@example.com;user=phone/index',
  ])('RFC 4825 §8: 400 for what cannot be read: %s', (target) => {
    expect(refusal(target)).toBe('bad-request')
  })

  it('X6: what is no XUI belongs to nobody, so asking for it tells nothing', () => {
    expect(read('/xcap-root/resource-lists/users/sip:alice%2F..%2Fbob@example.com/index').owner).toBe('sip:alice/../bob@example.com')
  })
})
