import { describe, expect, it } from 'vitest'
import type { Principal, Role } from '../../src/access/account.ts'
import { authorize, may } from '../../src/access/authorize.ts'
import type { AccessAction } from '../../src/access/authorize.ts'
import type { Owner, Xui } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'

const SELF = 'sip:self@example.com' as Xui
const OTHER = 'sip:other@example.com' as Xui

/** For each role: his own, another user's, the global tree. */
const TABLE: Record<AccessAction, Record<Role, [own: string, other: string, global: string]>> = {
  'read-documents': {
    user: ['yes', 'no', 'yes'],
    'participating-function': ['yes', 'yes', 'yes'],
    administrator: ['yes', 'yes', 'yes'],
  },
  'write-documents': {
    user: ['yes', 'no', 'no'],
    'participating-function': ['no', 'no', 'no'],
    administrator: ['yes', 'yes', 'yes'],
  },
  'read-registrations': {
    user: ['yes', 'no', 'no'],
    'participating-function': ['yes', 'yes', 'no'],
    administrator: ['yes', 'yes', 'no'],
  },
  'write-registrations': {
    user: ['yes', 'no', 'no'],
    'participating-function': ['yes', 'yes', 'no'],
    administrator: ['yes', 'yes', 'no'],
  },
  'read-inbox': {
    user: ['yes', 'no', 'no'],
    'participating-function': ['yes', 'yes', 'no'],
    administrator: ['no', 'no', 'no'],
  },
  'read-messages': {
    user: ['yes', 'no', 'no'],
    'participating-function': ['yes', 'yes', 'no'],
    administrator: ['yes', 'yes', 'no'],
  },
  'read-changes': {
    user: ['yes', 'no', 'no'],
    'participating-function': ['yes', 'yes', 'yes'],
    administrator: ['yes', 'yes', 'yes'],
  },
  'search-messages': {
    user: ['no', 'no', 'no'],
    'participating-function': ['yes', 'yes', 'yes'],
    administrator: ['yes', 'yes', 'yes'],
  },
  'manage-accounts': {
    user: ['no', 'no', 'no'],
    'participating-function': ['no', 'no', 'no'],
    administrator: ['yes', 'yes', 'yes'],
  },
  'read-policy': {
    user: ['yes', 'yes', 'yes'],
    'participating-function': ['yes', 'yes', 'yes'],
    administrator: ['yes', 'yes', 'yes'],
  },
  'write-policy': {
    user: ['no', 'no', 'no'],
    'participating-function': ['no', 'no', 'no'],
    administrator: ['yes', 'yes', 'yes'],
  },
}

const cells = Object.entries(TABLE).flatMap(([action, roles]) =>
  Object.entries(roles).flatMap(([role, answers]) =>
    answers.map(
      (answer, at) => [role as Role, action as AccessAction, ['own', 'other', 'global'][at] ?? '', answer] as const,
    ),
  ),
)

const owners: Record<string, Owner> = { own: SELF, other: OTHER, global: 'global' }
const as = (role: Role): Principal => ({ xui: SELF, role })
const everybody = { find: async (xui: Xui) => ({ xui, role: 'user' as const, credentials: [] }) }
const nobody = { find: async () => undefined }
const unasked = {
  find: () => {
    throw new Error('was looked up')
  },
}

async function outcome(run: Promise<void>): Promise<string> {
  try {
    await run
    return 'allowed'
  } catch (error) {
    if (error instanceof Refused) return `${error.refusal.kind}: ${error.message}`
    throw error
  }
}

describe('RFC 4825 §5.7: who may', () => {
  it('X6: the table has a cell for each role, action and owner', () => {
    expect(cells).toHaveLength(99)
  })

  it.each(cells)('X6: %s, %s, %s: %s', async (role, action, whose, answer) => {
    const owner = owners[whose] ?? 'global'
    expect(may(as(role), action, owner)).toBe(answer === 'yes')
    expect(await outcome(authorize(everybody, as(role), action, owner))).toBe(
      answer === 'yes' ? 'allowed' : 'forbidden: You may not do this.',
    )
  })

  it.each<[Role, string, boolean]>([
    ['user', 'own', true],
    ['user', 'other', true],
    ['user', 'global', true],
    ['participating-function', 'other', true],
    ['participating-function', 'global', true],
    ['administrator', 'other', true],
    ['administrator', 'global', true],
  ])('RFC 4825 §5.7: %s reads %s documents of a usage that everybody may read: %s', (role, whose, answer) => {
    expect(may(as(role), 'read-documents', owners[whose] ?? 'global', 'everybody')).toBe(answer)
  })

  it.each<[Role, string, boolean]>([
    ['user', 'own', true],
    ['user', 'other', false],
    ['user', 'global', false],
    ['participating-function', 'other', true],
    ['participating-function', 'global', true],
    ['administrator', 'other', true],
    ['administrator', 'global', true],
  ])(
    'RFC 4826 §4.4.9: %s reads %s documents of a usage whose global ones are for the trusted: %s',
    (role, whose, answer) => {
      expect(may(as(role), 'read-documents', owners[whose] ?? 'global', 'trusted')).toBe(answer)
    },
  )

  it.each<[Role, string]>([
    ['user', 'other'],
    ['user', 'global'],
    ['participating-function', 'other'],
    ['participating-function', 'global'],
  ])('RFC 4825 §5.7: %s does not write %s documents because everybody may read them', (role, whose) => {
    expect(may(as(role), 'write-documents', owners[whose] ?? 'global', 'everybody')).toBe(false)
  })

  it('X6: a user is refused alike whether the other exists or not, and nobody is looked up for it', async () => {
    for (const action of [
      'read-documents',
      'write-documents',
      'read-messages',
      'read-inbox',
      'read-registrations',
      'read-changes',
    ] as const) {
      expect(await outcome(authorize(unasked, as('user'), action, OTHER))).toBe('forbidden: You may not do this.')
    }
    expect(await outcome(authorize(unasked, as('participating-function'), 'write-documents', OTHER))).toBe(
      'forbidden: You may not do this.',
    )
    expect(await outcome(authorize(unasked, as('user'), 'read-documents', OTHER, 'everybody'))).toBe('allowed')
  })

  it.each<[Role, AccessAction]>([
    ['participating-function', 'read-documents'],
    ['participating-function', 'read-messages'],
    ['participating-function', 'read-inbox'],
    ['participating-function', 'read-registrations'],
    ['participating-function', 'read-changes'],
    ['administrator', 'read-documents'],
    ['administrator', 'write-documents'],
    ['administrator', 'write-registrations'],
  ])('X6: to a %s who may %s, an unknown user is 404', async (role, action) => {
    expect(await outcome(authorize(nobody, as(role), action, OTHER))).toBe(
      'unknown-user: There is no user sip:other@example.com.',
    )
  })

  it('X6: nobody is looked up for what is his own, for the global tree, for an account to be made', async () => {
    expect(await outcome(authorize(unasked, as('administrator'), 'write-documents', SELF))).toBe('allowed')
    expect(await outcome(authorize(unasked, as('administrator'), 'write-documents', 'global'))).toBe('allowed')
    expect(await outcome(authorize(unasked, as('administrator'), 'manage-accounts', OTHER))).toBe('allowed')
  })
})
