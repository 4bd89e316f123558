/** Debian's Chromium, driven by playwright-core, at a server of its own; what it asks for and what it says is kept. */
import axe from 'axe-core'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { passwordOf, startServer, type Running } from '../http/server.ts'

export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

const AXE = axe.source

/** How long a page may take to show what it was asked for, on a machine that does much else. */
const PATIENCE_MS = 10_000

export const VIEWS_OF_ALICE = [
  'now',
  'waiting',
  'week',
  'profiles',
  'profiles/work',
  'devices',
  'stored',
  'what-if',
  'history',
  'history/org.cpm-xdms.active-profile/index',
] as const
export const VIEWS_OF_ADMIN = ['overview', 'queue', 'users', 'policy', 'changes', 'audit', 'usages'] as const

export interface Testbed {
  readonly server: Running
  /** A window of somebody who is logged in; without a name, of nobody. */
  open(user?: string, at?: string, options?: BrowserContextOptions): Promise<Page>
  /** What the pages complained about: errors, refused requests of scripts, breaches of the policy. */
  readonly complaints: string[]
  /** Every URL that was asked for. */
  readonly asked: string[]
  close(): Promise<void>
}

export async function openTestbed(environment: Record<string, string> = {}): Promise<Testbed> {
  const server = await startServer(environment)
  const browser = await launch()
  const complaints: string[] = []
  const asked: string[] = []
  const contexts: BrowserContext[] = []
  return {
    server,
    complaints,
    asked,
    async open(user, at = '', options = {}) {
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options })
      contexts.push(context)
      context.setDefaultTimeout(PATIENCE_MS)
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (line) => {
        // A refused request is a line of the browser's own, and part of many a story.
        if (line.type() === 'error' && !/Failed to load resource/.test(line.text())) complaints.push(line.text())
      })
      page.on('request', (request) => asked.push(request.url()))
      await page.goto(`${server.url}/ui/${at}`)
      if (user !== undefined) await logIn(page, user)
      return page
    },
    async close() {
      for (const context of contexts) await context.close()
      await browser.close()
      await server.close()
    },
  }
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
}

/** @param user its XUI, as it has an account. */
async function logIn(page: Page, user: string): Promise<void> {
  await page.locator('[name=user]').fill(user)
  await page.locator('[name=password]').fill(passwordOf(user))
  await page.locator('[type=submit]').click()
  await page.getByRole('navigation').waitFor()
}

/** Reloads, and waits until the stream is open and what it may have missed is asked for again. */
export async function reloaded(page: Page): Promise<void> {
  await Promise.all([page.waitForResponse('**/api/changes?*'), page.reload()])
  // 1. The head of the stream comes. 2. This is asked. 3. Its answer comes behind all that 1 made the page ask.
  await page.evaluate(`fetch('server.json').then((answer) => answer.text())`)
}

/** Goes to a view, and waits until it is shown with all that it reads: the one before has a heading, too. */
export async function goTo(page: Page, view: string): Promise<void> {
  await page.goto(new URL(`#/${view}`, page.url()).href)
  await page.locator(`.menu [aria-current=page][href="#/${view.split('/')[0]}"]`).waitFor()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
}

/** Everything that can be opened is. */
export async function openAll(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const all = document.querySelectorAll('details')
    all.forEach((one) => (one.open = true))
    return all.length
  })()`)
}

/** What axe finds wrong with what is shown: rule and where. It is brought in past the policy, as a debugger may. */
export async function axeFaults(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: AXE })
  const run = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    JSON.stringify(violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
      id + ' ' + target.join(' ') + ' ' + failureSummary.slice(0, 200)))))`
  const { result } = await session.send('Runtime.evaluate', { expression: run, awaitPromise: true })
  await session.detach()
  return JSON.parse(String(result.value)) as string[]
}
