import { describe, expect, test } from 'vitest'
import { preferencesAnswer } from '../../src/preferences/answer.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { exampleText } from './example.ts'
import { ACTIVE, activeText, ALICE, DISTURB, disturbText, PROFILE, Stored } from './stored.ts'

function answerOf(
  stored: Stored,
  device: string | undefined,
  at: string,
): ReturnType<typeof preferencesAnswer> | Promise<ReturnType<typeof preferencesAnswer>> {
  return readPreferences(stored.rooms(), stored.home(ALICE)).then((preferences) =>
    preferencesAnswer(preferences, device, Date.parse(at)),
  )
}

describe('X16: the answer that shows what is in force', () => {
  test('X16: without documents', async () => {
    expect((await answerOf(new Stored(), undefined, '2026-11-21T08:00:00Z')).answer).toEqual({
      profile: {
        messages: { rules: [], available: { action: 'deliver' }, unavailable: { action: 'defer' } },
        deferred: { mode: 'push', keepFor: 'P7D', onExpiry: 'discard' },
        sessions: { otherwise: 'ask' },
        storage: { messages: false, sessions: false, conversations: false },
        devices: { messages: { to: 'all' }, invitations: { to: 'all' }, reports: { to: 'all' } },
      },
      because: 'only-policy',
      doNotDisturb: { on: false, because: 'unset', noEffectOn: [] },
      unknownLists: [],
    })
  })

  test('X16: with a profile, do-not-disturb until an instant, and lists that are not there', async () => {
    const stored = new Stored()
    stored.put(ALICE, PROFILE('work'), exampleText('accepted/profile-work.xml'))
    stored.put(ALICE, ACTIVE, activeText('work'))
    stored.put(ALICE, DISTURB, disturbText('on="true" until="2026-11-21T12:00:00+01:00"'))
    const { answer } = await answerOf(stored, 'urn:phone', '2026-11-21T08:00:00Z')
    expect(answer).toMatchObject({
      profileId: 'work',
      because: 'default',
      doNotDisturb: { on: true, because: 'user', until: '2026-11-21T11:00:00Z' },
      next: '2026-11-21T11:00:00Z',
      unknownLists: ['oma_blockedcontacts'],
    })
  })

  test('B §5.2.2.1.3 NOTE 3: it says which actions do-not-disturb has no effect on', async () => {
    const stored = new Stored()
    stored.put(ALICE, PROFILE('work'), exampleText('accepted/profile-work.xml'))
    stored.put(ALICE, ACTIVE, activeText('work'))
    expect((await answerOf(stored, undefined, '2026-11-21T08:00:00Z')).answer.doNotDisturb.noEffectOn).toEqual([
      'reject',
      'store',
      'forward',
    ])
  })

  test('X16: its ETag is the same for the same answer, and another one for another', async () => {
    const stored = new Stored()
    stored.put(ALICE, DISTURB, disturbText('on="true" until="2026-11-21T12:00:00Z"'))
    const { etag } = await answerOf(stored, undefined, '2026-11-21T08:00:00Z')
    expect(etag).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect((await answerOf(stored, undefined, '2026-11-21T09:00:00Z')).etag).toBe(etag)
    expect((await answerOf(stored, undefined, '2026-11-21T12:00:00Z')).etag).not.toBe(etag)
    stored.put(ALICE, PROFILE('work'), exampleText('accepted/profile-work.xml'))
    stored.put(ALICE, ACTIVE, activeText('work'))
    expect((await answerOf(stored, undefined, '2026-11-21T08:00:00Z')).etag).not.toBe(etag)
  })
})
