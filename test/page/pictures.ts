/** `npm run page:pictures [FOLDER]`: a picture of each view, light, dark, narrow and in German, to be looked at. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ALICE } from '../http/server.ts'
import { openAll, openTestbed, VIEWS_OF_ALICE, VIEWS_OF_ADMIN } from './browser.ts'
import { furnish } from './scenario.ts'

const folder = resolve(process.argv[2] ?? 'page-pictures')
const FORMS = [
  { name: 'light', locale: 'en-GB', colorScheme: 'light', viewport: { width: 1200, height: 800 } },
  { name: 'dark', locale: 'en-GB', colorScheme: 'dark', viewport: { width: 1200, height: 800 } },
  { name: '320', locale: 'en-GB', colorScheme: 'light', viewport: { width: 320, height: 640 } },
  { name: 'german', locale: 'de-DE', colorScheme: 'light', viewport: { width: 1200, height: 800 } },
] as const

const testbed = await openTestbed()
await furnish(testbed.server)
mkdirSync(folder, { recursive: true })
for (const { name, ...form } of FORMS) {
  const nobody = await testbed.open(undefined, '', form)
  await nobody.getByRole('heading', { level: 1 }).waitFor()
  await nobody.screenshot({ path: join(folder, `login-${name}.png`) })
  for (const [user, views] of [
    [ALICE, VIEWS_OF_ALICE],
    ['sip:admin@example.com', VIEWS_OF_ADMIN],
  ] as const) {
    const page = await testbed.open(user, '', form)
    for (const view of views) {
      await page.goto(`${testbed.server.url}/ui/#/${view}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle', { timeout: 800 }).catch(() => undefined)
      const picture = view.replaceAll('/', '-')
      await page.screenshot({ path: join(folder, `${picture}-${name}.png`), fullPage: true })
      if ((await openAll(page)) === 0) continue
      await page.waitForLoadState('networkidle', { timeout: 800 }).catch(() => undefined)
      await page.screenshot({ path: join(folder, `${picture}-open-${name}.png`), fullPage: true })
    }
  }
}
for (const complaint of testbed.complaints) console.log(complaint)
console.log(`pictures in ${folder}`)
await testbed.close()
process.exit(0)
