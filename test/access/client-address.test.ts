import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { createAddressOf, readAddressRanges } from '../../src/access/client-address.ts'

const addressOf = createAddressOf(readAddressRanges('127.0.0.1, 10.0.0.0/8, 2001:db8:f::/48'))

function from(remoteAddress: string, headers: Record<string, string> = {}): string {
  return addressOf({ headers, socket: { remoteAddress } } as unknown as IncomingMessage)
}

it.each<[string, string, Record<string, string>, string]>([
  ['nobody is trusted by what he says', '192.0.2.9', { 'x-forwarded-for': '127.0.0.1' }, '192.0.2.9'],
  ['a proxy says who asked it', '127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }, '192.0.2.7'],
  ['an IPv4 address within an IPv6 one', '::ffff:127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }, '192.0.2.7'],
  [
    'what stands to the left, anybody may have sent',
    '127.0.0.1',
    { 'x-forwarded-for': '1.1.1.1, 192.0.2.7' },
    '192.0.2.7',
  ],
  ['over a chain of proxies', '127.0.0.1', { 'x-forwarded-for': '192.0.2.7, 10.1.2.3' }, '192.0.2.7'],
  ['with a port', '127.0.0.1', { 'x-forwarded-for': '192.0.2.7:4711' }, '192.0.2.7'],
  ['RFC 7239', '10.0.0.1', { forwarded: 'for=192.0.2.7;proto=https;by=10.0.0.1' }, '192.0.2.7'],
  ['RFC 7239 §6, IPv6', '10.0.0.1', { forwarded: 'proto=http; For="[2001:DB8::1]:4711"' }, '2001:db8::1'],
  ['a chain of RFC 7239', '2001:db8:f::2', { forwarded: 'for=1.1.1.1, for=192.0.2.7, for=10.0.0.2' }, '192.0.2.7'],
  ['an obfuscated name is no address', '10.0.0.1', { forwarded: 'for=_hidden' }, '10.0.0.1'],
  ['both, and they agree', '10.0.0.1', { forwarded: 'for=192.0.2.7', 'x-forwarded-for': '192.0.2.7' }, '192.0.2.7'],
  ['both, one of them forged', '10.0.0.1', { forwarded: 'for=192.0.2.8', 'x-forwarded-for': '192.0.2.7' }, '10.0.0.1'],
  ['nothing said', '10.0.0.1', {}, '10.0.0.1'],
])('HOST-ID5: %s', (_, peer, headers, client) => {
  expect(from(peer, headers)).toBe(client)
})

it('HOST-ID5: without trusted proxies the address is the one of the connection', () => {
  const req = { headers: { 'x-forwarded-for': '192.0.2.7' }, socket: { remoteAddress: '127.0.0.1' } }
  expect(createAddressOf([])(req as unknown as IncomingMessage)).toBe('127.0.0.1')
})

it.each(['localhost', '10.0.0.0/33', '10.0.0', '300.1.1.1', '::1::'])(
  'HOST-ID5: %s is no list of addresses',
  (text) => {
    expect(() => readAddressRanges(text)).toThrow()
  },
)
