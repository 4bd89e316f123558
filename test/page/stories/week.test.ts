import type { Page } from 'playwright-core'
import { beforeEach, expect, it } from 'vitest'
import { ALICE, PHONE } from '../../http/server.ts'
import { axeFaults } from '../browser.ts'
import { bare, stories } from '../story.ts'

const DISTURB = `/api/users/${ALICE}/do-not-disturb`
const LUNCH = { id: 'lunch', days: ['tue'], from: '12:00', to: '13:00' }

stories(bare, (testbed) => {
  beforeEach(async () => {
    await testbed.server.alice.delete(DISTURB)
    await testbed.server.alice.put(DISTURB, { schedule: { timeZone: 'Europe/Berlin', quiet: [LUNCH] } })
  })

  const stored = async (): Promise<any> => (await testbed.server.alice.get(DISTURB)).json
  const save = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Save' }).click()
    // While it is saved, the button cannot be pressed either.
    await page.getByText('Not saved yet').waitFor({ state: 'detached' })
  }
  /** The middle of a row, so many hours from its left. */
  const place = async (page: Page, day: string, hour: number): Promise<{ x: number; y: number }> => {
    const row = page.locator(`[data-day=${day}]`)
    await row.scrollIntoViewIfNeeded()
    const box = await row.boundingBox()
    if (box === null) throw new Error(`there is no ${day}`)
    return { x: box.x + (box.width * hour) / 24, y: box.y + box.height / 2 }
  }
  const drag = async (page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> => {
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2)
    await page.mouse.move(to.x, to.y)
    await page.mouse.up()
  }

  it('X16, api §Page: a bar is drawn, moved past midnight, and made longer, by pointer', async () => {
    const page = await testbed.open(ALICE, '#/week')
    await page.getByRole('button', { name: 'Tuesday, quiet 12:00–13:00' }).waitFor()
    await drag(page, await place(page, 'thu', 8), await place(page, 'thu', 10))
    await save(page)
    await expect
      .poll(async () => (await stored()).schedule.quiet)
      .toEqual([LUNCH, { id: 'quiet-2', days: ['thu'], from: '08:00', to: '10:00' }])
    await drag(page, await place(page, 'thu', 9), await place(page, 'fri', 23.5))
    await save(page)
    await expect
      .poll(async () => (await stored()).schedule.quiet[1])
      .toEqual({ id: 'quiet-2', days: ['fri'], from: '22:30', to: '00:30' })
    const box = await page.locator('[data-id=lunch] [data-edge=end]').boundingBox()
    await drag(page, { x: (box?.x ?? 0) + 3, y: (box?.y ?? 0) + 5 }, await place(page, 'tue', 15))
    await save(page)
    await expect.poll(async () => (await stored()).schedule.quiet[0]).toEqual({ ...LUNCH, to: '15:00' })
  })

  it('X16, api §Page: the same by keys alone', async () => {
    const page = await testbed.open(ALICE, '#/week')
    await page.getByRole('button', { name: 'Tuesday, quiet 12:00–13:00' }).focus()
    for (const key of ['ArrowRight', 'ArrowDown', 'Shift+ArrowRight']) await page.keyboard.press(key)
    await page.getByRole('button', { name: 'Wednesday, quiet 12:15–13:30' }).waitFor()
    await page.getByRole('button', { name: 'Save' }).focus()
    await page.keyboard.press('Enter')
    await expect
      .poll(async () => (await stored()).schedule.quiet[0])
      .toEqual({
        id: 'lunch',
        days: ['wed'],
        from: '12:15',
        to: '13:30',
      })
    await page.locator('[data-id=lunch]').focus()
    await page.keyboard.press('Delete')
    await save(page)
    await expect.poll(async () => (await stored()).schedule.quiet ?? []).toEqual([])
  })

  it('X16, api §Page: the same as a list, with zone, exceptions and a week for one device', async () => {
    await testbed.server.alice.put(`/api/users/${ALICE}/registrations/${encodeURIComponent(PHONE)}`, {})
    const page = await testbed.open(ALICE, '#/week')
    const window = page.getByRole('group', { name: 'lunch' })
    await window.getByLabel('Wed').check()
    await window.getByLabel('From').fill('11:30')
    await page.getByLabel('Time zone').fill('America/New_York')
    await page.getByLabel('Who', { exact: true }).fill('boss@example.com')
    await page.getByRole('button', { name: 'Let through' }).click()
    await page.getByRole('tab', { name: '00000000…95a0e128' }).click()
    await page.getByRole('button', { name: 'Add a quiet time' }).click()
    await save(page)
    await expect.poll(stored).toEqual({
      schedule: { timeZone: 'America/New_York', quiet: [{ ...LUNCH, days: ['tue', 'wed'], from: '11:30' }] },
      devices: [
        {
          id: PHONE,
          schedule: {
            timeZone: 'Europe/Berlin',
            quiet: [{ id: 'quiet-1', days: ['mon'], from: '22:00', to: '07:00' }],
          },
        },
      ],
      except: [{ uri: 'sip:boss@example.com' }],
    })
  })

  it('api §Page: what is not of the format is said at its field', async () => {
    const page = await testbed.open(ALICE, '#/week')
    await page.getByRole('group', { name: 'lunch' }).getByLabel('Tue').uncheck()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('group', { name: 'lunch' }).getByRole('alert').getByText('days must name a day').waitFor()
  })

  it('INV-4, api §Page: who was first is not overwritten: both versions beside each other, and a person decides', async () => {
    const page = await testbed.open(ALICE, '#/week')
    await page.getByRole('group', { name: 'lunch' }).getByLabel('From').fill('11:00')
    const theirs = { schedule: { timeZone: 'Europe/Berlin', quiet: [{ ...LUNCH, to: '14:00' }] } }
    await testbed.server.alice.put(DISTURB, theirs)
    await page.getByRole('button', { name: 'Save' }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Somebody changed this meanwhile' })
    expect(await dialog.getByRole('region', { name: 'What you wrote' }).textContent()).toContain('"from": "11:00"')
    expect(await dialog.getByRole('region', { name: 'What is stored now' }).textContent()).toContain('"to": "14:00"')
    expect(await stored()).toEqual(theirs)
    expect(await axeFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Save mine over it' }).click()
    await dialog.waitFor({ state: 'detached' })
    // The dialog goes when the choice is taken; what is saved is stored a moment later.
    await expect.poll(async () => (await stored()).schedule.quiet).toEqual([{ ...LUNCH, from: '11:00' }])
  })

  it('api §Page: nothing was complained about', () => expect(testbed.complaints).toEqual([]))
})
