import { expect, it } from 'vitest'
import { ALICE } from '../../http/server.ts'
import { bare, stories } from '../story.ts'

const COUNT = 60
const many = Array.from({ length: COUNT }, (_, n) => String(n).padStart(2, '0'))
const at = (rest: string): string => `/api/users/${ALICE}/${rest}`

stories(bare, (testbed) => {
  it('api §Page: a list that is longer than a page goes on when it is wanted: stored, waiting, history', async () => {
    const { alice, bob } = testbed.server
    const send = async (subject: string): Promise<void> => {
      const message = { to: ALICE, contentType: 'text/plain', body: 'a', subject }
      expect((await bob.ask('POST', '/api/messages', { json: message })).status).toBe(202)
    }
    const archive = { messages: { available: { action: 'store' }, unavailable: { action: 'store' } } }
    for (const n of many) {
      await alice.put(at(`profiles/p${n}`), { id: `p${n}`, displayNames: [{ text: n }], ...archive })
      await alice.put(at('active-profile'), { default: `p${n}` })
    }
    for (const n of many) await send(`Kept ${n}`)
    await alice.delete(at('active-profile'))
    for (const n of many) await send(`Waits ${n}`)
    const page = await testbed.open(ALICE)
    const items = page.locator('main > :is(ul, ol) > li')
    const more = page.getByRole('button', { name: 'Show more' })
    for (const view of ['stored', 'waiting', 'history']) {
      await page.goto(`${testbed.server.url}/ui/#/${view}`)
      await expect.poll(() => items.count(), { message: view }).toBe(50)
      await more.click()
      await expect.poll(() => items.count(), { message: view }).toBeGreaterThanOrEqual(COUNT)
      await more.waitFor({ state: 'detached' })
    }
  }, 120_000)

  it('api §Page: nothing was complained about', () => expect(testbed.complaints).toEqual([]))
})
