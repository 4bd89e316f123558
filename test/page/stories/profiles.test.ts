import { expect, it } from 'vitest'
import { ALICE } from '../../http/server.ts'
import { reloaded } from '../browser.ts'
import { furnish } from '../scenario.ts'
import { stories } from '../story.ts'

const WORK = `/api/users/${ALICE}/profiles/work`

stories(furnish, (testbed) => {
  const firstAction = async (): Promise<unknown> => (await testbed.server.alice.get(WORK)).json.messages.rules[0].action

  it('X4, api §Page: rules are sentences in their order, and which device has which', async () => {
    const page = await testbed.open(ALICE, '#/profiles')
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'At work' }) })
    const sentences = card.getByRole('listitem')
    await sentences.first().waitFor()
    expect((await sentences.allTextContents()).slice(0, 2)).toEqual([
      'What comes from offers@example.net, everybody at spam.example or the list “oma_blockedcontacts” is rejected.',
      'What comes from a sender who hides is rejected.',
    ])
    await expect.poll(() => card.textContent()).toContain('Holds for 00000000…95a0e128')
  })

  it('api §Page: a profile is made, holds, and one in use says why it stays', async () => {
    const page = await testbed.open(ALICE, '#/profiles')
    await page.getByText('New profile').click()
    await page.getByLabel('Identifier').fill('holiday')
    await page.getByLabel('Name').fill('On holiday')
    await page.getByRole('button', { name: 'Make it', exact: true }).click()
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'On holiday' }) })
    await card.getByRole('button', { name: 'Make it the default' }).click()
    await card.getByText('Holds by default').waitFor()
    await card.getByRole('button', { name: 'Delete' }).click()
    await page.keyboard.press('Enter')
    await page.getByText('The profile holiday is in use: it is the default profile.').first().waitFor()
  })

  it('RFC 4825 §8.2.5, api §Page: XML with what is wrong at its line, saved when it is right', async () => {
    const page = await testbed.open(ALICE, '#/profiles/work')
    const text = page.getByRole('textbox', { name: 'The document as XML' })
    const good = await text.inputValue()
    await text.fill(good.replace('action="reject"', 'action="explode"'))
    await page.getByRole('region', { name: 'XML' }).getByRole('button', { name: 'Save' }).click()
    const wrong = page.getByRole('alert').getByRole('listitem').filter({ hasText: 'Line 5:' })
    expect(await wrong.first().textContent()).toContain('explode')
    await expect.poll(() => page.locator('.lined .wrong').allTextContents()).toEqual(['5\n'])
    await text.fill(good.replace('action="reject"', 'action="discard"'))
    await page.getByRole('region', { name: 'XML' }).getByRole('button', { name: 'Save' }).click()
    await page.getByText('or the list “oma_blockedcontacts” is discarded.').waitFor()
    await expect.poll(firstAction).toBe('discard')
  })

  it('INV-4, api §Page: XML that another wrote meanwhile is not overwritten', async () => {
    const page = await testbed.open(ALICE, '#/profiles/archive')
    const text = page.getByRole('textbox', { name: 'The document as XML' })
    await text.fill((await text.inputValue()).replace('Everything into', 'All into'))
    const theirs = { id: 'archive', displayNames: [{ text: 'Theirs' }] }
    await testbed.server.alice.put(`/api/users/${ALICE}/profiles/archive`, theirs)
    await page.getByRole('region', { name: 'XML' }).getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Leave what is stored' }).click()
    await expect.poll(() => text.inputValue()).toContain('Theirs')
    expect((await testbed.server.alice.get(`/api/users/${ALICE}/profiles/archive`)).json).toEqual(theirs)
  })

  it('api §Page: what a document was, what was changed, and how to have it back', async () => {
    const page = await testbed.open(ALICE, '#/history')
    await page.getByRole('link', { name: 'Profile work' }).click()
    await page.getByRole('button', { name: 'Compare' }).first().click()
    const differences = page.getByRole('region', { name: 'Differences' })
    await expect
      .poll(() => differences.locator('.old').allTextContents())
      .toEqual([expect.stringContaining('action="reject"')])
    await expect
      .poll(() => differences.locator('.new').allTextContents())
      .toEqual([expect.stringContaining('action="discard"')])
    await page.getByRole('button', { name: 'Restore' }).first().click()
    await page.keyboard.press('Enter')
    await page.getByText('Restored.').waitFor()
    await expect.poll(firstAction).toBe('reject')
  })

  it('api §Page: what is stored is no reason to read profiles again', async () => {
    const { alice } = testbed.server
    await alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: false })
    const [message] = (await alice.get(`/api/users/${ALICE}/stored`)).json.messages
    const page = await testbed.open(ALICE, '#/profiles')
    await reloaded(page)
    await page.getByRole('heading', { name: 'At home' }).waitFor()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    expect((await alice.delete(`/api/users/${ALICE}/stored/${message.id}`)).status).toBe(204)
    await alice.put(`/api/users/${ALICE}/profiles/home`, { id: 'home', displayNames: [{ text: 'In the garden' }] })
    await page.getByRole('heading', { name: 'In the garden' }).waitFor()
    expect(asked.filter((url) => url.endsWith('/profiles')).length).toBe(1)
  })

  it('api §Page: nothing was complained about', () => expect(testbed.complaints).toEqual([]))
})
