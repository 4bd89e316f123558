import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { ALICE } from '../../http/server.ts'
import { axeFaults } from '../browser.ts'
import { furnish } from '../scenario.ts'
import { stories } from '../story.ts'

const WORK = `/api/users/${ALICE}/profiles/work`
const HOME = `/api/users/${ALICE}/profiles/home`

stories(furnish, (testbed) => {
  const stored = async (): Promise<any> => (await testbed.server.alice.get(WORK)).json
  const ids = async (): Promise<string[]> => (await stored()).messages.rules.map(({ id }: { id: string }) => id)
  const form = (page: Page): ReturnType<Page['getByRole']> => page.getByRole('region', { name: 'What it says' })
  const save = async (page: Page): Promise<void> => {
    await form(page).getByRole('button', { name: 'Save' }).click()
    // While it is saved, the button cannot be pressed either.
    await form(page).getByText('Not saved yet').waitFor({ state: 'detached' })
  }

  it('X7, api §Page: a rule is made by form, with each kind of condition', async () => {
    const before = await stored()
    const page = await testbed.open(ALICE, '#/profiles/work')
    await form(page).getByRole('button', { name: 'Add a rule' }).click()
    await form(page).getByText('This rule has no condition yet.').waitFor()
    const rule = form(page).getByRole('listitem', { name: 'rule-5' })
    await rule.getByRole('button', { name: 'Add a sender' }).click()
    await rule.getByRole('textbox', { name: 'Who' }).fill('carol@example.com')
    await rule.getByRole('button', { name: 'Add a sender' }).click()
    await rule.getByLabel('Kind').last().selectOption('domain')
    await rule.getByRole('textbox', { name: 'Who' }).last().fill('example.org')
    await rule.getByLabel('a sender who hides').check()
    await rule.getByLabel('a long message').check()
    await rule.getByLabel('Media types').fill('video/*, image/png')
    await rule.getByLabel('Larger than').fill('1000')
    await rule.getByLabel('When').selectOption('unavailable')
    await rule.getByLabel('What happens').selectOption('forward')
    await rule.getByLabel('To whom').fill('dave@example.com')
    await rule.getByLabel('Identifier').fill('friends')
    await form(page).getByLabel('While no device can have it, it …').selectOption('store')
    expect(await axeFaults(page)).toEqual([])
    await save(page)
    await expect
      .poll(async () => (await stored()).messages)
      .toEqual({
        ...before.messages,
        unavailable: { action: 'store' },
        rules: [
          ...before.messages.rules,
          {
            id: 'friends',
            action: 'forward',
            to: 'sip:dave@example.com',
            when: 'unavailable',
            originators: [{ uri: 'sip:carol@example.com' }, { domain: 'example.org' }],
            undisclosedSender: true,
            largerThan: 1000,
            contentTypes: ['video/*', 'image/png'],
            messageTypes: ['large'],
          },
        ],
      })
    expect({ ...(await stored()), messages: before.messages }).toEqual(before)
  })

  it('X7, api §Page: the order decides: a rule is moved and removed by keys, and the focus stays with it', async () => {
    const page = await testbed.open(ALICE, '#/profiles/work')
    await form(page).getByRole('button', { name: 'Later: spam' }).focus()
    await page.keyboard.press('Enter')
    await form(page).getByText('spam is now rule 2 of 5.').waitFor()
    await page.keyboard.press('Enter')
    await form(page).getByText('spam is now rule 3 of 5.').waitFor()
    await form(page).getByRole('button', { name: 'Remove: nobody' }).focus()
    await page.keyboard.press('Enter')
    await form(page).getByText('nobody is taken out; Undo brings it back.').waitFor()
    await save(page)
    await expect.poll(ids).toEqual(['big-video', 'spam', 'to-the-desk', 'friends'])
    const xml = page.getByRole('textbox', { name: 'The document as XML' })
    await expect.poll(() => xml.inputValue()).not.toContain('id="nobody"')
  })

  it('api §Page: what is wrong in a rule is said at its field', async () => {
    const page = await testbed.open(ALICE, '#/profiles/work')
    await form(page).getByRole('button', { name: 'Change: friends' }).click()
    const rule = form(page).getByRole('listitem', { name: 'friends' })
    await rule.getByLabel('Media types').fill('video')
    await rule.getByLabel('To whom').fill('')
    await form(page).getByRole('button', { name: 'Save' }).click()
    await rule.getByRole('alert').first().waitFor()
    const at = async (label: string): Promise<string | null> =>
      rule.getByLabel(label).locator('xpath=ancestor::label/following-sibling::*[1]').textContent()
    expect(await at('Media types')).toContain('type')
    expect(await at('To whom')).not.toBe('')
    await form(page).getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => rule.getByRole('alert').count()).toBe(0)
    await form(page).getByRole('button', { name: 'Add a rule' }).click()
    await form(page).getByRole('button', { name: 'Save' }).click()
    await form(page)
      .getByRole('listitem', { name: 'rule-5' })
      .getByRole('alert')
      .getByText('must have a condition')
      .waitFor()
  })

  it('INV-4, api §Page: what is changed while it is being saved is not lost', async () => {
    const page = await testbed.open(ALICE, '#/profiles/home')
    let answer = (): void => undefined
    const asked = new Promise<void>((resolve) => (answer = resolve))
    await page.route('**/profiles/home', async (route) => {
      if (route.request().method() === 'PUT') await asked
      await route.continue()
    })
    await form(page).getByLabel('While no device can have it, it …').selectOption('store')
    await form(page).getByRole('button', { name: 'Save' }).click()
    await form(page).getByLabel('While a device can have it, it …').selectOption('store')
    answer()
    const home = async (): Promise<unknown> => (await testbed.server.alice.get(HOME)).json.messages
    await expect.poll(home).toEqual({ unavailable: { action: 'store' } })
    await form(page).getByText('Not saved yet').waitFor()
    await form(page).getByRole('button', { name: 'Save' }).click()
    await expect.poll(home).toEqual({ unavailable: { action: 'store' }, available: { action: 'store' } })
  })

  it('INV-4, api §Page: rules that another wrote meanwhile are not overwritten', async () => {
    const page = await testbed.open(ALICE, '#/profiles/work')
    await form(page).getByRole('button', { name: 'Remove: spam' }).click()
    const theirs = { ...(await stored()), displayNames: [{ text: 'Theirs' }] }
    await testbed.server.alice.put(WORK, theirs)
    await form(page).getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Leave what is stored' }).click()
    await form(page).getByRole('heading', { name: 'Theirs' }).waitFor()
    expect(await stored()).toEqual(theirs)
    expect(await ids()).toContain('spam')
  })

  it('api §Page: nothing was complained about', () => expect(testbed.complaints).toEqual([]))
})
