import { describe, expect, it } from 'vitest'
import { ALICE, BOB } from '../../http/server.ts'
import { axeFaults, goTo, openAll, VIEWS_OF_ADMIN, VIEWS_OF_ALICE } from '../browser.ts'
import { CANARY, furnish } from '../scenario.ts'
import { stories } from '../story.ts'

const ADMIN = 'sip:admin@example.com'
const VIEWS = [
  ...VIEWS_OF_ALICE.map((view) => ({ user: ALICE, view })),
  ...VIEWS_OF_ADMIN.map((view) => ({ user: ADMIN, view })),
]

stories(furnish, (testbed) => {
  describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
    it('api §Page: axe finds nothing on any view', async () => {
      const faults: string[] = []
      for (const user of [ALICE, ADMIN]) {
        const page = await testbed.open(user, '', { colorScheme })
        for (const { view } of VIEWS.filter((one) => one.user === user)) {
          await goTo(page, view)
          await openAll(page)
          faults.push(...(await axeFaults(page)).map((fault) => `${view}: ${fault}`))
        }
      }
      expect(faults).toEqual([])
    }, 240_000)
  })

  it('api §Page: nothing is wider than 320 pixels', async () => {
    for (const user of [ALICE, ADMIN]) {
      const page = await testbed.open(user, '', { viewport: { width: 320, height: 640 } })
      for (const { view } of VIEWS.filter((one) => one.user === user)) {
        await goTo(page, view)
        await openAll(page)
        expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(320)
      }
    }
  }, 240_000)

  it('api §Page: what only Alice may see is on no page of another', async () => {
    const page = await testbed.open(BOB)
    for (const view of VIEWS_OF_ALICE) {
      await goTo(page, view)
      expect(await page.content(), view).not.toContain(CANARY)
    }
  }, 240_000)

  it('api §Page: the first view is small, soon there, and one stream when nobody does anything', async () => {
    const page = await testbed.open(ALICE)
    await page.getByRole('switch').waitFor()
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.setCacheDisabled', { cacheDisabled: true })
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    const worked = async (): Promise<number> => {
      const { metrics } = await session.send('Performance.getMetrics')
      return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
    }
    let bytes = 0
    session.on('Network.loadingFinished', ({ encodedDataLength }) => void (bytes += encodedDataLength))
    const before = testbed.asked.length
    await page.addInitScript(`new MutationObserver((_, observer) => {
      if (document.querySelector('[role=switch]') === null) return
      window.usable = performance.now()
      observer.disconnect()
    }).observe(document, { childList: true, subtree: true })`)
    await page.reload()
    await page.getByRole('switch').waitFor()
    // It counts from the reload on.
    const work = await worked()
    const usable = Number(await page.evaluate('window.usable'))
    const asked = testbed.asked.slice(before).map((url) => url.slice(testbed.server.url.length))
    console.log(
      `first view: ${bytes} bytes in ${asked.length} requests; usable after ${Math.round(usable)} ms, ` +
        `of which the page worked ${Math.round(work)} ms`,
    )
    expect(bytes).toBeGreaterThan(5_000)
    expect(bytes).toBeLessThanOrEqual(60 * 1_024)
    // The clock also counts what runs beside this test, the page's work hardly: it is a quarter of a second even there.
    expect(work).toBeLessThanOrEqual(600)
    expect(asked.filter((url) => url.startsWith('/api/changes')).length).toBe(1)
    // Files come once, and are few; each thing of the server that is shown is read at first, and when the stream opens.
    const files = asked.filter((url) => url.startsWith('/ui/'))
    expect(files.map((url) => url.replace(/^\/ui\/[\da-f]{16}\//, '')).sort()).toEqual([
      '/ui/',
      'icon.svg',
      'page/main.js',
      'style.css',
      'texts/en.json',
    ])
    expect(asked.length - files.length).toBeLessThanOrEqual(14)
  })

  it('api §Page: no other host was asked, and nothing was complained about', () => {
    expect(testbed.asked.filter((url) => !url.startsWith(testbed.server.url))).toEqual([])
    expect(testbed.complaints).toEqual([])
  })
})
