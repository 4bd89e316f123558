import { expect, it } from 'vitest'
import { ALICE } from '../../http/server.ts'
import { furnish } from '../scenario.ts'
import { stories } from '../story.ts'

stories(furnish, (testbed) => {
  const stored = async (): Promise<readonly { subject: string; read: boolean; because: string }[]> =>
    (await testbed.server.alice.get(`/api/users/${ALICE}/stored`)).json.messages
  const waiting = async (): Promise<readonly { id: string; subject: string }[]> =>
    (await testbed.server.alice.get(`/api/users/${ALICE}/deferred`)).json.messages

  it('api §Page: what waits: from whom, why and what lets it go; what another wrote stays text', async () => {
    const page = await testbed.open(ALICE, '#/waiting')
    await page.getByText('3 messages wait.').waitFor()
    const first = page.getByRole('listitem').filter({ hasText: 'Lunch on Thursday?' })
    expect(await first.textContent()).toContain('bob@example.com')
    expect(await first.textContent()).toMatch(
      /A device is registered but cannot be reached|You are not to be disturbed/,
    )
    await page.getByText('<img src=x onerror="document.title=\'markup\'">').waitFor()
    expect(await page.title()).toBe('Waiting · alice@example.com · cpm-xdms')
    expect(await page.locator('main img').count()).toBe(0)
  })

  it('api §Page: one is dropped, after a question; one is asked for now', async () => {
    const page = await testbed.open(ALICE, '#/waiting')
    const item = page.getByRole('listitem').filter({ hasText: 'Lunch on Thursday?' })
    await item.getByRole('button', { name: 'Let me have it now' }).click()
    await page.getByText('It goes as soon as a device of yours can take it.').waitFor()
    await item.getByRole('button', { name: 'Drop' }).click()
    await page.keyboard.press('Escape')
    expect((await waiting()).length).toBe(3)
    await item.getByRole('button', { name: 'Drop' }).click()
    await page.keyboard.press('Enter')
    await page.getByText('2 messages wait.').waitFor()
    await expect.poll(async () => (await waiting()).map(({ subject }) => subject)).not.toContain('Lunch on Thursday?')
  })

  it('D7, api §Page: one is stored by hand, as a device of mine would', async () => {
    const page = await testbed.open(ALICE, '#/waiting')
    const item = page.getByRole('listitem').filter({ hasText: 'A subject that says much' })
    await item.getByRole('button', { name: 'Store' }).click()
    await page.getByText('It is in your store now.').waitFor()
    await item.waitFor({ state: 'detached' })
    const byHand = async (): Promise<number> =>
      (await stored()).filter(({ because }) => because === 'user-action').length
    await expect.poll(byHand).toBe(1)
  })

  it('S4, api §Page: what is stored is read as text, marked and removed', async () => {
    const page = await testbed.open(ALICE, '#/stored')
    const item = page.getByRole('listitem').filter({ hasText: 'Minutes of the meeting' })
    await item.getByRole('button', { name: 'Read' }).click()
    await item.getByText('<p>x</p>').waitFor()
    await expect.poll(async () => (await stored()).filter(({ read }) => read).length).toBe(1)
    await item.getByRole('button', { name: 'Remove' }).click()
    await page.keyboard.press('Enter')
    await item.waitFor({ state: 'detached' })
    await expect
      .poll(async () => (await stored()).map(({ subject }) => subject))
      .not.toContain('Minutes of the meeting')
  })

  it('P1, api §Page: what would happen to a message, because of which rule and which device', async () => {
    const page = await testbed.open(ALICE, '#/what-if')
    await page.getByRole('textbox', { name: 'Sender' }).fill('sip:offers@example.net')
    await page.getByRole('button', { name: 'What would happen?' }).click()
    await page.getByRole('heading', { name: 'Devices' }).waitFor()
    const answer = page.getByRole('article')
    expect(await answer.textContent()).toMatch(/It is (?:delivered|rejected)|It waits/)
    expect(await answer.textContent()).toContain('imei:90420156-025763-0')
  })

  it('P1, X4, X16, api §Page: because of which rule, and at another time because of which quiet time', async () => {
    const { alice } = testbed.server
    const own = (rest: string): string => `/api/users/${ALICE}/${rest}`
    const before = (await alice.get(own('do-not-disturb'))).json
    await alice.put(own('active-profile'), { default: 'work' })
    await alice.put(own('do-not-disturb'), {
      schedule: {
        timeZone: 'Europe/Berlin',
        quiet: [{ id: 'lunch', days: ['mon'], from: '12:00', to: '13:00' }],
      },
    })
    const page = await testbed.open(ALICE, '#/what-if')
    const ask = async (from: string, at: string): Promise<void> => {
      await page.getByRole('textbox', { name: 'Sender' }).fill(from)
      await page.getByLabel('At (empty: now)').fill(at)
      await page.getByRole('button', { name: 'What would happen?' }).click()
    }
    const answer = page.getByRole('article')
    await ask('sip:offers@example.net', '2031-06-02T12:30')
    await answer.getByText('It is rejected.').waitFor()
    await answer.getByText('Because of the rule spam').waitFor()
    await ask('sip:bob@example.com', '2031-06-02T12:30')
    await answer.getByText('It waits.', { exact: true }).waitFor()
    await answer.getByText('You would be left alone then: your week says so').waitFor()
    await ask('sip:bob@example.com', '2031-06-02T13:30')
    await answer.getByText('You would not be left alone then').waitFor()
    await alice.put(own('active-profile'), { default: 'home' })
    await alice.put(own('do-not-disturb'), before)
  })

  it('api §Page: who hides is hidden on the page, too', async () => {
    const { alice, bob } = testbed.server
    const message = { to: ALICE, contentType: 'text/plain', body: 'a', subject: 'From nobody', privacy: true }
    expect((await bob.ask('POST', '/api/messages', { json: message })).status).toBe(202)
    const page = await testbed.open(ALICE, '#/waiting')
    const item = page.getByRole('listitem').filter({ hasText: 'From nobody' })
    await item.getByText('Undisclosed sender').waitFor()
    expect(await item.innerHTML()).not.toContain('bob')
    const { id } = (await waiting()).find(({ subject }) => subject === 'From nobody') ?? { id: '' }
    expect((await alice.delete(`/api/messages/${id}`)).status).toBe(204)
    await item.waitFor({ state: 'detached' })
  })

  it('X12, X13, api §Page: what would happen to an invitation, to each medium, what is recorded, and which devices ring', async () => {
    const { alice } = testbed.server
    const work = `/api/users/${ALICE}/profiles/work`
    const media = [
      { type: 'audio', answer: 'accept' },
      { type: 'video', answer: 'reject' },
    ]
    await alice.put(work, {
      ...(await alice.get(work)).json,
      sessions: { otherwise: 'ask', media },
      storage: { sessions: true },
    })
    await alice.put(`/api/users/${ALICE}/active-profile`, { default: 'work' })
    await alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: false })
    const page = await testbed.open(ALICE, '#/what-if')
    await page.getByLabel('What comes').selectOption('an invitation')
    await page.getByRole('textbox', { name: 'Sender' }).fill('carol@example.com')
    await page.getByLabel('Audio').check()
    await page.getByLabel('Video').check()
    await page.getByRole('button', { name: 'What would happen?' }).click()
    const answer = page.getByRole('article')
    await answer.getByRole('heading', { name: 'Media' }).waitFor()
    // The profile lists one of the two devices for invitations.
    const lines = await answer.getByRole('listitem').allTextContents()
    expect(lines).toEqual(['Audio: is accepted, is recorded', 'Video: is rejected', '00000000…95a0e128 rings'])
  })

  it('X4, api §Page: a device gets a profile of its own, and is forgotten', async () => {
    const page = await testbed.open(ALICE, '#/devices')
    const item = page.getByRole('listitem').filter({ hasText: 'imei:90420156-025763-0' })
    await item.getByLabel('Profile').selectOption('archive')
    await page.getByText('Saved.').waitFor()
    const chosen = async (): Promise<unknown> =>
      (await testbed.server.alice.get(`/api/users/${ALICE}/active-profile`)).json.devices
    await expect.poll(chosen).toContainEqual({ id: 'urn:gsma:imei:90420156-025763-0', profile: 'archive' })
    await item.getByRole('button', { name: 'Forget' }).click()
    await page.keyboard.press('Enter')
    await page.getByText('Forgotten.').waitFor()
    await item.waitFor({ state: 'detached' })
  })

  it('api §Page: nothing was complained about', () => expect(testbed.complaints).toEqual([]))
})
