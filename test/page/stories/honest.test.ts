import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { ALICE } from '../../http/server.ts'
import { reloaded, VIEWS_OF_ALICE } from '../browser.ts'
import { bare, stories } from '../story.ts'

const DISTURB = `/api/users/${ALICE}/do-not-disturb`
const OFFLINE = 'The server cannot be reached.'

stories(bare, (testbed) => {
  const focused = (page: Page): Promise<unknown> =>
    page.evaluate('document.activeElement.textContent.trim() || document.activeElement.name')

  it('api §Page: without the server it says so, keeps what it shows, and goes on by itself', async () => {
    const page = await testbed.open(ALICE)
    await page.getByText('Messages reach you: nothing is set.').waitFor()
    const context = page.context()
    await context.setOffline(true)
    await page.getByRole('button', { name: 'Until I say' }).click()
    await page.getByText('Not saved: the server cannot be reached').or(page.getByText(OFFLINE)).first().waitFor()
    expect((await testbed.server.alice.get(DISTURB)).status).toBe(404)
    await testbed.server.alice.put(DISTURB, { on: true })
    await context.setOffline(false)
    await page.getByText('You are left alone because you switched it on.').waitFor()
    await page.getByText(OFFLINE).waitFor({ state: 'detached' })
    await testbed.server.alice.delete(DISTURB)
  })

  it('api §Page: what changed before the stream was open is shown as soon as it is', async () => {
    const page = await testbed.open(ALICE)
    let open = (): void => undefined
    const opened = new Promise<void>((resolve) => (open = resolve))
    await page.route('**/api/changes?*', async (route) => {
      await opened
      await route.continue()
    })
    await page.reload()
    await page.getByText('Messages reach you: nothing is set.').waitFor()
    await page.getByText('0 messages wait.').waitFor()
    await testbed.server.alice.put(DISTURB, { on: true })
    open()
    await page.getByText('You are left alone because you switched it on.').waitFor()
    await testbed.server.alice.delete(DISTURB)
  })

  it('api §Page: a read that was lost is made again while the stream lives on, and not once its view is gone', async () => {
    const page = await testbed.open(ALICE)
    await page.getByText('Messages reach you: nothing is set.').waitFor()
    let lost = 0
    await page.route('**/preferences', (route) => (++lost <= 3 ? route.abort() : route.continue()))
    await testbed.server.alice.put(DISTURB, { on: true })
    await page.getByText('You are left alone because you switched it on.').waitFor()
    expect(lost).toBeGreaterThanOrEqual(4)
    await page.unroute('**/preferences')
    await page.route('**/preferences', (route) => (++lost, route.abort()))
    await page.clock.install()
    await testbed.server.alice.delete(DISTURB)
    // More than the change and the state that it brought made.
    const first = lost
    await expect.poll(async () => (await page.clock.runFor(5_000), lost)).toBeGreaterThan(first + 3)
    await page.getByRole('link', { name: 'What if' }).click()
    await page.getByRole('heading', { name: 'What if' }).waitFor()
    const before = lost
    await page.clock.runFor(60_000)
    expect(lost).toBe(before)
  })

  it('api §Page: a view that could not be fetched comes by itself', async () => {
    const page = await testbed.open(ALICE)
    let lost = 0
    await page.route('**/page/views.js', (route) => (++lost === 1 ? route.abort() : route.continue()))
    await page.getByRole('link', { name: 'Devices' }).click()
    await page.getByRole('heading', { name: 'Devices' }).waitFor()
    expect(lost).toBe(2)
  })

  it('api §Page: by keys alone: log in, go to a view, switch, log out', async () => {
    const page = await testbed.open()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await expect.poll(() => focused(page)).toBe('user')
    await page.keyboard.type('alice')
    await page.keyboard.press('Tab')
    await page.keyboard.type(`secret of ${ALICE}`)
    await page.keyboard.press('Enter')
    await page.getByRole('switch').waitFor()
    await page.keyboard.press('Tab')
    await expect.poll(() => focused(page)).toBe('To the content')
    await page.keyboard.press('Enter')
    await expect.poll(() => focused(page)).toBe('Now')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.getByText('You are left alone because you switched it on.').waitFor()
    await testbed.server.alice.delete(DISTURB)
    await page.getByRole('link', { name: 'History' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await expect.poll(() => focused(page)).toBe('History')
    await page.getByRole('button', { name: 'Log out' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
  })

  it('api §Page: a session that has ended is a login again, and nothing of before is left', async () => {
    const page = await testbed.open(ALICE, '#/what-if')
    await page.context().clearCookies()
    await page.getByRole('textbox', { name: 'Sender' }).fill('sip:bob@example.com')
    await page.getByRole('button', { name: 'What would happen?' }).click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    expect(await page.locator('#app').textContent()).not.toContain('alice@example.com cpm')
  })

  it('api §Page: a server that has no time is asked again, and nobody is logged out by that', async () => {
    const page = await testbed.open(ALICE)
    let answered = 0
    await page.route('**/api/session', (route) =>
      answered++ === 0 ? route.fulfill({ status: 503, headers: { 'retry-after': '1' } }) : route.continue(),
    )
    await page.reload()
    await page.getByRole('switch').waitFor()
    expect(answered).toBe(2)
  })

  it('api §Page: an idle page costs one stream: nothing else is asked, on any view, though somebody still uses it', async () => {
    const page = await testbed.open(ALICE)
    await page.getByText('0 messages wait.').waitFor()
    await page.clock.install()
    for (const view of VIEWS_OF_ALICE.filter((one) => !one.includes('/'))) {
      await page.goto(`${testbed.server.url}/ui/#/${view}`)
      await reloaded(page)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
      // Whatever was asked has been answered: this comes behind it.
      await page.evaluate(`fetch('server.json').then((answer) => answer.text())`)
      const before = testbed.asked.length
      // Not so long that the stream, whose signs of life keep another time, is taken for silent and opened again.
      for (let look = 0; look < 3; look++) {
        await page.mouse.move(10 + look, 10)
        await page.clock.runFor(11_000)
      }
      const others = testbed.asked.slice(before)
      expect(others, view).toEqual([])
    }
  })

  it('api §Page: what comes to wait is seen at once, and behind other windows as soon as it is looked at', async () => {
    const page = await testbed.open(ALICE)
    const context = page.context()
    await page.getByText('0 messages wait.').waitFor()
    const send = async (): Promise<void> => {
      const message = { to: ALICE, contentType: 'text/plain', body: 'a' }
      expect((await testbed.server.bob.ask('POST', '/api/messages', { json: message })).status).toBe(202)
    }
    await send()
    await page.getByText('1 message waits.').waitFor()
    await page.evaluate(`Object.defineProperty(document, 'hidden', { get: () => window.away === true })`)
    const turn = (away: boolean): Promise<unknown> =>
      page.evaluate(`(window.away = ${away}, document.dispatchEvent(new Event('visibilitychange')))`)
    await turn(true)
    const before = testbed.asked.length
    const watch = await testbed.server.alice.stream('/api/changes?waiting=true')
    await send()
    await watch.event(0)
    watch.close()
    await context.request.get(`${testbed.server.url}/ui/server.json`)
    expect(testbed.asked.slice(before).filter((url) => url.includes('/deferred'))).toEqual([])
    await turn(false)
    await page.getByText('2 messages wait.').waitFor()
  })
})
