import { describe, expect, test } from 'vitest'
import { profileInForce } from '../../src/preferences/merge.ts'
import type { MessagesPreference, Rule } from '../../src/preferences/model.ts'
import { judge, messageTypesOf, type MessageFacts } from '../../src/preferences/rules.ts'
import { isOneOf } from '../../src/preferences/sender.ts'

const FACTS: MessageFacts = {
  sender: { uri: 'sip:bob@example.com', undisclosed: false },
  size: 2_000,
  partTypes: ['multipart/mixed; boundary=x', 'Text/HTML;charset=utf-8', 'image/png'],
  messageTypes: new Set(['large', 'file']),
}

function says(messages: MessagesPreference, facts: Partial<MessageFacts> = {}, available = true): unknown {
  return judge(profileInForce({ messages }, {}), { ...FACTS, ...facts }, available, (originators, sender) =>
    isOneOf(originators, sender, undefined),
  )
}

function matches(
  conditions: Omit<Rule, 'id' | 'action'>,
  facts: Partial<MessageFacts> = {},
  available = true,
): boolean {
  return (
    (says({ rules: [{ id: 'r', action: 'reject', ...conditions }] }, facts, available) as { because: string })
      .because === 'rule'
  )
}

describe('X7: which rule decides', () => {
  test('X7: the first that matches, with where it forwards to', () => {
    const rules: Rule[] = [
      { id: 'no', action: 'store', largerThan: 2_000 },
      { id: 'yes', action: 'forward', to: 'sip:desk@example.com', largerThan: 1_999 },
      { id: 'late', action: 'reject', largerThan: 1 },
    ]
    expect(says({ rules })).toEqual({ action: 'forward', to: 'sip:desk@example.com', because: 'rule', ruleId: 'yes' })
  })

  test('X7: none matches: available', () => {
    expect(says({ available: { action: 'forward', to: 'sip:desk@example.com' } })).toEqual({
      action: 'forward',
      to: 'sip:desk@example.com',
      because: 'available',
    })
    expect(says({})).toEqual({ action: 'deliver', because: 'available' })
  })

  test('X8: none matches: unavailable', () => {
    expect(says({ unavailable: { action: 'discard' } }, {}, false)).toEqual({
      action: 'discard',
      because: 'unavailable',
    })
    expect(says({}, {}, false)).toEqual({ action: 'defer', because: 'unavailable' })
  })

  test.each([
    ['any', true, true],
    ['any', false, true],
    ['available', true, true],
    ['available', false, false],
    ['unavailable', true, false],
    ['unavailable', false, true],
  ] as const)('X7: when %s, available %s: %s', (when, available, expected) => {
    expect(matches({ when, largerThan: 1 }, {}, available)).toBe(expected)
  })
})

describe('B §5.2.2.1.3 NOTE 1: conditions', () => {
  test('X7: of one kind are alternatives', () => {
    expect(matches({ originators: [{ domain: 'example.net' }, { uri: 'sip:bob@example.com' }] })).toBe(true)
    expect(matches({ contentTypes: ['audio/*', 'image/png'] })).toBe(true)
    expect(matches({ messageTypes: ['group', 'file'] })).toBe(true)
  })

  test('X7: of different kinds must all hold', () => {
    expect(
      matches({
        largerThan: 1,
        contentTypes: ['image/png'],
        messageTypes: ['file'],
        originators: [{ domain: 'example.com' }],
      }),
    ).toBe(true)
    expect(matches({ largerThan: 5_000, contentTypes: ['image/png'] })).toBe(false)
    expect(matches({ largerThan: 1, contentTypes: ['audio/*'] })).toBe(false)
    expect(matches({ largerThan: 1, messageTypes: ['group'] })).toBe(false)
    expect(matches({ largerThan: 1, originators: [{ domain: 'example.net' }] })).toBe(false)
    expect(matches({ largerThan: 1, undisclosedSender: true })).toBe(false)
  })

  test('X7: longer than, not as long as', () => {
    expect(matches({ largerThan: 1_999 })).toBe(true)
    expect(matches({ largerThan: 2_000 })).toBe(false)
  })

  test.each([
    ['text/html', true],
    ['TEXT/Html', true],
    ['text/*', true],
    ['*/*', true],
    ['image/png', true],
    ['multipart/mixed', true],
    ['text/plain', false],
    ['image/jpeg', false],
    ['video/*', false],
  ])('X7: some part is %s: %s', (range, expected) => {
    expect(matches({ contentTypes: [range] })).toBe(expected)
  })

  test('X7: a sender who hides', () => {
    expect(matches({ undisclosedSender: true }, { sender: { uri: 'sip:bob@example.com', undisclosed: true } })).toBe(
      true,
    )
    expect(
      matches({ undisclosedSender: true }, { sender: { uri: 'sip:anonymous@anonymous.invalid', undisclosed: false } }),
    ).toBe(true)
  })

  test.each([
    [1_300, false, false, ['pager']],
    [1_301, false, false, ['large']],
    [0, false, true, ['pager', 'group']],
    [1_000_000, true, true, ['large', 'file', 'group']],
  ])('X7: a message of %i bytes, file %s, group %s', (size, file, group, expected) => {
    expect([...messageTypesOf(size, file, group)]).toEqual(expected)
  })
})
