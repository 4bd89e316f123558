/** Somebody without a pointer: only keys are pressed, and where the focus is, is what a screen reader would say. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** As many stops as the longest view has between two things. */
const STOPS_AT_MOST = 150

const FOCUSED = `(() => {
  const at = document.activeElement
  const own = (label) => [...label.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data).join(' ')
  const name = at.getAttribute('aria-label') ?? (at.labels?.[0] ? own(at.labels[0]) : at.textContent) ?? ''
  return name.replace(/\\s+/g, ' ').trim()
})()`

/** What Enter would do now is done: neither is it being saved still, nor is there nothing to save yet. */
const IS_READY = `(() => {
  const at = document.activeElement
  const button = [...(at.form?.elements ?? [])].find(({ type }) => type === 'submit')
  return at.ariaDisabled !== 'true' && button?.ariaDisabled !== 'true'
})()`

export interface Keys {
  press(...keys: readonly string[]): Promise<void>
  type(text: string): Promise<void>
  /** Goes on, or back, until what has the focus is called that. */
  reach(name: RegExp, back?: boolean): Promise<void>
  /** What has the focus is emptied and written anew. */
  write(name: RegExp, text: string, back?: boolean): Promise<void>
  /** Reaches it and presses Enter. */
  hit(name: RegExp, back?: boolean): Promise<void>
  /** By the menu. */
  go(view: string): Promise<void>
}

export function keysOf(page: Page): Keys {
  const { keyboard } = page
  const keys: Keys = {
    async press(...pressed) {
      for (const key of pressed) {
        if (key === 'Enter') await expect.poll(() => page.evaluate(IS_READY), { message: 'it can be done' }).toBe(true)
        await keyboard.press(key)
      }
    },
    type: (text) => keyboard.type(text),
    async reach(name, back = false) {
      const heard: string[] = []
      for (let stop = 0; stop < STOPS_AT_MOST; stop++) {
        const focused = await page.evaluate<string>(FOCUSED)
        if (name.test(focused)) return
        heard.push(focused.slice(0, 40))
        await keyboard.press(back ? 'Shift+Tab' : 'Tab')
      }
      throw new Error(`nothing is called ${name}: ${heard.slice(-30).join(' | ')}`)
    },
    async write(name, text, back = false) {
      await keys.reach(name, back)
      await keyboard.press('Control+a')
      await keyboard.type(text)
    },
    async hit(name, back = false) {
      await keys.reach(name, back)
      await keys.press('Enter')
    },
    async go(view) {
      await keys.hit(new RegExp(`^${view}$`), true)
      await page.getByRole('heading', { name: view, level: 1 }).waitFor()
      await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' })
      await keys.reach(new RegExp(`^${view}$`))
    },
  }
  return keys
}
