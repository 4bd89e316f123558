import { expect, it } from 'vitest'
import { ALICE, PHONE } from '../../http/server.ts'
import { axeFaults } from '../browser.ts'
import { bare, stories } from '../story.ts'

const DISTURB = `/api/users/${ALICE}/do-not-disturb`

stories(bare, (testbed) => {
  it('api §Page: who logs in sees what holds now, and who logs out is nobody', async () => {
    const page = await testbed.open(ALICE)
    await page.getByText('Messages reach you: nothing is set.').waitFor()
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ name: 'xdms-session', httpOnly: true, sameSite: 'Strict', path: '/' })
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await expect.poll(() => page.context().cookies()).toEqual([])
  })

  it('api §Page: a wrong password says so, and the browser asks for none of its own', async () => {
    const page = await testbed.open()
    await page.getByLabel('User').fill('alice')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').getByText('The user name or the password is wrong.').waitFor()
  })

  it('X16, api §Page: the switch for an hour, until tomorrow, until I say, and off', async () => {
    const stored = async (): Promise<any> => (await testbed.server.alice.get(DISTURB)).json
    const page = await testbed.open(ALICE)
    const shown = page.getByRole('switch', { name: 'Do not disturb' })
    await shown.click()
    await page.getByText('You are left alone because you switched it on.').waitFor()
    await expect.poll(stored).toEqual({ on: true })
    await page.getByRole('button', { name: 'For an hour' }).click()
    await page.getByText(/^You are left alone until \d\d:\d\d, because you switched it on\.|until tomorrow/).waitFor()
    await page.getByRole('button', { name: 'Until tomorrow 07:00' }).click()
    await page.getByText('You are left alone until tomorrow 07:00, because you switched it on.').waitFor()
    const timeOfUntil = async (): Promise<string> =>
      new Date((await stored()).until).toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' })
    await expect.poll(timeOfUntil).toBe('07:00:00')
    await shown.click()
    await page.getByText('Messages reach you: nothing is set.').waitFor()
    await expect.poll(() => shown.isChecked()).toBe(false)
    await expect.poll(stored).toEqual({})
  })

  it('X16, api §Page: off within a quiet window of the week is off until that window ends', async () => {
    const quiet = [
      { id: 'always', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '00:00' },
    ]
    await testbed.server.alice.put(DISTURB, { schedule: { timeZone: 'Europe/Berlin', quiet } })
    const page = await testbed.open(ALICE)
    await page.getByText(/^You are left alone .*because your week says so\.$/).waitFor()
    await page.getByRole('switch', { name: 'Do not disturb' }).click()
    await page.getByText(/^Messages reach you.*you switched do-not-disturb off\.$/).waitFor()
    await page.getByRole('button', { name: 'Let my week decide again' }).click()
    await page.getByText(/because your week says so\.$/).waitFor()
    await testbed.server.alice.delete(DISTURB)
  })

  it('X19, api §Page: what another device changes is seen at once, in two browsers, and how many wait', async () => {
    const [one, other] = [await testbed.open(ALICE), await testbed.open(ALICE)]
    await one.getByText('0 messages wait.').waitFor()
    await testbed.server.alice.put(`/api/users/${ALICE}/registrations/${encodeURIComponent(PHONE)}`, {})
    await one.getByRole('button', { name: 'Until I say' }).click()
    await other.getByText('You are left alone because you switched it on.').first().waitFor()
    await testbed.server.bob.ask('POST', '/api/messages', {
      json: { to: ALICE, contentType: 'text/plain', body: 'a', subject: '<img src=x onerror=alert(1)>' },
    })
    await one.getByText('1 message waits.').waitFor()
    await other.getByText('1 message waits.').waitFor()
    await testbed.server.alice.delete(DISTURB)
    await one.getByText('Messages reach you: nothing is set.').first().waitFor()
    await other.getByText('Messages reach you: nothing is set.').first().waitFor()
  })

  it('api §Page: in German too', async () => {
    const page = await testbed.open(undefined, '', { locale: 'de-DE' })
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
  })

  it('api §Page: axe finds nothing, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const nobody = await testbed.open(undefined, '', { colorScheme })
      await nobody.getByRole('heading', { name: 'Log in' }).waitFor()
      expect(await axeFaults(nobody), `login, ${colorScheme}`).toEqual([])
      const page = await testbed.open(ALICE, '', { colorScheme })
      await page.getByText('Messages reach you').first().waitFor()
      expect(await axeFaults(page), `now, ${colorScheme}`).toEqual([])
    }
  })

  it('api §Page: nothing was asked of another host, and nothing was complained about', () => {
    expect(testbed.asked.filter((url) => !url.startsWith(testbed.server.url))).toEqual([])
    expect(testbed.complaints).toEqual([])
  })
})
