import type { Locator } from 'playwright-core'
import { expect, it } from 'vitest'
import { POLICY_FIELDS, valueAt } from '../../../src/page/policy-fields.ts'
import { ALICE } from '../../http/server.ts'
import { axeFaults } from '../browser.ts'
import { furnish } from '../scenario.ts'
import { stories } from '../story.ts'

const ADMIN = 'sip:admin@example.com'

const profile = (n: number): object => ({ id: `p${n % 2}`, displayNames: [{ text: `Number ${n}` }] })

stories(furnish, (testbed) => {
  it('C7, api §Page: what is shown as built in is what the server has built in', async () => {
    const { json } = await testbed.server.admin.get('/api/policy')
    const shown = POLICY_FIELDS.map(({ path, builtIn }) => [path.join('.'), builtIn])
    expect(shown).toEqual(POLICY_FIELDS.map(({ path }) => [path.join('.'), valueAt(json, path)]))
  })

  it('api §Page: what waits, by reason, and from there the queue', async () => {
    const page = await testbed.open(ADMIN)
    const reason = page.getByRole('link', { name: /A device is registered but|You are not to be disturbed/ })
    await reason.first().click()
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Lunch on Thursday?' })
      .getByText('For alice@example.com')
      .waitFor()
  })

  it('api §Page: how the server does: the oldest, what became of the rest, its version and the figures of its store', async () => {
    const page = await testbed.open(ADMIN)
    const section = (name: string): ReturnType<typeof page.locator> =>
      page.locator('section').filter({ has: page.getByRole('heading', { name }) })
    await page.getByText(/^The oldest that waits came/).waitFor()
    await section('All messages of the last days').getByText('Stored.').waitFor()
    await section('This server')
      .getByText(/^cpm-xdms \d+\.\d+\.\d+/)
      .waitFor()
    await section('This server')
      .getByText(/^xdms_store/)
      .first()
      .waitFor()
  })

  it('api §Page: what is too much to count is said to be a part', async () => {
    const page = await testbed.open(ADMIN, '#/queue')
    const [message] = (await testbed.server.admin.get('/api/messages?state=deferred')).json.messages
    const more = { messages: [message], next: 'more' }
    await page.route('**/api/messages?*', (route) => route.fulfill({ json: more }))
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByText('This is a part: 100 messages were counted, and there are more.').waitFor()
  })

  it('D1, api §Page: an administrator lets one go, and takes one away and says why', async () => {
    const page = await testbed.open(ADMIN, '#/queue')
    const item = page.getByRole('listitem').filter({ hasText: 'Lunch on Thursday?' })
    await item.getByRole('button', { name: 'Let it go' }).click()
    await page.getByText('It goes as soon as a device can take it and may be disturbed.').waitFor()
    await item.getByRole('button', { name: 'Take away' }).click()
    await page.getByLabel('Why?').fill('as he asked')
    await page.keyboard.press('Enter')
    await page.getByText('Taken away.').waitFor()
    await item.waitFor({ state: 'detached' })
    const notes = async (): Promise<readonly string[]> =>
      (await testbed.server.admin.get('/api/messages?state=discarded')).json.messages.map(
        (one: { ended: { note: string } }) => one.ended.note,
      )
    await expect.poll(notes).toEqual(['as he asked'])
  })

  it('api §Page: users are made, changed, imported and removed', async () => {
    const page = await testbed.open(ADMIN, '#/users')
    await page.getByText('New user').click()
    await page.getByRole('textbox', { name: 'XUI', exact: true }).fill('sip:carol@example.com')
    await page.getByLabel('New password').first().fill('secret')
    await page.getByRole('button', { name: 'Make it' }).click()
    const carol = page.getByRole('listitem').filter({ hasText: 'sip:carol@example.com' })
    await carol.getByLabel('Role').selectOption('administrator')
    await page.getByText('Saved.').waitFor()
    await expect
      .poll(async () => (await testbed.server.admin.get('/api/users/sip:carol@example.com')).json.role)
      .toBe('administrator')
    await page.getByText('Import', { exact: true }).first().click()
    await page
      .getByLabel('A line for each')
      .fill('sip:dora@example.com,user,a secret, with a comma\nsip:erik@example.com,king,x\nnonsense')
    await page.getByRole('button', { name: 'Import' }).click()
    await page.getByText('1 of 3 is there.').waitFor()
    await page.getByText(/^Line 2: sip:erik@example.com/).waitFor()
    await page.getByText('Line 3: XUI, role and password are needed.').waitFor()
    await carol.getByText('Password, unlock, remove').click()
    await carol.getByRole('button', { name: 'Unlock' }).click()
    await page.getByText('Failed logins are forgotten').waitFor()
    await carol.getByRole('button', { name: 'Remove with documents' }).click()
    await page.keyboard.press('Enter')
    await carol.waitFor({ state: 'detached' })
  })

  it('api §Page: a list that is longer than a page goes on when it is wanted: queue, users, audit', async () => {
    const { admin, bob } = testbed.server
    const many = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))
    for (const n of many) {
      await admin.put(`/api/users/sip:many-${n}@example.com`, { role: 'user', password: 'secret' })
      const message = { to: `sip:many-${n}@example.com`, contentType: 'text/plain', body: 'a', subject: `Of many ${n}` }
      expect((await bob.ask('POST', '/api/messages', { json: message })).status).toBe(202)
    }
    const page = await testbed.open(ADMIN, '#/users')
    const items = page.locator('main > ul > li')
    const more = page.getByRole('button', { name: 'Show more' })
    for (const view of ['Users', 'Queue', 'Audit']) {
      await page.getByRole('link', { name: view, exact: true }).click()
      await page.getByRole('heading', { name: view, level: 1 }).waitFor()
      await expect.poll(() => items.count(), { message: view }).toBe(50)
      await more.click()
      await expect.poll(() => items.count(), { message: view }).toBeGreaterThanOrEqual(60)
      const all = await items.allTextContents()
      expect(new Set(all).size, view).toBe(all.length)
    }
    for (const n of many) await admin.delete(`/api/users/sip:many-${n}@example.com?documents=delete`)
  }, 120_000)

  it('api §Page: an import is one request, keeps its line numbers, and who has an account keeps it', async () => {
    const page = await testbed.open(ADMIN, '#/users')
    await page.getByText('Import', { exact: true }).first().click()
    await page
      .getByLabel('A line for each')
      .fill('sip:frida@example.com,user,secret\n\nsip:bob@example.com,administrator,another\n\nno body,user,x\n')
    const before = testbed.asked.length
    await page.getByRole('button', { name: 'Import' }).click()
    await page.getByText('2 of 3 are there.').waitFor()
    await page.getByText(/^Line 5: no body: This is no XUI/).waitFor()
    await page.getByText('frida@example.com', { exact: true }).waitFor()
    expect((await testbed.server.admin.get('/api/users/sip:bob@example.com')).json.role).toBe('user')
    const asked = testbed.asked.slice(before).filter((url) => url.includes('/api/users'))
    expect(asked.map((url) => url.slice(testbed.server.url.length))).toEqual(['/api/users', '/api/users?limit=50'])
  })

  it('api §Page: long work shows how far it is: an import of many', async () => {
    const page = await testbed.open(ADMIN, '#/users')
    await page.getByText('Import', { exact: true }).first().click()
    await page.evaluate(`(() => {
      window.shown = []
      const look = () => {
        const bar = document.querySelector('details progress')
        if (bar !== null && window.shown.at(-1) !== bar.value) window.shown.push(bar.value)
      }
      new MutationObserver(look).observe(document.body, { attributes: true, childList: true, subtree: true })
    })()`)
    const lines = Array.from({ length: 350 }, (_, n) => `sip:imported-${n}@example.com,user,secret`)
    await page.getByLabel('A line for each').fill(lines.join('\n'))
    await page.getByRole('button', { name: 'Import' }).click()
    await page.getByText('350 of 350 are there.').waitFor()
    expect(await page.evaluate('window.shown')).toEqual([0, 100, 200, 300, 350])
    for (let n = 0; n < 350; n++)
      await testbed.server.admin.delete(`/api/users/sip:imported-${n}@example.com?documents=delete`)
  }, 120_000)

  it('C7, api §Page: the policy, with what is built in beside each field, and what is wrong at its field', async () => {
    const page = await testbed.open(ADMIN, '#/policy')
    await page.getByText('Built in: P30D (30 days)').waitFor()
    await page.getByLabel('Waits at most').fill('P3D')
    await page.getByLabel('Senders hear of failures').selectOption('false')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Where a field is empty').waitFor()
    const policy = async (): Promise<unknown> => (await testbed.server.admin.get('/api/policy')).json
    await expect.poll(policy).toEqual({ limits: { keepAtMost: 'P3D' }, reports: { failure: false } })
    await page.getByText('Built in: no limit').waitFor()
    await page.getByRole('button', { name: 'Add a connection' }).click()
    await page.getByLabel('Connection', { exact: true }).fill('roaming')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('group', { name: 'Largest message by connection' }).getByRole('alert').waitFor()
    await page.getByLabel('Bytes at most').fill('102400')
    const invitations = page.locator('.field').filter({ hasText: 'Invitations' }).first()
    await invitations.getByRole('combobox').selectOption('reject')
    await page.getByLabel('When that is over').selectOption('extend')
    await page.getByLabel('It waits on for').fill('P1D')
    await page.getByLabel('So many times').fill('2')
    await page.getByLabel('After the last time').selectOption('store')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(policy).toEqual({
      defaults: {
        deferred: { onExpiry: 'extend', extendBy: 'P1D', extensions: 2, then: 'store' },
        sessions: { otherwise: 'reject' },
      },
      limits: { keepAtMost: 'P3D' },
      reports: { failure: false },
      connectivity: [{ name: 'roaming', maxBytes: 102400 }],
    })
    await page.getByLabel('Waits at most').fill('P3X')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.field').filter({ hasText: 'Waits at most' }).getByRole('alert').waitFor()
  })

  it('C7, X9, X12, api §Page: rules, parts, media, recording, devices and services of the policy, by the forms of a profile', async () => {
    await testbed.server.admin.put('/api/policy', { limits: { keepAtMost: 'P3D' } })
    const page = await testbed.open(ADMIN, '#/policy')
    await page.getByRole('button', { name: 'Add a rule' }).click()
    const rule = page.getByRole('listitem', { name: 'rule-1' })
    await rule.getByRole('button', { name: 'Add a sender' }).click()
    await rule.getByLabel('Kind').selectOption('domain')
    await rule.getByRole('textbox', { name: 'Who' }).fill('spam.example')
    await rule.getByLabel('What happens').selectOption('discard')
    const list = (name: string): Locator => page.getByRole('group', { name })
    const added = async (name: string, what: string): Promise<Locator> => {
      await list(name).getByRole('button', { name: what }).click()
      return list(name)
    }
    const parts = await added('Parts of what waits', 'Add a part')
    await parts.getByLabel('Media type').fill('video/*')
    await parts.getByLabel('What happens to it').selectOption('is left out')
    const media = await added('Media of invitations', 'Add a medium')
    await media.getByLabel('Medium').selectOption('Video')
    await media.getByLabel('Answer').selectOption('is rejected')
    const recorded = await added('What is recorded', 'Add a type')
    await recorded.getByLabel('Media type').fill('image/*')
    await recorded.getByLabel('Whether').selectOption('is not recorded')
    const device = await added('What a device takes', 'Add a device')
    await device.getByLabel('Media types').fill('text/*, image/png')
    await device.getByLabel('What does not fit').selectOption('is left out')
    const services = await added('Other services', 'Add a service')
    await services.getByLabel('Name').fill('email')
    await services.getByLabel('Address').fill('nowhere')
    await parts.getByText('Built in: nothing').waitFor()
    expect(await axeFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Save' }).click()
    await services.getByRole('alert').waitFor()
    await services.getByLabel('Address').fill('mailto:desk@example.com')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect
      .poll(async () => (await testbed.server.admin.get('/api/policy')).json)
      .toEqual({
        defaults: {
          messages: { rules: [{ id: 'rule-1', action: 'discard', originators: [{ domain: 'spam.example' }] }] },
          deferred: { parts: [{ drop: 'video/*' }] },
          sessions: { media: [{ type: 'video', answer: 'reject' }] },
          storage: { media: [{ contentType: 'image/*', store: false }] },
          contentAdaptation: { devices: [{ accepts: ['text/*', 'image/png'], otherwise: 'leave-out' }] },
          interworking: { services: [{ name: 'email', priority: 1, address: 'mailto:desk@example.com' }] },
        },
        limits: { keepAtMost: 'P3D' },
      })
    await rule.getByRole('button', { name: 'Remove: rule-1' }).click()
    await media.getByRole('button', { name: 'Remove: video' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    const defaults = async (): Promise<string[]> =>
      Object.keys((await testbed.server.admin.get('/api/policy')).json.defaults)
    await expect.poll(defaults).toEqual(['deferred', 'contentAdaptation', 'storage', 'interworking'])
  })

  it('X19, api §Page: of many changes the newest come first, and the rest when it is wanted', async () => {
    const { alice } = testbed.server
    const page = await testbed.open(ADMIN, '#/changes')
    await page.getByText('What was before is in the history of each document').waitFor()
    // The first that is seen says that it listens.
    await expect
      .poll(async () => {
        await alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: false })
        return page.getByRole('log').getByText('Do not disturb: changed').count()
      })
      .toBeGreaterThan(0)
    for (let n = 0; n < 60; n++) await alice.put(`/api/users/${ALICE}/profiles/p${n % 2}`, profile(n))
    const lines = page.getByRole('log').getByRole('listitem')
    await page.getByRole('button', { name: /^Show more/ }).click()
    await expect.poll(() => lines.count()).toBeGreaterThan(60)
    expect(await lines.first().textContent()).toContain('Profile: changed')
    expect(await lines.last().textContent()).toContain('Do not disturb: changed')
    for (const n of [0, 1]) await alice.delete(`/api/users/${ALICE}/profiles/p${n}`)
  }, 120_000)

  it('X19, api §Page: changes as they happen; who did what; which usages there are', async () => {
    const page = await testbed.open(ADMIN, '#/changes')
    await page.getByRole('log').waitFor({ state: 'attached' })
    await page.getByText('Everything that changes from now on').waitFor()
    await expect
      .poll(async () => {
        await testbed.server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: false })
        return page.getByRole('log').getByText('Do not disturb: changed').count()
      })
      .toBeGreaterThan(0)
    await page.getByRole('link', { name: 'Audit' }).click()
    await page.getByText('Policy changed').last().waitFor()
    await page.getByRole('link', { name: 'Usages' }).click()
    await page.getByText('org.cpm-xdms.profiles', { exact: true }).waitFor()
  })

  it('api §Page: nothing was complained about', () => expect(testbed.complaints).toEqual([]))
})
