/** What a device of mine does with what waits (D7): here only to have it stored. */
import { ask, ofUser, type Problem } from './ask.ts'
import { t } from './words.ts'

/** The answer is a short event stream that ends when all was done; it is read as a whole. */
export async function storeWaiting(xui: string, device: string, id: string): Promise<Problem | undefined> {
  const target = ofUser(xui, `devices/${encodeURIComponent(device)}/retrieval`)
  const { problem, text } = await ask('POST', target, { json: { actions: [{ id, action: 'store' }] } })
  if (problem !== undefined) return problem
  if (/"outcome":"(?:done|already-done)"/.test(text)) return undefined
  return { status: 200, title: t('waiting.not.kept'), detail: '', errors: [] }
}
