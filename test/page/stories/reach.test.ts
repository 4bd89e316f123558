import { describe, expect, it } from 'vitest'
import { ALICE } from '../../http/server.ts'
import { goTo, openAll, VIEWS_OF_ADMIN, VIEWS_OF_ALICE } from '../browser.ts'
import { furnish } from '../scenario.ts'
import { stories } from '../story.ts'

/** What a pointer can act on, by a number; a tab and a bar that arrows lead to are reached by their first. */
const MARK = `(() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [role=button], [tabindex]')]
    .filter((one) => one.checkVisibility() && one.tabIndex >= 0)
  window.reached = new Set()
  all.forEach((one, at) => (one.dataset.stop = at))
  document.addEventListener('focusin', ({ target }) => window.reached.add(target.dataset.stop))
  return all.length
})()`
const MISSED = `[...document.querySelectorAll('[data-stop]')]
  .filter((one) => one.isConnected && !window.reached.has(one.dataset.stop))
  .map((one) => one.outerHTML.slice(0, 120))`
stories(furnish, (testbed) => {
  describe.each([
    { user: ALICE, views: VIEWS_OF_ALICE },
    { user: 'sip:admin@example.com', views: VIEWS_OF_ADMIN },
  ])('of $user', ({ user, views }) => {
    it('api §Page: all that a pointer can act on is reached by Tab, on every view and with all of it opened', async () => {
      const page = await testbed.open(user)
      for (const view of views) {
        await goTo(page, view)
        await openAll(page)
        const stops = await page.evaluate<number>(MARK)
        expect(stops, view).toBeGreaterThan(10)
        // A field of a time has several stops of its own.
        const isDone = async (): Promise<boolean> => (await page.evaluate<string[]>(MISSED)).length === 0
        for (let pressed = 0; pressed < 4 * stops + 30; pressed++) {
          await page.keyboard.press('Tab')
          if (pressed % 10 === 9 && (await isDone())) break
        }
        expect(await page.evaluate(MISSED), view).toEqual([])
      }
    }, 240_000)
  })
})
