import { expect, it } from 'vitest'
import { ALICE } from '../../http/server.ts'
import { keysOf } from '../keys.ts'
import { furnish } from '../scenario.ts'
import { stories } from '../story.ts'

const ADMIN = 'sip:admin@example.com'
const at = (rest: string): string => `/api/users/${ALICE}/${rest}`

stories(furnish, (testbed) => {
  const json = async (target: string): Promise<any> => (await testbed.server.admin.get(target)).json
  const mine = async (rest: string): Promise<any> => (await testbed.server.alice.get(at(rest))).json

  it('api §Page: by keys alone: what waits is had, stored and dropped; what is stored is read and removed', async () => {
    const page = await testbed.open(ALICE)
    const keys = keysOf(page)
    await keys.go('Waiting')
    await keys.hit(/^Let me have it now$/)
    await page.getByText('It goes as soon as a device of yours can take it.').waitFor()
    await keys.hit(/^Store$/)
    await page.getByText('It is in your store now.').waitFor()
    await page.getByText('2 messages wait.').waitFor()
    await keys.go('Waiting')
    await keys.hit(/^Drop$/)
    await keys.press('Enter')
    await page.getByText('1 message waits.').waitFor()
    await keys.go('Stored')
    await keys.hit(/^Read$/)
    await page.getByRole('region', { name: 'Message' }).waitFor()
    await keys.hit(/^Remove$/)
    await keys.press('Enter')
    await page.getByText('Removed.').waitFor()
    await expect.poll(async () => (await mine('stored')).messages.length).toBe(2)
  }, 120_000)

  it('api §Page: by keys alone: a quiet time is made, moved, made longer and removed, and someone gets through', async () => {
    const page = await testbed.open(ALICE)
    const keys = keysOf(page)
    await keys.go('Week')
    await keys.hit(/^Add a quiet time$/)
    await keys.reach(/^Monday, quiet 22:00–07:00$/, true)
    // Two are drawn there; the one that was made is the last.
    await page.locator('[data-id=quiet-4][tabindex="0"]').waitFor()
    while ((await page.evaluate('document.activeElement.dataset.id')) !== 'quiet-4') await keys.press('Shift+Tab')
    await keys.press('ArrowDown', 'ArrowRight', 'ArrowRight', 'Shift+ArrowLeft')
    await page.getByRole('button', { name: 'Tuesday, quiet 22:30–07:15' }).waitFor()
    await keys.reach(/^Remove: lunch$/)
    await keys.press('Enter')
    await keys.write(/^Who$/, 'carol@example.com')
    await keys.press('Enter')
    await keys.hit(/^Save$/)
    await expect
      .poll(async () => (await mine('do-not-disturb')).schedule.quiet)
      .toEqual([
        { id: 'nights', days: ['mon', 'tue', 'wed', 'thu', 'sun'], from: '22:00', to: '07:00' },
        { id: 'weekend', days: ['sat'], from: '00:00', to: '00:00' },
        { id: 'quiet-4', days: ['tue'], from: '22:30', to: '07:15' },
      ])
    expect((await mine('do-not-disturb')).except).toContainEqual({ uri: 'sip:carol@example.com' })
  }, 120_000)

  it('api §Page: by keys alone: a profile is made, ruled, put in use; a device gets it; history brings back', async () => {
    const page = await testbed.open(ALICE)
    const keys = keysOf(page)
    await keys.go('Profiles')
    await keys.hit(/^New profile$/)
    await keys.write(/^Identifier/, 'holiday')
    await keys.write(/^Name$/, 'On holiday')
    await keys.press('Enter')
    await page.getByRole('heading', { name: 'On holiday' }).waitFor()
    await keys.hit(/^Open: holiday$/, true)
    await page.getByRole('heading', { name: 'holiday', level: 1 }).waitFor()
    await keys.hit(/^Add a rule$/)
    await keys.reach(/^Identifier$/)
    await keys.hit(/^Add a sender$/)
    await keys.write(/^Who$/, 'bob@example.com')
    await keys.reach(/^What happens/)
    await keys.type('is rejected')
    await keys.hit(/^Save$/)
    const rules = async (): Promise<unknown> => (await mine('profiles/holiday')).messages?.rules
    const rule = { id: 'rule-1', action: 'reject', originators: [{ uri: 'sip:bob@example.com' }] }
    await expect.poll(rules).toEqual([rule])
    await keys.go('Devices')
    await keys.reach(/^Profile/)
    await keys.press('O')
    const chosen = async (): Promise<string[]> =>
      (await mine('active-profile')).devices.map(({ profile }: { profile: string }) => profile)
    await expect.poll(chosen).toContain('holiday')
    await keys.hit(/^Forget$/)
    await keys.press('Enter')
    await page.getByText('Forgotten.').waitFor()
    await keys.go('History')
    await keys.hit(/^Profile holiday$/)
    await page.getByRole('heading', { name: 'Profile holiday' }).waitFor()
    await keys.hit(/^Compare$/)
    await page.getByRole('region', { name: 'Differences' }).waitFor()
    await keys.hit(/^Restore$/)
    await keys.press('Enter')
    await page.getByText('Restored.').waitFor()
    await expect.poll(rules).toBeUndefined()
    await keys.go('Profiles')
    await keys.hit(/^Make it the default$/)
    await page.getByText('Saved.').waitFor()
    await keys.go('What if')
    await keys.write(/^Sender$/, 'bob@example.com')
    await keys.press('Enter')
    await page.getByRole('article').waitFor()
  }, 120_000)

  it('api §Page: by keys alone: an administrator makes, changes, unlocks and imports users', async () => {
    const page = await testbed.open(ADMIN)
    const keys = keysOf(page)
    await keys.go('Users')
    await keys.hit(/^New user$/)
    await keys.write(/^XUI$/, 'sip:aaron@example.com')
    await keys.write(/^New password$/, 'secret')
    await keys.press('Enter')
    await page.getByText('Made.').waitFor()
    const aaron = '/api/users/sip:aaron@example.com'
    const first = page.getByRole('listitem').filter({ hasText: 'sip:aaron@example.com' })
    await first.waitFor()
    await keys.hit(/^Import$/)
    await keys.write(/^A line for each/, 'sip:zoe@example.com,user,secret')
    await keys.hit(/^Import$/)
    await page.getByText('1 of 1 is there.').waitFor()
    await keys.reach(/^Role/)
    await keys.press('A')
    await expect.poll(async () => (await json(aaron)).role).toBe('administrator')
    await keys.hit(/^Password, unlock, remove$/)
    await keys.write(/^New password$/, 'another')
    await keys.press('Enter')
    await page.getByText('The password is set; open sessions have ended.').waitFor()
    await keys.hit(/^Unlock$/)
    await page.getByText('Failed logins are forgotten').waitFor()
    await keys.hit(/^Remove, keep documents$/)
    await keys.press('Enter')
    await first.waitFor({ state: 'detached' })
    await expect.poll(async () => (await json('/api/users/sip:zoe@example.com')).role).toBe('user')
  }, 120_000)

  it('api §Page: by keys alone: who is on a field stays there while its list is read again', async () => {
    const page = await testbed.open(ADMIN)
    const keys = keysOf(page)
    await keys.go('Users')
    await keys.hit(/^Import$/)
    await keys.write(/^A line for each/, 'sip:aart@example.com,user,secret')
    await keys.hit(/^Import$/)
    await page.getByText('1 of 1 is there.').waitFor()
    const role = async (): Promise<unknown> => (await json('/api/users/sip:aart@example.com')).role
    const item = page.getByRole('listitem').filter({ hasText: 'sip:aart@example.com' })
    await item.waitFor()
    // Each answer is kept back until the keys have gone on.
    const kept: (() => void)[] = []
    await page.route('**/api/users?limit=50', async (route) => {
      await new Promise<void>((resolve) => kept.push(resolve))
      await route.continue()
    })
    const answerOne = async (): Promise<void> => {
      await expect.poll(() => kept.length).toBe(1)
      const answered = page.waitForResponse('**/api/users?limit=50')
      kept.pop()?.()
      await (await answered).finished()
    }
    await keys.write(/^A line for each/, 'sip:zacharias@example.com,user,secret')
    await keys.hit(/^Import$/)
    await keys.reach(/^Role/)
    await answerOne()
    await page.getByRole('listitem').filter({ hasText: 'sip:zacharias@example.com' }).waitFor()
    await keys.press('A')
    await expect.poll(role).toBe('administrator')
    // Saved, and read again: he is still there, and what he chooses while it is being read is not lost either.
    await keys.press('ArrowUp', 'ArrowUp')
    await expect.poll(role).toBe('user')
    await keys.press('A')
    await expect.poll(role).toBe('administrator')
    await answerOne()
    await keys.reach(/^Password, unlock, remove$/)
    await keys.press('Enter')
    await page.unroute('**/api/users?limit=50')
    await keys.hit(/^Remove with documents$/)
    await keys.press('Enter')
    await item.waitFor({ state: 'detached' })
    // He is on who comes next, and not back at the beginning.
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toContain('sip:admin@example.com')
    await expect.poll(async () => (await json('/api/users/sip:zacharias@example.com')).role).toBe('user')
  }, 120_000)

  it('api §Page: by keys alone: an administrator changes the policy, lets one go and takes one away', async () => {
    const page = await testbed.open(ADMIN)
    const keys = keysOf(page)
    await keys.go('Policy')
    await keys.write(/^Waits at most$/, 'P3D')
    await keys.hit(/^Save$/)
    await expect.poll(async () => (await json('/api/policy')).limits).toEqual({ keepAtMost: 'P3D' })
    await keys.go('Queue')
    await page.getByRole('button', { name: 'Let it go' }).first().waitFor()
    await keys.hit(/^Let it go$/)
    await page.getByText('It goes as soon as a device can take it and may be disturbed.').waitFor()
    await keys.hit(/^Take away$/)
    await keys.type('as he asked')
    await keys.press('Enter')
    await page.getByText('Taken away.').waitFor()
  }, 120_000)

  it('api §Page: nothing was complained about', () => expect(testbed.complaints).toEqual([]))
})
