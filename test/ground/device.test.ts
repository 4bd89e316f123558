import { describe, expect, test } from 'vitest'
import { deviceKey, isSameDevice } from '../../src/device.ts'

const PHONE = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91ea11c'

describe('which device a URI names', () => {
  test.each([
    [PHONE, 'URN:UUID:F81D4FAE-7DEC-11D0-A765-00A0C91EA11C'],
    [PHONE, 'urn:Uuid:f81d4fae-7dec-11d0-a765-00a0c91eA11C?+resolve#part'],
    ['urn:example:a%2fb', 'URN:Example:a%2Fb'],
    ['sip:alice@example.com;gr=x', 'sip:alice@example.com;gr=x'],
  ])('U9, RFC 8141 §3.1: %s and %s are one', (one, other) => {
    expect([isSameDevice(one, other), isSameDevice(other, one), deviceKey(one) === deviceKey(other)]).toEqual([
      true,
      true,
      true,
    ])
  })

  test.each([
    [PHONE, 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91ea11d'],
    ['urn:example:a', 'urn:example:A'],
    ['urn:example:%61', 'urn:example:a'],
    ['urn:example:a', 'urn:example-2:a'],
    ['http://example.com/A', 'http://example.com/a'],
    ['urn:x', 'URN:x'],
  ])('U9, RFC 8141 §3.1: %s and %s are two', (one, other) => {
    expect([isSameDevice(one, other), deviceKey(one) === deviceKey(other)]).toEqual([false, false])
  })
})
