import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalXui, userNamed } from '../../src/xui.ts'

describe('RFC 4825 §6.2: the canonical form of an XUI', () => {
  it.each([
    ['sip:alice@example.com', 'sip:alice@example.com'],
    ['SIP:Alice@EXAMPLE.COM', 'sip:Alice@example.com'],
    ['sips:alice@Example.com', 'sips:alice@example.com'],
    ['sip:al%69ce@example.com', 'sip:alice@example.com'],
    ['sip:a%23b@example.com', 'sip:a%23b@example.com'],
    ['sip:a%2bb@example.com', 'sip:a%2Bb@example.com'],
    ['sip:a%2541@example.com', 'sip:a%2541@example.com'],
    ['sip:alice@example.com:5061', 'sip:alice@example.com:5061'],
    ['sip:alice@192.0.2.7', 'sip:alice@192.0.2.7'],
    ['alice@Example.com', 'sip:alice@example.com'],
    ['+15550100', 'tel:+15550100'],
    ['+1-555-0100', 'tel:+15550100'],
    ['+15550100@example.com', 'sip:+15550100@example.com'],
    ['tel:+1-555-0100', 'tel:+15550100'],
    ['TEL:+1.(555).0100', 'tel:+15550100'],
    ['sip:+1-555-0100@example.com', 'sip:+1-555-0100@example.com'],
    ['im:alice@example.com', 'im:alice@example.com'],
    ['mailto:alice@Example.com', 'mailto:alice@example.com'],
    ['sip:__proto__@example.com', 'sip:__proto__@example.com'],
  ])('RFC 3261 §19.1.4, RFC 3966 §4: %s is %s', (text, canonical) => {
    expect(canonicalXui(text)).toBe(canonical)
  })

  it.each([
    '',
    'alice',
    'global',
    'sip:',
    'sip:@example.com',
    'sip:alice@',
    'sip:example.com',
    '@example.com',
    '+',
    'tel:',
    'tel:5550100',
    'tel:+1x',
    'tel:-+1',
    'sip:alice@example.com;user=phone',
    'sip:alice;x=y@example.com',
    'tel:+15550100;phone-context=x',
    'sip:alice@example.com?subject=x',
    'sip:alice:secret@example.com',
    'sip:alice@bob@example.com',
    'sip:alice/../bob@example.com',
    'sip:alice%2F..%2Fbob@example.com',
    'sip:bob%00@example.com',
    'sip:bob\u0000@example.com',
    'sip:bob\n@example.com',
    'sip:bob@example.com\n',
    'sip:bo b@example.com',
    'sip:bob%c0%af@example.com',
    'sip:bob%zz@example.com',
    'sip:bob%4@example.com',
    'sip:bob%@example.com',
    'sip:bob@exam%70le.com',
    'sip:bob@example..com',
    'sip:bob@example.com.',
    'sip:bob@-example.com',
    'sip:bob@[::1]',
    'sip:bob@example.com:05060',
    'sip:bob@a:1:2',
    'http://example.com/alice',
    'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    'javascript:alert(1)',
    'alice:pw@example.com',
    'sip:\u017fam@example.com',
    'sip:bob@\u212aiosk.example',
    '\u0130:bob@example.com',
    '\u017fip:bob@example.com',
    'sip:e\u0301@example.com',
    'sip:\u202ebob@example.com',
    'sip:\uff41lice@example.com',
    'sip:a\u200db@example.com',
    '__proto__',
    'constructor',
    `sip:${'a'.repeat(300)}@example.com`,
  ])('RFC 4825 §6.2: %j is nobody', (text) => {
    expect(canonicalXui(text)).toBeUndefined()
  })

  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^(SIP|sips|tel|Im)?:?[A-Za-z0-9%@.+\-()]{0,20}@[A-Za-z0-9.:-]{1,12}$/),
    fc
      .tuple(fc.constantFrom('sip:', 'SIPS:', 'tel:', ''), fc.string(), fc.constantFrom('@Example.COM', '@b', ''))
      .map(([scheme, user, host]) => scheme + encodeURIComponent(user).replaceAll('%2F', '%41') + host),
  )

  it('RFC 4825 §6.2: canonical of canonical is canonical, and holds no slash, control character or upper-case host', () => {
    let found = 0
    fc.assert(
      fc.property(texts, (text) => {
        const canonical = canonicalXui(text)
        if (canonical === undefined) return
        found += 1
        expect(canonicalXui(canonical)).toBe(canonical)
        expect(canonical).toMatch(/^[a-z]+:[^/\s\u0000-\u001f\u007f-\uffff;]+$/)
        expect(canonical.slice(canonical.indexOf('@'))).not.toMatch(/@.*[A-Z]/)
      }),
      { numRuns: 5_000 },
    )
    expect(found).toBeGreaterThan(500)
  })
})

describe('XCAP-U4: a bare name is the user of that name in the realm', () => {
  it.each([
    ['alice', 'sip:alice@example.com'],
    ['Alice', 'sip:Alice@example.com'],
    ['al%69ce', 'sip:alice@example.com'],
    ['global', 'sip:global@example.com'],
    ['a+b', 'sip:a+b@example.com'],
    ['+15550100', 'tel:+15550100'],
    ['alice@other.example', 'sip:alice@other.example'],
    ['sip:alice@other.example', 'sip:alice@other.example'],
    ['sip:alice', undefined],
    ['tel:alice', undefined],
    ['mailto:alice', undefined],
    ['http:alice', undefined],
    ['alice@', undefined],
    ['@example.com', undefined],
    ['alice:secret', undefined],
    ['al/ice', undefined],
    ['al%2Fice', undefined],
    ['al%zzice', undefined],
    ['alice;user=phone', undefined],
    ['?alice', undefined],
    ['a b', undefined],
    ['', undefined],
  ])('XCAP-U4: %j is %s', (text, xui) => {
    expect(userNamed(text, 'example.com')).toBe(xui)
  })

  it('XCAP-U4: where the realm is no domain, there are no bare names', () => {
    expect(userNamed('alice', 'Our realm')).toBeUndefined()
    expect(userNamed('sip:alice@example.com', 'Our realm')).toBe('sip:alice@example.com')
  })
})
