import { expect, it } from 'vitest'
import { canonicalRlsUri } from '../../src/usage/service-uri.ts'

it.each([
  'sip:friends@example.com',
  'sip:friends@EXAMPLE.COM',
  'SIP:friends@example.com',
  'sip:%66riends@example.com',
  'sip:friends@example.com;transport=udp',
  'sip:friends@example.com?subject=x',
  ' sip:friends@example.com ',
])('RFC 3261 §19.1.4: %j names the same service', (uri) => {
  expect(canonicalRlsUri(uri)).toBe('sip:friends@example.com')
})

it('RFC 3261 §19.1.4: the user part is case-sensitive, and another scheme is another URI', () => {
  expect(canonicalRlsUri('sip:Friends@example.com')).toBe('sip:Friends@example.com')
  expect(canonicalRlsUri('sips:friends@example.com')).toBe('sips:friends@example.com')
  expect(canonicalRlsUri('../../etc/passwd')).toBe('../../etc/passwd')
})
