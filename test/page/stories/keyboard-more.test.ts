import { expect, it } from 'vitest'
import { ALICE, PHONE } from '../../http/server.ts'
import { keysOf } from '../keys.ts'
import { furnish } from '../scenario.ts'
import { stories } from '../story.ts'

const ADMIN = 'sip:admin@example.com'
const at = (rest: string): string => `/api/users/${ALICE}/${rest}`
const DISTURB = at('do-not-disturb')

stories(furnish, (testbed) => {
  const json = async (target: string): Promise<any> => (await testbed.server.admin.get(target)).json
  const mine = async (target: string): Promise<any> => (await testbed.server.alice.get(target)).json

  it('X16, api §Page: by keys alone: for an hour, until tomorrow, until I say, and as my week says', async () => {
    const page = await testbed.open(ALICE)
    const keys = keysOf(page)
    await keys.hit(/^For an hour$/)
    await page
      .getByText(/^You are left alone until .*because you switched it on\.$/)
      .first()
      .waitFor()
    await keys.hit(/^Until tomorrow 07:00$/)
    await page.getByText('You are left alone until tomorrow 07:00, because you switched it on.').first().waitFor()
    await keys.hit(/^Until I say$/)
    await page.getByText('You are left alone because you switched it on.').first().waitFor()
    await keys.hit(/^Let my week decide again$/)
    await expect.poll(async () => (await mine(DISTURB)).on).toBeUndefined()
    await keys.hit(/^See what waits$/)
    await page.getByRole('heading', { name: 'Waiting', level: 1 }).waitFor()
  }, 120_000)

  it('X16, api §Page: by keys alone: the week of one device, its zone, its days; an exception is removed', async () => {
    const page = await testbed.open(ALICE)
    const keys = keysOf(page)
    await keys.go('Week')
    await page.getByRole('tab', { name: '00000000…95a0e128' }).waitFor()
    await keys.reach(/^Everything$/)
    // To the left of the first is the last one.
    await keys.press('ArrowLeft')
    await keys.reach(/^00000000…95a0e128$/)
    await keys.hit(/^Add a quiet time$/)
    await keys.reach(/^Tue$/)
    await keys.press('Space')
    await keys.write(/^Time zone$/, 'America/New_York', true)
    await keys.hit(/^Remove: everybody at hospital\.example$/)
    await page.getByRole('button', { name: 'Remove: everybody at hospital.example' }).waitFor({ state: 'detached' })
    await keys.hit(/^Save$/)
    const device = async (): Promise<unknown> =>
      (await mine(DISTURB)).devices.find(({ id }: { id: string }) => id === PHONE)
    await expect.poll(device).toEqual({
      id: PHONE,
      schedule: {
        timeZone: 'America/New_York',
        quiet: [{ id: 'quiet-1', days: ['mon', 'tue'], from: '22:00', to: '07:00' }],
      },
    })
    expect((await mine(DISTURB)).except).toEqual([{ uri: 'sip:boss@example.com' }])
    await keys.hit(/^Have no week here$/, true)
    await page.getByRole('group', { name: 'quiet-1' }).waitFor({ state: 'detached' })
    await keys.hit(/^Undo$/)
    await page.getByRole('group', { name: 'quiet-1' }).waitFor()
    await keys.hit(/^Have no week here$/, true)
    await keys.hit(/^Save$/)
    await expect.poll(device).toBeUndefined()
  }, 120_000)

  it('INV-4, api §Page: by keys alone: both versions beside each other, and which one stays', async () => {
    const page = await testbed.open(ALICE)
    const keys = keysOf(page)
    await keys.go('Week')
    await keys.hit(/^Remove: weekend$/)
    const theirs = { ...(await mine(DISTURB)), except: [] }
    await testbed.server.alice.put(DISTURB, theirs)
    await keys.hit(/^Save$/)
    await page.getByRole('alertdialog').waitFor()
    await keys.reach(/^Somebody changed this meanwhile$/)
    await keys.hit(/^Leave what is stored$/)
    await page.getByRole('alertdialog').waitFor({ state: 'detached' })
    await page.getByText('Nobody.').waitFor()
    await keys.hit(/^Remove: weekend$/, true)
    await testbed.server.alice.put(DISTURB, { ...theirs, on: true })
    await keys.hit(/^Save$/)
    await page.getByRole('alertdialog').waitFor()
    await keys.hit(/^Save mine over it$/)
    const ids = (windows: readonly { readonly id: string }[]): string[] => windows.map(({ id }) => id)
    const quiet = async (): Promise<string[]> => ids((await mine(DISTURB)).schedule.quiet)
    await expect.poll(quiet).toEqual(['nights', 'lunch'])
  }, 120_000)

  it('api §Page: by keys alone: what no rule matches, XML, and a profile is deleted', async () => {
    const page = await testbed.open(ALICE)
    const keys = keysOf(page)
    await keys.go('Profiles')
    await keys.hit(/^Open: archive$/)
    await page.getByRole('textbox', { name: 'The document as XML' }).waitFor()
    await keys.reach(/^While no device can have it/)
    await keys.press('ArrowUp')
    await keys.hit(/^Save$/)
    const archive = at('profiles/archive')
    await expect.poll(async () => (await mine(archive)).messages.unavailable.action).toBe('defer')
    const xml = page.getByRole('textbox', { name: 'The document as XML' })
    await expect.poll(() => xml.inputValue()).toContain('defer')
    const text = (await xml.inputValue()).replace('Everything into', 'All into')
    await keys.reach(/^The document as XML$/)
    await keys.press('Control+a')
    await page.keyboard.insertText(text)
    await keys.hit(/^Save$/)
    await expect.poll(async () => (await mine(archive)).displayNames[0].text).toBe('All into the store')
    await keys.hit(/^All profiles$/, true)
    await page.getByRole('heading', { name: 'Profiles', level: 1 }).waitFor()
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'All into the store' }) })
    await card.waitFor()
    await keys.reach(/^Open: archive$/)
    await keys.hit(/^Delete$/)
    await keys.press('Enter')
    await card.waitFor({ state: 'detached' })
    await expect.poll(async () => (await testbed.server.alice.get(archive)).status).toBe(404)
    // Whoever deletes is then on what comes next, or came before.
    await expect.poll(() => page.evaluate('document.activeElement.localName')).toBe('li')
  }, 120_000)

  it('api §Page: by keys alone: an invitation, and another language', async () => {
    const page = await testbed.open(ALICE)
    const keys = keysOf(page)
    await keys.go('What if')
    await keys.reach(/^What comes/)
    await keys.press('ArrowDown')
    await keys.write(/^Sender$/, 'bob@example.com')
    await keys.reach(/^Audio$/)
    await keys.press('Space')
    await keys.hit(/^What would happen\?$/)
    await page.getByRole('article').getByRole('heading', { name: 'Media' }).waitFor()
    await keys.reach(/^Language$/, true)
    await keys.press('D')
    await page.getByRole('heading', { name: 'Was wäre, wenn' }).waitFor()
  }, 120_000)

  it('api §Page: by keys alone: an administrator counts, finds, stops what runs by, and looks what was done', async () => {
    const page = await testbed.open(ADMIN)
    const keys = keysOf(page)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await keys.hit(/^Count again$/)
    await keys.hit(/^(?:A device is registered but|You are not to be disturbed)/)
    await page.getByRole('heading', { name: 'Queue', level: 1 }).waitFor()
    await keys.write(/^From$/, 'sip:nobody@example.com')
    await keys.press('Enter')
    await page.getByText('There is nothing of this kind.').waitFor()
    await keys.go('Changes')
    await keys.hit(/^Pause$/)
    await page.getByRole('button', { name: 'Pause', pressed: true }).waitFor()
    await keys.go('Policy')
    await keys.reach(/^Senders hear of failures$/)
    await keys.press('ArrowDown', 'ArrowDown')
    await keys.hit(/^Add a connection$/)
    await keys.write(/^Connection$/, 'roaming')
    await keys.write(/^Bytes at most$/, '1024')
    await keys.hit(/^Save$/)
    await expect
      .poll(() => json('/api/policy'))
      .toEqual({ reports: { failure: false }, connectivity: [{ name: 'roaming', maxBytes: 1_024 }] })
    await keys.go('Audit')
    await keys.reach(/^What$/)
    await keys.type('Account')
    await page.getByRole('listitem').filter({ hasText: 'Policy changed' }).waitFor({ state: 'detached' })
  }, 120_000)

  it('api §Page: by keys alone: a user goes with everything of his', async () => {
    await testbed.server.admin.put('/api/users/sip:aad@example.com', { role: 'user', password: 'secret' })
    const page = await testbed.open(ADMIN)
    const keys = keysOf(page)
    await keys.go('Users')
    const item = page.getByRole('listitem').filter({ hasText: 'sip:aad@example.com' })
    await item.waitFor()
    await keys.hit(/^Password, unlock, remove$/)
    await keys.hit(/^Remove with documents$/)
    await keys.press('Escape')
    await keys.reach(/^Remove with documents$/)
    await keys.press('Enter')
    await keys.press('Enter')
    await item.waitFor({ state: 'detached' })
    await expect.poll(async () => (await testbed.server.admin.get('/api/users/sip:aad@example.com')).status).toBe(404)
  }, 120_000)

  it('api §Page: nothing was complained about', () => expect(testbed.complaints).toEqual([]))
})
