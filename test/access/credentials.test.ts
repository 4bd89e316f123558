import { describe, expect, it } from 'vitest'
import { credentialsFor } from '../../src/access/credentials.ts'
import type { Xui } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'

// Made with: printf %s "$user:example.com:s3cret ü" | md5sum (sha256sum)
const PASSWORD = 's3cret ü'
const FULL = {
  userName: 'sip:alice@example.com',
  md5: '82ce4a2e197f05c2bfa8bac820e73f69',
  sha256: '366e1f29bfd1b8b06e69d806fae4c6f1817f6b705b8f3d069c0f5241f4067c25',
}
const BARE = {
  userName: 'alice@example.com',
  md5: '653c0e5ea933e0826996adbdeabffd71',
  sha256: 'd5c2f5c181be4db6f10d80cac52b8cac690b75adad5b2f7789c9a31224f2c820',
}
const SHORT = {
  userName: 'alice',
  md5: '90fe1391a831743ace6f7db8072ad3e4',
  sha256: 'ed6fdd6f79f5aa9206787ad6bb8937238ce83b000b1608fc31d5647ed5c4f6db',
}

describe('RFC 7616 §3.4.2: H(A1) for the names a user logs in with', () => {
  it('X5: the XUI, the XUI without its scheme, and the user part where the domain is the realm', () => {
    expect(credentialsFor('sip:alice@example.com' as Xui, 'example.com', PASSWORD)).toEqual([FULL, BARE, SHORT])
    expect(
      credentialsFor('sip:alice@example.com' as Xui, 'Example.COM', PASSWORD).map(({ userName }) => userName),
    ).toEqual(['sip:alice@example.com', 'alice@example.com', 'alice'])
  })

  it('X5: no user part alone where the domain is not the realm', () => {
    expect(
      credentialsFor('sip:alice@example.org' as Xui, 'example.com', PASSWORD).map(({ userName }) => userName),
    ).toEqual(['sip:alice@example.org', 'alice@example.org'])
  })

  it('X5: a telephone number, with and without its scheme', () => {
    expect(credentialsFor('tel:+15550100' as Xui, 'example.com', PASSWORD)).toEqual([
      {
        userName: 'tel:+15550100',
        md5: 'd1895de41e10530ef1dd600952b7a22a',
        sha256: '670a7b23ba3abb6ec6c2713d332ada8028a7250c3c8a1db341ec74f623f50285',
      },
      {
        userName: '+15550100',
        md5: '9597281d6e7edc00dc7a6f3cbfd4c224',
        sha256: '5946f4aac6814072d5bfffd81d80732bc871c026aedda27d0d5ac176c2f12fe0',
      },
    ])
  })

  it('RFC 7616 §4: the password is hashed in Normalization Form C', () => {
    expect(credentialsFor('sip:alice@example.com' as Xui, 'example.com', 's3cret u\u0308')[0]).toEqual(FULL)
  })

  it.each([
    ['empty', '', 'A password is not empty.'],
    ['too long', 'x'.repeat(257), 'A password has at most 256 characters.'],
    ['with a line end', 'secret\n', 'A password has no control characters.'],
    ['with NUL', 'sec\u0000ret', 'A password has no control characters.'],
    ['half a character', 'sec\ud800ret', 'A password has no control characters.'],
  ])('X5: a password that is %s is refused, and not repeated', (_, password, message) => {
    const refused = catchRefused(() => credentialsFor('sip:alice@example.com' as Xui, 'example.com', password))
    expect(refused.refusal).toEqual({
      kind: 'not-of-the-format',
      detail: message,
      errors: [{ path: 'password', message }],
    })
  })

  it('X5: 256 characters are taken', () => {
    expect(credentialsFor('sip:alice@example.com' as Xui, 'example.com', 'x'.repeat(256))).toHaveLength(3)
  })
})

function catchRefused(run: () => unknown): Refused {
  try {
    run()
  } catch (error) {
    if (error instanceof Refused) return error
  }
  throw new Error('was not refused')
}
